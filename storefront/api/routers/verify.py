"""`/verify`: is this contract genuine; for strangers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from contracts.queries import verification
from storefront.api.answers import answer
from storefront.api.language import language_of
from storefront.api.schemas.answers import Verification
from storefront.api.schemas.base import problems
from storefront.api.throttling import count

router = Router(tags=["contracts"])


@router.get(
    "/{number}", response={200: Verification, **problems(404, 429)}, summary="Verify by number"
)
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """State, moments and fingerprint of an issued contract; the buyer's name is masked."""
    count(request, "verify")
    return answer(verification(number[:64]), language=language_of(request))
