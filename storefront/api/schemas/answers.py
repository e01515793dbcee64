"""Shapes of offers, quotes, orders, payments, contracts, stock, pages and webhooks."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from storefront.api.schemas.amendments import OrderAmendments
from storefront.api.schemas.base import Money, Named, Picture, Place, PriceSheet
from storefront.api.schemas.delivery import Delivery
from storefront.api.schemas.paying import Payment
from storefront.api.schemas.withdrawals import OrderWithdrawal


class Loose(Schema):
    """Named members are promised; others may be there."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class FinanceQuote(Loose):
    """A loan: `total` is down payment, instalments and fee; rates are decimal texts (`0.0388`).

    `apr_text` names the annual rate and its convention; `warning`, where there is one, stands beside every figure.
    """

    product: str
    name: str
    text: str
    lender: Named
    months: int
    down_payment: Money
    amount: Money
    instalment: Money
    last_instalment: Money
    interest: Money
    total: Money
    nominal_rate: str
    apr: str
    apr_text: str
    warning: str | None


class InsuranceQuote(Loose):
    """A cover and its premium for a year."""

    product: str
    kind: str
    name: str
    text: str
    premium: Money
    mandatory: bool


class QuotedCar(Loose):
    """The car of a quote."""

    model: str
    trim: str
    choices: list[str]
    names: dict[str, str]
    vin: str | None
    build: str | None


class DepositTerms(Loose):
    """The deposit: how much, of which kind, and what comes back in each stage."""

    amount: Money
    stages: list[dict[str, Any]]


class Terms(Loose):
    """The full terms; their `version` is what an order accepts."""

    version: str


class QuotedExtra(Loose):
    """An extra on offer: `wanted` is null until somebody answers, and only true is sold."""

    code: str
    kind: str
    name: str
    text: str | None
    price: Money
    text_version: str
    wanted: bool | None
    answered_at: str | None


class QuotedExtras(Schema):
    """Every extra of the market with the answer to it, and what those sold cost together."""

    items: list[QuotedExtra]
    total: Money


class QuotedOffer(Loose):
    """An incentive of the price sheet: `needs` is a proof to be shown before handover, `condition` what follows without."""

    code: str
    name: str
    needs: str | None
    condition: str | None


class QuotedVoucher(Loose):
    """A code word of the buyer: the offer it names, and why it does not apply where it does not."""

    word: str
    applied: bool
    offer: str
    name: str
    reason: str | None
    text: str


class TradeIn(Loose):
    """A car to trade in, as the buyer described it; in no sum."""

    words: str
    wished: Money | None


class QuoteParts(Loose):
    """The frozen document of a quote."""

    car: QuotedCar
    price_sheet: PriceSheet
    taxes: list[dict[str, Any]]
    on_the_road: Money
    finance: FinanceQuote | None
    insurance: dict[str, Any] | None
    deposit: DepositTerms
    terms: Terms
    extras: QuotedExtras
    offers: list[QuotedOffer]
    vouchers: list[QuotedVoucher] = []
    trade_in: TradeIn | None
    balance: dict[str, Any]


class Quote(QuoteParts):
    """A quote: `state` is open, expired or ordered; `fall` names what became cheaper since.

    `token` is the X-Quote-Token of a guest, shown this once with the first quote; else null.
    """

    code: str
    token: str | None
    market: str
    state: str
    release: str
    created_at: str
    expires_at: str
    fall: dict[str, Any] | None
    order: str | None
    delivery: dict[str, Any]


class NextStep(Loose):
    """What happens next, who has to do it, and until when.

    `deadline` is when something happens by itself: an unpaid order expires, an order whose buyer was reminded locks. Null:
    nothing does.
    """

    code: str
    text: str
    by: str
    deadline: str | None


class OrderMoney(Loose):
    """`due` is what is asked for now; `charges` of the delivery are due with the balance and in no total."""

    total: Money
    price: Money
    deposit: Money
    paid: Money
    due: Money
    charges: Money


