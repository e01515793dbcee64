"""What a client sends. Unknown fields are refused, so that a misspelt one is never silently ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

LARGEST_AMOUNT = 10**13
"""Minor units; far above any car, far below what a database column holds."""

Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9:._-]*$")
]
MarketCode = Annotated[
    str, StringConstraints(min_length=1, max_length=8, pattern=r"^[A-Za-z0-9-]+$")
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Choices = Annotated[list[Code], Field(max_length=300)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Vin = Annotated[str, StringConstraints(min_length=1, max_length=17, pattern=r"^[A-Za-z0-9]+$")]


class Input(Schema):
    """A body or a part of one: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class MoneyIn(Input):
    """Integer minor units of an ISO 4217 currency."""

    amount: int = Field(ge=0, le=LARGEST_AMOUNT)
    currency: Currency


class Change(Input):
    """One click: `want` the option, or want it off."""

    option: Code
    want: bool = True


class EvaluateIn(Input):
    """The choices so far and perhaps one click more."""

    model: Code
    market: MarketCode | None = None
    release: Code | None = None
    choices: Choices = Field(default_factory=list)
    change: Change | None = None
    pinned: Choices = Field(
        default_factory=list, description="Those of the choices that repairs give up last."
    )


class MonthlyIn(Input):
    """An amount a month, in minor units; perhaps the loan, its months, and what is paid down (30 per cent without)."""

    amount: int = Field(ge=1, le=LARGEST_AMOUNT)
    currency: Currency
    months: int | None = Field(default=None, ge=1, le=120)
    product: Code | None = None
    down_payment: MoneyIn | None = None


class CompleteIn(Input):
    """Choices to be completed: to the cheapest car, or to the best within a `budget` or a `monthly` amount."""

    model: Code
    market: MarketCode | None = None
    release: Code | None = None
    choices: Choices = Field(default_factory=list)
    budget: MoneyIn | None = None
    monthly: MonthlyIn | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if self.budget is not None and self.monthly is not None:
            raise ValueError("give either `budget` or `monthly`, not both")
        return self


class BuildIn(Input):
    """A car to keep under a short code."""

    model: Code
    market: MarketCode | None = None
    release: Code | None = None
    choices: Choices


class ComparedIn(Input):
    """One car to compare: the code of a saved `build`, or `model` and `choices` (and its `market`)."""

    build: Code | None = None
    model: Code | None = None
    market: MarketCode | None = None
    choices: Choices | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        saved = self.build is not None
        unsaved = self.model is not None and self.choices is not None
        part = self.model is not None or self.choices is not None or self.market is not None
        if (saved and part) or not (saved or unsaved):
            raise ValueError("give either `build`, or `model` and `choices`")
        return self


class CompareIn(Input):
    """Two to four builds of one market; `under` says by which release saved ones are shown."""

    builds: Annotated[list[ComparedIn], Field(min_length=2, max_length=4)]
    differences_only: bool = False
    under: Literal["today", "own"] = "today"


class OfferIn(Input):
    """Which car to finance or insure: a saved build, a stock vehicle, or a model at a price."""

    market: MarketCode | None = None
    model: Code | None = None
    price: MoneyIn | None = None
    build: Code | None = None
    vin: Vin | None = None


class InsuranceFacts(Input):
    """What a premium depends on beside the car."""

    driver_age: int | None = Field(default=None, ge=18, le=110)
    no_claims_class: Code | None = None
    seats: int | None = Field(default=None, ge=1, le=9)


class InsuranceIn(OfferIn):
    """The car, its driver, and the first covered day (today if not said)."""

    insurance_facts: InsuranceFacts | None = None
    start_on: Annotated[date, Field(strict=False, examples=["2026-12-20"])] | None = None


class QuoteFinance(Input):
    """The loan in a quote."""

    product: Code
    months: int | None = Field(default=None, ge=1, le=120)
    down_payment: MoneyIn | None = None


