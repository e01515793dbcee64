"""`/contracts/{number}/signing`, `/code`, `/signature`, `/decline`: what the buyer agrees to, and the act itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from contracts.domain import consent
from contracts.queries import signing_facts
from contracts.services.codes import new_signing_code
from contracts.services.declining import decline
from contracts.services.signing import Signing, sign
from storefront.api.answers import answer
from storefront.api.idempotency import once
from storefront.api.language import language_of
from storefront.api.routers.contracts import actor_of, contract_body, own_contract
from storefront.api.schemas.answers import Contract, SigningAnswer
from storefront.api.schemas.base import problems
from storefront.api.schemas.signing import CodeIn, DeclineIn, SignatureIn
from storefront.api.throttling import address_of, count
from storefront.notify.codes import send_signing_code

router = Router(tags=["contracts"])


@router.get(
    "/contracts/{number}/signing",
    response={200: SigningAnswer, **problems(401, 404, 409)},
    summary="What signing asks for",
)
def signing(request: HttpRequest, number: str) -> HttpResponse:
    """The text to agree to and its version, where a code can be sent (masked), and when the next one may be."""
    found, _ = own_contract(request, number)
    facts = signing_facts(found.number, timezone.now())
    words = {"consent": {"version": consent.VERSION, "text": consent.TEXT}}
    return answer({**words, **facts}, language=language_of(request))


@router.post(
    "/contracts/{number}/code",
    response={200: SigningAnswer, **problems(400, 401, 403, 404, 409, 422, 429)},
    summary="Send a one-time code",
)
def code(request: HttpRequest, asked: CodeIn, number: str) -> HttpResponse:
    """Sends six digits to the buyer's own address; they sign this file alone and live ten minutes."""
    count(request, "code")
    found, caller = own_contract(request, number)
    now = timezone.now()

    def act() -> HttpResponse:
        fresh = new_signing_code(
            number=found.number, channel=asked.channel, actor=actor_of(caller), now=now
        )
        send_signing_code(fresh)
        facts = signing_facts(found.number, now)
        words = {"consent": {"version": consent.VERSION, "text": consent.TEXT}}
        return answer({**words, **facts}, language=language_of(request))

    return once(
        request, caller=caller, route=f"POST /contracts/{found.number}/code", now=now, act=act
    )


@router.post(
    "/contracts/{number}/signature",
    response={200: Contract, **problems(400, 401, 403, 404, 409, 413, 422, 429)},
    summary="Sign the contract",
)
def signature(request: HttpRequest, asked: SignatureIn, number: str) -> HttpResponse:
    """The buyer signs the PDF with this fingerprint by the code that was sent for it; the seal follows by itself."""
    count(request, "code")
    found, caller = own_contract(request, number)
    now, language = timezone.now(), language_of(request)
    given = Signing(
        pdf_sha256=asked.pdf_sha256,
        code=asked.code,
        consent_version=asked.consent_version,
        name=asked.name,
        capacity=asked.capacity,
        drawn_name=asked.drawn_name,
        ip=address_of(request),
        agent=str(request.headers.get("User-Agent", ""))[:500],
    )

    def act() -> HttpResponse:
        signed = sign(number=found.number, signing=given, actor=actor_of(caller), now=now)
        return answer(contract_body(signed, language), language=language)

    return once(
        request,
        caller=caller,
        route=f"POST /contracts/{found.number}/signature",
        now=now,
        act=act,
        one_transaction=False,
    )


@router.post(
    "/contracts/{number}/decline",
    response={200: Contract, **problems(400, 401, 403, 404, 409, 422)},
    summary="Say no to the contract",
)
def declined(request: HttpRequest, asked: DeclineIn, number: str) -> HttpResponse:
    """The buyer does not sign; the order stays, to be amended or cancelled."""
    found, caller = own_contract(request, number)
    now, language = timezone.now(), language_of(request)

    def act() -> HttpResponse:
        ended = decline(number=found.number, reason=asked.reason, actor=actor_of(caller), now=now)
        return answer(contract_body(ended, language), language=language)

    return once(
        request, caller=caller, route=f"POST /contracts/{found.number}/decline", now=now, act=act
    )
