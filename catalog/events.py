"""What happened in the catalog; subscribers learn of it through `kernel.eventbus`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReleasePublished:
    """A new release went on sale at `at`; `before` is the code of the one it replaced, if any."""

    release: str
    number: int
    fingerprint: str
    before: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseRolledBack:
    """An earlier release went on sale again at `at`, in place of `before`."""

    release: str
    number: int
    fingerprint: str
    before: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StockChanged:
    """A car in stock was held, set free or sold: `status` is what buyers see from `at` on.

    Without a `vin` any car may have changed: stock was imported.
    """

    vin: str
    status: str
    at: datetime