class ContractRef(Schema):
    """The contract's number and how far it is."""

    number: str
    state: str


class OrderEvent(Loose):
    """Something that happened, in words."""

    kind: str
    text: str
    actor: str
    at: str


class Order(Loose):
    """One page of truth about an order; `document` is its quote, frozen when it was placed."""

    code: str
    state: str
    market: str
    language: str
    release: str
    quote: str
    placed_at: str
    expires_at: str
    next_step: NextStep
    moves: list[str] = Field(
        description="What the buyer can do to the order by a call of this API now; often nothing."
    )
    money: OrderMoney
    states: dict[str, str]
    contract: ContractRef | None
    buyer: dict[str, Any]
    accepted_terms: dict[str, str]
    payments: list[Payment]
    delivery: Delivery
    withdrawal: OrderWithdrawal | None
    events: list[OrderEvent]
    amendments: OrderAmendments
    document: QuoteParts


class PaymentCode(Schema):
    """The payment that waits."""

    code: str


class OrderPlaced(Schema):
    """A new order; `token` is the X-Order-Token of its buyer and is shown this once."""

    order: Order
    token: str
    payment: PaymentCode


class OrderLine(Loose):
    """An order in a list."""

    code: str
    state: str
    title: str
    placed_at: str
    next_step: NextStep
    total: Money


class Orders(Schema):
    """The buyer's orders, newest first."""

    items: list[OrderLine]
    next: str | None


class Contract(Loose):
    """A contract: what it is called by, how far it is, and (on the order's page) its words."""

    number: str
    order: str
    state: str
    language: str
    pdf_sha256: str
    issued_at: str | None
    viewed_at: str | None
    accepted_at: str | None
    buyer_signed_at: str | None
    countersigned_at: str | None
    signed_sha256: str


class SigningConsent(Loose):
    """What is agreed to before signing."""

    version: str
    text: str


class SigningAnswer(Loose):
    """What signing asks for: the consent, the name to sign with, and where a code goes (masked)."""

    number: str
    pdf_sha256: str
    consent: SigningConsent
    signatory: str
    company: bool
    channels: list[dict[str, str]]
    code_sent_at: str | None
    code_sent_to: str
    code_expires_at: str | None
    next_code_at: str
    tries_left: int


class Verification(Loose):
    """What a stranger may know: names are masked."""

    number: str
    state: str
    issued_at: str | None
    accepted_at: str | None
    buyer_signed_at: str | None
    countersigned_at: str | None
    sha256: str
    signed_sha256: str
    buyer: str


class Judgement(Loose):
    """What an uploaded file is: the verdict, why in codes, the signatures in it, and what strangers may know."""

    verdict: str
    reasons: list[str]
    sha256: str
    signatures: list[dict[str, Any]]
    about: Verification | None


class StockVehicle(Loose):
    """A car in stock."""

    vin: str
    model: str
    trim: str
    names: dict[str, str]
    paint: dict[str, Any] | None
    place: Place | None
    status: str
    price: Money
    list_price: Money
    available_on: str
    mileage_km: int
    pictures: list[Picture]


class FacetValue(Named):
    """A value and how many cars have it, its own facet's filter left aside."""

    count: int
    selected: bool


class Facet(Named):
    """One way to narrow a search."""

    values: list[FacetValue]


class Stock(Schema):
    """A page of stock."""

    items: list[StockVehicle]
    next: str | None
    total: int
    facets: list[Facet]


class Seo(Schema):
    """For search engines."""

    title: str
    description: str


class PageHead(Loose):
    """A published page without its body."""

    path: str
    type: str
    title: str
    language: str
    seo: Seo


class Page(PageHead):
    """A published page; each block names its `type`."""

    body: list[dict[str, Any]]


class Pages(Schema):
    """Published pages."""

    items: list[PageHead]
    next: str | None


class Received(Schema):
    """The message is stored."""

    received: bool
