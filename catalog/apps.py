"""Cars, options, rules, prices, releases and stock."""

from datetime import timedelta

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Cars, options, rules, prices, releases and stock."""

    name = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have reservations end in time."""
        from catalog.tasks import expire_reservations
        from kernel.jobs import schedule

        schedule("catalog.expire_reservations", expire_reservations, every=timedelta(minutes=1))
