"""`/verify`: is this contract genuine, by its number or by the file itself; for strangers."""

from __future__ import annotations

from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from contracts.queries import verification
from contracts.services.judging import judge
from contracts.signing import open_trust
from storefront.api.answers import answer
from storefront.api.errors import UnsupportedMedia
from storefront.api.language import language_of
from storefront.api.schemas.answers import Judgement, Verification
from storefront.api.schemas.base import problems
from storefront.api.throttling import count

router = Router(tags=["contracts"])


@router.post(
    "",
    response={200: Judgement, **problems(413, 415, 429, 503)},
    summary="Verify a file",
)
def verify_file(request: HttpRequest) -> HttpResponse:
    """What the PDF in the body (`Content-Type: application/pdf`) is: looked at once, never stored, names masked."""
    count(request, "verify-file")
    if request.content_type not in {"application/pdf", "application/octet-stream"}:
        raise UnsupportedMedia("Content-Type: send the file itself as application/pdf.")
    judged = judge(upload=BytesIO(request.body), trust=open_trust(), now=timezone.now())
    return answer(judged, language=language_of(request))


@router.get(
    "/{number}", response={200: Verification, **problems(404, 429)}, summary="Verify by number"
)
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """State, moments and fingerprint of an issued contract; the buyer's name is masked."""
    count(request, "verify")
    return answer(verification(number[:64]), language=language_of(request))
