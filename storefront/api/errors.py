"""Errors at the edge: named in the domain, numbered here, answered as RFC 9457 problem documents.

`STATUS` (`storefront.api.statuses`) is the one table from an exception class to an HTTP status; a class that is
not listed takes the status of its nearest listed base. A problem document has `type` (a stable address per error code),
`title`, `status`, `detail` (plain English, naming the field and the mend) and the error's own facts.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, ValidationError

from storefront.api.answers import plain
from storefront.api.language import DEFAULT_LANGUAGE, language_of
from storefront.api.statuses import CODES, STATUS

log = logging.getLogger(__name__)

TYPE_ROOT = "https://forecourt.dev/problems/"
PROBLEM_JSON = "application/problem+json"
RESERVED = frozenset({"type", "title", "status", "detail", "instance"})


class EdgeError(Exception):
    """What the API itself refuses, before or around a use case; `status` is its HTTP status."""

    code: ClassVar[str] = "bad-request"
    status: ClassVar[int] = 400

    def __init__(
        self,
        message: str,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = dict(facts or {})
        self.headers: Mapping[str, str] = dict(headers or {})


class Unreadable(EdgeError):
    """The body is not the JSON it should be."""

    code = "unreadable-body"


class SignInNeeded(EdgeError):
    """Nobody is known: send a session or an order token."""

    code = "sign-in-needed"
    status = 401


class WrongToken(EdgeError):
    """A token was sent that opens nothing."""

    code = "wrong-token"
    status = 401


class CsrfFailed(EdgeError):
    """A browser session changed something without its CSRF token."""

    code = "csrf-failed"
    status = 403


class NotFound(EdgeError):
    """There is nothing at this address."""

    code = "not-found"
    status = 404


class MethodNotAllowed(EdgeError):
    """This address does not know that method."""

    code = "method-not-allowed"
    status = 405


class UnsupportedMedia(EdgeError):
    """The body is of another kind than this address reads."""

    code = "unsupported-media-type"
    status = 415


class TooLarge(EdgeError):
    """The body is larger than the API reads."""

    code = "body-too-large"
    status = 413


class InvalidField(EdgeError):
    """A field is missing or wrong; `facts.errors` lists field and message."""

    code = "invalid-field"
    status = 422


class IdempotencyKeyMissing(EdgeError):
    """This call needs an Idempotency-Key header."""

    code = "idempotency-key-missing"
    status = 422


class IdempotencyKeyReused(EdgeError):
    """The key was used for another body."""

    code = "idempotency-key-reused"
    status = 422


class StillRunning(EdgeError):
    """The first request with this key has not finished."""

    code = "still-running"
    status = 409


class TooMany(EdgeError):
    """Too many requests of this kind from one address."""

    code = "too-many-requests"
    status = 429


class Unavailable(EdgeError):
    """Something we stand on does not answer just now."""

    code = "unavailable"
    status = 503


def status_of(kind: type[BaseException]) -> int | None:
    """The HTTP status of an exception class by its nearest listed base; None when it is not ours."""
    if issubclass(kind, EdgeError):
        return kind.status
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), None)


def title_of(kind: type[BaseException]) -> str:
    """A short name for people: the first sentence of the class's docstring."""
    text = (kind.__doc__ or kind.__name__).strip().splitlines()[0]
    return text.split(";")[0].split(". ")[0].rstrip(".")


