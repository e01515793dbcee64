"""Cars, options, rules, prices, releases and stock."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Cars, options, rules, prices, releases and stock."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"
