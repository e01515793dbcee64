"""Publishing: what is live becomes an immutable release, checked, switched to in one moment, taken back in one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from catalog.errors import ReleaseRefused, UnknownRelease
from catalog.events import ReleasePublished, ReleaseRolledBack
from catalog.models import PriceBook, Release, ReleasePointer, ReleaseSwitch, StockVehicle, locks
from catalog.queries.on_sale import look_again, unpack
from catalog.services.releases_checking import Finding, check_document, errors_in
from catalog.services.releases_compiling import assemble
from catalog.services.releases_diagrams import with_diagrams
from catalog.services.releases_tables import live_rows
from kernel import audit, eventbus
from kernel.text import canonical_json, fingerprint, pick

__all__ = [
    "Finding",
    "ReleaseFacts",
    "check_document",
    "compile_document",
    "newest_document",
    "publish_release",
    "roll_back",
]


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A release as it was published; `made` is false where nothing had changed and nothing was published."""

    code: str
    number: int
    fingerprint: str
    published_at: datetime
    published_by: str
    note: str
    made: bool
    findings: tuple[Finding, ...] = ()


def _silent(_line: str) -> None:
    """Nobody watches."""


def compile_document(*, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """The release document of everything live now: equal rows give equal bytes; about 20 queries.

    `pictures` maps subjects (`model:haven`) to `[{role, url, alt, width, height}]`.
    """
    return assemble(live_rows(), pictures=pictures)


def publish_release(
    *,
    now: datetime,
    actor: str,
    pictures: Mapping[str, Any],
    note: str = "",
    progress: Callable[[str], None] = _silent,
) -> ReleaseFacts:
    """Compile what is live, check it, and put it on sale in one moment.

    The checks run before the transaction, so that writers wait for milliseconds. Where nothing changed
    since the release on sale, that one is given back. Raises ReleaseRefused with every finding, and then
    nothing was changed.
    """
    document = compile_document(pictures=pictures)
    progress("live rows compiled")
    findings = check_document(document, now=now, previous=newest_document(), progress=progress)
    _refuse_errors(findings)
    full = with_diagrams(document)
    progress("diagrams compiled")
    try:
        return _put_on_sale(
            _Prepared(document, full, findings), now=now, actor=actor, pictures=pictures, note=note
        )
    except IntegrityError as error:
        raise ReleaseRefused(
            "somebody else published at this moment; publish again", facts={"findings": []}
        ) from error


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What was made before the transaction: the document of the rows, the same with diagrams, what the checks found."""

    rows: Mapping[str, Any]
    document: Mapping[str, Any]
    findings: list[Finding]


def _put_on_sale(
    prepared: _Prepared,
    *,
    now: datetime,
    actor: str,
    pictures: Mapping[str, Any],
    note: str,
) -> ReleaseFacts:
    document, findings = prepared.document, prepared.findings
    with transaction.atomic():
        pointer = locks.pointer()
        if fingerprint(compile_document(pictures=pictures)) != fingerprint(prepared.rows):
            raise ReleaseRefused(
                "somebody changed the catalogue while it was checked; publish again",
                facts={"findings": []},
            )
        if pointer is not None and pointer.release.fingerprint == fingerprint(document):
            return _facts(pointer.release, made=False, findings=findings)
        release = _store(document, findings, now, actor, note)
        _seal(release, document)
        before = _switch(pointer, release, kind="publish", now=now, actor=actor, note=note)
        code = before.code if before else None
        eventbus.publish(
            ReleasePublished(release.code, release.number, release.fingerprint, code, now)
        )
        audit.record(
            subject=f"release:{release.code}",
            action="publish",
            actor=actor,
            facts={"fingerprint": release.fingerprint, "before": code},
            now=now,
        )
        transaction.on_commit(look_again)
    return _facts(release, made=True, findings=findings)


def roll_back(*, to_code: str, now: datetime, actor: str) -> ReleaseFacts:
    """Put an earlier (or any other) release on sale again; it was checked when it was published.

    Raises UnknownRelease, DamagedRelease. Rolling back to the release on sale changes nothing.
    """
    with transaction.atomic():
        pointer = locks.pointer()
        release = Release.objects.filter(code=to_code).first()
        if pointer is None or release is None:
            raise UnknownRelease(
                f"no release {to_code!r} was published", facts={"release": to_code}
            )
        if pointer.release_id == release.pk:
            return _facts(release, made=False)
        unpack(release)
        before = _switch(pointer, release, kind="roll_back", now=now, actor=actor, note="")
        code = before.code if before else ""
        eventbus.publish(
            ReleaseRolledBack(release.code, release.number, release.fingerprint, code, now)
        )
        audit.record(
            subject=f"release:{release.code}",
            action="roll-back",
            actor=actor,
            facts={"fingerprint": release.fingerprint, "before": code},
            now=now,
        )
        transaction.on_commit(look_again)
    return _facts(release, made=True)


def newest_document() -> dict[str, Any] | None:
    """The document of the release that was published last, on sale or not; None before the first."""
    newest = Release.objects.order_by("-number").first()
    return None if newest is None else unpack(newest)


def _refuse_errors(findings: list[Finding]) -> None:
    errors = errors_in(findings)
    if errors:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise ReleaseRefused(
            f"{pick(errors[0].where, 'en')}: {pick(errors[0].text, 'en')}{more}",
            facts={"findings": [finding.facts() for finding in findings]},
        )


def _store(
    document: Mapping[str, Any], findings: list[Finding], now: datetime, actor: str, note: str
) -> Release:
    last = Release.objects.order_by("-number").values_list("number", flat=True).first() or 0
    plain = canonical_json(document)
    release = Release(
        number=last + 1,
        code=f"R{last + 1:06d}",
        fingerprint=fingerprint(document),
        document=zlib.compress(plain, 9),
        size=len(plain),
        checks=[finding.facts() for finding in findings],
        note=note,
        published_at=now,
        published_by=actor,
    )
    release.save(force_insert=True)
    return release


def _seal(release: Release, document: Mapping[str, Any]) -> None:
    """From now on these price books never change, and cars imported since the last release have their release."""
    books = [book["code"] for book in document["price_books"]]
    PriceBook.objects.filter(code__in=books, published_in="").update(published_in=release.code)
    StockVehicle.objects.filter(release=None).update(release=release)


def _switch(
    pointer: ReleasePointer | None,
    release: Release,
    *,
    kind: str,
    now: datetime,
    actor: str,
    note: str,
) -> Release | None:
    """Moves the locked pointer and writes its history; gives the release that was on sale before."""
    before = pointer.release if pointer is not None else None
    if pointer is None:
        ReleasePointer(release=release, moved_at=now).save(force_insert=True)
    else:
        ReleasePointer.objects.filter(pk=pointer.pk).update(release=release, moved_at=now)
    ReleaseSwitch(before=before, after=release, kind=kind, at=now, by=actor, note=note).save()
    return before


def _facts(release: Release, *, made: bool, findings: list[Finding] | None = None) -> ReleaseFacts:
    return ReleaseFacts(
        code=release.code,
        number=release.number,
        fingerprint=release.fingerprint,
        published_at=release.published_at,
        published_by=release.published_by,
        note=release.note,
        made=made,
        findings=tuple(findings or ()),
    )
