"""The reference store: speaks to the public API only."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The reference store: speaks to the public API only."""

    name = "storefront.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
