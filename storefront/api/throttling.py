"""Too many of one kind from one address: a token bucket per address and kind, in this process's memory.

It slows guessing and floods; it is no quota. `settings.API_THROTTLES` maps a kind to `(burst, per_minute)`;
an absent kind is free. Behind `API_PROXY_COUNT` proxies the address is taken that many places from the
right of X-Forwarded-For; with 0 (the default) that header is ignored, since anybody can write it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.http import HttpRequest

from storefront.api.errors import TooMany

MOST_ADDRESSES = 20_000
"""Buckets kept; the longest unused goes first, so a flood of addresses cannot fill memory."""


def address_of(request: HttpRequest) -> str:
    """The client's address as far as our own proxies vouch for it."""
    proxies = int(getattr(settings, "API_PROXY_COUNT", 0))
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= proxies and hops[-proxies]:
            return str(hops[-proxies][:64])
    return str(request.META.get("REMOTE_ADDR", ""))


class Buckets:
    """Token buckets by (kind, address); safe for threads."""

    def __init__(self, most: int = MOST_ADDRESSES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._full: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, *, kind: str, address: str, burst: float, per_minute: float, at: float) -> float:
        """Takes one token and returns 0, or takes none and returns the seconds until there is one."""
        rate = per_minute / 60
        key = (kind, address)
        with self._lock:
            tokens, since = self._full.pop(key, (burst, at))
            tokens = min(burst, tokens + max(0.0, at - since) * rate)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / rate
            self._full[key] = (tokens - 1 if not wait else tokens, at)
            if len(self._full) > self._most:
                self._full.popitem(last=False)
        return wait

    def clear(self) -> None:
        """Forgets everybody."""
        with self._lock:
            self._full.clear()


BUCKETS = Buckets()


def kind_of(path: str) -> str | None:
    """The kind of call that is counted: `orders`, `withdrawals` (begun by guests), `codes` (one-time codes), or None."""
    if path == "/api/v1/orders":
        return "orders"
    if path == "/api/v1/withdrawals":
        return "withdrawals"
    if path.startswith("/api/v1/auth/") and not path.endswith("/session"):
        return "codes"
    return None


def throttle(request: HttpRequest, path: str) -> None:
    """Counts a changing call; raises TooMany with Retry-After."""
    kind = kind_of(path)
    if kind:
        count(request, kind)


def count(request: HttpRequest, kind: str) -> None:
    """Counts one call of `kind` from this address; raises TooMany with Retry-After."""
    limits = settings.API_THROTTLES.get(kind)
    if not limits:
        return
    burst, per_minute = limits
    wait = BUCKETS.take(
        kind=kind,
        address=address_of(request),
        burst=burst,
        per_minute=per_minute,
        at=time.monotonic(),
    )
    if wait:
        seconds = math.ceil(wait)
        raise TooMany(
            f"Too many calls of this kind from your address; try again in {seconds} s.",
            facts={"retry_after": seconds},
            headers={"Retry-After": str(seconds)},
        )
