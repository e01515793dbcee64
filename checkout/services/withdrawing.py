"""Withdrawing from a purchase in two steps: a statement, and its confirmation with a receipt (`docs/rules/withdrawal.md`).

The first step changes nothing and asks for name, order and contact only. The second ends the order, whatever its state,
and undoes what hangs on it: money, loan, cover, contract, car.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db import transaction

from checkout.domain.amounts import money_json
from checkout.domain.application import CURRENT, By
from checkout.domain.application import State as Loan
from checkout.domain.calendars import day_of
from checkout.domain.order import Actor, Contract, Delivery, Move, State, after
from checkout.domain.withdrawal import (
    STATEMENT_LIFE,
    VALUE_NOTE,
    WHY,
    Purchase,
    Right,
    Undoing,
    closed_because,
    declaration,
    undoing_of,
)
from checkout.errors import (
    NoSuchPurchase,
    NotOurStatement,
    StalePreview,
    StatementExpired,
    UnknownOrder,
    WithdrawalNotPossible,
)
from checkout.events import OrderWithdrawn
from checkout.models import FinanceOperation, Order, WithdrawalReceipt
from checkout.models.locks import locked_application
from checkout.queries.paid import held_of
from checkout.queries.withdrawals import (
    Labels,
    ReceiptFacts,
    calendar_now,
    labels_of,
    purchase_of_row,
    receipt_facts,
    right_now,
)
from checkout.services.financing import give_up
from checkout.services.history import tell
from checkout.services.lending import WITHDRAWN, plan
from checkout.services.moving import end, locked
from checkout.services.returns import send_back
from checkout.services.selling import unbook_sale
from kernel.crypto import new_code
from kernel.eventbus import publish
from kernel.money import Money
from kernel.text import LANGUAGES, Text, fingerprint

LONGEST = 254
_SALT = "checkout.withdrawal"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the buyer is about to declare and what follows from it.

    `statement` is sent back word for word to confirm, with the `fingerprint` of the `declaration` that was shown, before
    `valid_until`. `return_car`: the car is with the buyer and comes back first where `hold_back` says so.
    """

    statement: str
    fingerprint: str
    valid_until: datetime
    declaration: Mapping[str, Any]
    labels: Labels
    until: date | None
    refund: Money
    refund_by: date | None
    hold_back: bool
    return_car: bool
    finance_by: date | None
    note: Text | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement that came back and is ours."""

    order: str
    name: str
    contact: str
    begun_at: datetime


def find_purchase(*, order: str, name: str, contact: str) -> str:
    """The code of the order that was placed with that name and contact; raises NoSuchPurchase.

    Says the same, and takes as long, whatever of the three is wrong.
    """
    row = Order.objects.filter(code=order.strip().upper()[:32]).first()
    known = (row.buyer_name, row.buyer_email, row.buyer_phone) if row else ("?", "?@?", "?")
    same_name = _same(_folded(name), _folded(known[0]))
    same_email = _same(_folded(contact), _folded(known[1]) or "-")
    same_phone = _same(_digits(contact) or "?", _digits(known[2]) or "-")
    if row is None or not (same_name & (same_email | same_phone)):
        raise NoSuchPurchase(
            "no order of that code was placed with that name and contact: write all three as in the order, "
            "or open the order's page and withdraw there"
        )
    return row.code


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _digits(text: str) -> str:
    """A number's last ten digits: with or without its country's code it is the same one."""
    return "".join(one for one in text if one.isdigit())[-10:]


def own_words(*, order: str, name: str | None, contact: str | None) -> tuple[str, str]:
    """Name and contact for the statement of a buyer who is known: the order's own where they are not said."""
    known = ("buyer_name", "buyer_email", "buyer_phone")
    own, email, phone = Order.objects.values_list(*known).get(code=order)
    return name or own, contact or email or phone


