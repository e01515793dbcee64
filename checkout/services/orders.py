"""Placing an order and moving it along `checkout.domain.order.MOVES`; every move leaves an event and an audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from catalog.queries.on_sale import look_again
from catalog.services.claims import claim_incentives
from catalog.services.stock import extend_reservation, extend_within, reserve_vehicle
from checkout.domain.amounts import money_json
from checkout.domain.buyer import Buyer, read_buyer
from checkout.domain.extras import answers_in
from checkout.domain.guards import BOUND
from checkout.domain.order import (
    DEPOSIT_HOLD,
    FINAL,
    Actor,
    Contract,
    Finance,
    Insurance,
    Move,
    State,
)
from checkout.domain.order import Payment as PaymentAxis
from checkout.errors import TermsNotAccepted
from checkout.events import DepositPaid, OrderCancelled, OrderExpired, OrderPlaced
from checkout.models.orders import DeliveryPromise, Order
from checkout.models.payments import Payment
from checkout.models.quotes import Quote
from checkout.queries.credit_sheets import confirmed_sheet
from checkout.queries.held_offers import held_offers
from checkout.queries.orders import OrderFacts, facts_of
from checkout.queries.quotes import Owner, best_document
from checkout.services.history import tell
from checkout.services.moving import conflict, end, locked, may, move
from checkout.services.open_quotes import open_quote
from kernel.crypto import mask, new_code, new_token, token_digest
from kernel.eventbus import publish
from kernel.money import Money
from kernel.text import LANGUAGES

HOLD_GRACE = timedelta(minutes=10)
"""A vehicle is held a little longer than the order waits, so that expiry, not the clock of the stock, frees it."""

HOLD_FOR_ORDER = timedelta(days=365)
"""A reserved order keeps its vehicle until it is handed over or the order ends; a year is a safety net."""

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The answer to placing: `token` is the guest's key, shown this once and stored hashed; `facts` the order's page."""

    order: str
    token: str
    payment: str
    expires_at: datetime
    facts: OrderFacts


def place_order(
    *,
    quote: str,
    buyer: Mapping[str, Any],
    terms: Mapping[str, Any],
    language: str,
    customer: int | None,
    owner: Owner | None = None,
    now: datetime,
) -> PlacedOrder:
    """Make a quote an order that awaits its deposit for 30 minutes; a stock vehicle is held as long.

    `terms`: {version, accepted}. With `owner` only a quote of theirs. Raises BadBuyer, UnknownQuote, NotYourQuote,
    QuoteAlreadyOrdered, QuoteExpired (with the
    difference to today), TermsNotAccepted, CreditSheetNeeded, VehicleNotAvailable, QuotaTaken; nothing is changed then.
    """
    who = read_buyer(buyer)
    look_again()
    with transaction.atomic():
        row = open_quote(quote, now, owner=owner)
        document, _ = best_document(row, now)
        _check_terms(terms, document)
        credit = confirmed_sheet(row, document, now)
        document = {**document, "credit": credit} if credit else document
        order, token = _new_order(row, document, who, customer, now)
        order.language = language if language in LANGUAGES else LANGUAGES[0]
        order.terms_version = document["terms"]["version"]
        if order.vin:
            reserve_vehicle(
                vin=order.vin, holder=order.code, until=order.expires_at + HOLD_GRACE, now=now
            )
        claim_incentives(
            holder=order.code,
            market=order.market,
            codes=held_offers(document),
            release=order.release,
            now=now,
        )
        order.save(force_insert=True)
        payment = Payment.objects.create(
            code=new_code(),
            order=order,
            purpose=Payment.Purpose.DEPOSIT,
            amount=order.deposit,
            currency=order.currency,
            created_at=now,
        )
        promise = _first_promise(order, document, now)
        Quote.objects.filter(pk=row.pk).update(state=Quote.State.ORDERED)
        publish(OrderPlaced(order=order.code, at=now))
        event = tell(
            order=order,
            kind="order-placed",
            actor=_buyer_name(customer),
            number=1,
            facts={
                "quote": row.code,
                "terms": order.terms_version,
                "deposit": _money(order, order.deposit),
                "extras": answers_in(document),
            },
            now=now,
        )
    facts = facts_of(order, payments=[payment], events=[event], promises=[promise])
    return PlacedOrder(order.code, token, payment.code, order.expires_at, facts)


