"""Frozen dataclasses to plain JSON values and back, strictly: nothing missing, nothing extra. Plain Python.

A field that came later (`later`) is written only where it says something: what was stored before it existed is read
and written again as the very same bytes, so its fingerprint stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from contracts.errors import FactsNotReadable
from kernel.money import Money

T = TypeVar("T")


def later(default: Any) -> Any:
    """A field that older documents do not have; they are read as `default`, and a `default` is not written."""
    return dataclasses.field(default=default)


def to_json(value: Any) -> Any:
    """`value` as JSON values: dataclasses as objects, Money as {amount, currency}, moments and days as ISO text."""
    if isinstance(value, Money):
        return {"amount": value.minor, "currency": value.currency}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {f.name: to_json(one) for f, one in said if one != f.default}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[T], data: Any, where: str = "facts") -> T:
    """The dataclass `kind` read from what `to_json` wrote; raises FactsNotReadable naming the place."""
    result: T = _read(kind, data, where)
    return result


def _read(kind: Any, data: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (UnionType, Union):
        return None if data is None else _read(_not_none(kind), data, where)
    if origin is tuple:
        item = get_args(kind)[0]
        return tuple(
            _read(item, one, f"{where}[{i}]") for i, one in enumerate(_typed(data, list, where))
        )
    if origin is not None:  # a Text: a mapping of language to words
        return {
            str(key): _typed(one, str, f"{where}.{key}")
            for key, one in _typed(data, dict, where).items()
        }
    return _read_plain(kind, data, where)


def _read_plain(kind: Any, data: Any, where: str) -> Any:
    if kind is Money:
        return _money(data, where)
    if dataclasses.is_dataclass(kind):
        return _object(kind, data, where)
    if kind in (datetime, date):
        return _moment(kind, data, where)
    return _typed(data, kind, where)


def _not_none(kind: Any) -> Any:
    return next(one for one in get_args(kind) if one is not NoneType)


def _typed(data: Any, kind: type, where: str) -> Any:
    if type(data) is not kind:
        raise _fault(where, f"expected {kind.__name__}, found {type(data).__name__}")
    return data


def _money(data: Any, where: str) -> Money:
    fields = _typed(data, dict, where)
    try:
        return Money(fields["amount"], fields["currency"])
    except (KeyError, TypeError, ValueError) as error:
        raise _fault(where, f"no amount of money: {error}") from error


def _moment(kind: type[date], data: Any, where: str) -> date:
    try:
        return kind.fromisoformat(_typed(data, str, where))
    except ValueError as error:
        raise _fault(where, str(error)) from error


def _object(kind: Any, data: Any, where: str) -> Any:
    fields = _typed(data, dict, where)
    hints = get_type_hints(kind)
    known = {f.name: f.default for f in dataclasses.fields(kind)}
    needed = [name for name, default in known.items() if default is dataclasses.MISSING]
    for name in [*(n for n in needed if n not in fields), *(n for n in fields if n not in known)]:
        raise _fault(f"{where}.{name}", "missing or unknown")
    return kind(**{name: _read(hints[name], fields[name], f"{where}.{name}") for name in fields})


def _fault(where: str, reason: str) -> FactsNotReadable:
    return FactsNotReadable(f"{where}: {reason}", facts={"where": where, "reason": reason})