def begin_withdrawal(*, order: str, name: str, contact: str, now: datetime) -> Statement:
    """The first step: what the buyer is about to declare; nothing is changed.

    Raises UnknownOrder, OrderStateConflict for an order that has nothing to withdraw from, WithdrawalNotPossible, NoCalendar,
    NoLawRow.
    """
    row = Order.objects.filter(code=order).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
    said = _Said(row.code, " ".join(name.split())[:LONGEST], contact.strip()[:LONGEST], now)
    _check_state(row)
    purchase = purchase_of_row(row)
    right = _open_right(row, purchase, now)
    return _statement(row, said, purchase, right)


def _check_state(row: Order) -> None:
    after(order=row.code, state=State(row.state), move=Move.WITHDRAW, actor=Actor.BUYER)


def _open_right(row: Order, purchase: Purchase, sent_at: datetime) -> Right:
    right = right_now(purchase, sent_at)
    reason = closed_because(right, purchase=purchase, sent_at=sent_at)
    if reason is not None:
        raise WithdrawalNotPossible(
            f"order {row.code} cannot be withdrawn from: {WHY[reason]['en']}",
            facts={
                "order": row.code,
                "reason": str(reason),
                "text": dict(WHY[reason]),
                "until": right.until.isoformat() if right.until else None,
                "instead": [] if row.handed_over_at else [str(Move.CANCEL_BY_BUYER)],
            },
        )
    return right


def _statement(row: Order, said: _Said, purchase: Purchase, right: Right) -> Statement:
    document = _declared(row, said)
    undoing = _undoing(purchase, right, said.begun_at)
    received = purchase.received_on is not None
    return Statement(
        statement=signing.Signer(salt=_SALT).sign_object(
            {**_plain(said), "begun_at": said.begun_at.isoformat()}
        ),
        fingerprint=fingerprint(document),
        valid_until=said.begun_at + STATEMENT_LIFE,
        declaration=document,
        labels=labels_of(right.law.label, right.law.confirm),
        until=right.until,
        refund=held_of(row),
        refund_by=undoing.refund_by,
        hold_back=undoing.hold_back,
        return_car=received,
        finance_by=undoing.finance_by if row.document.get("finance") else None,
        note=VALUE_NOTE if received else None,
    )


def _plain(said: _Said) -> dict[str, str]:
    return {"order": said.order, "name": said.name, "contact": said.contact}


def _declared(row: Order, said: _Said) -> dict[str, Any]:
    return declaration(
        order=row.code, contract=row.contract_number, name=said.name, contact=said.contact
    )


def _undoing(purchase: Purchase, right: Right, at: datetime) -> Undoing:
    return undoing_of(
        purchase=purchase,
        law=right.law,
        withdrawn_on=day_of(at, purchase.zone),
        calendar=calendar_now(),
    )


def confirm_withdrawal(
    *,
    statement: str,
    shown: str,
    actor: str,
    sent_at: datetime,
    now: datetime,
    order: str | None = None,
    language: str = LANGUAGES[0],
) -> ReceiptFacts:
    """The second step: the order ends, everything is undone, and the receipt says when it came; doing it twice is one.

    `statement` and `shown`, its fingerprint, from the first step; `sent_at` the moment of the request, which decides whether
    it is in time; `order` where the caller may only withdraw from that one. Raises NotOurStatement, StatementExpired,
    StalePreview where another contract was made since, WithdrawalNotPossible, OrderStateConflict, NoCalendar, NoLawRow.
    """
    said = _read(statement, order)
    with transaction.atomic():
        row = locked(said.order)
        before = WithdrawalReceipt.objects.filter(order=row).first()
        if before is not None and hmac.compare_digest(before.fingerprint, shown):
            return receipt_facts(before, row.code)
        _check_state(row)
        purchase = purchase_of_row(row)
        right = _open_right(row, purchase, sent_at)
        _check_shown(row, said, purchase, right, shown=shown, sent_at=sent_at)
        undoing = _undoing(purchase, right, sent_at)
        receipt = _receipt(
            row, said, purchase, right, undoing, shown=shown, sent_at=sent_at, language=language
        )
        _end(row, undoing, receipt, actor=actor, now=now)
        _undo_loan(row, actor, now)
        if not undoing.hold_back:
            send_back(row, receipt.money, undoing.refund_by, actor=actor, now=now)
    return receipt_facts(receipt, row.code)


