"""What time or an event starts at the checkout: messages, open operations, silent vendors, orders out of time."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.utils.timezone import now

from checkout.domain.order import Finance
from checkout.events import (
    BankFileStored,
    BankLinesAdded,
    CarrierMessageStored,
    DisputeTold,
    FinanceMessageStored,
    FinanceMoved,
    FinanceOperationPlanned,
    InsuranceOperationPlanned,
    InsurerMessageStored,
    OperationPlanned,
    OrderCancelled,
    OrderExpired,
    OrderWithdrawn,
    TransportOperationPlanned,
    WebhookStored,
)
from checkout.gateways import open_books, open_carrier, open_doors, open_insurer, open_lender
from checkout.gateways.books import VendorBooks
from checkout.services import (
    balance,
    bank_import,
    bank_reading,
    carrier_inbox,
    contesting,
    delaying,
    expiry,
    finance_ends,
    finance_inbox,
    inbox,
    insurance,
    insurer_inbox,
    insuring,
    lending,
    locking,
    payments,
    priority,
    reconciling,
    transporting,
    vendor_books,
)
from kernel.jobs import task


def on_webhook_stored(event: WebhookStored, *, event_id: str) -> None:
    """Handle one new message; the message itself remembers that it was handled."""
    door = open_doors(settings).of(event.provider)
    if door is not None:
        inbox.process(message=event.message, gateway=door, now=now())


def on_operation_planned(event: OperationPlanned, *, event_id: str) -> None:
    """Make one stored call; the operation itself remembers that it was made."""
    for door in open_doors(settings):
        payments.perform(key=event.key, gateway=door, now=now())


def on_dispute_told(event: DisputeTold, *, event_id: str) -> None:
    """Ask the vendor about the disputes of one payment."""
    for books in open_books(settings):
        if books.provider == event.provider:
            contesting.look(books=books, payment=event.payment, now=now())


@task
def process_inbox() -> int:
    """Handle messages whose job was lost, and those whose vendor did not answer the first time."""
    return sum(inbox.process_due(gateway=door, clock=now) for door in open_doors(settings))


@task
def sweep_operations() -> int:
    """Find out what became of calls that nobody heard the answer to."""
    return sum(payments.sweep_operations(gateway=door, now=now()) for door in open_doors(settings))


@task
def poll_payments() -> int:
    """Ask about open payments whose message did not come."""
    return sum(payments.poll_payments(gateway=door, now=now()) for door in open_doors(settings))


@task
def read_vendor_books() -> int:
    """Read the books of every vendor, bring payments, refunds, disputes and ledger to them, and compare where something
    was new; gives how many movements were posted."""
    posted = 0
    for books in open_books(settings):
        pulled = _pull(books)
        posted += pulled.posted
        if pulled != vendor_books.Pulled():
            reconciling.run(provider=books.provider, books=books, now=now(), by=reconciling.SYSTEM)
    return posted


def _pull(books: VendorBooks) -> vendor_books.Pulled:
    door = open_doors(settings).of(books.provider)
    return vendor_books.pull(books=books, gateway=door, now=now())


@task
def tie_out(by: str = reconciling.SYSTEM) -> int:
    """Compare order, ledger, vendor and bank, whatever happened; gives how many exceptions there are. `by` asked for it."""
    found = 0
    for books in open_books(settings):
        _pull(books)
        run = reconciling.run(provider=books.provider, books=books, now=now(), by=by)
        found += run.found if run else 0
    return found


@task
def expire_orders() -> int:
    """End orders whose deposit did not come: first the vendor stops taking money, then the car is free."""
    return expiry.expire_orders(gateway=open_doors(settings), now=now())


def on_finance_message_stored(event: FinanceMessageStored, *, event_id: str) -> None:
    """Handle one new message of a lender; the message itself remembers that it was handled."""
    finance_inbox.process(message=event.message, doors=partial(open_lender, settings), now=now())


def on_finance_operation_planned(event: FinanceOperationPlanned, *, event_id: str) -> None:
    """Make one stored call to a lender; the call itself remembers that it was made."""
    lending.perform(key=event.key, doors=partial(open_lender, settings), now=now())


@task
def go_on_with_financing() -> int:
    """Messages of lenders that wait, calls nobody heard the answer to, and open applications to ask about."""
    doors = partial(open_lender, settings)
    handled = finance_inbox.process_due(doors=doors, clock=now)
    answered = lending.sweep(doors=doors, now=now())
    return handled + answered + finance_ends.poll(doors=doors, now=now())


@task
def end_financing() -> int:
    """Approvals whose last day has passed, applications of ended orders, and facts whose time is over."""
    return finance_ends.expire(now=now()) + finance_ends.erase(now=now())


def on_insurance_operation_planned(event: InsuranceOperationPlanned, *, event_id: str) -> None:
    """Make one stored call to an insurer; the call itself remembers that it was made."""
    insuring.perform(key=event.key, doors=partial(open_insurer, settings), now=now())


def on_insurer_message_stored(event: InsurerMessageStored, *, event_id: str) -> None:
    """Handle one new message of an insurer; the message itself remembers that it was handled."""
    insurer_inbox.process(message=event.message, doors=partial(open_insurer, settings), now=now())


def on_order_ended(event: OrderExpired | OrderCancelled | OrderWithdrawn, *, event_id: str) -> None:
    """An order that ends ends its policy and its application for a loan; the calls out are jobs of their own."""
    insurance.end_with_orders(now=now())
    finance_ends.expire(now=now())


def on_finance_moved(event: FinanceMoved, *, event_id: str) -> None:
    """A loan that is paid out may have been all that the balance waited for."""
    if event.state == Finance.DRAWN:
        balance.pay_when_complete(order=event.order, now=now())


@task
def remind_and_lock() -> int:
    """Remind buyers to lock, and lock what locks by itself after a reminder that was sent."""
    return locking.remind_all(now=now()) + locking.lock_all(now=now())


@task
def go_on_with_insurance() -> int:
    """Messages of insurers that wait, unheard calls, silent policies, those of ended orders, and what the calendar does."""
    doors = partial(open_insurer, settings)
    ended = insurance.end_with_orders(now=now())
    handled = insurer_inbox.process_due(doors=doors, clock=now)
    answered = insuring.sweep(doors=doors, now=now()) + insuring.poll(doors=doors, now=now())
    return ended + handled + answered + insurance.turn_the_calendar(now=now())


def on_transport_operation_planned(event: TransportOperationPlanned, *, event_id: str) -> None:
    """Make one stored call to a carrier; the call itself remembers that it was made."""
    transporting.perform(key=event.key, doors=partial(open_carrier, settings), now=now())


def on_carrier_message_stored(event: CarrierMessageStored, *, event_id: str) -> None:
    """Handle one new message of a carrier; the message itself remembers that it was handled."""
    carrier_inbox.process(message=event.message, doors=partial(open_carrier, settings), now=now())


@task
def go_on_with_transports() -> int:
    """Messages of carriers that wait, calls nobody heard the answer to, and cars on their way to ask about."""
    doors = partial(open_carrier, settings)
    handled = carrier_inbox.process_due(doors=doors, clock=now)
    answered = transporting.sweep(doors=doors, now=now())
    return handled + answered + transporting.poll(doors=doors, now=now())


@task
def settle_deliveries() -> int:
    """Priority deliveries whose day is over, and delays whose compensation stands."""
    return priority.settle_all(now=now()) + delaying.propose_all(now=now())


def on_bank_file_stored(event: BankFileStored, *, event_id: str) -> None:
    """Read a file of bank statements; the file itself remembers how far it was read."""
    bank_import.read_file(file=event.file, now=now())


def on_bank_lines_added(event: BankLinesAdded, *, event_id: str) -> None:
    """Settle what the new lines settle without a doubt."""
    bank_reading.match_open(now=now())


@task
def go_on_with_the_bank() -> int:
    """Files that a dead worker left, and lines that fit what has become due or known since they came."""
    return bank_import.read_waiting(now=now()) + bank_reading.match_open(now=now())
