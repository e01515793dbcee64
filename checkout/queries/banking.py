"""What the finance desk asks of the bank: open lines with what they may settle, files under way, money to be sent.

Every answer is made of a number of statements that does not grow with what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum

from checkout.domain.outgoing import MOVES, State
from checkout.domain.transfers import reference
from checkout.errors import UnknownBankLine, UnknownTransfer
from checkout.models import (
    BankFile,
    BankLine,
    BankMatch,
    Order,
    OutgoingTransfer,
    Payment,
    VendorPayout,
)
from checkout.queries.bank_book import dues_of, settled_of
from kernel.money import Money

_USED = Sum("matches__amount", filter=Q(matches__undone_at=None), default=0)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A bank line in a list; `rest` is what of it is not settled."""

    line: int
    booked_on: date
    value_on: date
    account: str
    amount: Money
    rest: Money
    payer: str
    text: str
    state: str
    why: str
    candidates: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines in the order of booking; `next` is what to ask for `after`, None at the end."""

    rows: tuple[LineRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """One reading of a line: what it would settle of what is open there, and what of the line would be left.

    `open` is what is due on the order, missing of the payout or to be paid by the transfer now; `settles` the part of the
    line that could go there; both None where it is gone. `name` is the buyer, the vendor or the holder of an account.
    """

    kind: str
    code: str
    score: int
    reasons: tuple[str, ...]
    name: str
    state: str
    open: Money | None
    settles: Money | None
    left: Money


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """What a line settled; `undone_at` is None while it holds. `code` names a payment (of `order`), a payout or a transfer."""

    match: int
    kind: str
    code: str
    order: str
    amount: Money
    charge: Money
    automatic: bool
    made_by: str
    made_at: datetime
    undone_by: str
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line with its readings, best first, and its matches, oldest first."""

    line: LineRow
    bank_ref: str
    end_to_end: str
    note: str
    candidates: tuple[CandidateFacts, ...]
    matches: tuple[MatchFacts, ...]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """How far a file of statements is read; `problem` says what is wrong with a refused one."""

    file: int
    name: str
    state: str
    total: int
    done: int
    added: int
    problem: Mapping[str, Any]
    uploaded_by: str
    uploaded_at: datetime
    finished_at: datetime | None

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in {BankFile.State.DONE, BankFile.State.REFUSED}


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """Money to a buyer; `moves` are what can happen next, `account` the end of the number, empty until the buyer gave it."""

    transfer: str
    order: str
    payment: str
    why: str
    reason: str
    amount: Money
    state: str
    holder: str
    account: str
    bank: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    sent_by: str
    sent_at: datetime | None
    note: str
    remittance: str
    moves: tuple[str, ...]


def open_lines(*, after: int | None = None, size: int = 50) -> LinePage:
    """The lines that wait for a person, by day of booking; `after` is the last line of the page before."""
    rows = BankLine.objects.filter(state=BankLine.State.OPEN).order_by("booked_on", "pk")
    if after is not None:
        day = BankLine.objects.filter(pk=after).values("booked_on")[:1]
        rows = rows.filter(Q(booked_on__gt=day) | Q(booked_on=day, pk__gt=after))
    found = list(rows.annotate(used=_USED)[: size + 1])
    more = len(found) > size
    return LinePage(
        rows=tuple(_row(row, row.used) for row in found[:size]),
        next=found[size - 1].pk if more else None,
    )


def _row(row: BankLine, used: int) -> LineRow:
    return LineRow(
        line=row.pk,
        booked_on=row.booked_on,
        value_on=row.value_on,
        account=row.account,
        amount=row.money,
        rest=Money(row.amount - used, row.currency),
        payer=row.payer,
        text=row.text,
        state=row.state,
        why=row.why,
        candidates=tuple(row.candidates),
    )


def line_facts(line: int) -> LineFacts:
    """Everything about one line, as it stands now; raises UnknownBankLine."""
    row = BankLine.objects.filter(pk=line).annotate(used=_USED).first()
    if row is None:
        raise UnknownBankLine(f"line: there is no {line}", facts={"line": line})
    facts = _row(row, row.used)
    matches = row.matches.select_related("payment__order", "payout", "transfer__order")
    return LineFacts(
        line=facts,
        bank_ref=row.bank_ref,
        end_to_end=row.end_to_end,
        note=row.note,
        candidates=_candidates(facts),
        matches=tuple(_match(each, row.currency) for each in matches.order_by("pk")),
    )


def _candidates(line: LineRow) -> tuple[CandidateFacts, ...]:
    codes: dict[str, list[str]] = {"order": [], "payout": [], "transfer": []}
    for each in line.candidates:
        codes[each["kind"]].append(each["code"])
    found = {
        **_orders(codes["order"]),
        **_payouts(codes["payout"], line.amount.currency),
        **_transfers(codes["transfer"]),
    }
    return tuple(
        _candidate(line, each, found.get((each["kind"], each["code"]))) for each in line.candidates
    )


_Known = dict[tuple[str, str], tuple[str, str, Money | None]]
"""By kind and code: a name, a state, and what is open there, signed as a line that settles it would be."""


def _orders(codes: Sequence[str]) -> _Known:
    rows = Order.objects.filter(code__in=codes)
    due = dues_of(rows)
    return {
        ("order", row.code): (row.buyer_name, row.state, due.get(row.pk))
        for row in rows.only("code", "buyer_name", "state")
    }


