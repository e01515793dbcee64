"""Quotes, orders, payments and the ledger."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Quotes, orders, payments and the ledger."""

    name = "checkout"
    default_auto_field = "django.db.models.BigAutoField"
