"""Notices to buyers and desks."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices to buyers and desks."""

    name = "storefront.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
