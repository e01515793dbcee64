"""A form that is sent twice is done once: a session remembers what it sent."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest

DONE = "desk_moves_done"
REMEMBERED = 50
"""So many sent pages a session remembers."""


def fresh() -> str:
    """The name of a form that is about to be shown."""
    return uuid4().hex


def sent_before(request: HttpRequest) -> bool:
    """Whether this very form was done before."""
    return request.POST.get("once", "") in _done(request)


def remember(request: HttpRequest) -> None:
    """This form is done."""
    request.session[DONE] = [*_done(request), request.POST.get("once", "")][-REMEMBERED:]


def _done(request: HttpRequest) -> list[str]:
    return [each for each in request.session.get(DONE, []) if each]