class ExtraIn(Input):
    """A yes or no to an extra. Leave an extra out to give no answer: it is not sold, and nothing is recorded."""

    code: Code
    wanted: bool
    text_version: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="The version of the words that were shown; others are refused (`extra-changed`).",
    )


class TradeInIn(Input):
    """A car to trade in, in the buyer's words. It is shown beside the quote and is never part of the price."""

    words: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    wished: MoneyIn | None = None


OfferWord = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class QuoteIn(Input):
    """Exactly one of `build` and `vin`, and what comes with the car."""

    market: MarketCode | None = None
    build: Code | None = None
    vin: Vin | None = None
    finance: QuoteFinance | None = None
    insurance: Annotated[list[Code], Field(max_length=30)] | None = None
    insurance_facts: InsuranceFacts | None = None
    place: Code | None = None
    vouchers: Annotated[list[OfferWord], Field(max_length=10)] | None = Field(
        default=None, description="Code words of offers, in any case."
    )
    proofs: Annotated[list[Code], Field(max_length=10)] | None = Field(
        default=None,
        description="What the buyer will show before handover, such as `trade-in-proof`.",
    )
    extras: Annotated[list[ExtraIn], Field(max_length=60)] | None = None
    trade_in: TradeInIn | None = None


class Address(Input):
    """Where the buyer lives; lines as people write them."""

    country: Annotated[str, StringConstraints(max_length=60)] = ""
    province: Annotated[str, StringConstraints(max_length=60)] = ""
    city: Annotated[str, StringConstraints(max_length=60)] = ""
    district: Annotated[str, StringConstraints(max_length=60)] = ""
    street: Annotated[str, StringConstraints(max_length=200)] = ""
    postal_code: Annotated[str, StringConstraints(max_length=20)] = ""
    line: Annotated[str, StringConstraints(max_length=200)] = ""


class BuyerDocument(Input):
    """An identity or company number; stored encrypted, shown masked."""

    kind: Code
    number: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class BuyerIn(Input):
    """Who buys: a person or a company, reachable by e-mail or telephone."""

    kind: Literal["person", "company"] = "person"
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    phone: Annotated[str, StringConstraints(max_length=32)] | None = None
    address: Address | Line | None = None
    document: BuyerDocument | None = None


class TermsIn(Input):
    """The version of the full terms that was shown, and that it was accepted."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    accepted: bool


class OrderIn(Input):
    """A quote becomes an order."""

    quote: Code
    buyer: BuyerIn
    terms: TermsIn
    language: Literal["zh-hans", "en"] | None = None


class PaymentIn(Input):
    """What to pay, how, and where the vendor's page sends the buyer afterwards: to a shop of ours."""

    purpose: Literal["deposit", "balance", "amendment"] = "deposit"
    method: Code = "card"
    return_url: Annotated[str, StringConstraints(max_length=1000, pattern=r"^https?://[^\s\\]+$")]


class AcceptanceIn(Input):
    """The contract was read: the fingerprint of the PDF that was shown."""

    accepted: bool
    pdf_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Paging(Schema):
    """Which part of a list: at most `limit` items, from the `next` of the part before."""

    limit: int = Field(default=24, ge=1, le=100)
    cursor: str | None = None


class StockSearch(Paging):
    """What to look for on the lot; a list may be repeated or separated by commas, money is minor units."""

    market: str | None = None
    model: list[str] = Field(default_factory=list)
    trim: list[str] = Field(default_factory=list)
    paint: list[str] = Field(default_factory=list)
    place: list[str] = Field(default_factory=list)
    availability: list[str] = Field(default_factory=list)
    price_min: int | None = Field(default=None, ge=0, le=LARGEST_AMOUNT)
    price_max: int | None = Field(default=None, ge=0, le=LARGEST_AMOUNT)
    sort: str = Field(
        default="price", description="price, -price, available_on, mileage_km, -list_price"
    )
