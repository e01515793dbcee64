"""The ground: what has no business noun."""

from datetime import timedelta
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured


class KernelConfig(AppConfig):
    """Tables for jobs, events, outbox and audit."""

    name = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have `manage.py check` try every subscription, and the audit chain verified every night."""
        from kernel import audit, jobs

        checks.register(subscriptions_resolve)
        # 19:00 UTC is three in the morning in Shanghai.
        jobs.schedule(
            "kernel: audit chain",
            audit.verify_nightly,
            every=timedelta(days=1),
            offset=timedelta(hours=19),
        )


def subscriptions_resolve(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """An error when a subscribed event or handler cannot be imported."""
    from kernel.eventbus import check_subscriptions

    try:
        check_subscriptions()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="kernel.E001")]
    return []
