"""How facts become JSON: money, texts in the asked language, moments in UTC; written once, as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpResponse

from kernel.money import Money
from kernel.text import LANGUAGES, pick

JSON = "application/json"
_LANGUAGE_SET = frozenset(LANGUAGES)


def money(amount: Money | int, currency: str = "") -> dict[str, Any]:
    """`{"amount": minor, "currency": code}`; `currency` is needed when `amount` is bare minor units."""
    if isinstance(amount, Money):
        return {"amount": amount.minor, "currency": amount.currency}
    return {"amount": amount, "currency": currency}


def moment(value: datetime) -> str:
    """RFC 3339 in UTC with whole seconds where it has no smaller part, e.g. `2026-11-22T03:00:00Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_text(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping is a `kernel.text.Text`: keyed by nothing but languages."""
    return bool(value) and _LANGUAGE_SET.issuperset(value)


def plain(value: Any, language: str) -> Any:
    """`value` as JSON can hold it, every text in `language`, every dataclass as an object."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return _mapping(value, language)
    if isinstance(value, (list, tuple)):
        return [plain(part, language) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(part, language) for part in value)
    return _scalar(value, language)


def _mapping(value: Mapping[Any, Any], language: str) -> Any:
    if is_text(value):
        return pick(value, language)
    return {str(key): plain(part, language) for key, part in value.items()}


def _scalar(value: Any, language: str) -> Any:
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name), language) for field in fields(value)}
    if isinstance(value, Iterable):
        return [plain(part, language) for part in value]
    raise TypeError(f"no JSON for {type(value).__name__}")


def encode(value: Any) -> bytes:
    """`value` (already plain) as compact UTF-8 JSON."""
    return msgspec.json.encode(value)


def answer(
    value: Any, *, language: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An answer made for this request: JSON in `language`, not to be cached."""
    response = HttpResponse(encode(plain(value, language)), status=status, content_type=JSON)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response
