"""Notices to buyers and desks, and to the servers of others."""

from datetime import timedelta

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices to buyers and desks, and to the servers of others."""

    name = "storefront.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is told to whom, and when letters are forgotten."""
        from kernel.eventbus import subscribe
        from kernel.jobs import schedule
        from storefront.notify import table, tasks
        from storefront.notify.webhooks import table as webhooks

        for event in table.EVENTS:
            subscribe(event, "storefront.notify.handlers.on_event")
        for event in webhooks.EVENTS:
            subscribe(event, "storefront.notify.webhooks.handlers.on_event")
        # 20:00 UTC is four in the morning in Shanghai.
        schedule(
            "notify: forget letters",
            tasks.forget_letters,
            every=timedelta(days=1),
            offset=timedelta(hours=20),
        )