def _payouts(codes: Sequence[str], currency: str) -> _Known:
    rows = VendorPayout.objects.filter(code__in=codes, currency=currency)
    seen = Q(bank_matches__undone_at=None)
    rows = rows.annotate(
        seen=Sum(F("bank_matches__amount") + F("bank_matches__charge"), filter=seen, default=0)
    )
    return {
        ("payout", row.code): (
            row.provider,
            row.state,
            Money(row.amount - row.seen, currency) if row.amount != row.seen else None,
        )
        for row in rows
    }


def _transfers(codes: Sequence[str]) -> _Known:
    out = {State.APPROVED, State.SENT}
    return {
        ("transfer", row.code): (
            row.holder,
            row.state,
            -row.money if row.state in out else row.money if row.state == State.DONE else None,
        )
        for row in OutgoingTransfer.objects.filter(code__in=codes)
    }


def _candidate(
    line: LineRow, told: Mapping[str, Any], known: tuple[str, str, Money | None] | None
) -> CandidateFacts:
    name, state, open_ = known or ("", "", None)
    settles = _least(open_, line.rest) if open_ else None
    return CandidateFacts(
        kind=told["kind"],
        code=told["code"],
        score=told["score"],
        reasons=tuple(told["reasons"]),
        name=name,
        state=state,
        open=open_,
        settles=settles,
        left=line.rest - settles if settles else line.rest,
    )


def _least(one: Money, rest: Money) -> Money | None:
    """The part of `rest` that fits into `one`; None for another currency or the other direction."""
    if one.currency != rest.currency or (one.minor > 0) != (rest.minor > 0) or not rest:
        return None
    return one if abs(one.minor) <= abs(rest.minor) else rest


def _match(row: BankMatch, currency: str) -> MatchFacts:
    kind, code, order = _settled(row)
    return MatchFacts(
        match=row.pk,
        kind=kind,
        code=code,
        order=order,
        amount=Money(row.amount, currency),
        charge=Money(row.charge, currency),
        automatic=row.automatic,
        made_by=row.made_by,
        made_at=row.made_at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )


def _settled(row: BankMatch) -> tuple[str, str, str]:
    if row.payment is not None:
        return "payment", row.payment.code, row.payment.order.code
    if row.transfer is not None:
        return "transfer", row.transfer.code, row.transfer.order.code
    return "payout", row.payout.code if row.payout else "", ""


def files_page(*, before: int | None = None, size: int = 50) -> tuple[FileFacts, ...]:
    """The files that were uploaded, newest first; `before` is the last one of the page before."""
    rows = BankFile.objects.defer("content").order_by("-pk")
    rows = rows if before is None else rows.filter(pk__lt=before)
    return tuple(_file(row) for row in rows[:size])


def file_progress(file: int) -> FileFacts | None:
    """How far one file is read; None if there is none."""
    row = BankFile.objects.defer("content").filter(pk=file).first()
    return _file(row) if row else None


def _file(row: BankFile) -> FileFacts:
    return FileFacts(
        file=row.pk,
        name=row.name,
        state=row.state,
        total=row.total,
        done=row.done,
        added=row.added,
        problem=dict(row.problem),
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        finished_at=row.finished_at,
    )


def transfers_awaiting(
    states: Iterable[str] = (State.PROPOSED, State.APPROVED, State.SENT),
    *,
    after: str = "",
    size: int = 50,
) -> tuple[TransferFacts, ...]:
    """Transfers in these states, whoever waits longest first; `after` is the last one of the page before."""
    rows = _with_order().filter(state__in=[*states]).order_by("pk")
    if after:
        rows = rows.filter(pk__gt=OutgoingTransfer.objects.filter(code=after).values("pk")[:1])
    return tuple(_transfer(row) for row in rows[:size])


def transfers_of(order: str) -> tuple[TransferFacts, ...]:
    """Every transfer to the buyer of an order, oldest first; the order's page asks for an account while one is proposed."""
    return tuple(_transfer(row) for row in _with_order().filter(order__code=order).order_by("pk"))


def transfer_facts(transfer: str) -> TransferFacts:
    """One transfer; raises UnknownTransfer."""
    row = _with_order().filter(code=transfer).first()
    if row is None:
        raise UnknownTransfer(f"transfer: there is no {transfer!r}", facts={"transfer": transfer})
    return _transfer(row)


def remittance_of(row: OutgoingTransfer) -> str:
    """What is written on a transfer to a buyer: its code, by which its line is found, and the order's reference."""
    return f"{row.code} {reference(row.order.code)}"


def _with_order() -> QuerySet[OutgoingTransfer]:
    return OutgoingTransfer.objects.select_related("order", "payment")


def _transfer(row: OutgoingTransfer) -> TransferFacts:
    return TransferFacts(
        transfer=row.code,
        order=row.order.code,
        payment=row.payment.code if row.payment else "",
        why=row.why,
        reason=row.reason,
        amount=row.money,
        state=row.state,
        holder=row.holder,
        account=row.account_hint,
        bank=row.bank,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        sent_by=row.sent_by,
        sent_at=row.sent_at,
        note=row.note,
        remittance=remittance_of(row),
        moves=tuple(str(move) for move in MOVES[State(row.state)]),
    )


def missing_of(payment: Payment) -> Money:
    """What is missing of a payment by transfer that came in part; all of it while nothing has come."""
    return payment.money - settled_of(payment)
