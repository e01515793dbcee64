"""The public API: the promise to front ends."""

from datetime import timedelta

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The public API: the promise to front ends."""

    name = "storefront.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Puts the cleaning of old idempotency keys on the schedule."""
        from kernel.jobs import schedule
        from storefront.api.tasks import forget_old_idempotency_keys

        schedule(
            "api.forget-old-idempotency-keys", forget_old_idempotency_keys, every=timedelta(hours=1)
        )