def problem(
    *,
    code: str,
    status: int,
    title: str,
    detail: str,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An RFC 9457 problem document; facts named like a reserved member are kept under `facts`."""
    body: dict[str, Any] = {
        "type": TYPE_ROOT + code,
        "title": title,
        "status": status,
        "detail": detail,
    }
    clash = {name: value for name, value in (facts or {}).items() if name in RESERVED}
    body |= {name: value for name, value in (facts or {}).items() if name not in RESERVED}
    if clash:
        body["facts"] = clash
    text = json.dumps(body, ensure_ascii=False, default=str)
    response = HttpResponse(
        text.encode("utf-8", "backslashreplace"), status=status, content_type=PROBLEM_JSON
    )
    response.headers["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def from_status(status: int, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """The problem document of a bare status that some layer below answered without one."""
    known = {
        400: (Unreadable, "The request cannot be read; check its address, headers and body."),
        401: (SignInNeeded, "Sign in, or send X-Session-Token or X-Order-Token."),
        403: (CsrfFailed, "You may not do this."),
        404: (NotFound, "There is nothing at this address; see /api/v1/docs."),
        405: (MethodNotAllowed, "This address does not know that method; see the Allow header."),
        413: (TooLarge, "The body is too large."),
        503: (Unavailable, "Please try again in a moment."),
    }
    if status in known:
        kind, detail = known[status]
        return problem(
            code=kind.code, status=status, title=title_of(kind), detail=detail, headers=headers
        )
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    return problem(
        code=f"http-{status}", status=status, title=phrase, detail=f"{phrase}.", headers=headers
    )


def fault() -> HttpResponse:
    """The answer when we are at fault: no detail leaves the house, the log has it."""
    return problem(
        code="internal-error",
        status=500,
        title="We are at fault",
        detail="Something failed on our side; it was written down. Try again with the same Idempotency-Key.",
    )


def _of_validation(error: ValidationError) -> HttpResponse:
    errors = [
        {
            "field": ".".join(str(part) for part in _place(row.get("loc", ()))),
            "message": str(row.get("msg", "")),
        }
        for row in error.errors[:50]
    ]
    first = errors[0] if errors else {"field": "", "message": "invalid"}
    return problem(
        code=InvalidField.code,
        status=422,
        title=title_of(InvalidField),
        detail=f"{first['field']}: {first['message']}",
        facts={"errors": errors},
    )


def _place(loc: Any) -> list[Any]:
    """The field's path without pydantic's own first steps (`body`, the parameter's name)."""
    parts = list(loc)
    if parts and parts[0] in {"body", "query", "path", "header"}:
        # After `body` comes the name of our function's argument, which is nobody's business.
        parts = parts[2:] if parts[0] == "body" else parts[1:]
    return parts or ["body"]


def _of_edge(error: EdgeError) -> HttpResponse:
    return problem(
        code=error.code,
        status=error.status,
        title=title_of(type(error)),
        detail=error.message,
        facts=error.facts,
        headers=error.headers,
    )


def _of_http(error: HttpError) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, EdgeError):
        return _of_edge(cause)
    if error.status_code == 400:
        return _of_edge(Unreadable("The body must be one JSON document in UTF-8."))
    return from_status(error.status_code)


def _of_django(error: BaseException) -> HttpResponse | None:
    if isinstance(error, Http404):
        return from_status(404)
    if isinstance(error, PermissionDenied):
        return from_status(403)
    if isinstance(error, RequestDataTooBig):
        return from_status(413)
    if isinstance(error, (SuspiciousOperation, DisallowedHost, UnreadablePostError)):
        return from_status(400)
    if isinstance(error, (OperationalError, InterfaceError)):
        log.exception("the database did not answer", exc_info=error)
        return from_status(503, headers={"Retry-After": "2"})
    return None


def answer_for(error: BaseException, *, language: str = DEFAULT_LANGUAGE) -> HttpResponse:
    """The problem document of any exception; an unknown one is logged and answered 500 without detail.

    Texts among the facts are given in `language`; the detail is English, for whoever writes the client.
    """
    if isinstance(error, EdgeError):
        return _of_edge(error)
    if isinstance(error, ValidationError):
        return _of_validation(error)
    if isinstance(error, HttpError):
        return _of_http(error)
    status = status_of(type(error))
    if status is not None:
        return problem(
            code=str(getattr(error, "code", "") or CODES.get(type(error), "refused")),
            status=status,
            title=title_of(type(error)),
            detail=str(getattr(error, "message", None) or error),
            facts=plain(getattr(error, "facts", {}), language),
            headers={"Retry-After": "5"} if status == 503 else None,
        )
    known = _of_django(error)
    if known is not None:
        return known
    log.error("unhandled error in the API", exc_info=error)
    return fault()


def on_exception(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Ninja's one exception handler: whatever a router raised becomes a problem document."""
    raised = error if isinstance(error, Exception) else error()
    return answer_for(raised, language=language_of(request))
