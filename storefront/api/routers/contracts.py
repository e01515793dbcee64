"""`/orders/{code}/contract`, `/contracts/{number}`: read, accept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.errors import UnknownOrder
from contracts.archive import open_archive
from contracts.errors import ContractNotIssued, UnknownContract
from contracts.queries import ContractSummary, contract, contract_of_order, contract_page
from contracts.services.archiving import read_pdf
from contracts.services.drafting import draft_contract
from contracts.services.signing import accept, mark_viewed
from storefront.api.answers import answer, plain
from storefront.api.errors import InvalidField
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.orders import caller_of_order
from storefront.api.schemas.answers import Contract
from storefront.api.schemas.base import problems
from storefront.api.schemas.requests import AcceptanceIn

router = Router(tags=["contracts"])


def own_contract(request: HttpRequest, number: str) -> tuple[ContractSummary, str]:
    """The contract and the caller's name, for whoever may see its order; raises UnknownContract for anybody else."""
    found = contract(number[:64])
    try:
        caller = caller_of_order(request, found.order)
    except UnknownOrder:
        # Word for word what an unknown number is answered with: a stranger does not learn the order's code.
        raise UnknownContract(
            f"number: there is no contract {number[:40]}", facts={"number": number[:40]}
        ) from None
    return found, caller


def actor_of(caller: str) -> str:
    """How evidence names the caller: `user:7`, or `guest` for the bearer of an order's token."""
    return caller if caller.startswith("user:") else "guest"


def _words(found: ContractSummary) -> dict[str, Any]:
    """The words of the PDF, to be read on a page; they are in the contract's own language."""
    if not found.pdf_sha256:
        return {"document": None}
    document = contract_page(found.number).document
    return {
        "document": plain(
            {
                "title": document.title,
                "status": document.status,
                "summary": document.summary,
                "clauses": document.clauses,
                "annexes": document.annexes,
            },
            found.language,
        )
    }


def contract_body(found: ContractSummary, language: str) -> dict[str, Any]:
    """A contract as its buyer sees it."""
    return {**plain(found, language), "pdf_url": f"/api/v1/contracts/{found.number}/pdf"}


@router.get(
    "/orders/{code}/contract",
    response={200: Contract, **problems(401, 404)},
    summary="The order's contract",
)
def of_order(request: HttpRequest, code: str) -> HttpResponse:
    """The living contract with its words; 404 until one is drafted."""
    caller_of_order(request, code)
    found = contract_of_order(code)
    if found is None:
        raise UnknownContract("order: its contract is not drafted yet", facts={"order": code[:64]})
    language = language_of(request)
    return answer({**contract_body(found, language), **_words(found)}, language=language)


@router.post(
    "/orders/{code}/contract",
    response={200: Contract, **problems(400, 401, 403, 404, 409, 422)},
    summary="Have the contract drawn up again",
)
def again(request: HttpRequest, code: str) -> HttpResponse:
    """After the last contract was declined or expired: another one of the order as it stands. A living one is given as it is."""
    caller = caller_of_order(request, code)
    now, language = timezone.now(), language_of(request)

    def act() -> HttpResponse:
        drafted = draft_contract(order=code, store_url=settings.WAGTAILADMIN_BASE_URL, now=now)
        return answer(contract_body(drafted, language), language=language)

    return once(request, caller=caller, route=f"POST /orders/{code}/contract", now=now, act=act)


@router.get(
    "/contracts/{number}/pdf", response={200: bytes, **problems(401, 404, 409)}, summary="The PDF"
)
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The archived bytes, with both signatures once complete (`?file=issued`: as shown); their SHA-256 is the ETag."""
    found, _ = own_contract(request, number)
    if not found.pdf_sha256:
        raise ContractNotIssued(
            f"contract {found.number} has no PDF yet",
            facts={"number": found.number, "state": str(found.state)},
        )
    kept = read_pdf(
        number=found.number, archive=open_archive(), issued=request.GET.get("file") == "issued"
    )
    response = HttpResponse(kept.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{kept.filename}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = f'"{kept.sha256}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@router.post(
    "/contracts/{number}/viewed",
    response={200: Contract, **problems(400, 401, 403, 404, 409, 422)},
    summary="The buyer was shown the PDF",
)
def viewed(request: HttpRequest, number: str) -> HttpResponse:
    """Records that the PDF was shown, once; needed before it can be accepted."""
    found, caller = own_contract(request, number)
    now = timezone.now()
    language = language_of(request)
    seen = mark_viewed(number=found.number, actor=actor_of(caller), now=now)
    return answer(contract_body(seen, language), language=language)


@router.post(
    "/contracts/{number}/acceptance",
    response={200: Contract, **problems(400, 401, 403, 404, 409, 413, 422)},
    summary="Accept the contract",
)
def acceptance(
    request: HttpRequest,
    asked: AcceptanceIn,
    number: str,
) -> HttpResponse:
    """The buyer accepts the PDF with this fingerprint, having been shown it."""
    found, caller = own_contract(request, number)
    if not asked.accepted:
        message = "must be true: nothing is accepted otherwise"
        raise InvalidField(
            f"accepted: {message}.", facts={"errors": [{"field": "accepted", "message": message}]}
        )
    language = language_of(request)
    now = timezone.now()

    def act() -> HttpResponse:
        accepted = accept(
            number=found.number,
            pdf_sha256=asked.pdf_sha256,
            actor=actor_of(caller),
            now=now,
            signed_here=settings.CONTRACT_AGREEMENT == "signature",
        )
        return answer(contract_body(accepted, language), language=language)

    return once(
        request, caller=caller, route=f"POST /contracts/{found.number}/acceptance", now=now, act=act
    )
