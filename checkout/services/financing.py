"""Applying for the loan of an order: apply, add papers, accept an offer, give up, draw.

Every use case stores what it wants of the lender first and calls it afterwards; a silent lender leaves the application as it
is, and the sweeper of `checkout.services.lending` goes on.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from checkout.domain.amounts import money_of
from checkout.domain.applicant import (
    CONSENT_VERSION,
    Applicant,
    check_consents,
    check_document,
    consent_text,
    read_applicant,
)
from checkout.domain.application import (
    CURRENT,
    MAY_APPLY,
    OPEN,
    By,
    Move,
    State,
    moves_from,
    survives,
)
from checkout.domain.order import State as OrderState
from checkout.errors import (
    ApplicationNotPossible,
    ApplicationStateConflict,
    BadFinanceDocument,
    LenderError,
    LenderUnavailable,
    UnknownApplication,
    UnknownOrder,
)
from checkout.gateways.lenders import Lender
from checkout.models import FinanceApplication, FinanceDocument, FinanceOperation, Order
from checkout.models.locks import locked_application, locked_order
from checkout.queries.credit_sheets import law_of_loans
from checkout.services.lending import Doors, move, plan, send
from kernel.audit import record
from kernel.crypto import mask, new_code
from kernel.money import Money

MOST_DOCUMENTS = 10
_KIND = FinanceOperation.Kind


def apply(
    *,
    order: str,
    product: str | None,
    facts: Mapping[str, Any],
    consents: Mapping[str, bool],
    doors: Doors,
    actor: str,
    now: datetime,
) -> str:
    """Apply for the loan of the order's quote at its lender; gives the application's code. Not inside a transaction.

    `consents`: receiver -> agreed, each by itself. A lender that does not answer leaves a draft that is sent later. Raises
    UnknownOrder, ApplicationNotPossible, ApplicationStateConflict (one at a time), BadApplicant, ConsentMissing,
    LenderRefused.
    """
    with transaction.atomic(durable=True):
        row = _locked(order)
        loan, lender = _loan_of(row, product, doors, now)
        applicant = read_applicant(facts, currency=row.currency, today=today_at(order=row, now=now))
        check_consents(consents, receivers=[lender.lender])
        application = _new(row, loan, applicant, actor, now)
        operation = plan(application=application, kind=_KIND.SUBMIT, now=now)
    with suppress(LenderUnavailable):
        send(operation=operation.pk, lender=lender, now=now)
    return application.code


def _loan_of(
    row: Order, product: str | None, doors: Doors, now: datetime
) -> tuple[Mapping[str, Any], Lender]:
    loan = row.document.get("finance")
    if loan is None:
        raise _not_possible(row, "loan", "the order's quote has no loan")
    if product is not None and product != loan["product"]:
        raise _not_possible(row, "product", f"the order's loan is {loan['product']}")
    if not row.document.get("credit") and law_of_loans(row.market, now).sheet is not None:
        raise _not_possible(row, "cost_sheet", "the costs of this loan were not read and confirmed")
    if OrderState(row.state) not in MAY_APPLY:
        raise _not_possible(row, "state", f"the order is {row.state}; apply after the deposit")
    current = FinanceApplication.objects.filter(order=row, state__in=CURRENT).first()
    if current is not None:
        raise _conflict(current, "apply", f"application {current.code} is {current.state}")
    lender = doors(loan["lender"]["code"])
    if lender is None:
        raise _not_possible(row, "lender", "this lender takes no applications here")
    return loan, lender


def _new(
    row: Order, loan: Mapping[str, Any], applicant: Applicant, actor: str, now: datetime
) -> FinanceApplication:
    amount = money_of(loan["amount"])
    number, lender = applicant.document_number, loan["lender"]
    application = FinanceApplication.objects.create(
        code=f"F{new_code()}",
        order=row,
        lender=lender["code"],
        product=loan["product"],
        model=row.document["car"]["model"],
        currency=amount.currency,
        price=(amount + money_of(loan["down_payment"])).minor,
        quoted_amount=amount.minor,
        amount=amount.minor,
        months=loan["months"],
        annual_rate=loan["nominal_rate"],
        tolerance=loan["amount_tolerance"],
        facts=json.dumps(applicant.stored()),
        applicant_masked=f"{mask(applicant.name)} {mask(number)}",
        consents=[
            {
                "receiver": lender["code"],
                "version": CONSENT_VERSION,
                "text": dict(consent_text(lender["name"])),
                "by": actor,
                "at": now.isoformat(),
            }
        ],
        created_at=now,
    )
    row.finance_state = application.state
    row.save(update_fields=["finance_state"])
    record(
        subject=f"order:{row.code}",
        action="finance-draft",
        actor=actor,
        facts={"application": application.code, "lender": lender["code"], "amount": amount},
        now=now,
    )
    return application


def add_document(
    *,
    order: str,
    kind: str,
    media_type: str,
    content: bytes,
    doors: Doors,
    actor: str,
    now: datetime,
) -> int:
    """Keep a paper encrypted and send it to the lender; gives its number. The same paper twice is one.

    Raises UnknownOrder, UnknownApplication, ApplicationStateConflict once it has ended, BadFinanceDocument, LenderRefused.
    """
    check_document(kind=kind, media_type=media_type, content=content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic(durable=True):
        row = _current(order)
        _check_open(row, "document")
        known = row.documents.filter(sha256=digest).first()
        if known is not None:
            return known.number
        number = row.documents.count() + 1
        if number > MOST_DOCUMENTS:
            raise BadFinanceDocument(
                f"at most {MOST_DOCUMENTS} documents", facts={"reason": "count"}
            )
        FinanceDocument.objects.create(
            application=row,
            number=number,
            kind=kind,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            content=base64.b64encode(content).decode(),
            at=now,
        )
        record(
            subject=f"order:{order}",
            action="finance-document",
            actor=actor,
            facts={"application": row.code, "kind": kind, "sha256": digest},
            now=now,
        )
        operation = plan(application=row, kind=_KIND.DOCUMENT, params={"document": number}, now=now)
    _send_quietly(operation, doors(row.lender), now)
    return number


def accept_counter_offer(
    *, order: str, decision: int, doors: Doors, actor: str, now: datetime
) -> str:
    """Take the lender's offer of that number; its answer decides. Gives the application's code.

    Raises UnknownOrder, UnknownApplication, ApplicationStateConflict when another offer or none stands, or its last day has
    passed, and LenderRefused.
    """
    with transaction.atomic(durable=True):
        row = _current(order)
        terms = row.decided
        stands = row.state == State.COUNTER_OFFER and row.decision_number == decision
        until = row.valid_until
        if (
            not stands
            or terms is None
            or until is None
            or today_at(order=row.order, now=now) > until
        ):
            raise _conflict(
                row, Move.ACCEPT, "this offer does not stand; look at the application again"
            )
        row.amount, row.months = terms.amount.minor, terms.months
        row.annual_rate = terms.annual_rate
        move(application=row, to=Move.ACCEPT, by=By.BUYER, actor=actor, now=now)
        operation = plan(application=row, kind=_KIND.ACCEPT, params={"decision": decision}, now=now)
    _send_quietly(operation, doors(row.lender), now)
    return row.code


def cancel(*, order: str, by: By, doors: Doors, actor: str, now: datetime) -> str:
    """Give the application up, here at once and at the lender as soon as it hears; gives its code.

    Raises UnknownOrder, UnknownApplication, ApplicationStateConflict once it has ended.
    """
    with transaction.atomic(durable=True):
        row = _current(order)
        operation = give_up(row=row, by=by, actor=actor, now=now)
    with suppress(LenderError):  # the sweeper goes on, and a refusal is written down for a person
        _send_quietly(operation, doors(row.lender), now)
    return row.code


def give_up(
    *, row: FinanceApplication, by: By, actor: str, now: datetime
) -> FinanceOperation | None:
    """End a locked application here; gives the call that tells the lender, None where it never heard of it."""
    move(application=row, to=Move.CANCEL, by=by, actor=actor, now=now)
    never_sent = row.operations.filter(kind=_KIND.SUBMIT, attempts=0)
    if never_sent.exists():
        row.operations.filter(resolved_at=None).update(
            state=FinanceOperation.State.FAILED,
            error="cancelled before it was sent",
            resolved_at=now,
        )
        return None
    return plan(application=row, kind=_KIND.CANCEL, now=now)


def draw(*, order: str, doors: Doors, actor: str, now: datetime) -> str:
    """Have the lender pay the loan out, at handover; gives the application's code.

    Raises UnknownOrder, UnknownApplication, ApplicationStateConflict without an approval that still holds, LenderRefused,
    LenderUnavailable.
    """
    with transaction.atomic(durable=True):
        row = _current(order)
        approval = row.approval
        if approval is None:
            raise _conflict(row, Move.DRAW, f"the application is {row.state}")
        amount = Money(row.amount, row.currency)
        found = survives(
            approval,
            model=row.order.document["car"]["model"],
            amount=amount,
            day=today_at(order=row.order, now=now),
        )
        if not found.ok:
            raise _conflict(row, Move.DRAW, f"the approval does not hold: {found.reason}")
        waiting = row.operations.filter(kind=_KIND.DRAW, resolved_at=None).first()
        params = {"amount": amount.minor, "currency": amount.currency}
        operation = waiting or plan(application=row, kind=_KIND.DRAW, params=params, now=now)
        record(
            subject=f"order:{order}",
            action="finance-draw",
            actor=actor,
            facts={"application": row.code, "amount": amount},
            now=now,
        )
    lender = doors(row.lender)
    if lender is None:
        raise _not_possible(row.order, "lender", "the door to this lender is closed")
    send(operation=operation.pk, lender=lender, now=now)
    return row.code


def today_at(*, order: Order, now: datetime) -> date:
    """The day it is in the order's market."""
    return now.astimezone(ZoneInfo(order.document["market"]["timezone"])).date()


