"""The ground: what has no business noun."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Tables for jobs, events, outbox and audit."""

    name = "kernel"
    default_auto_field = "django.db.models.BigAutoField"
