"""The daily tie-out: order = ledger = balance transactions = payout = bank line, or a finding that says where not.

Pure: the books and what the vendor and the bank said are handed in as facts, findings come out, in the order of their
classes. A world that ties out gives none, whatever its size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from checkout.domain.exceptions import Finding
from kernel.money import Money

UNBOOKED_AFTER = timedelta(hours=1)
"""How long a paid payment may wait for the vendor to book it."""
UNKNOWN_AFTER = timedelta(hours=1)
"""How long a call may stay without an answer before somebody is told."""
AT_BANK_AFTER = timedelta(days=7)
"""How long a payout may be on its way: five business days and a weekend."""
WINDOW_WARNING = timedelta(days=10)
"""How long before a refund window closes the finding opens."""
HOLD_WARNING = timedelta(days=1)
"""How long before a hold expires the finding opens."""
FEE_SHARE = Decimal("0.06")
"""Above this share of a charge (and `FEE_FREE` minor units) a fee is outside its range."""
FEE_FREE = 100

CHARGE, REFUND, REFUND_FAILURE, PAYOUT, PAYOUT_BACK = (
    "charge",
    "refund",
    "refund_failure",
    "payout",
    "payout_reversal",
)
DISPUTE, DISPUTE_BACK, FEE = "dispute", "dispute_reversal", "fee"
KINDS = frozenset({CHARGE, REFUND, REFUND_FAILURE, PAYOUT, PAYOUT_BACK, DISPUTE, DISPUTE_BACK, FEE})
"""What a vendor may book that we know how to post; anything else is its own word."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of our balance at the vendor; `net` = `gross` - `fee`.

    `payment` is the vendor's name of the payment it comes from, `reference` what we called it (a refund's key), `payout`
    the payout it went out with; each empty where there is none. `live` tells the vendor's test mode from the real one.
    """

    code: str
    kind: str
    gross: Money
    fee: Money
    payment: str = ""
    reference: str = ""
    payout: str = ""
    live: bool = True

    @property
    def net(self) -> Money:
        """What the balance changed by."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of ours as our books have it; `seen` is the amount the vendor reports for it."""

    code: str
    order: str
    purpose: str
    provider_id: str
    amount: Money
    seen: Money
    paid: bool
    refunded: Money
    settled_at: datetime | None
    refundable_until: date | None = None
    hold_until: datetime | None = None
    wanted: bool = True
    """Whether the order still stands, so that what was paid may have to go back."""


