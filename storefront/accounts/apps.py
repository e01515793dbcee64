"""People who sign in, by e-mail or phone."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People who sign in, by e-mail or phone."""

    name = "storefront.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
