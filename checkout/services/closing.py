"""Closing a month of the books: checked, frozen with its SHA-256, and shut for good. A mistake is reversed in an open month."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from checkout.domain.closing import Period, bounds, month_named
from checkout.errors import PeriodNotReady
from checkout.models import ClosedPeriod, LedgerEntry
from checkout.queries.closing import frozen, reasons_against, seal, zone
from kernel.audit import record
from kernel.models import AuditEntry

CLOSED = "period-closed"


def close_month(*, month: str, actor: str, now: datetime) -> ClosedPeriod:
    """Close `month` (`2026-11`): after this no entry is posted into it, whoever writes to the tables.

    The same person twice is once. Raises PeriodNotReady with every reason against it.
    """
    period = month_named(month)
    with transaction.atomic():
        _nobody_posts()
        row = ClosedPeriod.objects.filter(name=period.name).first()
        if row is None or row.closed_by != actor:
            row = _close(period, actor, now)
    # Not above: who posts and who closes would take the ledger's and the audit chain's locks in different orders.
    with transaction.atomic():
        _tell(row.pk, now)
    return row


def _nobody_posts() -> None:
    """Wait for entries under way, and keep new ones waiting until the month is closed.

    PostgreSQL locks the table of entries against writing; on SQLite the transaction is the lock already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(LedgerEntry._meta.db_table)
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")


def _close(period: Period, actor: str, now: datetime) -> ClosedPeriod:
    reasons = reasons_against(period, now)
    if reasons:
        raise PeriodNotReady(
            f"period {period.name} cannot be closed: {'; '.join(reasons)}",
            facts={"period": period.name, "reasons": list(reasons)},
        )
    content = frozen(period)
    return ClosedPeriod.objects.create(
        name=period.name,
        first_on=period.first,
        last_on=period.last,
        ends_at=bounds(period, zone())[1],
        sha256=seal(period.name, content),
        closed_by=actor,
        closed_at=now,
        **content,
    )


def _tell(pk: int, now: datetime) -> None:
    """Write the close into the audit chain, once; a process that died between the two left it to the next call."""
    row = ClosedPeriod.objects.select_for_update().get(pk=pk)
    subject = f"period:{row.name}"
    if AuditEntry.objects.filter(subject=subject, action=CLOSED).exists():
        return
    facts = {"sha256": row.sha256, "ends_at": row.ends_at, "rolled": row.rolled}
    record(subject=subject, action=CLOSED, actor=row.closed_by, facts=facts, now=now)
