"""The loan of an order as frozen facts: what to apply with, where the application stands, whether an approval survives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from checkout.domain.amounts import money_of
from checkout.domain.applicant import (
    CONSENT_VERSION,
    DOCUMENT_KINDS,
    EMPLOYMENTS,
    LARGEST_DOCUMENT,
    MEDIA_TYPES,
    bands_of,
    consent_text,
)
from checkout.domain.application import (
    CURRENT,
    MAY_APPLY,
    OPEN,
    Move,
    State,
    Survival,
    moves_from,
    survives,
)
from checkout.domain.order import State as OrderState
from checkout.domain.wording import finance_text
from checkout.errors import BadApplicant, UnknownOrder
from checkout.models import FinanceApplication, Order
from kernel.money import Money
from kernel.text import Text

BUYER_MOVES = (Move.ACCEPT, Move.CANCEL)


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """Terms a lender approved or offers; `cash_difference` is what of the quote's loan is paid in cash instead."""

    decision: int
    amount: Money
    months: int
    annual_rate: str
    valid_until: date
    cash_difference: Money


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """One paper that was handed in."""

    number: int
    kind: str
    media_type: str
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """One application; nothing of the applicant but a mask. `terms` are None until the lender said a sum."""

    code: str
    order: str
    lender: str
    lender_name: Text
    product: str
    state: str
    text: Text
    reason: str
    amount: Money
    months: int
    annual_rate: str
    terms: OfferFacts | None
    limit: Money | None
    applicant: str
    documents: tuple[DocumentFacts, ...]
    moves: tuple[str, ...]
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiverFacts:
    """Somebody who gets the facts, and the words of the consent."""

    receiver: str
    name: Text
    version: str
    text: Text


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What to apply with: the loan of the quote, the receivers, and the choices of each field."""

    product: str
    name: Text
    amount: Money
    months: int
    receivers: tuple[ReceiverFacts, ...]
    income_bands: tuple[str, ...]
    employments: tuple[str, ...]
    document_kinds: tuple[str, ...]
    media_types: tuple[str, ...]
    largest_document: int


@dataclass(frozen=True, slots=True)
class FinanceFacts:
    """The newest application of an order, and the form while it may apply; each None where there is none."""

    application: ApplicationFacts | None
    form: FormFacts | None


def financing_of(order: str) -> FinanceFacts:
    """The loan of the order of that code; raises UnknownOrder. Does not ask who wants to know."""
    row = _order(order)
    newest = FinanceApplication.objects.filter(order=row).first()
    return FinanceFacts(application=_facts(newest) if newest else None, form=_form(row, newest))


def survival(
    order: str,
    *,
    now: datetime,
    model: str | None = None,
    product: str | None = None,
    amount: Money | None = None,
) -> Survival | None:
    """Whether the order's approval survives a change to `model`, `product` or `amount`; None without an approval.

    What is not named stays as it is. Raises UnknownOrder, CurrencyMismatch.
    """
    row = _order(order)
    newest = FinanceApplication.objects.filter(order=row).first()
    approval = newest.approval if newest else None
    if newest is None or approval is None:
        return None
    return survives(
        approval,
        model=model or newest.model,
        product=product,
        amount=amount or Money(newest.amount, newest.currency),
        day=now.astimezone(ZoneInfo(row.document["market"]["timezone"])).date(),
    )


def _order(code: str) -> Order:
    row = Order.objects.filter(code=code).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def _form(row: Order, newest: FinanceApplication | None) -> FormFacts | None:
    loan: Mapping[str, Any] | None = row.document.get("finance")
    taken = newest is not None and State(newest.state) in CURRENT
    if loan is None or taken or OrderState(row.state) not in MAY_APPLY:
        return None
    try:
        bands = bands_of(row.currency)
    except BadApplicant:
        return None
    lender = loan["lender"]
    return FormFacts(
        product=loan["product"],
        name=loan["name"],
        amount=money_of(loan["amount"]),
        months=loan["months"],
        receivers=(
            ReceiverFacts(
                lender["code"], lender["name"], CONSENT_VERSION, consent_text(lender["name"])
            ),
        ),
        income_bands=bands,
        employments=EMPLOYMENTS,
        document_kinds=DOCUMENT_KINDS,
        media_types=MEDIA_TYPES,
        largest_document=LARGEST_DOCUMENT,
    )


def _facts(row: FinanceApplication) -> ApplicationFacts:
    state, approval = State(row.state), row.approval
    return ApplicationFacts(
        code=row.code,
        order=row.order.code,
        lender=row.lender,
        lender_name=row.order.document["finance"]["lender"]["name"],
        product=row.product,
        state=row.state,
        text=finance_text(row.state),
        reason=row.reason,
        amount=Money(row.amount, row.currency),
        months=row.months,
        annual_rate=f"{row.annual_rate.normalize():f}",
        terms=_terms(row),
        limit=approval.limit if approval else None,
        applicant=row.applicant_masked,
        documents=tuple(
            DocumentFacts(d.number, d.kind, d.media_type, d.size, d.sha256, d.at)
            for d in row.documents.defer("content")
        ),
        moves=tuple(
            [*(str(m) for m in moves_from(state) if m in BUYER_MOVES)]
            + (["add_document"] if state in OPEN else [])
        ),
        created_at=row.created_at,
        decided_at=row.decided_at,
    )


def _terms(row: FinanceApplication) -> OfferFacts | None:
    terms, until = row.decided, row.valid_until
    if terms is None or until is None:
        return None
    lacking = max(0, row.quoted_amount - terms.amount.minor)
    return OfferFacts(
        decision=row.decision_number,
        amount=terms.amount,
        months=terms.months,
        annual_rate=f"{terms.annual_rate.normalize():f}",
        valid_until=until,
        cash_difference=Money(lacking, row.currency),
    )
