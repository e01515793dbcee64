"""Quotes, orders, payments and the ledger."""

from datetime import timedelta

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """Quotes, orders, payments and the ledger."""

    name = "checkout"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what time starts here, and which events of ours we answer ourselves."""
        from checkout import events, tasks
        from kernel.eventbus import subscribe
        from kernel.jobs import schedule

        subscribe(events.WebhookStored, "checkout.tasks.on_webhook_stored")
        subscribe(events.DisputeTold, "checkout.tasks.on_dispute_told")
        subscribe(events.OperationPlanned, "checkout.tasks.on_operation_planned")
        subscribe(events.FinanceMessageStored, "checkout.tasks.on_finance_message_stored")
        subscribe(events.FinanceOperationPlanned, "checkout.tasks.on_finance_operation_planned")
        subscribe(events.InsuranceOperationPlanned, "checkout.tasks.on_insurance_operation_planned")
        subscribe(events.InsurerMessageStored, "checkout.tasks.on_insurer_message_stored")
        subscribe(events.OrderExpired, "checkout.tasks.on_order_ended")
        subscribe(events.OrderCancelled, "checkout.tasks.on_order_ended")
        subscribe(events.OrderWithdrawn, "checkout.tasks.on_order_ended")
        subscribe(events.FinanceMoved, "checkout.tasks.on_finance_moved")
        schedule("checkout: inbox", tasks.process_inbox, every=timedelta(seconds=30))
        schedule("checkout: operations", tasks.sweep_operations, every=timedelta(seconds=30))
        schedule("checkout: payments", tasks.poll_payments, every=timedelta(seconds=15))
        schedule("checkout: books", tasks.read_vendor_books, every=timedelta(minutes=10))
        # In the small hours of Shanghai, after the day that is to be compared.
        schedule(
            "checkout: tie-out",
            tasks.tie_out,
            every=timedelta(days=1),
            offset=timedelta(hours=18),
        )
        schedule("checkout: expiry", tasks.expire_orders, every=timedelta(seconds=30))
        schedule("checkout: financing", tasks.go_on_with_financing, every=timedelta(seconds=30))
        schedule("checkout: insurance", tasks.go_on_with_insurance, every=timedelta(seconds=30))
        subscribe(events.TransportOperationPlanned, "checkout.tasks.on_transport_operation_planned")
        subscribe(events.CarrierMessageStored, "checkout.tasks.on_carrier_message_stored")
        schedule("checkout: transports", tasks.go_on_with_transports, every=timedelta(seconds=30))
        subscribe(events.BankFileStored, "checkout.tasks.on_bank_file_stored")
        subscribe(events.BankLinesAdded, "checkout.tasks.on_bank_lines_added")
        schedule("checkout: bank", tasks.go_on_with_the_bank, every=timedelta(minutes=10))
        schedule("checkout: deliveries", tasks.settle_deliveries, every=timedelta(minutes=10))
        schedule("checkout: ends of loans", tasks.end_financing, every=timedelta(minutes=10))
        schedule("checkout: locking", tasks.remind_and_lock, every=timedelta(minutes=5))