def _check_terms(terms: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    version = document["terms"]["version"]
    if terms.get("accepted") is not True or terms.get("version") != version:
        raise TermsNotAccepted(
            f"terms: show the full terms, then send version {version} with accepted true",
            facts={
                "version": version,
                "given": terms.get("version"),
                "accepted": terms.get("accepted") is True,
            },
        )


def _new_order(
    row: Quote, document: Mapping[str, Any], who: Buyer, customer: int | None, now: datetime
) -> tuple[Order, str]:
    token = new_token()
    order = Order(
        code=f"C{now:%y}-{new_code(8)}",
        quote=row,
        state=State.AWAITING_DEPOSIT,
        finance_state=Finance.QUOTED if document["finance"] else Finance.NONE,
        insurance_state=Insurance.QUOTED if document["insurance"] else Insurance.NONE,
        market=row.market,
        currency=row.currency,
        release=document["release"],
        build=row.build,
        vin=row.vin,
        document=document,
        price=document["price_sheet"]["total"]["amount"],
        on_the_road=document["on_the_road"]["amount"],
        deposit=document["deposit"]["amount"]["amount"],
        customer_id=customer,
        token_digest=token_digest(token),
        buyer_kind=who.kind,
        buyer_name=who.name,
        buyer_email=who.email,
        buyer_phone=who.phone,
        buyer_address=dict(who.address),
        buyer_document=who.document,
        buyer_document_masked=mask(who.document) if who.document else "",
        terms_accepted_at=now,
        placed_at=now,
        expires_at=now + DEPOSIT_HOLD,
    )
    return order, token


def _first_promise(order: Order, document: Mapping[str, Any], now: datetime) -> DeliveryPromise:
    promised = document["delivery"]
    return DeliveryPromise.objects.create(
        order=order,
        number=1,
        from_on=date.fromisoformat(promised["from"]),
        until_on=date.fromisoformat(promised["until"]),
        actor=SYSTEM,
        at=now,
    )


def deposit_received(*, order: str, payment: str, now: datetime) -> None:
    """The deposit has arrived in full: the order is reserved and keeps its vehicle.

    The same payment twice is one. Raises UnknownOrder, OrderStateConflict when the order waits no longer, and
    NotTheHolder or VehicleNotAvailable when the vehicle went to somebody else; the money is then to be returned.
    """
    with transaction.atomic():
        row = locked(order)
        if not row.events.filter(kind="deposit-paid", facts__payment=payment).exists():
            take_deposit(row=row, payment=payment, now=now)


def take_deposit(*, row: Order, payment: str, now: datetime) -> None:
    """As `deposit_received` on a locked order, for a payment that arrives now; it refuses before it changes anything."""
    may(row, Move.RECEIVE_DEPOSIT, Actor.SYSTEM)
    if row.vin:
        extend_within(vin=row.vin, holder=row.code, until=now + HOLD_FOR_ORDER, now=now)
    moved = move(row, Move.RECEIVE_DEPOSIT, Actor.SYSTEM, now)
    row.payment_state = PaymentAxis.DEPOSIT
    row.save(update_fields=[*moved, "payment_state"])
    amount = Money(row.deposit, row.currency)
    publish(DepositPaid(order=row.code, payment=payment, amount=amount, at=now))
    tell(
        order=row,
        kind="deposit-paid",
        actor=SYSTEM,
        facts={"payment": payment, "amount": money_json(amount)},
        now=now,
    )


def expire_order(*, order: str, now: datetime) -> bool:
    """End an order whose deposit did not come in time and free its vehicle; False when it is not due.

    Only after `checkout.services.payments.close_open_payments` said that nothing can arrive any more; see
    `checkout.services.expiry`. Raises UnknownOrder.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state != State.AWAITING_DEPOSIT or now < row.expires_at:
            return False
        end(row, Move.EXPIRE, Actor.SYSTEM, now)
        publish(OrderExpired(order=row.code, at=now))
        tell(order=row, kind="order-expired", actor=SYSTEM, facts={}, now=now)
    return True


def hold_longer(*, order: str, now: datetime) -> None:
    """Keep the vehicle of an overdue order while a payment is still on its way; raises UnknownOrder, NotTheHolder."""
    with transaction.atomic():
        row = locked(order)
        if row.vin and row.state == State.AWAITING_DEPOSIT:
            extend_reservation(vin=row.vin, holder=row.code, until=now + HOLD_GRACE, now=now)


def wait_longer(*, row: Order, until: datetime, now: datetime) -> None:
    """Have a locked order wait for its deposit until then, its vehicle with it; never shorter than it would have.

    Raises NotTheHolder, UnknownVehicle before anything is written.
    """
    if until <= row.expires_at:
        return
    if row.vin:
        extend_within(vin=row.vin, holder=row.code, until=until + HOLD_GRACE, now=now)
    row.expires_at = until
    row.save(update_fields=["expires_at"])


def cancel_unpaid_order(
    *,
    order: str,
    actor: str,
    now: datetime,
    made: Move = Move.CANCEL_BY_BUYER,
    by: Actor = Actor.BUYER,
) -> None:
    """An order is given up before paying, by the move `made` of `by`; its vehicle is free again. Costs nothing.

    Only after the payments were closed, as for `expire_order`. `actor`: `user:7`, `guest` or `staff:3`.
    Raises UnknownOrder, OrderStateConflict once a deposit was paid or the order has ended.
    """
    with transaction.atomic():
        row = locked(order)
        if row.state != State.AWAITING_DEPOSIT:
            raise conflict(row, made, "only an order without a deposit ends this way")
        end(row, made, by, now)
        publish(OrderCancelled(order=row.code, at=now, by=str(by)))
        tell(order=row, kind="order-cancelled", actor=actor, facts={"by": str(by)}, now=now)


def contract_issued(*, order: str, contract: str, at: datetime, now: datetime) -> None:
    """The contract of that number lies ready to be read; a newer one replaces it until one is accepted.

    Raises UnknownOrder, OrderStateConflict for an order without a deposit, ended, or with an accepted contract.
    """
    with transaction.atomic():
        row = locked(order)
        if row.contract_number == contract:
            return
        _contract_may_move(row, contract)
        _set_contract(row, contract, Contract.ISSUED, at, now)


def contract_accepted(*, order: str, contract: str, at: datetime, now: datetime) -> None:
    """The buyer accepted the contract of that number at `at`; saying it twice is one.

    Raises UnknownOrder, OrderStateConflict for an order without a deposit, ended, with another accepted contract, or
    amended since this one was issued.
    """
    with transaction.atomic():
        row = locked(order)
        accepted = row.contract_state == Contract.ACCEPTED
        if accepted and row.contract_number == contract:
            return
        _contract_may_move(row, contract)
        if row.contract_number != contract and row.amendments.exists():
            raise conflict(row, "contract", f"the order does not stand by contract {contract}")
        _set_contract(row, contract, Contract.ACCEPTED, at, now)


def contract_buyer_signed(*, order: str, contract: str, at: datetime, now: datetime) -> None:
    """The buyer signed the contract of that number at `at`; the seller's seal follows. Twice is one; raises as `contract_accepted`."""
    with transaction.atomic():
        row = locked(order)
        if row.contract_number == contract and row.contract_state == Contract.BUYER_SIGNED:
            return
        if (row.contract_number, row.contract_state) != (contract, Contract.ACCEPTED):
            _contract_may_move(row, contract)
        if row.contract_number != contract and row.amendments.exists():
            raise conflict(row, "contract", f"the order does not stand by contract {contract}")
        _set_contract(row, contract, Contract.BUYER_SIGNED, at, now)


def contract_signed(*, order: str, contract: str, at: datetime, now: datetime) -> None:
    """Both sides signed the contract of that number and it was verified; saying it twice is one.

    Raises UnknownOrder, OrderStateConflict for an order that ended or does not wait for this seal.
    """
    with transaction.atomic():
        row = locked(order)
        if (row.contract_number, row.contract_state) == (contract, Contract.SIGNED):
            return
        waits = (row.contract_number, row.contract_state) == (contract, Contract.BUYER_SIGNED)
        if State(row.state) in FINAL or not waits:
            raise conflict(row, "contract", f"the order does not wait for a seal on {contract}")
        _set_contract(row, contract, Contract.SIGNED, at, now)


def _contract_may_move(row: Order, contract: str) -> None:
    if State(row.state) in FINAL or row.state == State.AWAITING_DEPOSIT:
        raise conflict(
            row, "contract", f"contract {contract} cannot move: the order is {row.state}"
        )
    if row.contract_state in BOUND:
        raise conflict(
            row, "contract", f"contract {row.contract_number} is {row.contract_state} already"
        )


def _set_contract(row: Order, contract: str, axis: Contract, at: datetime, now: datetime) -> None:
    row.contract_number, row.contract_state = contract, axis
    row.save(update_fields=["contract_number", "contract_state"])
    tell(
        order=row,
        kind=f"contract-{axis}".replace("_", "-"),
        actor=_buyer_name(row.customer_id) if axis in _BY_BUYER else SYSTEM,
        facts={"contract": contract, "at": at.isoformat()},
        now=now,
    )


_BY_BUYER = frozenset({Contract.ACCEPTED, Contract.BUYER_SIGNED})


def _buyer_name(customer: int | None) -> str:
    return "guest" if customer is None else f"user:{customer}"


def _money(row: Order, minor: int) -> dict[str, Any]:
    return money_json(Money(minor, row.currency))
