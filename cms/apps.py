"""Pages, pictures and the desks of the staff."""

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """Pages, pictures and the desks of the staff."""

    name = "cms"
    default_auto_field = "django.db.models.BigAutoField"
