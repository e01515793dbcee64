"""The release on sale, held in memory; other releases in a small cache.

Each process looks at the pointer at most every `settings.RELEASE_POLL_SECONDS`; inside that interval
`on_sale()` needs no SQL. A release never changes, so what is cached never grows stale: only the
pointer moves. Safe to call from many threads: one of them looks, the others go on with what they have.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import OperationalError

from catalog.domain.catalogue import Catalogue, read_catalogue
from catalog.errors import DamagedRelease, NothingOnSale, UnknownRelease
from catalog.models import Release, ReleasePointer, ReleaseSwitch

KEPT = 6
"""How many releases a process keeps besides the one on sale."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class OnSale:
    """A release in memory: `document` is what was published, `catalogue` its typed view.

    `memo` is this process's cache of things derived from this release; it lives as long as the object.
    """

    code: str
    number: int
    fingerprint: str
    catalogue: Catalogue
    document: Mapping[str, Any]
    published_at: datetime
    memo: dict[Any, Any] = field(default_factory=dict)


def on_sale() -> OnSale:
    """The release on sale, at most one poll interval old; raises NothingOnSale, DamagedRelease."""
    return _SHELF.present()


def release(code: str) -> OnSale:
    """The release of that code, on sale or not; raises UnknownRelease, DamagedRelease."""
    return _SHELF.get(code)


def sold_at(moment: datetime) -> OnSale:
    """The release that was on sale at `moment` by the history of switches, else the one on sale now.

    Raises NothingOnSale, DamagedRelease.
    """
    switches = ReleaseSwitch.objects.filter(at__lte=moment).order_by("-pk")
    code = switches.values_list("after__code", flat=True).first()
    return on_sale() if code is None else release(code)


def look_again() -> None:
    """Have the next `on_sale()` of this process look at the pointer, whatever the interval says."""
    _SHELF.look_again()


def forget() -> None:
    """Drop every release from memory: for a process that changes its database, as tests do."""
    _SHELF.forget()


def unpack(row: Release) -> dict[str, Any]:
    """The document of a stored release; raises DamagedRelease unless it has its fingerprint."""
    try:
        plain = zlib.decompress(bytes(row.document))
    except zlib.error as error:
        raise DamagedRelease(
            f"release {row.code} cannot be unpacked", facts={"release": row.code}
        ) from error
    if sha256(plain).hexdigest() != row.fingerprint:
        raise DamagedRelease(
            f"release {row.code} lost its fingerprint", facts={"release": row.code}
        )
    document: dict[str, Any] = json.loads(plain)
    return document


def _load(row: Release) -> OnSale:
    document = unpack(row)
    return OnSale(
        code=row.code,
        number=row.number,
        fingerprint=row.fingerprint,
        catalogue=read_catalogue(document, code=row.code, fingerprint=row.fingerprint),
        document=document,
        published_at=row.published_at,
    )


class _Shelf:
    """What this process holds. `_looking` admits one thread to the database at a time."""

    def __init__(self) -> None:
        self._looking = Lock()
        self._moving = Lock()
        self._present: OnSale | None = None
        self._looked_at: float | None = None
        self._kept: OrderedDict[str, OnSale] = OrderedDict()

    def present(self) -> OnSale:
        """See `on_sale`."""
        held, looked_at = self._present, self._looked_at
        if held is not None and looked_at is not None:
            if monotonic() - looked_at < settings.RELEASE_POLL_SECONDS:
                return held
            if not self._looking.acquire(blocking=False):
                return held
        else:
            self._looking.acquire()
        try:
            return self._look()
        except OperationalError:
            if held is None:
                raise
            log.warning("cannot read the release pointer; %s stays on sale here", held.code)
            return held
        finally:
            self._looking.release()

    def _look(self) -> OnSale:
        started = monotonic()
        pointed = (
            ReleasePointer.objects.filter(pk=ReleasePointer.ONLY)
            .values_list("release__code", "release__fingerprint")
            .first()
        )
        if pointed is None:
            self.forget()
            raise NothingOnSale("no release is on sale; publish one")
        code, fingerprint = pointed
        held = self._present
        if held is None or (held.code, held.fingerprint) != (code, fingerprint):
            held = self._fetch(code, fingerprint)
        with self._moving:
            self._present, self._looked_at = held, started
        return held

    def _fetch(self, code: str, fingerprint: str) -> OnSale:
        """From memory where the fingerprint agrees, else from the database."""
        kept = self._kept.get(code)
        if kept is not None and kept.fingerprint == fingerprint:
            return kept
        found = _load(Release.objects.get(code=code))
        self._keep(found)
        return found

    def _keep(self, found: OnSale) -> None:
        with self._moving:
            self._kept[found.code] = found
            self._kept.move_to_end(found.code)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def get(self, code: str) -> OnSale:
        """See `release`."""
        held = self._present
        if held is not None and held.code == code:
            return held
        with self._moving:
            kept = self._kept.get(code)
            if kept is not None:
                self._kept.move_to_end(code)
                return kept
        row = Release.objects.filter(code=code).first()
        if row is None:
            raise UnknownRelease(f"no release {code!r} was published", facts={"release": code})
        found = _load(row)
        self._keep(found)
        return found

    def look_again(self) -> None:
        """See `look_again`."""
        with self._moving:
            self._looked_at = None

    def forget(self) -> None:
        """See `forget`."""
        with self._moving:
            self._present, self._looked_at = None, None
            self._kept.clear()


_SHELF = _Shelf()
