"""`/webhooks/{provider}`: a vendor's message is verified, stored once, and answered at once."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.gateways import open_doors
from checkout.services.inbox import receive
from storefront.api.answers import JSON, encode
from storefront.api.errors import NotFound
from storefront.api.schemas.answers import Received
from storefront.api.schemas.base import problems

router = Router(tags=["webhooks"])


@router.post(
    "/{provider}", response={200: Received, **problems(400, 404, 413)}, summary="A vendor's message"
)
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Stores the message if the vendor of an open door signed it; the worker handles it. 400 for any other."""
    gateway = open_doors(settings).of(provider)
    if gateway is None:
        raise NotFound(f"No door for {provider[:32]!r} is open here.")
    receive(
        provider=provider,
        body=request.body,
        headers=dict(request.headers),
        gateway=gateway,
        now=timezone.now(),
    )
    return HttpResponse(encode({"received": True}), content_type=JSON)
