"""`/webhooks/{provider}`: a vendor's message is verified, stored once, and answered at once."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from checkout.gateways import open_gateway
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
    """Stores the message if the open door's vendor signed it; the worker handles it. 400 for any other."""
    gateway = open_gateway(settings)
    if provider != gateway.provider:
        raise NotFound(f"No door for {provider[:32]!r} is open here.")
    receive(
        provider=provider,
        body=request.body,
        headers=dict(request.headers),
        gateway=gateway,
        now=timezone.now(),
    )
    return HttpResponse(encode({"received": True}), content_type=JSON)
