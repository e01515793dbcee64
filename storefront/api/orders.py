"""An order as its buyer sees it, and who may see it: another buyer's order does not exist."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from checkout.domain.order import Move
from checkout.errors import NotYourOrder, UnknownOrder
from checkout.queries.orders import OrderFacts, check_access, order_for
from checkout.queries.withdrawals import withdrawal_section
from storefront.accounts.addresses import verified_emails
from storefront.api.auth import known_caller
from storefront.api.delivery import section

LONGEST_CODE = 32
BUYER_ROUTES: frozenset[str] = frozenset({Move.LOCK, Move.CANCEL_BY_BUYER, Move.WITHDRAW})
"""Moves of the order that its buyer can make by a call of this API; paying and accepting are no such moves."""


def caller_of_order(request: HttpRequest, code: str) -> str:
    """The caller's name for an Idempotency-Key; raises SignInNeeded, UnknownOrder (also for another's)."""
    caller = known_caller(request)
    try:
        check_access(
            code=code[:LONGEST_CODE],
            token=caller.order_token,
            customer=caller.user,
            emails=verified_emails(caller.user),
        )
    except NotYourOrder:
        raise _unknown(code) from None
    return caller.key if caller.user is not None else f"order:{code}"


def own_order(request: HttpRequest, code: str, now: datetime) -> OrderFacts:
    """The order for whoever may see it; raises SignInNeeded, UnknownOrder (also for another's)."""
    caller = known_caller(request)
    try:
        return order_for(
            code=code[:LONGEST_CODE],
            token=caller.order_token,
            customer=caller.user,
            emails=verified_emails(caller.user),
            now=now,
        )
    except NotYourOrder:
        raise _unknown(code) from None


def _unknown(code: str) -> UnknownOrder:
    """Word for word what an order that does not exist is answered with: nobody learns which codes exist."""
    shown = code[:LONGEST_CODE]
    return UnknownOrder(f"order: there is no {shown!r}", facts={"order": shown})


def order_body(facts: OrderFacts, now: datetime) -> dict[str, Any]:
    """One page of truth: state, next step, money, payments, contract, delivery, events, and what was bought."""
    withdrawal = withdrawal_section(facts, now)
    may = BUYER_ROUTES if withdrawal and withdrawal.right else BUYER_ROUTES - {"withdraw"}
    return {
        "code": facts.code,
        "state": facts.state,
        "market": facts.market,
        "language": facts.language,
        "release": facts.release,
        "quote": facts.quote,
        "placed_at": facts.placed_at,
        "expires_at": facts.expires_at,
        "next_step": facts.next_step,
        "moves": [move for move in facts.moves if move in may],
        "money": facts.money,
        "states": {
            "payment": facts.payment_state,
            "delivery": facts.delivery_state,
            "finance": facts.finance_state,
            "insurance": facts.insurance_state,
        },
        "contract": facts.contract,
        "buyer": facts.buyer,
        "accepted_terms": {"version": facts.terms_version, "accepted_at": facts.terms_accepted_at},
        "payments": facts.payments,
        "delivery": section(
            history=facts.delivery.history,
            place=facts.delivery.place,
            stages=facts.delivery.stages,
            appointment=facts.delivery.appointment,
        ),
        "withdrawal": withdrawal,
        "events": facts.events,
        "amendments": facts.amendments,
        "document": facts.document,
    }
