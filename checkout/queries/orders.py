"""Orders as frozen facts: the one page of truth for buyer, store and CMS."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from checkout.domain.amounts import money_of
from checkout.domain.balance import cash_due
from checkout.domain.guards import Axes, missing_for
from checkout.domain.locking import deadline_of, frozen_policy, locks_at
from checkout.domain.order import (
    Contract,
    State,
    balance_may_be_demanded,
    moves_from,
)
from checkout.domain.payments import PAID
from checkout.domain.payments import State as PaymentState
from checkout.domain.wording import event_text, next_step
from checkout.errors import NotYourOrder, UnknownOrder
from checkout.models.amendments import Amendment
from checkout.models.delivery import Appointment, DeliveryStage, PriorityPlace
from checkout.models.orders import DeliveryPromise, Order, OrderEvent
from checkout.models.payments import Payment
from checkout.queries.amendment_history import amendments_section, shown_amendments
from checkout.queries.contract_facts import OrderForContract, order_facts_for_contract
from checkout.queries.delivery import appointment_facts, promise_facts, stage_facts
from checkout.queries.delivery_facts import PromiseFacts
from checkout.queries.delivery_terms import charges_in
from checkout.queries.order_facts import (
    BuyerFacts,
    ContractRef,
    DeliveryFacts,
    EventFacts,
    NextStepFacts,
    OrderFacts,
    OrderMoney,
    OrderSummary,
    PaymentFacts,
    RefundFacts,
)
from checkout.queries.paid import financed_of
from checkout.queries.payment_facts import payment_facts, shown_payments
from kernel.crypto import mask, token_digest
from kernel.money import Money

__all__ = [
    "BuyerFacts",
    "ContractRef",
    "DeliveryFacts",
    "EventFacts",
    "NextStepFacts",
    "OrderFacts",
    "OrderForContract",
    "OrderMoney",
    "OrderSummary",
    "PaymentFacts",
    "PromiseFacts",
    "RefundFacts",
    "check_access",
    "facts_of",
    "guest_ordered_with",
    "order",
    "order_by_token",
    "order_facts_for_contract",
    "order_for",
    "orders_of",
]


def order(code: str, now: datetime) -> OrderFacts:
    """The order of that code; raises UnknownOrder. Does not ask who wants to know: see `check_access`."""
    return _facts(_row(code))


def order_by_token(code: str, token: str, now: datetime) -> OrderFacts:
    """The order for the bearer of its token; raises UnknownOrder, NotYourOrder."""
    row = _row(code)
    _check(row, token=token, customer=None, emails=())
    return _facts(row)


def order_for(
    *,
    code: str,
    token: str | None,
    customer: int | None,
    now: datetime,
    emails: Collection[str] = (),
) -> OrderFacts:
    """The order for whoever may see it, as in `check_access`; raises UnknownOrder, NotYourOrder."""
    row = _row(code)
    _check(row, token=token, customer=customer, emails=emails)
    return _facts(row)


def check_access(
    *, code: str, token: str | None, customer: int | None, emails: Collection[str] = ()
) -> None:
    """Raises UnknownOrder, or NotYourOrder unless one of these belongs to the order.

    Its `token`, its `customer`, or, for an order that a guest placed, the buyer's address among `emails`:
    lower-case addresses that the caller has proved to own (docs/decisions/0006-guest-access.md).
    """
    fields = ("code", "token_digest", "customer_id", "buyer_email")
    row = Order.objects.only(*fields).filter(code=code).first()
    if row is None:
        raise _unknown(code)
    _check(row, token=token, customer=customer, emails=emails)


def orders_of(
    customer: int,
    now: datetime,
    *,
    emails: Collection[str] = (),
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[OrderSummary]:
    """The orders of an account, and those a guest placed with one of its proved `emails`, newest first.

    At most `limit` of those that follow `after`: the moment and code of the last one seen.
    """
    theirs = Q(customer=customer) | Q(customer=None, buyer_email__in=[e for e in emails if e])
    if after is not None:
        theirs &= Q(placed_at__lt=after[0]) | Q(placed_at=after[0], code__lt=after[1])
    return [
        OrderSummary(
            code=row.code,
            state=row.state,
            title=row.document["car"]["names"]["title"],
            placed_at=row.placed_at,
            next_step=_next(row),
            total=Money(row.on_the_road, row.currency),
        )
        for row in Order.objects.filter(theirs).order_by("-placed_at", "-code")[:limit]
    ]


def guest_ordered_with(email: str) -> bool:
    """Whether a guest placed an order with this address, whatever its case."""
    return Order.objects.filter(customer=None, buyer_email=email.lower()).exists()


def _rows() -> QuerySet[Order]:
    return Order.objects.select_related("quote").prefetch_related(
        Prefetch("payments", shown_payments()),
        Prefetch("events", OrderEvent.objects.order_by("number")),
        Prefetch("promises", DeliveryPromise.objects.order_by("number")),
        Prefetch("amendments", shown_amendments()),
        Prefetch("stages", DeliveryStage.objects.order_by("number")),
        Prefetch("appointments", Appointment.objects.order_by("-number")),
        "priorities",
    )


def _row(code: str) -> Order:
    row = _rows().filter(code=code).first()
    if row is None:
        raise _unknown(code)
    return row


def _unknown(code: str) -> UnknownOrder:
    return UnknownOrder(f"order: there is no {code!r}", facts={"order": code})


def _check(row: Order, *, token: str | None, customer: int | None, emails: Collection[str]) -> None:
    if customer is not None and row.customer_id == customer:
        return
    if row.customer_id is None and row.buyer_email and row.buyer_email in emails:
        return
    if token and hmac.compare_digest(row.token_digest, token_digest(token)):
        return
    raise NotYourOrder(
        "this order belongs to somebody else, or its token is wrong", facts={"order": row.code}
    )


def _next(row: Order, balance: Money | None = None) -> NextStepFacts:
    """What happens next; `balance` is what is due, else the document's."""
    state, contract = State(row.state), Contract(row.contract_state)
    policy = frozen_policy(row.document, row.currency) if row.reminded_at else None
    deadline = deadline_of(
        state=state,
        contract=contract,
        expires_at=row.expires_at,
        locks_at=locks_at(policy.locking, row.reminded_at) if policy else None,
    )
    step = next_step(
        state=state,
        contract=contract,
        locks_itself=deadline is not None,
        deposit=Money(row.deposit, row.currency),
        balance=money_of(row.document["balance"]["cash_balance"]) if balance is None else balance,
    )
    return NextStepFacts(step.code, step.text, step.by, deadline)


