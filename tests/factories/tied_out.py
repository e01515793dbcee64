"""A world in which every cent ties out, of any size, and every way to break it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from checkout.domain.tie_out import (
    CHARGE,
    FEE,
    PAYOUT,
    REFUND,
    Called,
    Contested,
    Joined,
    Lined,
    Moved,
    Paid,
    PaidOut,
    World,
)
from kernel.money import Money

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
CNY, NONE = Money(500_000, "CNY"), Money.zero("CNY")
T = TypeVar("T")
CURRENCIES = ("CNY", "EUR", "JPY", "KWD", "USD")


def tied(*, orders: int = 40, seed: int = 1) -> World:
    """Orders with a deposit each, some refunded, some paid out to the bank, in five currencies."""
    luck = random.Random(seed)
    moves: list[Moved] = []
    payments, calls, deposits = [], [], {}
    for at in range(orders):
        currency = luck.choice(CURRENCIES)
        amount = Money(luck.randrange(1, 500) * 1000, currency)
        payment, charge = _charged(at, amount)
        back = luck.random() < 0.3
        moves.append(charge)
        if back:
            key = f"refund-P{at}-1"
            moves.append(
                Moved(f"txn_r{at}", REFUND, -amount, Money.zero(currency), f"pi_{at}", key)
            )
            calls.append(
                Called(key, "refund", payment.order, "done", amount, NOW - timedelta(days=2))
            )
            payment = replace(payment, refunded=amount)
        else:
            deposits[payment.order] = amount
        payments.append(payment)
    moves.append(Moved("txn_fee", FEE, Money(-700, "CNY"), Money.zero("CNY")))
    moves, payouts = _paid_out(moves)
    sums: Counter[str] = Counter()
    for move in moves:
        sums[move.net.currency] += move.net.minor
    return World(
        now=NOW,
        today=TODAY,
        moves=tuple(moves),
        posted=frozenset(move.code for move in moves),
        payments=tuple(payments),
        calls=tuple(calls),
        payouts=payouts,
        balance=dict(sums),
        ledger=dict(sums),
        deposits=deposits,
        held=dict(deposits),
    )


def _charged(at: int, amount: Money) -> tuple[Paid, Moved]:
    fee = Money(amount.minor * 29 // 1000 + 30, amount.currency)
    settled = NOW - timedelta(days=5)
    paid = Paid(
        f"P{at}",
        f"C26-{at:08d}",
        "deposit",
        f"pi_{at}",
        amount,
        amount,
        True,
        Money.zero(amount.currency),
        settled,
    )
    return paid, Moved(f"txn_{at}", CHARGE, amount, fee, f"pi_{at}")


def _paid_out(moves: list[Moved]) -> tuple[list[Moved], tuple[PaidOut, ...]]:
    """The first half of each currency's movements went out in one payout, if that leaves something to pay."""
    payouts, found = [], list(moves)
    for currency in CURRENCIES:
        ours = [at for at, move in enumerate(found) if move.net.currency == currency]
        half = ours[: len(ours) // 2]
        out = sum(found[at].net.minor for at in half)
        if out <= 0:
            continue
        code = f"po_{currency}"
        for at in half:
            found[at] = replace(found[at], payout=code)
        found.append(
            Moved(f"txn_{code}", PAYOUT, Money(-out, currency), Money.zero(currency), payout=code)
        )
        payouts.append(PaidOut(code, Money(out, currency), TODAY - timedelta(days=3), at_bank=True))
    return found, tuple(payouts)


Broken = tuple[World, set[tuple[str, str]]]
"""A world with one breakage, and the findings that name it: class and key."""


def _some(rows: Sequence[T], luck: random.Random, fits: Callable[[T], bool]) -> tuple[int, T]:
    return luck.choice([(at, row) for at, row in enumerate(rows) if fits(row)])


def _paid(world: World, luck: random.Random, *, kept: bool = False) -> tuple[int, Paid]:
    """A payment; `kept`: one that was not refunded."""
    return _some(world.payments, luck, lambda row: not kept or not row.refunded)


def _put(rows: Sequence[T], at: int, row: T) -> tuple[T, ...]:
    return (*rows[:at], row, *rows[at + 1 :])


def _payment_is(world: World, at: int, row: Paid) -> World:
    return replace(world, payments=_put(world.payments, at, row))


def _move_is(world: World, at: int, row: Moved) -> World:
    """The world with another movement in that place, its totals following."""
    gone = world.moves[at]
    sums = Counter(world.balance)
    sums[gone.net.currency] += row.net.minor - gone.net.minor
    return replace(world, moves=_put(world.moves, at, row), balance=dict(sums), ledger=dict(sums))


def _stranger(world: World, luck: random.Random) -> Broken:
    at, move = _some(world.moves, luck, lambda row: row.kind == CHARGE and not row.payout)
    order = next(row for row in world.payments if row.provider_id == move.payment)
    broken = _move_is(world, at, replace(move, payment="pi_nobody"))
    return broken, {("E01", move.code), ("E02", order.code)}


def _unbooked(world: World, luck: random.Random) -> Broken:
    order = "C26-UNBOOKED"
    paid = Paid("PX", order, "deposit", "pi_x", CNY, CNY, True, NONE, NOW - timedelta(hours=2))
    return replace(world, payments=(*world.payments, paid)), {("E02", "PX")}


def _too_much(world: World, luck: random.Random) -> Broken:
    at, row = _paid(world, luck)
    more = replace(row, seen=row.seen + Money(1, row.seen.currency))
    return _payment_is(world, at, more), {("E03", row.code)}


def _foreign(world: World, luck: random.Random) -> Broken:
    at, row = _paid(world, luck)
    other = "EUR" if row.amount.currency != "EUR" else "CNY"
    return _payment_is(world, at, replace(row, seen=Money(row.seen.minor, other))), {
        ("E04", row.code)
    }


def _dear(world: World, luck: random.Random) -> Broken:
    at, move = _some(world.moves, luck, lambda row: row.kind == CHARGE and not row.payout)
    fee = luck.choice((Money(-1, move.fee.currency), move.gross))
    return _move_is(world, at, replace(move, fee=fee)), {("E05", move.code)}


def _twice(world: World, luck: random.Random) -> Broken:
    _, row = _paid(world, luck, kept=True)
    again = replace(row, code="PX", provider_id="pi_x")
    move = Moved("txn_x", CHARGE, row.amount, Money.zero(row.amount.currency), "pi_x")
    broken = _added(replace(world, payments=(*world.payments, again)), move)
    owed = {**world.deposits, row.order: row.amount * 2}
    return replace(broken, deposits=owed, held=owed), {("E06", f"{row.order}:deposit")}


def _added(world: World, move: Moved) -> World:
    sums = Counter(world.balance)
    sums[move.net.currency] += move.net.minor
    return replace(
        world,
        moves=(*world.moves, move),
        posted=world.posted | {move.code},
        balance=dict(sums),
        ledger=dict(sums),
    )


def _not_ours(world: World, luck: random.Random) -> Broken:
    at, row = _some(world.moves, luck, lambda row: row.kind == REFUND)
    return _move_is(world, at, replace(row, reference=luck.choice(("", "re_dashboard")))), {
        ("E07", row.code)
    }


def _failed(world: World, luck: random.Random) -> Broken:
    _, row = _paid(world, luck, kept=True)
    call = Called("refund-PX-1", "refund", row.order, "failed", row.amount, NOW)
    return replace(world, calls=(*world.calls, call)), {("E08", call.key)}


def _contested(world: World, luck: random.Random) -> Broken:
    _, row = _paid(world, luck, kept=True)
    dispute = Contested("dp_1", row.order, row.amount, luck.choice((None, TODAY)))
    return replace(world, disputes=(dispute,)), {("E09", "dp_1")}


def _short(world: World, luck: random.Random) -> Broken:
    at, row = _some(world.payouts, luck, lambda _: True)
    more = replace(row, amount=row.amount + Money(luck.choice((-1, 1)), row.amount.currency))
    return replace(world, payouts=_put(world.payouts, at, more)), {("E10", row.code)}


def _lost(world: World, luck: random.Random) -> Broken:
    at, row = _some(world.payouts, luck, lambda _: True)
    late = replace(row, at_bank=False, arrives_on=TODAY - timedelta(days=8))
    return replace(world, payouts=_put(world.payouts, at, late)), {("E11", row.code)}


def _nobodys(world: World, luck: random.Random) -> Broken:
    why = luck.choice(("unknown", "nothing-due", "amount"))
    return replace(world, lines=(Lined("line-1", CNY, why),)), {("E12", "line-1")}


def _anybodys(world: World, luck: random.Random) -> Broken:
    why = luck.choice(("ambiguous", "cut", "claimed-twice"))
    return replace(world, lines=(Lined("line-1", CNY, why),)), {("E13", "line-1")}


def _gap(world: World, luck: random.Random) -> Broken:
    missing = luck.choice((CNY, -CNY))
    return replace(world, gaps=(Joined("DE1", "7", "9", missing),)), {("E14", "DE1:7:9")}


def _differs(world: World, luck: random.Random) -> Broken:
    return luck.choice((_unposted, _other_balance, _other_deposit))(world, luck)


def _unposted(world: World, luck: random.Random) -> Broken:
    _, move = _some(world.moves, luck, lambda row: row.kind == CHARGE)
    books = Counter(world.ledger)
    books[move.net.currency] -= move.net.minor
    broken = replace(world, posted=world.posted - {move.code}, ledger=dict(books))
    return broken, {("E15", f"unposted:{move.code}"), ("E15", f"balance:{move.net.currency}")}


def _other_balance(world: World, luck: random.Random) -> Broken:
    currency = luck.choice(sorted(world.balance))
    balance = {**world.balance, currency: world.balance[currency] + 1}
    return replace(world, balance=balance), {("E15", f"balance:{currency}")}


def _other_deposit(world: World, luck: random.Random) -> Broken:
    order = luck.choice(sorted(world.deposits))
    deposits = {code: amount for code, amount in world.deposits.items() if code != order}
    return replace(world, deposits=deposits), {("E15", f"deposit:{order}")}


def _unheard(world: World, luck: random.Random) -> Broken:
    state = luck.choice(("sent", "unknown"))
    call = Called("create-PX-1", "create", "C26-X", state, None, NOW - timedelta(hours=2))
    return replace(world, calls=(*world.calls, call)), {("E16", call.key)}


def _given_up(world: World, luck: random.Random) -> Broken:
    return replace(world, dead_messages=("evt_1",)), {("E17", "evt_1")}


def _test_mode(world: World, luck: random.Random) -> Broken:
    at, move = _some(world.moves, luck, lambda _: True)
    return replace(world, moves=_put(world.moves, at, replace(move, live=False))), {
        ("E18", move.code)
    }


def _expiring(world: World, luck: random.Random) -> Broken:
    until = NOW + timedelta(hours=luck.choice((-1, 5)))
    held = Paid("PX", "C26-HELD", "deposit", "pi_x", CNY, CNY, False, NONE, None, hold_until=until)
    return replace(world, payments=(*world.payments, held)), {("E19", "PX")}


def _closing(world: World, luck: random.Random) -> Broken:
    at, row = _paid(world, luck, kept=True)
    until = TODAY + timedelta(days=luck.choice((0, 10)))
    return _payment_is(world, at, replace(row, refundable_until=until)), {("E20", row.code)}


BREAKAGES: dict[str, Callable[[World, random.Random], Broken]] = {
    "E01": _stranger,
    "E02": _unbooked,
    "E03": _too_much,
    "E04": _foreign,
    "E05": _dear,
    "E06": _twice,
    "E07": _not_ours,
    "E08": _failed,
    "E09": _contested,
    "E10": _short,
    "E11": _lost,
    "E12": _nobodys,
    "E13": _anybodys,
    "E14": _gap,
    "E15": _differs,
    "E16": _unheard,
    "E17": _given_up,
    "E18": _test_mode,
    "E19": _expiring,
    "E20": _closing,
}
"""One way or several to bring about each class."""
