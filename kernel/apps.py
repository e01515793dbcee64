"""The ground: what has no business noun."""

from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


class KernelConfig(AppConfig):
    """Tables for jobs, events, outbox and audit."""

    name = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have `manage.py check` try every subscription."""
        checks.register(subscriptions_resolve)


def subscriptions_resolve(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """An error when a subscribed event or handler cannot be imported."""
    from kernel.eventbus import check_subscriptions

    try:
        check_subscriptions()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="kernel.E001")]
    return []
