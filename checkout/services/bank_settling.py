"""Settling one target with (a part of) a bank line, inside a transaction that holds the locks of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db.models import Sum

from catalog.domain.payment_methods import BANK_TRANSFER
from checkout.domain.ledger import DEPOSITS, IN_TRANSIT, REFUNDS_PAYABLE, matched_legs
from checkout.domain.payment_methods import BANK
from checkout.domain.payments import PAID, State
from checkout.errors import BadMatch, MatchConflict
from checkout.models import BankLine, BankMatch, Order, OutgoingTransfer, Payment, VendorPayout
from checkout.models.locks import locked_transfer
from checkout.queries.bank_book import expected_of, part_of, settled_of
from checkout.services import outgoing
from checkout.services.bank_receipts import payment_for
from checkout.services.ledger import post
from checkout.services.settlement import take_in
from kernel.money import Money

NOTHING: Mapping[str, str | int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Target:
    """What (a part of) a line settles: `kind` is order, payment, payout or transfer, `code` its name.

    `amount` is the part of the line, with the line's sign; `charge`, not negative, is what a bank kept on the way, so that
    `amount` + `charge` is settled.
    """

    kind: str
    code: str
    amount: Money
    charge: int = 0

    @property
    def settled(self) -> Money:
        """What the other side counts as moved."""
        return Money(self.amount.minor + self.charge, self.amount.currency)


@dataclass(frozen=True, slots=True)
class Act:
    """One settling within a transaction that holds all locks."""

    line: BankLine
    target: Target
    orders: Mapping[int, Order]
    actor: str
    now: datetime
    automatic: bool

    def wrong(self, message: str, facts: Mapping[str, str | int] = NOTHING) -> BadMatch:
        """The refusal of this target."""
        told = {"line": self.line.pk, "kind": self.target.kind, "code": self.target.code}
        return BadMatch(message, facts={**told, **facts})

    def taken(self, message: str, state: str) -> MatchConflict:
        """The refusal because of what happened meanwhile."""
        facts = {"line": self.line.pk, "kind": self.target.kind, "code": self.target.code}
        return MatchConflict(message, facts={**facts, "state": state})


def _settle_order(act: Act) -> BankMatch:
    order = next((each for each in act.orders.values() if each.code == act.target.code), None)
    if order is None:
        raise act.wrong("code: there is no such order")
    _check_currency(act, order)
    expected = expected_of(order)
    if act.automatic and not _due_to_the_cent(order, expected, act.target.settled):
        raise act.taken("this is not what is due on the order any more", order.state)
    if act.target.settled.minor <= 0:
        raise act.wrong("amount: only money that came in is an order's")
    payment = payment_for(order=order, amount=act.target.settled, expected=expected, now=act.now)
    return _fill(act, payment)


def _due_to_the_cent(order: Order, expected: tuple[str, Money], amount: Money) -> bool:
    purpose, due = expected
    asked, got = part_of(order)
    return (due if purpose else asked) - got == amount


def _settle_payment(act: Act) -> BankMatch:
    payment = Payment.objects.select_for_update().filter(code=act.target.code).first()
    if payment is None:
        raise act.wrong("code: there is no such payment")
    if payment.provider not in {"", BANK}:
        raise act.wrong("code: this payment is made at a vendor, not by transfer")
    payment.order = act.orders[payment.order_id]
    _check_currency(act, payment.order)
    if not payment.provider:
        payment.provider, payment.method = BANK, BANK_TRANSFER
        payment.save(update_fields=["provider", "method"])
    return _fill(act, payment)


def _check_currency(act: Act, order: Order) -> None:
    if act.target.amount.currency != order.currency:
        raise act.wrong(
            f"amount: order {order.code} is in {order.currency}", {"currency": order.currency}
        )


def _fill(act: Act, payment: Payment) -> BankMatch:
    if State(payment.state) in PAID:
        raise act.taken("this payment has all its money", payment.state)
    missing = payment.money - settled_of(payment)
    if act.target.settled.minor <= 0 or missing < act.target.settled:
        raise act.wrong(f"amount: {missing} is missing of this payment", {"due": missing.minor})
    made = _made(act, DEPOSITS, payment.order, payment=payment)
    if missing == act.target.settled:
        take_in(payment, act.now)
    elif payment.state != State.REQUIRES_ACTION:
        payment.state = str(State.REQUIRES_ACTION)
        payment.save(update_fields=["state"])
    return made


def _settle_payout(act: Act) -> BankMatch:
    rows = VendorPayout.objects.select_for_update().filter(code=act.target.code)
    payout = rows.filter(currency=act.line.currency).order_by("-pk").first()
    if payout is None:
        raise act.wrong(f"code: there is no such payout in {act.line.currency}")
    if payout.state in {VendorPayout.State.FAILED, VendorPayout.State.CANCELED}:
        raise act.taken("the vendor took this payout back", payout.state)
    before = payout.bank_matches.filter(undone_at=None).aggregate(
        amount=Sum("amount"), charge=Sum("charge")
    )
    missing = payout.amount - (before["amount"] or 0) - (before["charge"] or 0)
    settled = act.target.settled.minor
    if not missing:
        raise act.taken("the bank has shown all of this payout", payout.state)
    if not settled or settled * missing < 0 or abs(settled) > abs(missing):
        raise act.wrong(f"amount: {missing} of this payout is missing", {"due": missing})
    return _made(act, IN_TRANSIT, None, payout=payout)


def _settle_transfer(act: Act) -> BankMatch:
    transfer = locked_transfer(act.target.code)
    if transfer is None:
        raise act.wrong("code: there is no such transfer")
    if transfer.currency != act.line.currency:
        raise act.wrong(
            "amount: the transfer is in another currency", {"currency": transfer.currency}
        )
    out = act.target.settled.minor < 0
    if abs(act.target.settled.minor) != transfer.amount:
        raise act.wrong(
            f"amount: the transfer is for {transfer.money}, all of it", {"due": transfer.amount}
        )
    made = _made(act, REFUNDS_PAYABLE, transfer.order, transfer=transfer)
    (outgoing.seen if out else outgoing.came_back)(row=transfer, now=act.now)
    return made


def _made(
    act: Act,
    account: str,
    order: Order | None,
    *,
    payment: Payment | None = None,
    payout: VendorPayout | None = None,
    transfer: OutgoingTransfer | None = None,
) -> BankMatch:
    """The match as a row, and its entry."""
    target = act.target
    row = BankMatch.objects.create(
        line=act.line,
        payment=payment,
        payout=payout,
        transfer=transfer,
        amount=target.amount.minor,
        charge=target.charge,
        automatic=act.automatic,
        made_by=act.actor,
        made_at=act.now,
    )
    charge = Money(target.charge, target.amount.currency)
    post(
        key=f"match:{row.pk}",
        kind="bank-match",
        order=order,
        legs=matched_legs(moved=target.amount, charge=charge, account=account),
        now=act.now,
        note=target.code,
    )
    return row


SETTLE: Mapping[str, Callable[[Act], BankMatch]] = {
    "order": _settle_order,
    "payment": _settle_payment,
    "payout": _settle_payout,
    "transfer": _settle_transfer,
}
"""By the kind of a target."""
