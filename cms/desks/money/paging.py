"""Long lists by their key, so that the last page of 100,000 rows costs what the first one does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

SIZE = 50


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of a list; `after` leads to the next ones and is empty at the end, `first` says that none are before."""

    rows: Sequence[Any]
    after: str
    first: bool


def sliced(rows: QuerySet[Any], request: HttpRequest, *, oldest: bool = False) -> Slice:
    """The rows after `?after=`, newest first, or `oldest` first; nonsense begins at the beginning."""
    after = number_after(request)
    rows = rows.order_by("pk" if oldest else "-pk")
    if after is not None:
        rows = rows.filter(pk__gt=after) if oldest else rows.filter(pk__lt=after)
    found = list(rows[: SIZE + 1])
    more = str(found[SIZE - 1].pk) if len(found) > SIZE else ""
    return Slice(found[:SIZE], more, after is None)


def number_after(request: HttpRequest) -> int | None:
    """The number in `?after=`; None where nothing, or nonsense, was asked."""
    asked = request.GET.get("after", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
