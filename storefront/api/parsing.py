"""Reads request bodies: bounded, UTF-8, JSON without surprises.

What a client can send and must not reach a service: bytes that are no UTF-8, `NaN`, numbers of thousands
of digits, nesting deeper than `DEEPEST`, half of a surrogate pair, the NUL character (PostgreSQL cannot
store it). Each is answered with the field it stands in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from storefront.api.errors import InvalidField, Unreadable

DEEPEST = 32
"""Levels of lists and objects a body may have; ours need five."""
LONGEST_NUMBER = 30
"""Digits of a number; the largest amount of money we know has eleven."""


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is not JSON; send a number, a text or null.")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise Unreadable(
            f"a number of {len(digits)} digits is too long; {LONGEST_NUMBER} are allowed."
        )
    return int(digits)


def read_json(body: bytes) -> Any:
    """The JSON value of `body`; raises Unreadable, or InvalidField for a text that cannot be stored."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} of the body is not UTF-8.") from error
    except json.JSONDecodeError as error:
        raise Unreadable(f"the body is not JSON: {error.msg} at character {error.pos}.") from error
    except RecursionError as error:
        raise Unreadable(f"the body is nested deeper than {DEEPEST} levels.") from error
    for place, text in _texts(value):
        fault = _fault_of(text)
        if fault:
            raise InvalidField(
                f"{place}: {fault}", facts={"errors": [{"field": place, "message": fault}]}
            )
    return value


def _fault_of(text: str) -> str | None:
    if "\x00" in text:
        return "a text may not contain the NUL character"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "half of a surrogate pair is no character"
    return None


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text and key in `value` with its place; raises Unreadable when it is nested too deep."""
    waiting: list[tuple[str, Any, int]] = [("body", value, 0)]
    while waiting:
        place, item, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unreadable(f"the body is nested deeper than {DEEPEST} levels.")
        if isinstance(item, str):
            yield place, item
        elif isinstance(item, list):
            waiting.extend(
                (f"{place}.{number}", part, depth + 1) for number, part in enumerate(item)
            )
        elif isinstance(item, dict):
            for key, part in item.items():
                yield f"{place} (a field's name)", key
                waiting.append((key if place == "body" else f"{place}.{key}", part, depth + 1))


class BodyParser(Parser):
    """Ninja's parser with our limits; ninja turns what we raise into an HttpError that carries it as cause."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of the request's body."""
        return read_json(request.body)
