"""Documents that prove what was agreed."""

from datetime import timedelta

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Documents that prove what was agreed."""

    name = "contracts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which events and moments start work here."""
        from contracts import checks, tasks  # noqa: F401 - the checks register themselves
        from kernel.eventbus import subscribe
        from kernel.jobs import schedule

        subscribe("checkout.events.DepositPaid", "contracts.handlers.on_deposit_paid")
        subscribe("checkout.events.OrderAmended", "contracts.handlers.on_order_amended")
        subscribe("checkout.events.OrderCancelled", "contracts.handlers.on_order_ended")
        subscribe("checkout.events.OrderWithdrawn", "contracts.handlers.on_order_withdrawn")
        subscribe("checkout.events.OrderExpired", "contracts.handlers.on_order_ended")
        subscribe("contracts.events.ContractDrafted", "contracts.tasks.on_contract_drafted")
        subscribe(
            "contracts.events.ContractBuyerSigned", "contracts.tasks.on_contract_buyer_signed"
        )
        schedule("contracts: waiting seals", tasks.seal_waiting, every=timedelta(minutes=15))
        schedule("contracts: unsigned", tasks.watch_unsigned, every=timedelta(hours=1))
        schedule("contracts: waiting drafts", tasks.render_waiting, every=timedelta(minutes=15))
