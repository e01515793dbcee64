"""Everything a contract says about one order, frozen; its canonical JSON and fingerprint. Plain Python.

The JSON is stored with the contract, attached to the PDF, and its SHA-256 is printed on every page.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.domain.codec import from_json, later, to_json
from kernel.money import Money
from kernel.text import Text, canonical_json

FORMAT = 2
"""Raised when the shape below changes; stored facts keep the format they were written in."""
MASKS = "*•"


@dataclass(frozen=True, slots=True)
class TemplateRef:
    """The words the contract was drafted with; `fingerprint` is of the template's canonical JSON."""

    code: str
    version: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AcceptedTerms:
    """The terms of order that the buyer accepted before paying the deposit."""

    version: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Seller:
    """The selling company; `registration` may be empty."""

    name: Text
    address: Text
    registration: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """`kind`: person or company. `document` is masked already or empty; contact and address may be empty."""

    kind: str
    name: str
    document: str
    email: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Equipment:
    """One line of the build list; `origin`: chosen, included or standard."""

    group: Text
    code: str
    name: Text
    origin: str


@dataclass(frozen=True, slots=True)
class Car:
    """`vin` and `model_year` are empty until the car is built; `mileage_km` only for a car that was driven."""

    model: Text
    trim: Text
    model_year: str
    vin: str
    mileage_km: int | None
    equipment: tuple[Equipment, ...]


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the price sheet; an included line costs nothing.

    `condition`: what the buyer must show for a reduction, and what its absence costs, in words.
    """

    code: str
    kind: str
    name: Text
    amount: Money
    condition: Text | None = later(None)


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax the buyer pays to the office, outside the price; `text` is the rule in words.

    `estimate`: the day of the invoice decides, and it is not known yet.
    """

    code: str
    name: Text
    text: Text
    amount: Money
    estimate: bool


@dataclass(frozen=True, slots=True)
class Price:
    """`total` includes `vat` (rate as a decimal string); `on_the_road` adds taxes and first-year insurance.

    `balance` is what the buyer still pays the seller: `total` less the deposit, less the loan.
    `before_handover` adds what goes to the tax office and the insurer.
    """

    price_book: str
    lines: tuple[PriceLine, ...]
    total: Money
    vat: Money
    vat_rate: str
    taxes: tuple[Tax, ...]
    on_the_road: Money
    balance: Money
    before_handover: Money

    @property
    def conditional(self) -> Money:
        """What the buyer owes on top when no proof is shown: the reductions that hang on one."""
        hanging = sum(line.amount.minor for line in self.lines if line.condition)
        return Money(-hanging, self.total.currency)


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One line of the refund table: when the purchase ends, `by` whom (buyer or seller), what the buyer gets.

    `kind`: what the deposit is then: dingjin-refundable (订金), dingjin-legal (定金) or advance.
    """

    when: Text
    kind: str
    kind_name: Text
    by: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Deposit:
    """The deposit policy of the order, in words and amounts, as it was shown and accepted before payment.

    `cap`: the most of it that can become a legal deposit, if the market has such a limit.
    """

    policy: str
    amount: Money
    kind_name: Text
    cap: Money | None
    refund_days: int
    rows: tuple[RefundRow, ...]
    rules: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment to the lender; `balance` is what is owed after it."""

    number: int
    payment: Money
    interest: Money
    principal: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Finance:
    """The loan in the quote; rates a year as decimal strings; `total` is all that is paid for the car with it.

    `apr_shown`: the annual percentage rate with the decimals that the market's law asks for, in percent.
    """

    lender: Text
    product: Text
    months: int
    nominal_rate: str
    apr: str
    down_payment: Money
    amount: Money
    interest: Money
    fee: Money
    total: Money
    schedule: tuple[Instalment, ...]
    apr_shown: str = later("")


@dataclass(frozen=True, slots=True)
class Cover:
    """One insurance product of the first year."""

    code: str
    name: Text
    mandatory: bool
    premium: Money


@dataclass(frozen=True, slots=True)
class Insurance:
    """The covers in the quote and what they cost together."""

    insurer: Text
    covers: tuple[Cover, ...]
    total: Money


@dataclass(frozen=True, slots=True)
class Delivery:
    """The promised window, both days included, and the place; name and address may be empty texts."""

    first_day: date
    last_day: date
    place: Text
    address: Text


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What both sides agree on; `agreed_at` is the moment the deposit arrived (UTC)."""

    format: int
    template: TemplateRef
    market: str
    timezone: str
    language: str
    order: str
    quote: str
    release: str
    agreed_at: datetime
    terms: AcceptedTerms
    seller: Seller
    buyer: Buyer
    car: Car
    price: Price
    deposit: Deposit
    finance: Finance | None
    insurance: Insurance | None
    delivery: Delivery


def facts_document(facts: ContractFacts) -> dict[str, Any]:
    """The facts as JSON values, as stored and attached."""
    document: dict[str, Any] = to_json(facts)
    return document


def facts_bytes(facts: ContractFacts) -> bytes:
    """The canonical JSON: the same bytes for equal facts, on every machine."""
    return canonical_json(facts_document(facts))


def facts_fingerprint(facts: ContractFacts) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(facts_bytes(facts)).hexdigest()


def read_facts(document: Any) -> ContractFacts:
    """The facts from what `facts_document` gave; raises FactsNotReadable."""
    return from_json(ContractFacts, document)


def masked_document(number: str) -> str:
    """An identity or registration number without its middle: `3502***********018`; a masked one stays.

    Three digits at most stay readable at the end and four at the start, never more than half of the whole.
    """
    plain = "".join(number.split())
    if any(mark in plain for mark in MASKS):
        return plain.replace("•", "*")
    head, tail = min(4, len(plain) // 4), min(3, len(plain) // 4)
    return plain[:head] + "*" * (len(plain) - head - tail) + (plain[-tail:] if tail else "")


def masked_name(name: str) -> str:
    """A name for strangers: the first letter or character and one star for each hidden word or character."""
    words = name.split()
    if len(words) > 1:
        return " ".join(word[0] + "***" for word in words)
    return name[:1] + "*" * max(1, min(len(name) - 1, 3)) if name else ""
