"""Who asks: a browser session, an app's X-Session-Token, or the bearer of one order's X-Order-Token.

A guest's quotes open by X-Quote-Token; see `storefront.api.quotes`.

Nobody is asked who they are unless a call needs to know: reading the catalogue touches no session.
A browser session that changes something must send its CSRF token; the two headers need none, because no
other site can make a browser send them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from storefront.api.errors import CsrfFailed, SignInNeeded, WrongToken

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `user` is the account's number or None, `order_token` the token sent or None."""

    user: int | None = None
    order_token: str | None = None

    @property
    def key(self) -> str:
        """The caller an Idempotency-Key belongs to; a guest is known only by the key and the body."""
        return f"user:{self.user}" if self.user is not None else "guest"


def quote_token_of(request: HttpRequest) -> str | None:
    """The X-Quote-Token sent, if any; raises WrongToken for what can be none of ours."""
    token = request.META.get("HTTP_X_QUOTE_TOKEN") or None
    if token and (len(token) > LONGEST_TOKEN or not token.isascii()):
        raise WrongToken("X-Quote-Token is no token of ours.")
    return token


def _unused(request: HttpRequest) -> HttpResponse:
    """The view CsrfViewMiddleware asks for and does not call."""
    return HttpResponse()


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def check_csrf(request: HttpRequest) -> None:
    """Raises CsrfFailed when a browser session's changing request has no valid X-CSRFToken."""
    check = _Csrf(_unused)
    request.csrf_processing_done = False  # type: ignore[attr-defined]  # ninja's views are exempt: check now
    check.process_request(request)
    reason = check.process_view(request, _unused, (), {})
    if reason:
        raise CsrfFailed(
            "Send the csrftoken cookie's value as X-CSRFToken.", facts={"reason": str(reason)}
        )


def _user_of_session_token(token: str) -> int:
    found = None
    if len(token) <= LONGEST_TOKEN and token.isascii() and token.isprintable():
        found = authenticate_by_x_session_token(token)
    if not found:
        raise WrongToken("X-Session-Token is unknown or has ended; sign in again.")
    return int(found[0].pk)


def _user_of_cookie(request: HttpRequest) -> int | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if request.method not in SAFE:
        check_csrf(request)
    return int(user.pk)


def caller_of(request: HttpRequest) -> Caller:
    """Who asks; a guest is a Caller with nothing known. Raises WrongToken, CsrfFailed."""
    order_token = request.META.get("HTTP_X_ORDER_TOKEN") or None
    if order_token and (len(order_token) > LONGEST_TOKEN or not order_token.isascii()):
        raise WrongToken("X-Order-Token is no token of ours.")
    session_token = request.META.get("HTTP_X_SESSION_TOKEN")
    if session_token:
        return Caller(user=_user_of_session_token(session_token), order_token=order_token)
    if order_token:  # the header proves more than a cookie, and needs no CSRF token
        return Caller(order_token=order_token)
    return Caller(user=_user_of_cookie(request))


def known_caller(request: HttpRequest) -> Caller:
    """Who asks, when somebody must; raises SignInNeeded, WrongToken, CsrfFailed."""
    caller = caller_of(request)
    if caller.user is None and caller.order_token is None:
        raise SignInNeeded(
            "Sign in, send X-Session-Token, or send the order's X-Order-Token.",
            headers={"WWW-Authenticate": 'Token realm="orders"'},
        )
    return caller
