"""Which bank line is whose: candidates with a score and reasons; by itself only where no other reading exists.

`docs/rules/reconciliation.md` has the scores as a table. Pure: what is open is handed in, nothing is looked up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from checkout.domain.bank import BankLine
from checkout.domain.transfers import SAFE, SHORTEST, Found, begins, references_in
from kernel.money import Money

PAYOUT_DAYS = timedelta(days=5)
"""How far a payout's arrival at the bank may be from the vendor's word; three business days span a weekend."""
AUTOMATIC = 100
"""The score at which a line is matched without anybody looking, if it is the only one that high."""
SHORTEST_PAYOUT = 12
"""Characters of a payout's code that must be left for a cut one to point at it."""

FEW = 5
"""Of more orders than this with the same sum due, the sum alone suggests none."""

WHOLE, CUT, AMOUNT, NAME, NEAR = 70, 40, 30, 10, 30


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order and what is due on it by transfer; `due` is zero where nothing is, and it may be read again then."""

    code: str
    due: Money
    buyer: str


@dataclass(frozen=True, slots=True)
class OpenPayout:
    """A payout of a vendor that has not been seen at the bank."""

    code: str
    amount: Money
    arrives_on: date


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """Money that we told our bank to send, and that no line has shown yet; `back` once one did, for it may return."""

    code: str
    amount: Money
    holder: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a line: `kind` is order, payout or transfer; `reasons` say which points were given, best first."""

    kind: str
    code: str
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A line with its candidates, best first; `matched` where it was settled without a person.

    `why_not` says why it was not: `unknown`, `amount`, `ambiguous`, `nothing-due`, `cut`, `claimed-twice`, or empty.
    """

    line: BankLine
    candidates: tuple[Candidate, ...]
    matched: Candidate | None
    why_not: str


@dataclass(slots=True)
class Book:
    """Everything a line may belong to, indexed once for a whole statement; `orders` are all, also those paid long ago."""

    orders: Mapping[str, OpenOrder]
    payouts: Sequence[OpenPayout]
    transfers: Sequence[OpenTransfer] = ()
    _heads: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _amounts: dict[Money, list[str]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[tuple[Money, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _payouts: dict[Money, list[OpenPayout]] = field(default_factory=lambda: defaultdict(list))
    _sent: dict[Money, list[OpenTransfer]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for order in self.orders.values():
            self._heads[order.code.replace("-", "")[:SHORTEST]].append(order.code)
            if order.due:
                self._amounts[order.due].append(order.code)
                self._names[order.due, _name(order.buyer)].append(order.code)
        for payout in self.payouts:
            self._payouts[payout.amount].append(payout)
        for transfer in self.transfers:
            self._sent[transfer.amount if transfer.back else -transfer.amount].append(transfer)

    def beginning_with(self, cut: str) -> list[str]:
        """The orders whose reference begins with what is left of one."""
        return [code for code in self._heads.get(cut[:SHORTEST], ()) if begins(code, cut)]

    def owing(self, line: BankLine, *, anybody: bool) -> list[str]:
        """The orders on which exactly this is due: the payer's own, and anybody's where they are few."""
        name = _name(line.payer)
        # One more than a few: of a common name it is enough to know that there are others.
        own = self._names.get((line.amount, name), [])[: FEW + 1] if name else []
        few = self._amounts.get(line.amount, []) if anybody else []
        return list(dict.fromkeys([*own, *(few if len(few) <= FEW else [])]))

    def paying(self, amount: Money) -> list[OpenPayout]:
        """The payouts of exactly this amount."""
        return self._payouts.get(amount, [])

    def sent(self, moved: Money) -> list[OpenTransfer]:
        """The transfers of ours that a line of this amount may be: gone out, or come back."""
        return self._sent.get(moved, [])


def read_lines(lines: Sequence[BankLine], book: Book) -> tuple[Reading, ...]:
    """Every line with its candidates; a claim that two lines make on one order or payout is left to a person."""
    readings = [_read(line, book) for line in lines]
    claims: dict[tuple[str, str], int] = defaultdict(int)
    for reading in readings:
        if reading.matched:
            claims[reading.matched.kind, reading.matched.code] += 1
    return tuple(_once(reading, claims) for reading in readings)


def _once(reading: Reading, claims: Mapping[tuple[str, str], int]) -> Reading:
    won = reading.matched
    if won is None or claims[won.kind, won.code] == 1:
        return reading
    return Reading(reading.line, reading.candidates, None, "claimed-twice")


def _read(line: BankLine, book: Book) -> Reading:
    said = references_in(line.words)
    found = _transfers(line, book)
    if line.amount.minor > 0:
        found += [*_orders(line, said, book), *_payouts(line, book)]
    ranked = tuple(sorted(found, key=lambda one: (-one.score, one.kind, one.code)))
    sure = [one for one in ranked if one.score >= AUTOMATIC]
    if len(sure) == 1 and not _rival(sure[0], ranked):
        if not said.torn:
            return Reading(line, ranked, sure[0], "")
        return Reading(line, ranked, None, "ambiguous")
    return Reading(line, ranked, None, _why_not(line, ranked, len(sure), book))


def _rival(best: Candidate, ranked: Iterable[Candidate]) -> bool:
    """Whether the line speaks of somebody else as well.

    Two whole references on one line are two readings, and so is one buyer's reference on another buyer's money who
    owes just this.
    """
    return any(
        "whole" in one.reasons or ("name" in one.reasons and "name" not in best.reasons)
        for one in ranked
        if one is not best
    )


def _why_not(line: BankLine, ranked: Sequence[Candidate], sure: int, book: Book) -> str:
    if not ranked:
        return "unknown"
    if sure > 1 or (sure == 1 and len(ranked) > 1):
        return "ambiguous"
    best = ranked[0]
    if "whole" in best.reasons:
        due = book.orders[best.code].due if best.kind == "order" else line.amount
        return "amount" if due else "nothing-due"
    return "cut" if "cut" in best.reasons else "ambiguous"


def _orders(line: BankLine, said: Found, book: Book) -> list[Candidate]:
    named = [code for code in said.orders if code in book.orders]
    cut = [code for code in book.beginning_with(said.cut) if code not in named]
    # A cut reference settles nothing unless nobody else's could have been cut to the same letters.
    safe = len(cut) == 1 and len(said.cut) >= SAFE
    found = [_order(line, book.orders[code], ["whole"]) for code in named]
    found += [_order(line, book.orders[code], ["cut", "only"] if safe else ["cut"]) for code in cut]
    known = {*named, *cut}
    owing = book.owing(line, anybody=not known)
    found += [_order(line, book.orders[code], []) for code in owing if code not in known]
    return found


def _order(line: BankLine, order: OpenOrder, reasons: list[str]) -> Candidate:
    score = WHOLE if "whole" in reasons else CUT if "cut" in reasons else 0
    score += NEAR if "only" in reasons else 0
    if order.due == line.amount:
        score, reasons = score + AMOUNT, [*reasons, "amount"]
    if _same_name(line.payer, order.buyer):
        score, reasons = score + NAME, [*reasons, "name"]
    # Below: without the amount nothing is settled, whatever else fits.
    return Candidate(
        "order", order.code, score if "amount" in reasons else min(score, 99), tuple(reasons)
    )


def _payouts(line: BankLine, book: Book) -> list[Candidate]:
    plain = "".join(line.words.split()).lower()
    found = []
    for payout in book.paying(line.amount):
        reasons = _payout_reasons(line, payout, plain)
        if reasons:
            found.append(
                Candidate("payout", payout.code, sum(_POINTS[r] for r in reasons), reasons)
            )
    return found


def _transfers(line: BankLine, book: Book) -> list[Candidate]:
    plain = "".join(line.words.split()).upper()
    found = []
    for transfer in book.sent(line.amount):
        reasons = ["whole"] if transfer.code in plain else []
        reasons += ["amount"]
        if _same_name(line.payer, transfer.holder):
            reasons.append("name")
        if len(reasons) > 1:
            score = sum(_POINTS[reason] for reason in reasons)
            # What comes back undoes what a person approved: a person says so.
            score = min(score, AUTOMATIC - 1) if transfer.back else score
            found.append(Candidate("transfer", transfer.code, score, tuple(reasons)))
    return found


_POINTS = {"name": NAME, "whole": WHOLE, "cut": CUT, "amount": AMOUNT, "day": NEAR}


def _payout_reasons(line: BankLine, payout: OpenPayout, plain: str) -> tuple[str, ...]:
    code = payout.code.lower()
    near = abs(line.value_on - payout.arrives_on) <= PAYOUT_DAYS
    reasons = ["amount", "day"] if near else ["amount"]
    if code in plain:
        return ("whole", *reasons)
    head = plain.find(code[:SHORTEST_PAYOUT])
    if head >= 0 and code.startswith(plain[head:]):
        return ("cut", *reasons)
    return tuple(reasons) if near else ()


def _same_name(payer: str, buyer: str) -> bool:
    one, other = _name(payer), _name(buyer)
    return bool(one) and one == other


def _name(text: str) -> str:
    return "".join(sorted(text.casefold().split()))
