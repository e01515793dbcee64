"""What people do with an exception: take it, note what they found out, settle it in words, open it again.

Who may is said at the desk by permissions; who did is in the audit chain under `exception:<number>`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from checkout.errors import MoneyExceptionConflict, UnknownMoneyException, WordsMissing
from checkout.models import MoneyException
from kernel.audit import record
from kernel.text import Text

LONGEST = 2000
"""Characters of a note or a resolution."""
SHORTEST = 3
"""Fewer than so many characters explain nothing."""
_OPEN, _RESOLVED = MoneyException.State.OPEN, MoneyException.State.RESOLVED


def assign(*, exception: int, owner: str, actor: str, now: datetime) -> None:
    """Give an open exception to `owner` (`staff:7`), or back to its team with an empty one; the same twice is once.

    Raises UnknownMoneyException, MoneyExceptionConflict.
    """
    with transaction.atomic():
        row = _open(exception)
        if row.owner != owner:
            row.owner = owner
            row.save(update_fields=["owner"])
            _told(row, "exception-assigned", actor, now, owner=owner)


def note(*, exception: int, words: str, actor: str, now: datetime) -> None:
    """Write down what is known of an open exception; earlier notes stay in the audit chain.

    Raises UnknownMoneyException, MoneyExceptionConflict, WordsMissing.
    """
    said = _said(words, "note")
    with transaction.atomic():
        row = _open(exception)
        if row.note != said:
            row.note = said
            row.save(update_fields=["note"])
            _told(row, "exception-noted", actor, now, note=said)


def resolve(*, exception: int, words: str, actor: str, now: datetime) -> None:
    """Settle an open exception in words: it stays settled while what was found of it stays the same.

    The same person with the same words twice is once. Raises UnknownMoneyException, MoneyExceptionConflict, WordsMissing.
    """
    said = _said(words, "resolution")
    with transaction.atomic():
        row = _locked(exception)
        if (row.state, row.resolved_by, row.resolution) == (_RESOLVED, actor, said):
            return
        _check(row, _OPEN)
        row.state, row.resolved_at = _RESOLVED, now
        row.resolved_by, row.resolution = actor, said
        row.save(update_fields=["state", "resolved_at", "resolved_by", "resolution"])
        _told(row, "exception-resolved", actor, now, resolution=said, facts=row.facts)


def reopen(*, exception: int, words: str, actor: str, now: datetime) -> None:
    """Open a settled exception again and say why, in its note; the next run settles it if there is nothing any more.

    Raises UnknownMoneyException, MoneyExceptionConflict, WordsMissing.
    """
    said = _said(words, "note")
    with transaction.atomic():
        row = _locked(exception)
        _check(row, _RESOLVED)
        was = {"resolved_by": row.resolved_by, "resolution": row.resolution}
        row.state, row.opened_at, row.note = _OPEN, now, said
        row.resolved_at, row.resolved_by, row.resolution = None, "", ""
        row.save()
        _told(row, "exception-reopened", actor, now, note=said, was=was)


def _locked(number: int) -> MoneyException:
    row = MoneyException.objects.select_for_update().filter(pk=number).first()
    if row is None:
        raise UnknownMoneyException(f"exception: there is no {number}", facts={"exception": number})
    return row


def _open(number: int) -> MoneyException:
    row = _locked(number)
    _check(row, _OPEN)
    return row


def _check(row: MoneyException, state: str) -> None:
    if row.state == state:
        return
    text: Text = (
        {"zh-hans": "这条差异已处理完毕。", "en": "This exception is settled already."}
        if state == _OPEN
        else {"zh-hans": "这条差异尚未处理。", "en": "This exception is open."}
    )
    raise MoneyExceptionConflict(
        f"exception {row.pk} is {row.state}",
        facts={"exception": row.pk, "state": row.state, "text": text},
    )


def _said(words: str, field: str) -> str:
    said = words.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        text = {
            "zh-hans": f"请写明情况（{SHORTEST} 至 {LONGEST} 个字符）。",
            "en": f"Say what it is, in {SHORTEST} to {LONGEST} characters.",
        }
        raise WordsMissing(
            f"{field}: {SHORTEST} to {LONGEST} characters", facts={"field": field, "text": text}
        )
    return said


def _told(row: MoneyException, action: str, actor: str, now: datetime, **facts: Any) -> None:
    named = {"kind": row.kind, "key": row.key, "order": row.order_code}
    record(
        subject=f"exception:{row.pk}",
        action=action,
        actor=actor,
        facts={**named, **facts},
        now=now,
    )