@dataclass(frozen=True, slots=True)
class Called:
    """A stored call to the vendor; `state` is planned, sent, done, failed or unknown."""

    key: str
    kind: str
    order: str
    state: str
    amount: Money | None
    created_at: datetime
    settled_otherwise: bool = False
    """Of a failed refund: the buyer was paid by transfer meanwhile."""


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout of the vendor; `at_bank` once a bank line was matched; `failed` when the vendor took it back.

    `itemised` says that what is in it was asked for; until then its sum is not judged.
    """

    code: str
    amount: Money
    arrives_on: date
    at_bank: bool
    failed: bool = False
    itemised: bool = True


@dataclass(frozen=True, slots=True)
class Contested:
    """An open dispute of a payment."""

    code: str
    order: str
    amount: Money
    answer_by: date | None


@dataclass(frozen=True, slots=True)
class Lined:
    """A bank line that is not matched; `why` as `checkout.domain.matching.Reading.why_not`."""

    key: str
    amount: Money
    why: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Two statements of an account that follow each other and do not join."""

    account: str
    before: str
    after: str
    missing: Money


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is to compare, of one vendor (`provider`) and all banks, up to `now`.

    `posted` are the balance transactions the ledger knows; `balance` what the vendor says it holds for us, by currency;
    `ledger` the balance of account 1100 by currency; `deposits` what account 2000 owes by order (positive), `held` what
    payments, refunds, forfeits and handovers say it should be.
    """

    now: datetime
    today: date
    moves: Sequence[Moved] = ()
    posted: frozenset[str] = frozenset()
    payments: Sequence[Paid] = ()
    calls: Sequence[Called] = ()
    payouts: Sequence[PaidOut] = ()
    disputes: Sequence[Contested] = ()
    lines: Sequence[Lined] = ()
    gaps: Sequence[Joined] = ()
    dead_messages: Sequence[str] = ()
    balance: Mapping[str, int] = field(default_factory=dict)
    ledger: Mapping[str, int] = field(default_factory=dict)
    deposits: Mapping[str, Money] = field(default_factory=dict)
    held: Mapping[str, Money] = field(default_factory=dict)
    live: bool = True
    provider: str = ""
    unreadable: Sequence[str] = ()
    """Movements in a currency that we do not know: nobody posts them."""


def findings(world: World) -> tuple[Finding, ...]:
    """Every exception of the world, by class; each key once."""
    found = [finding for check in _CHECKS for finding in check(world)]
    once = {(finding.kind, finding.key): finding for finding in found}
    return tuple(sorted(once.values(), key=lambda finding: (finding.kind, finding.key)))


def _of_moves(world: World) -> Iterator[Finding]:
    """Money without an owner, fees out of range, refunds nobody here made, and another mode's money."""
    payments = {payment.provider_id: payment for payment in world.payments if payment.provider_id}
    keys = {call.key for call in world.calls}
    for move in world.moves:
        payment = payments.get(move.payment)
        order = payment.order if payment else ""
        if move.live != world.live:
            yield Finding("E18", move.code, order, move.gross, {"move": move.code})
        if move.kind in {CHARGE, REFUND, DISPUTE} and payment is None:
            yield Finding("E01", move.code, "", move.gross, {"move": move.code})
        elif move.kind == REFUND and move.reference not in keys:
            yield Finding("E07", move.code, order, move.gross, {"move": move.code})
        if move.kind == CHARGE and not _fair(move):
            yield Finding("E05", move.code, order, move.fee, {"move": move.code})


def _fair(move: Moved) -> bool:
    most = int(abs(move.gross.minor) * FEE_SHARE) + FEE_FREE
    return 0 <= move.fee.minor <= most


def _of_payments(world: World) -> Iterator[Finding]:
    """What was paid and is not booked, not as asked, or paid twice."""
    booked = {move.payment for move in world.moves if move.kind == CHARGE}
    paid = [payment for payment in world.payments if payment.paid]
    for payment in world.payments:
        facts = {
            "payment": payment.code,
            "expected": str(payment.amount),
            "found": str(payment.seen),
        }
        if payment.seen.currency != payment.amount.currency:
            yield Finding("E04", payment.code, payment.order, payment.seen, facts)
        elif payment.seen != payment.amount:
            yield Finding("E03", payment.code, payment.order, payment.seen, facts)
    for payment in paid:
        late = payment.settled_at and world.now - payment.settled_at > UNBOOKED_AFTER
        if late and payment.provider_id not in booked:
            yield Finding(
                "E02", payment.code, payment.order, payment.amount, {"payment": payment.code}
            )
    yield from _twice(paid)


def _twice(paid: Iterable[Paid]) -> Iterator[Finding]:
    kept: dict[tuple[str, str], list[Paid]] = defaultdict(list)
    for payment in paid:
        if payment.purpose in {"deposit", "balance"} and payment.refunded != payment.amount:
            kept[payment.order, payment.purpose].append(payment)
    for (order, purpose), payments in kept.items():
        if len(payments) > 1:
            codes = ", ".join(payment.code for payment in payments)
            yield Finding(
                "E06", f"{order}:{purpose}", order, payments[-1].amount, {"payments": codes}
            )


def _of_deadlines(world: World) -> Iterator[Finding]:
    """Holds and refund windows that close while something may still have to go back."""
    for payment in world.payments:
        hold, until = payment.hold_until, payment.refundable_until
        if hold is not None and not payment.paid and hold - world.now <= HOLD_WARNING:
            facts = {"payment": payment.code, "until": hold.isoformat()}
            yield Finding("E19", payment.code, payment.order, payment.amount, facts)
        if until is None or not payment.paid or not payment.wanted:
            continue
        if payment.refunded != payment.amount and until - world.today <= WINDOW_WARNING:
            facts = {"payment": payment.code, "until": until.isoformat()}
            yield Finding(
                "E20", payment.code, payment.order, payment.amount - payment.refunded, facts
            )


