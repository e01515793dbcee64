"""The public API: the promise to front ends."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The public API: the promise to front ends."""

    name = "storefront.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
