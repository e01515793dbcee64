"""Documents that prove what was agreed."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Documents that prove what was agreed."""

    name = "contracts"
    default_auto_field = "django.db.models.BigAutoField"
