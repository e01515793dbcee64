"""The store's only way to the house: the public API, over HTTP or in this process.

With `settings.API_BASE_URL` empty the API is called through WSGI in this process; the bytes are the same.
A nested call must not leak into the page that makes it: Django activates the language the nested request
asks for and, when that request begins and ends, closes database connections that reached their age or have
a transaction open. `_unmoved` puts the language back and keeps the connections.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
from django.conf import settings
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import connections
from django.utils import timezone, translation

log = logging.getLogger(__name__)
Content = bytes
"""A file; a method of the client has the type's own name."""

API_ROOT = "/api/v1"
TIMEOUT_SECONDS = 8.0


class ApiError(Exception):
    """What a call of the API can end in instead of an answer."""


class ApiProblem(ApiError):
    """The API answered no: `status`, and the problem document in `facts`."""

    def __init__(self, status: int, facts: Mapping[str, Any]) -> None:
        super().__init__(
            f"{status} {facts.get('type', '')}: {facts.get('detail') or facts.get('title', '')}"
        )
        self.status = status
        self.facts = facts

    @property
    def code(self) -> str:
        """The stable name of the error, for example `quote-expired`."""
        return str(self.facts.get("type", "")).rsplit("/", 1)[-1]


class ApiUnreachable(ApiError):
    """No answer at all, or none in time."""


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom the store asks: language of texts, market, host of the page, and what proves who it is."""

    language: str
    market: str
    origin: str
    address: str = ""
    order_token: str | None = None
    session_token: str | None = None
    quote_token: str | None = None

    def headers(self) -> dict[str, str]:
        """The request headers that say all this."""
        found = {"Accept-Language": self.language, "Accept": "application/json"}
        if self.order_token:
            found["X-Order-Token"] = self.order_token
        if self.quote_token:
            found["X-Quote-Token"] = self.quote_token
        if self.session_token:
            found["X-Session-Token"] = self.session_token
        if self.address:
            found["X-Forwarded-For"] = self.address
        return found


@lru_cache(maxsize=1)
def _over_http() -> httpx.BaseTransport:
    return httpx.HTTPTransport(retries=1)


@lru_cache(maxsize=1)
def _application() -> Any:
    return get_internal_wsgi_application()


def transport(caller: Caller) -> httpx.BaseTransport:
    """The way to the API: in process, or HTTP when `settings.API_BASE_URL` names a host.

    In process the visitor's own address is passed on, so that a limit per address counts visitors and not the store.
    """
    if settings.API_BASE_URL:
        return _over_http()
    return httpx.WSGITransport(
        app=_application(), raise_app_exceptions=False, remote_addr=caller.address or "127.0.0.1"
    )


CLOSING = "close_if_unusable_or_obsolete"
"""What Django asks of every connection when a request begins and ends; inside a transaction it closes at once."""


def _stay() -> None:
    """A connection's answer while a nested call runs."""


@contextmanager
def _unmoved() -> Iterator[None]:
    """Keeps language, time zone and database connections of this thread as they are."""
    language, zone = translation.get_language(), timezone.get_current_timezone_name()
    held = connections.all()  # this thread's own; another request's thread has others
    for connection in held:
        vars(connection)[CLOSING] = _stay
    try:
        yield
    finally:
        for connection in held:
            vars(connection).pop(CLOSING, None)
        if timezone.get_current_timezone_name() != zone:
            timezone.activate(zone)
        if language:
            translation.activate(language)
        else:
            translation.deactivate_all()


class Api:
    """The public API as one caller sees it. Every method raises ApiProblem or ApiUnreachable."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON document at `path` (below `/api/v1`)."""
        return self._json(self.send("GET", path, params=params))

    def every(self, path: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """Every item of the list at `path`, part by part."""
        part = self.get(path, {**(params or {}), "limit": 100})
        items = list(part["items"])
        while part["next"]:
            part = self.get(path, {**(params or {}), "limit": 100, "cursor": part["next"]})
            items += part["items"]
        return items

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """What the API answers to `body`; `key` is the idempotency key where the call needs one."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._json(self.send("POST", path, body=body, headers=headers))

    def post_file(self, path: str, content: bytes, kind: str) -> Any:
        """What the API answers to a file of that content type."""
        return self._json(self.send("POST", path, file=content, headers={"Content-Type": kind}))

    def delete(self, path: str) -> None:
        """Asks to remove what is at `path`."""
        self.send("DELETE", path)

    def bytes(self, path: str) -> tuple[bytes, str]:
        """A file and its content type."""
        answer = self.send("GET", path, headers={"Accept": "*/*"})
        return answer.content, answer.headers.get("Content-Type", "application/octet-stream")

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        file: Content | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request; the answer if it is below 400."""
        base = settings.API_BASE_URL or self.caller.origin
        url = base.rstrip("/") + API_ROOT + path
        try:
            with _unmoved():
                request = httpx.Request(
                    method,
                    url,
                    params=params,
                    json=body,
                    content=file,
                    headers={**self.caller.headers(), **(headers or {})},
                )
                request.extensions["timeout"] = httpx.Timeout(TIMEOUT_SECONDS).as_dict()
                answer = transport(self.caller).handle_request(request)
                answer.read()
                answer.close()
        except httpx.TransportError as fault:
            log.warning("api %s %s: %s", method, path, fault)
            raise ApiUnreachable(str(fault)) from fault
        answer.request = request
        if answer.status_code >= 400:
            raise ApiProblem(answer.status_code, _facts(answer))
        return answer

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        return answer.json() if answer.content else {}


def _facts(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {"title": answer.reason_phrase}
    return found if isinstance(found, dict) else {"title": answer.reason_phrase}
