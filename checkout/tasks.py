"""What time or an event starts at the checkout: messages, open operations, silent vendors, orders out of time."""

from __future__ import annotations

from django.conf import settings
from django.utils.timezone import now

from checkout.events import OperationPlanned, WebhookStored
from checkout.gateways import open_gateway
from checkout.services import expiry, inbox, payments
from kernel.jobs import task


def on_webhook_stored(event: WebhookStored, *, event_id: str) -> None:
    """Handle one new message; the message itself remembers that it was handled."""
    inbox.process(message=event.message, gateway=open_gateway(settings), now=now())


def on_operation_planned(event: OperationPlanned, *, event_id: str) -> None:
    """Make one stored call; the operation itself remembers that it was made."""
    payments.perform(key=event.key, gateway=open_gateway(settings), now=now())


@task
def process_inbox() -> int:
    """Handle messages whose job was lost, and those whose vendor did not answer the first time."""
    return inbox.process_due(gateway=open_gateway(settings), clock=now)


@task
def sweep_operations() -> int:
    """Find out what became of calls that nobody heard the answer to."""
    return payments.sweep_operations(gateway=open_gateway(settings), now=now())


@task
def poll_payments() -> int:
    """Ask about open payments whose message did not come."""
    return payments.poll_payments(gateway=open_gateway(settings), now=now())


@task
def expire_orders() -> int:
    """End orders whose deposit did not come: first the vendor stops taking money, then the car is free."""
    return expiry.expire_orders(gateway=open_gateway(settings), now=now())
