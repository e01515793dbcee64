"""`/quotes`: a car at today's price, promised for seven days."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.queries.quotes import QuoteFacts, quote
from checkout.services.quotes import create_quote
from storefront.api.answers import answer
from storefront.api.language import language_of, market_or_default
from storefront.api.quotes import check_own_quote, new_owner
from storefront.api.schemas.answers import Quote
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import QuoteIn

router = Router(tags=["quotes"])
LEFT_OUT = frozenset({"format", "market", "release"})


def quote_answer(
    request: HttpRequest, facts: QuoteFacts, *, status: int = 200, token: str | None = None
) -> HttpResponse:
    """A quote as clients see it: its own facts beside the frozen document's parts."""
    body = {
        "code": facts.code,
        "token": token,
        "market": facts.market,
        "state": facts.state,
        "release": facts.release,
        "created_at": facts.created_at,
        "expires_at": facts.expires_at,
        "fall": facts.fall,
        "order": facts.order,
        **{name: part for name, part in facts.document.items() if name not in LEFT_OUT},
        # Beside the deposit it is accepted with: what `POST /orders` sends back as `terms.version`.
        "deposit": {
            **facts.document["deposit"],
            "terms_version": facts.document["terms"]["version"],
        },
    }
    return answer(body, language=language_of(request), status=status)


@router.post(
    "", response={201: Quote, **problems(400, 401, 403, 404, 409, 413, 422)}, summary="Make a quote"
)
def make_quote(request: HttpRequest, asked: QuoteIn) -> HttpResponse:
    """Exactly one of `build` and `vin`; everything else is optional. Nothing is sold that was not asked for.

    A guest gets `token` with the first quote, this once; sent as `X-Quote-Token` it opens this quote and those made with it.
    """
    owner, token = new_owner(request)
    body = asked.model_dump()
    facts = create_quote(
        market=market_or_default(asked.market),
        build=asked.build,
        vin=asked.vin,
        finance=body["finance"],
        insurance=asked.insurance,
        insurance_facts=body["insurance_facts"],
        place=asked.place,
        vouchers=asked.vouchers,
        proofs=asked.proofs,
        extras=body["extras"],
        trade_in=body["trade_in"],
        owner=owner,
        now=timezone.now(),
    )
    return quote_answer(request, facts, status=201, token=token)


@router.get("/{code}", response={200: Quote, **problems(401, 404)}, summary="One quote")
def show_quote(request: HttpRequest, code: str) -> HttpResponse:
    """The quote as it stands now; a fall of the price since is passed on and named in `fall`."""
    check_own_quote(request, code)
    return quote_answer(request, quote(code[:64], timezone.now()))
