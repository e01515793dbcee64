"""What a bank line settles: said by a person, or by the reading of `checkout.services.bank_reading` where it has no rival.

A line is settled in parts; what is left of it stays on unidentified receipts, and the line stays open. Locks are taken in
one order: orders, what hangs on them, payouts, the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from checkout.domain import order as life
from checkout.domain.ledger import ASIDE, UNIDENTIFIED, Leg
from checkout.domain.payments import PAID, State
from checkout.errors import BadMatch, MatchConflict, UnknownBankLine
from checkout.models import BankLine, BankMatch, LedgerEntry, Order, OutgoingTransfer, Payment
from checkout.models.locks import locked_payment, locked_transfer
from checkout.services import outgoing
from checkout.services.bank_settling import SETTLE, Act, Target
from checkout.services.ledger import post, reverse
from checkout.services.operations import refunded_or_under_way
from kernel.audit import record
from kernel.money import Money

__all__ = ["Target", "match", "put_back", "rest_of", "set_aside", "unmatch"]

_STATE = BankLine.State
REST = "amount"
"""Why a line that is settled in part stays open."""
USED = frozenset({*life.FINAL, life.State.HANDED_OVER})
"""Orders whose money has gone its way: what they were paid is not taken off them again."""


def match(
    *,
    line: int,
    targets: Sequence[Target],
    actor: str,
    now: datetime,
    automatic: bool = False,
) -> tuple[int, ...]:
    """Settle these with (parts of) a line; gives the numbers of the matches. What is not settled stays open.

    A payment that has all its money counts as paid and moves its order; an order without a waiting payment gets one; money
    that an order does not take goes back by a proposed transfer. `automatic`: only what is due to the cent, and the whole
    line. Raises UnknownBankLine, BadMatch, MatchConflict where somebody was faster; nothing is changed then.
    """
    with transaction.atomic():
        orders = _locked_orders(targets)
        row = _locked_line(line)
        rest = rest_of(row)
        _check(row, targets, rest, automatic)
        made = [
            SETTLE[target.kind](Act(row, target, orders, actor, now, automatic))
            for target in targets
        ]
        left = rest.minor - sum(target.amount.minor for target in targets)
        row.state = _STATE.OPEN if left else _STATE.MATCHED
        row.why = REST if left else ""
        row.save(update_fields=["state", "why"])
        # What the machine settles it writes down once a run; the match itself says the rest.
        for each, target in () if automatic else zip(made, targets, strict=True):
            _tell(row, "bank-line-matched", each, target.code, actor, now)
    return tuple(each.pk for each in made)


def rest_of(line: BankLine) -> Money:
    """What of a line is not settled."""
    used = line.matches.filter(undone_at=None).aggregate(total=Sum("amount"))["total"]
    return Money(line.amount - (used or 0), line.currency)


def _locked_orders(targets: Sequence[Target]) -> dict[int, Order]:
    """The orders that these targets belong to, locked in the order of their numbers."""
    codes: dict[str, list[str]] = {}
    for target in targets:
        codes.setdefault(target.kind, []).append(target.code)
    found = Q(code__in=codes.get("order", ()))
    for kind, model in (("payment", Payment), ("transfer", OutgoingTransfer)):
        if kind in codes:
            named = model.objects.filter(code__in=codes[kind]).values_list("order", flat=True)
            found |= Q(pk__in=list(named))
    if not codes.keys() - {"payout"}:
        return {}
    rows = Order.objects.select_for_update().filter(found).order_by("pk")
    return {row.pk: row for row in rows}


def _locked_line(pk: int) -> BankLine:
    row = BankLine.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise UnknownBankLine(f"line: there is no {pk}", facts={"line": pk})
    return row


def _check(row: BankLine, targets: Sequence[Target], rest: Money, automatic: bool) -> None:
    facts = {"line": row.pk, "state": row.state}
    if row.state != _STATE.OPEN:
        raise MatchConflict(f"this line is {row.state} already", facts=facts)
    unknown = [target.kind for target in targets if target.kind not in SETTLE]
    if not targets or unknown:
        raise BadMatch(f"targets: name at least one of {', '.join(SETTLE)}", facts=facts)
    for target in targets:
        if target.amount.currency != row.currency:
            raise BadMatch(
                f"amount: the line is in {row.currency}",
                facts={**facts, "currency": row.currency},
            )
        if not target.amount or target.charge < 0 or (target.amount.minor > 0) != (row.amount > 0):
            raise BadMatch("amount: a part of the line, with its sign", facts=facts)
    used = sum(target.amount.minor for target in targets)
    if abs(used) > abs(rest.minor):
        raise MatchConflict(
            f"amount: {rest} of this line is left", facts={**facts, "rest": rest.minor}
        )
    if automatic and used != row.amount:
        raise MatchConflict("this line is settled in part already", facts=facts)


def unmatch(*, match: int, actor: str, now: datetime) -> None:
    """Take a match back: its entry is reversed today, whatever day it was posted, and the line is open again.

    A payment that was paid by it waits for its money again; its order stays where it stands. Twice is once. Raises BadMatch
    for an unknown number; MatchConflict once the money was used: refunded, or its order handed over or ended.
    """
    with transaction.atomic():
        found = BankMatch.objects.filter(pk=match).first()
        if found is None:
            raise BadMatch(f"match: there is no {match}", facts={"match": match})
        payment = locked_payment(found.payment_id) if found.payment_id else None
        transfer = locked_transfer(found.transfer.code) if found.transfer else None
        line = _locked_line(found.line_id)
        row = BankMatch.objects.select_for_update().get(pk=match)
        if row.undone_at is not None:
            return
        if payment is not None:
            _take_off(row, payment)
        if transfer is not None:
            _take_off_transfer(row, transfer, now)
        row.undone_by, row.undone_at = actor, now
        row.save(update_fields=["undone_by", "undone_at"])
        reverse(key=f"match:{row.pk}", now=now, note=f"line {line.pk}")
        line.state, line.why = (
            _STATE.OPEN,
            REST if rest_of(line).minor != line.amount else "unknown",
        )
        line.save(update_fields=["state", "why"])
        _tell(line, "bank-line-unmatched", row, "", actor, now)


def _take_off(row: BankMatch, payment: Payment) -> None:
    if State(payment.state) not in PAID:
        return
    if refunded_or_under_way(payment) or life.State(payment.order.state) in USED:
        raise MatchConflict(
            "this money was used: it was given back, or its order has been handed over or has ended",
            facts={"line": row.line_id, "state": payment.order.state, "code": payment.code},
        )
    # A person takes it back, and never a vendor's word: the table of moves has no such one.
    payment.state = str(State.REQUIRES_ACTION)
    payment.save(update_fields=["state"])


def _take_off_transfer(row: BankMatch, transfer: OutgoingTransfer, now: datetime) -> None:
    if row.amount > 0:
        raise MatchConflict(
            "what came back is owed again already; propose a further transfer",
            facts={"line": row.line_id, "state": transfer.state, "code": transfer.code},
        )
    outgoing.not_seen(row=transfer, now=now)


def set_aside(*, line: int, account: str, note: str, actor: str, now: datetime) -> None:
    """What is left of a line belongs to no order: it is booked to `account`, for a reason said in `note`.

    Raises UnknownBankLine; BadMatch for an account lines are not booked to, or without a note; MatchConflict.
    """
    if account not in ASIDE or not note.strip():
        raise BadMatch(
            f"account: one of {', '.join(sorted(ASIDE))}, and say in a note why",
            facts={"line": line, "field": "note" if account in ASIDE else "account"},
        )
    with transaction.atomic():
        row = _locked_line(line)
        if row.state != _STATE.OPEN:
            raise MatchConflict(
                f"this line is {row.state} already", facts={"line": line, "state": row.state}
            )
        rest = rest_of(row)
        post(
            key=_aside_key(row, _times_aside(row) + 1),
            kind="bank-aside",
            order=None,
            legs=(Leg(UNIDENTIFIED, rest), Leg(account, -rest)),
            now=now,
            note=note[:255],
        )
        row.state, row.why, row.note = _STATE.ASIDE, "", note[:255]
        row.save(update_fields=["state", "why", "note"])
        _tell_aside(row, "bank-line-set-aside", account, actor, now)


def put_back(*, line: int, actor: str, now: datetime) -> None:
    """A line that was set aside is open again; the entry is reversed today. Raises UnknownBankLine, MatchConflict."""
    with transaction.atomic():
        row = _locked_line(line)
        if row.state != _STATE.ASIDE:
            raise MatchConflict(
                f"this line is {row.state}, not set aside", facts={"line": line, "state": row.state}
            )
        reverse(key=_aside_key(row, _times_aside(row)), now=now, note=row.note)
        row.state, row.why, row.note = _STATE.OPEN, "unknown", ""
        row.save(update_fields=["state", "why", "note"])
        _tell_aside(row, "bank-line-put-back", "", actor, now)


def _aside_key(row: BankLine, number: int) -> str:
    return f"aside:{row.pk}:{number}"


def _times_aside(row: BankLine) -> int:
    return LedgerEntry.objects.filter(key__startswith=f"aside:{row.pk}:").count()


def _tell_aside(row: BankLine, action: str, account: str, actor: str, now: datetime) -> None:
    facts = {"account": account, "amount": row.money, "note": row.note}
    record(subject=f"bank-line:{row.pk}", action=action, actor=actor, facts=facts, now=now)


def _tell(
    line: BankLine, action: str, made: BankMatch, code: str, actor: str, now: datetime
) -> None:
    facts = {"match": made.pk, "code": code, "amount": Money(made.amount, line.currency)}
    record(
        subject=f"bank-line:{line.pk}",
        action=action,
        actor=actor,
        facts={**facts, "charge": made.charge, "automatic": made.automatic},
        now=now,
    )
