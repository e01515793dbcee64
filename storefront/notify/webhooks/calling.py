"""One signed call to a stranger's server: only where it may go, never further, never longer than the deadline.

The name is resolved here, every address of it must be public, and the call goes to the address that was checked, so that
a name which changes its mind between check and call leads nowhere else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httpx

DEADLINE = 15.0
"""Seconds for everything: resolving, connecting, the answer's first line."""
LONGEST_URL = 500


class UrlRefused(ValueError):
    """An address that webhooks are not sent to; the message says why, for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended: the status of an answer, or None and why there was none."""

    status: int | None
    error: str = ""

    @property
    def good(self) -> bool:
        """Whether the other side has it."""
        return self.status is not None and 200 <= self.status < 300


def check_url(url: str, *, loopback: bool) -> SplitResult:
    """The parts of an address that may be called; raises UrlRefused.

    Only https to a public host; with `loopback`, on a developer's machine, this machine too and without TLS.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlRefused("url: not an address") from error
    host = parts.hostname or ""
    if (
        not host
        or len(url) > LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or port == 0
    ):
        raise UrlRefused("url: not an address")
    if parts.username or parts.password or parts.fragment:
        raise UrlRefused("url: no user, password or fragment")
    here = _is_loopback(host)
    if here and not loopback:
        raise UrlRefused("url: this machine is not a server of others")
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        raise UrlRefused("url: https only")
    literal = _literal(host)
    if literal is not None and not here and not public(literal):
        raise UrlRefused("url: a private address")
    return parts


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where IPv6 wraps an IPv4 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return public(str(inner))
        if found in _NAT64:
            return public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast and not found.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def call(url: str, body: bytes, headers: dict[str, str], *, loopback: bool) -> Answer:
    """POST `body` to `url`, once; never raises for what the other side does."""
    try:
        parts = check_url(url, loopback=loopback)
    except UrlRefused as refusal:
        return Answer(None, str(refusal))
    try:
        return asyncio.run(_within(parts, body, headers, loopback))
    except TimeoutError:
        return Answer(None, f"no answer within {DEADLINE:g} s")
    except UrlRefused as refusal:
        return Answer(None, str(refusal))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Answer(None, type(error).__name__)


async def _within(
    parts: SplitResult, body: bytes, headers: dict[str, str], loopback: bool
) -> Answer:
    async with asyncio.timeout(DEADLINE):
        address = await _resolved(parts, loopback)
        return await _post(parts, address, body, headers)


async def _resolved(parts: SplitResult, loopback: bool) -> str:
    host = parts.hostname or ""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, parts.port or 443, type=socket.SOCK_STREAM
    )
    addresses = [str(row[4][0]) for row in found]
    return chosen(addresses, loopback=loopback and _is_loopback(host))


def chosen(addresses: Sequence[str], *, loopback: bool) -> str:
    """One of the addresses of a host, if all of them may be called; raises UrlRefused."""
    if not addresses:
        raise UrlRefused("url: the host has no address")
    allowed = [loopback and ipaddress.ip_address(a).is_loopback or public(a) for a in addresses]
    if not all(allowed):
        raise UrlRefused("url: the host leads to a private address")
    return secrets.choice(addresses)


async def _post(parts: SplitResult, address: str, body: bytes, headers: dict[str, str]) -> Answer:
    host = parts.hostname or ""
    place = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{place}:{parts.port}" if parts.port else place).geturl()
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=DEADLINE) as client,
        client.stream(
            "POST",
            target,
            content=body,
            headers=headers | {"Host": parts.netloc},
            extensions={"sni_hostname": host},
        ) as answer,
    ):
        return Answer(answer.status_code)  # nothing of the answer's body is read


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (
        literal is not None and ipaddress.ip_address(literal).is_loopback
    )


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None