def _read(statement: str, order: str | None) -> _Said:
    try:
        found = signing.Signer(salt=_SALT).unsign_object(statement)
        said = _Said(
            found["order"],
            found["name"],
            found["contact"],
            datetime.fromisoformat(found["begun_at"]),
        )
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise NotOurStatement(
            "statement: send it word for word as the first step gave it", facts={"order": order}
        ) from error
    if order is not None and said.order != order:
        raise NotOurStatement("statement: it is of another order", facts={"order": order})
    return said


def _check_shown(
    row: Order, said: _Said, purchase: Purchase, right: Right, *, shown: str, sent_at: datetime
) -> None:
    if sent_at > said.begun_at + STATEMENT_LIFE:
        raise StatementExpired(
            "the statement has waited for more than 30 minutes: begin again",
            facts={
                "order": row.code,
                "valid_until": (said.begun_at + STATEMENT_LIFE).isoformat(),
            },
        )
    if not hmac.compare_digest(fingerprint(_declared(row, said)), shown):
        fresh = _statement(
            row, _Said(said.order, said.name, said.contact, sent_at), purchase, right
        )
        raise StalePreview(
            "the statement is not the one that was shown: read it again and confirm",
            facts={
                "order": row.code,
                "preview": {
                    "statement": fresh.statement,
                    "fingerprint": fresh.fingerprint,
                    "declaration": fresh.declaration,
                    "valid_until": fresh.valid_until.isoformat(),
                },
            },
        )


def _receipt(
    row: Order,
    said: _Said,
    purchase: Purchase,
    right: Right,
    undoing: Undoing,
    *,
    shown: str,
    sent_at: datetime,
    language: str,
) -> WithdrawalReceipt:
    held = held_of(row)
    return WithdrawalReceipt.objects.create(
        order=row,
        number=f"W{sent_at:%y}-{new_code(8)}",
        contract=row.contract_number,
        name=said.name,
        contact=said.contact,
        fingerprint=shown,
        begun_at=said.begun_at,
        received_at=sent_at,
        zone=purchase.zone,
        language=language if language in LANGUAGES else LANGUAGES[0],
        until_on=right.until,
        refund=held.minor,
        currency=held.currency,
        refund_by=undoing.refund_by,
        hold_back=undoing.hold_back,
        finance_by=undoing.finance_by if row.document.get("finance") else None,
    )


def _end(
    row: Order, undoing: Undoing, receipt: WithdrawalReceipt, *, actor: str, now: datetime
) -> None:
    end(row, Move.WITHDRAW, Actor.BUYER, now)
    fields = []
    if row.contract_number:
        row.contract_state = Contract.VOID
        fields.append("contract_state")
    if row.handed_over_at is not None:
        row.delivery_state = Delivery.TO_RETURN
        fields.append("delivery_state")
        unbook_sale(row, now=now, note=receipt.number)
    if fields:
        row.save(update_fields=fields)
    publish(OrderWithdrawn(order=row.code, receipt=receipt.number, at=receipt.received_at))
    tell(
        order=row,
        kind="order-withdrawn",
        actor=actor,
        facts={
            "receipt": receipt.number,
            "received_at": receipt.received_at.isoformat(),
            "statement": receipt.fingerprint,
            "refund": money_json(receipt.money),
            "refund_by": receipt.refund_by.isoformat() if receipt.refund_by else None,
            "hold_back": receipt.hold_back,
            "return_car": row.handed_over_at is not None,
        },
        now=now,
    )


def _undo_loan(row: Order, actor: str, now: datetime) -> None:
    """The linked loan ends with the purchase, paid out or not; its lender is told by a call of its own."""
    for pk in row.finance_applications.filter(state__in=CURRENT).values_list("pk", flat=True):
        application = locked_application(pk)
        application.order = row
        application.reason = WITHDRAWN
        if application.state == Loan.DRAWN:
            application.save(update_fields=["reason"])
            params = {"withdrawn": True}
            plan(application=application, kind=FinanceOperation.Kind.CANCEL, params=params, now=now)
        else:
            give_up(row=application, by=By.BUYER, actor=actor, now=now)
