"""Signed messages: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, the scheme that Stripe made common."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from checkout.errors import WebhookRejected

TOLERANCE = 300
"""Seconds between the signature and its arrival."""


def sign(body: bytes, *, secret: str, at: datetime) -> str:
    """The header's value for `body`, signed at `at`."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_digest(body, secret, moment)}"


def check_signature(body: bytes, header: str, *, secrets: Iterable[str], now: datetime) -> None:
    """Return if one v1 signature fits one of `secrets`; raises WebhookRejected with the reason.

    Several secrets are several generations of one: the vendor rotates, we accept both for a while.
    """
    moment, signatures = _parts(header)
    if abs(now.timestamp() - moment) > TOLERANCE:
        raise WebhookRejected("the signature is not of this moment", facts={"reason": "stale"})
    expected = [_digest(body, secret, moment) for secret in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in signatures):
        raise WebhookRejected("the signature does not fit the body", facts={"reason": "signature"})


def header_of(headers: Mapping[str, str], name: str) -> str:
    """The header `name`, whatever its case; raises WebhookRejected if it is missing."""
    for key, value in headers.items():
        if key.lower() == name.lower():
            return value
    raise WebhookRejected(f"{name}: this header is missing", facts={"reason": "unsigned"})


def _digest(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()


def _parts(header: str) -> tuple[int, list[str]]:
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    moments = [value for name, value in pairs if name.strip() == "t"]
    signatures = [value for name, value in pairs if name.strip() == "v1" and value.isascii()]
    if len(moments) != 1 or not re.fullmatch(r"[0-9]{1,12}", moments[0]) or not signatures:
        raise WebhookRejected("the signature cannot be read", facts={"reason": "signature"})
    return int(moments[0]), signatures
