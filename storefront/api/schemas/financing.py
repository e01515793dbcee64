"""Shapes of applying for an order's loan: what a client sends, and what it gets."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.base import Money
from storefront.api.schemas.requests import Code, Input

Words = Annotated[str, StringConstraints(max_length=254)]


class ApplicantIn(Input):
    """The seven facts a lender needs; stored encrypted, shown masked."""

    name: Words
    document_number: Words
    birth_date: Words
    income_band: Words
    employment: Words
    phone: Words
    email: Words


class ConsentIn(Input):
    """The buyer's own yes to one receiver of the facts; never sent for the buyer."""

    receiver: Code
    accepted: bool


class FinanceApplicationIn(Input):
    """The applicant, and a consent for each receiver the form names; `product` if given is the quote's."""

    product: Code | None = None
    applicant: ApplicantIn
    consents: Annotated[list[ConsentIn], Field(max_length=10)]


class FinanceDocumentIn(Input):
    """One paper: PDF, JPEG, PNG or WebP of at most 700,000 bytes, as base64."""

    kind: Code
    media_type: Annotated[str, StringConstraints(max_length=64)]
    content: Annotated[
        str, StringConstraints(min_length=4, max_length=940_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")
    ]


class FinanceAcceptanceIn(Input):
    """The counter-offer that was shown: the number of its decision."""

    accepted: Literal[True]
    decision: int = Field(ge=1, le=10**6)


class Nothing(Input):
    """An empty object."""


class FinanceTerms(Schema):
    """What the lender approved or offers; `cash_difference` is what of the quote's loan is paid in cash instead."""

    decision: int
    amount: Money
    months: int
    annual_rate: str
    valid_until: str
    cash_difference: Money


class FinanceDocument(Schema):
    """A paper that was handed in; its bytes are never shown."""

    number: int
    kind: str
    media_type: str
    size: int
    sha256: str
    at: str


class FinanceApplication(Schema):
    """One application; `moves` are what the buyer can do now: accept, cancel, add_document."""

    code: str
    order: str
    lender: str
    lender_name: str
    product: str
    state: str = Field(
        description="draft, sent, referred, approved, counter_offer, declined, expired, drawn or cancelled"
    )
    text: str
    reason: str
    amount: Money
    months: int
    annual_rate: str
    terms: FinanceTerms | None
    limit: Money | None = Field(description="The most that an approval covers.")
    applicant: str = Field(description="Masked name and document number.")
    documents: list[FinanceDocument]
    moves: list[str]
    created_at: str
    decided_at: str | None


class FinanceReceiver(Schema):
    """Somebody who gets the facts, and the words to agree to."""

    receiver: str
    name: str
    version: str
    text: str


class FinanceForm(Schema):
    """What to apply with: the loan of the quote, the receivers, and the choices of each field."""

    product: str
    name: str
    amount: Money
    months: int
    receivers: list[FinanceReceiver]
    income_bands: list[str]
    employments: list[str]
    document_kinds: list[str]
    media_types: list[str]
    largest_document: int


class OrderFinancing(Schema):
    """The newest application of the order, and the form while it may apply."""

    application: FinanceApplication | None
    form: FinanceForm | None
    demo: bool = Field(description="True where the lender is made up and lends nothing.")