def _locked(code: str) -> Order:
    row = locked_order(code)
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    return row


def _current(order: str) -> FinanceApplication:
    """The order's newest application, both locked; raises UnknownOrder, UnknownApplication."""
    rows = FinanceApplication.objects.filter(order=_locked(order))
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise UnknownApplication(
            f"order {order} has not applied for a loan", facts={"order": order}
        )
    return locked_application(pk)


def _check_open(row: FinanceApplication, what: str) -> None:
    if State(row.state) not in OPEN:
        raise _conflict(row, what, f"the application is {row.state}")


def _send_quietly(operation: FinanceOperation | None, lender: Lender | None, now: datetime) -> None:
    """Make the call now if the door is open; a silence is the sweeper's to mend. Raises LenderRefused."""
    if operation is not None and lender is not None:
        with suppress(LenderUnavailable):
            send(operation=operation.pk, lender=lender, now=now)


def _conflict(row: FinanceApplication, what: str, message: str) -> ApplicationStateConflict:
    return ApplicationStateConflict(
        message,
        facts={
            "application": row.code,
            "state": row.state,
            "move": str(what),
            "moves": [str(found) for found in moves_from(State(row.state))],
        },
    )


def _not_possible(row: Order, reason: str, message: str) -> ApplicationNotPossible:
    return ApplicationNotPossible(
        message, facts={"order": row.code, "reason": reason, "state": row.state}
    )
