"""Notices to buyers and desks."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices to buyers and desks."""

    name = "storefront.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what buyers are told about."""
        from kernel.eventbus import subscribe

        handlers = "storefront.notify.handlers"
        subscribe("checkout.events.OrderPlaced", f"{handlers}.on_order_placed")
        subscribe("checkout.events.DepositPaid", f"{handlers}.on_deposit_paid")
        subscribe("contracts.events.ContractIssued", f"{handlers}.on_contract_issued")