def _of_calls(world: World) -> Iterator[Finding]:
    """Refunds that failed, and calls nobody heard the answer to."""
    for call in world.calls:
        if call.state == "failed" and call.kind == "refund" and not call.settled_otherwise:
            yield Finding("E08", call.key, call.order, call.amount, {"operation": call.key})
        if call.state in {"sent", "unknown"} and world.now - call.created_at > UNKNOWN_AFTER:
            yield Finding("E16", call.key, call.order, call.amount, {"operation": call.key})


def _of_payouts(world: World) -> Iterator[Finding]:
    """Payouts that are not the sum of what went out with them, or that the bank has not seen."""
    sums: Counter[str] = Counter()
    for move in world.moves:
        if move.payout and move.kind != PAYOUT:
            sums[move.payout] += move.net.minor
    for payout in world.payouts:
        facts = {
            "payout": payout.code,
            "expected": str(payout.amount.minor),
            "found": str(sums[payout.code]),
        }
        short = payout.itemised and sums[payout.code] != payout.amount.minor
        if short and not payout.failed:
            yield Finding("E10", payout.code, "", payout.amount, facts)
        overdue = world.today - payout.arrives_on > AT_BANK_AFTER
        if overdue and not payout.at_bank and not payout.failed:
            facts = {"payout": payout.code, "arrives_on": payout.arrives_on.isoformat()}
            yield Finding("E11", payout.code, "", payout.amount, facts)


def _of_the_bank(world: World) -> Iterator[Finding]:
    """Lines that nobody or several people can be found for, and statements that do not join."""
    for line in world.lines:
        kind = "E12" if line.why in {"unknown", "nothing-due", "amount"} else "E13"
        yield Finding(kind, line.key, "", line.amount, {"why": line.why})
    for gap in world.gaps:
        key = f"{gap.account}:{gap.before}:{gap.after}"
        yield Finding("E14", key, "", gap.missing, {"before": gap.before, "after": gap.after})


def _of_people(world: World) -> Iterator[Finding]:
    """Disputes that wait for an answer, and messages that could not be handled."""
    for dispute in world.disputes:
        until = dispute.answer_by.isoformat() if dispute.answer_by else ""
        facts = {"dispute": dispute.code, "until": until}
        yield Finding("E09", dispute.code, dispute.order, dispute.amount, facts)
    for message in world.dead_messages:
        yield Finding("E17", message, "", None, {"message": message})


def _of_the_whole(world: World) -> Iterator[Finding]:
    """Sums that differ though each part looked right: the vendor's balance, the ledger, and every order's deposit."""
    sums: Counter[str] = Counter()
    for move in world.moves:
        sums[move.net.currency] += move.net.minor
        if move.code not in world.posted and (move.gross or move.fee):
            yield Finding("E15", f"unposted:{move.code}", "", move.net, {"move": move.code})
    for code in world.unreadable:
        yield Finding("E15", f"unposted:{code}", "", None, {"move": code})
    for currency in sorted({*sums, *world.balance, *world.ledger}):
        vendor, books = world.balance.get(currency, 0), world.ledger.get(currency, 0)
        if not sums[currency] == vendor == books:
            facts = {"moves": str(sums[currency]), "vendor": str(vendor), "ledger": str(books)}
            key = ":".join(part for part in ("balance", world.provider, currency) if part)
            yield Finding("E15", key, "", Money(vendor - books, currency), facts)
    for order in sorted({*world.deposits, *world.held}):
        yield from _deposit(order, world.deposits.get(order), world.held.get(order))


def _deposit(order: str, owed: Money | None, held: Money | None) -> Iterator[Finding]:
    one = owed or (Money.zero(held.currency) if held else None)
    other = held or (Money.zero(owed.currency) if owed else None)
    if one is not None and other is not None and one != other:
        yield Finding(
            "E15", f"deposit:{order}", order, other - one, {"ledger": str(one), "held": str(other)}
        )


_CHECKS = (
    _of_moves,
    _of_payments,
    _of_deadlines,
    _of_calls,
    _of_payouts,
    _of_the_bank,
    _of_people,
    _of_the_whole,
)
