"""The demo store of the fictional brand Egretta."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo store of the fictional brand Egretta."""

    name = "storefront.demo"
    label = "demo"
    default_auto_field = "django.db.models.BigAutoField"