def _money(row: Order, payments: Sequence[Payment], charges: Money) -> OrderMoney:
    paid = Money(
        sum(p.amount - p.refunded for p in payments if PaymentState(p.state) in PAID), row.currency
    )
    nothing, state = Money.zero(row.currency), State(row.state)
    total = Money(row.on_the_road, row.currency)
    price, financed = Money(row.price, row.currency), financed_of(row)
    deposit = Money(row.deposit, row.currency)
    due = {State.AWAITING_DEPOSIT: deposit}
    if balance_may_be_demanded(state):
        due[state] = cash_due(price=price + charges, financed=financed, held=paid)
    return OrderMoney(
        total=total,
        price=price,
        deposit=deposit,
        financed=financed,
        paid=paid,
        due=due.get(state, nothing),
        before_handover=total + charges - financed - paid,
        charges=charges,
    )


def _moves(row: Order) -> tuple[str, ...]:
    """The moves of the table that the contract allows; of those that ask about money nothing is left out."""
    axes = Axes(Contract(row.contract_state), row.vin, Money.zero(row.currency), loan_open=False)
    return tuple(str(move) for move in moves_from(State(row.state)) if not missing_for(move, axes))


def _facts(row: Order) -> OrderFacts:
    return facts_of(
        row,
        payments=row.payments.all(),
        events=row.events.all(),
        promises=row.promises.all(),
        amendments=row.amendments.all(),
        stages=row.stages.all(),
        appointments=row.appointments.all(),
        priorities=row.priorities.all(),
    )


def facts_of(
    row: Order,
    *,
    payments: Iterable[Payment],
    events: Iterable[OrderEvent],
    promises: Iterable[DeliveryPromise],
    amendments: Iterable[Amendment] = (),
    stages: Iterable[DeliveryStage] = (),
    appointments: Collection[Appointment] = (),
    priorities: Iterable[PriorityPlace] = (),
) -> OrderFacts:
    """The facts of rows that are in memory already, each kind oldest first; no SQL."""
    payments = list(payments)
    money = _money(row, payments, charges_in(priorities, appointments, row.currency))
    return OrderFacts(
        code=row.code,
        state=str(row.state),
        market=row.market,
        language=row.language,
        release=row.release,
        quote=row.quote.code,
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        next_step=_next(row, money.due if row.state == State.INSPECTION_READY else None),
        moves=_moves(row),
        money=money,
        payment_state=str(row.payment_state),
        delivery_state=str(row.delivery_state),
        finance_state=str(row.finance_state),
        insurance_state=str(row.insurance_state),
        contract=ContractRef(row.contract_number, row.contract_state)
        if row.contract_number
        else None,
        buyer=_buyer(row),
        terms_version=row.terms_version,
        terms_accepted_at=row.terms_accepted_at,
        payments=payment_facts(row.code, payments),
        delivery=_delivery(row, promises, stages, appointments),
        events=tuple(
            EventFacts(e.kind, event_text(e.kind, e.facts), e.actor, e.facts, e.at) for e in events
        ),
        amendments=amendments_section(row, amendments),
        document=row.document,
        customer=row.customer_id,
    )


def _buyer(row: Order) -> BuyerFacts:
    return BuyerFacts(
        kind=row.buyer_kind,
        name=row.buyer_name,
        email=mask(row.buyer_email) if row.buyer_email else "",
        phone=mask(row.buyer_phone) if row.buyer_phone else "",
        address=row.buyer_address,
        document=row.buyer_document_masked,
    )


def _delivery(
    row: Order,
    promises: Iterable[DeliveryPromise],
    stages: Iterable[DeliveryStage],
    appointments: Iterable[Appointment],
) -> DeliveryFacts:
    history = promise_facts(promises)
    return DeliveryFacts(
        from_on=history[-1].from_on,
        until_on=history[-1].until_on,
        place=row.document["delivery"]["place"],
        history=history,
        stages=stage_facts(stages),
        appointment=appointment_facts(row, appointments, private=False),
    )
