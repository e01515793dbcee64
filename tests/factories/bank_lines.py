"""Ten thousand bank lines as banks and buyers write them: references cut, swapped, mistyped, repeated, left out or doubled.

Each line knows whose it is, so that an automatic match can be told right from wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from checkout.domain.bank import BankLine
from checkout.domain.matching import Book, OpenOrder, OpenPayout, Reading
from checkout.domain.transfers import reference
from kernel.crypto import ALPHABET
from kernel.money import Money

DAY = date(2026, 11, 20)
DUES = (100_000, 200_000, 500_000, 500_000, 1_250_000)
FAMILIES = ("王", "李", "张", "刘", "陈", "Muster", "Beispiel", "Ruiz", "Ødegård", "Smith")
GIVEN = ("小明", "娜", "伟", "Anna", "Otto", "Zoë", "Juan", "Mei", "Li", "Sven", "芳", "强")


@dataclass(frozen=True, slots=True)
class Sent:
    """A line and the code of the order or payout that its sender meant; `whole`: it says so, and the amount is right."""

    line: BankLine
    meant: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Month:
    """What is open and what the bank shows of it."""

    book: Book
    sent: tuple[Sent, ...]

    @property
    def lines(self) -> list[BankLine]:
        """The lines as the bank shows them."""
        return [each.line for each in self.sent]


def month(*, lines: int, seed: int = 1, currency: str = "CNY") -> Month:
    """As many lines, on twice as many orders of which a third has nothing due, and on payouts of a few equal sums."""
    luck = random.Random(seed)
    orders = _orders(lines * 2, luck, currency)
    payouts = _payouts(max(1, lines // 100), luck, currency)
    due = [order for order in orders if order.due]
    sent = [_sent(luck.choice(due), orders, luck) for _ in range(lines - len(payouts))]
    sent += [_paid_out(payout, luck) for payout in payouts]
    luck.shuffle(sent)
    return Month(Book({order.code: order for order in orders}, payouts), tuple(sent))


def wrong(sent: Sequence[Sent], readings: Sequence[Reading]) -> list[str]:
    """Lines that were settled by themselves for somebody they were not meant for, or twice for one."""
    found = [
        f"{each.line.words!r} of {each.meant} went to {reading.matched.code}"
        for each, reading in zip(sent, readings, strict=True)
        if reading.matched and reading.matched.code != each.meant
    ]
    claims = Counter(reading.matched.code for reading in readings if reading.matched)
    return found + [
        f"{code} was settled {times} times" for code, times in claims.items() if times > 1
    ]


def _orders(number: int, luck: random.Random, currency: str) -> list[OpenOrder]:
    codes: dict[str, None] = {}
    while len(codes) < number:
        code = "".join(luck.choices(ALPHABET, k=8))
        codes[f"C26-{code}"] = None
        if luck.random() < 0.05:  # neighbours that differ in their last characters only
            codes["C26-" + code[:6] + "".join(luck.choices(ALPHABET, k=2))] = None
    return [
        OpenOrder(
            code,
            Money(luck.choice(DUES) if luck.random() < 0.67 else 0, currency),
            _name(luck),
        )
        for code in list(codes)[:number]
    ]


def _name(luck: random.Random) -> str:
    """A few thousand names, some of them several people's."""
    return f"{luck.choice(FAMILIES)} {luck.choice(GIVEN)} {luck.choice(GIVEN)}{luck.choice('abcd')}"


def _payouts(number: int, luck: random.Random, currency: str) -> list[OpenPayout]:
    return [
        OpenPayout(
            "po_" + "".join(luck.choices("abcdefghijkABCDEFGHIJK0123456789", k=24)),
            Money(luck.choice((1_000_000, 2_000_000, luck.randrange(10**5, 10**7))), currency),
            DAY + timedelta(days=luck.randrange(-9, 3)),
        )
        for _ in range(number)
    ]


# ---- What becomes of a reference ----


def _whole(text: str, luck: random.Random) -> str:
    return text


def _spaced(text: str, luck: random.Random) -> str:
    return " ".join((text[:4], text[4:8], text[8:])).lower()


def _embedded(text: str, luck: random.Random) -> str:
    return f"SVWZ+Anzahlung {text} danke EREF+NOTPROVIDED"


def _cut(text: str, luck: random.Random) -> str:
    return f"DEPOSIT {text[: luck.randint(6, 12)]}"


def _swapped(text: str, luck: random.Random) -> str:
    at = luck.randrange(3, len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _mistyped(text: str, luck: random.Random) -> str:
    at = luck.randrange(len(text))
    return text[:at] + luck.choice(ALPHABET) + text[at + 1 :]


def _left_out(text: str, luck: random.Random) -> str:
    at = luck.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _nothing(text: str, luck: random.Random) -> str:
    return luck.choice(("定金", "Auto", "deposit for my car", ""))


DAMAGES: Sequence[tuple[int, Callable[[str, random.Random], str]]] = (
    (30, _whole),
    (8, _spaced),
    (8, _embedded),
    (18, _cut),
    (12, _swapped),
    (10, _mistyped),
    (6, _left_out),
    (8, _nothing),
)
_WEIGHTS = [weight for weight, _ in DAMAGES]
BESIDE = DAMAGES[:5]
"""What may happen to a reference beside another one, and still be seen."""
UNHURT = (_whole, _spaced, _embedded)


def _sent(order: OpenOrder, others: Sequence[OpenOrder], luck: random.Random) -> Sent:
    """One transfer for `order`: mostly of the right amount, sometimes naming two orders, sometimes sent twice by chance."""
    alone = luck.random() >= 0.03
    [(_, damage)] = luck.choices(
        DAMAGES if alone else BESIDE, weights=_WEIGHTS[: None if alone else 5]
    )
    text = damage(reference(order.code), luck)
    right = luck.random() < 0.9
    amount = (
        order.due if right else order.due + Money(luck.choice((-1, 1, 1_000)), order.due.currency)
    )
    payer = luck.choice((order.buyer, order.buyer, _name(luck), ""))
    if not alone:
        text += f" {reference(luck.choice(others).code)}"
    day = DAY + timedelta(days=luck.randrange(-15, 1))
    line = BankLine(day, day, amount, text, payer=payer)
    return Sent(line, order.code, right and alone and damage in UNHURT)


def _paid_out(payout: OpenPayout, luck: random.Random) -> Sent:
    code = payout.code
    text = luck.choice((code, code[: luck.randint(8, 26)], "", code.upper(), code[:9] + code[10:]))
    day = payout.arrives_on + timedelta(days=luck.choice((0, 0, 1, 3, 12)))
    line = BankLine(day, day, payout.amount, f"STRIPE PAYOUT {text}".strip(), payer="Stripe")
    return Sent(line, code, text == code)
