"""Importing statements of our bank: a file is stored once, read by a worker, and adds each of its lines once.

The file is read whole or refused whole. Lines are added in pieces of PIECE, each a transaction of its own that also moves
the file's `done`: a worker that dies is followed by one that goes on where it stopped. Only one piece is added at a time,
whichever files are read, so two files that tell the same day cannot both add a line of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from checkout.domain.bank import BankLine as Line
from checkout.domain.bank import Keyed, keyed
from checkout.domain.ledger import bank_legs
from checkout.errors import BadStatement, CheckoutError
from checkout.events import BankFileStored, BankLinesAdded
from checkout.gateways.statements import LARGEST, read_statements
from checkout.models import BankFile, BankLine, BankStatement
from checkout.services.ledger import Posting, post_each
from kernel.audit import record
from kernel.eventbus import publish
from kernel.money import CurrencyMismatch, UnknownCurrency

PIECE = 500
"""Lines that are added by one transaction."""
UNFINISHED = (BankFile.State.WAITING, BankFile.State.RUNNING)
_STATE = BankFile.State

Located = tuple[str, str, Line]
"""A line with the key of its statement and its own."""


def store_file(
    *,
    name: str,
    content: bytes,
    actor: str,
    now: datetime,
    account: str = "",
    currency: str = "",
) -> tuple[BankFile, bool]:
    """Store an uploaded file for a worker to read; gives its row, and whether it is new.

    The same bytes again give the first row. A refused file may be sent again with another `account` or `currency`, what a
    CSV file does not say itself; it is read anew then. Raises BadStatement for a file that is empty or too large.
    """
    if not content or len(content) > LARGEST:
        raise BadStatement(
            f"file: send a statement of at most {LARGEST // 1_000_000} MB",
            facts={"field": "file", "bytes": len(content)},
        )
    told = {"account": account.replace(" ", "")[:64], "currency": currency.strip().upper()[:3]}
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        with transaction.atomic():
            known = BankFile.objects.select_for_update().filter(sha256=sha256).first()
            if known is not None:
                return _again(known, told, actor, now), False
            row = BankFile.objects.create(
                name=name[:255],
                sha256=sha256,
                content=content,
                uploaded_by=actor,
                uploaded_at=now,
                **told,
            )
            _tell(row, "bank-file-stored", actor, now)
            publish(BankFileStored(file=row.pk, at=now))
            return row, True
    except IntegrityError:
        # Somebody stored the same bytes beside us.
        return BankFile.objects.get(sha256=sha256), False


def _again(row: BankFile, told: dict[str, str], actor: str, now: datetime) -> BankFile:
    same = told == {"account": row.account, "currency": row.currency}
    if row.state != _STATE.REFUSED or same:
        return row
    row.account, row.currency = told["account"], told["currency"]
    row.state, row.problem, row.finished_at = _STATE.WAITING, {}, None
    row.save(update_fields=["account", "currency", "state", "problem", "finished_at"])
    _tell(row, "bank-file-stored", actor, now)
    publish(BankFileStored(file=row.pk, at=now))
    return row


def read_file(*, file: int, now: datetime) -> int:
    """Read a stored file to its end; gives how many of its lines were new. A file read or refused before is left alone.

    Not inside a transaction. Called again after a death it goes on; beside another worker both do part of it.
    """
    row = BankFile.objects.get(pk=file)
    if row.state not in UNFINISHED:
        return 0
    try:
        statements = keyed(
            read_statements(bytes(row.content), account=row.account, currency=row.currency)
        )
    except (CheckoutError, CurrencyMismatch, UnknownCurrency) as error:
        _refuse(file, error, now)
        return 0
    lines = [(each.key, key, line) for each in statements for key, line in each.lines]
    added = 0
    done = _begin(file, statements, len(lines), now)
    while done is not None:
        done, new = _go_on(file, lines, done, now)
        added += new
    return added


def read_waiting(*, now: datetime) -> int:
    """Go on with every file that a dead worker left; gives how many there were. Not inside a transaction."""
    found = (
        BankFile.objects.filter(state__in=UNFINISHED).order_by("pk").values_list("pk", flat=True)
    )
    for file in found:
        read_file(file=file, now=now)
    return len(found)


def _locked(file: int) -> BankFile:
    """The file's row without its bytes; the oldest file's row is locked, which makes this the only piece under way."""
    door = BankFile.objects.order_by("pk").select_for_update(no_key=True).only("pk")
    list(door[:1])
    return BankFile.objects.defer("content").get(pk=file)


def _refuse(file: int, error: Exception, now: datetime) -> None:
    if isinstance(error, CheckoutError):
        problem = {**error.facts, "code": error.code, "detail": error.message}
    else:
        problem = {"code": BadStatement.code, "detail": f"currency: {error}", "field": "currency"}
    with transaction.atomic():
        row = _locked(file)
        if row.state != _STATE.WAITING:
            return
        row.state, row.problem, row.finished_at = _STATE.REFUSED, problem, now
        row.save(update_fields=["state", "problem", "finished_at"])
        _tell(row, "bank-file-refused", "system", now)


def _begin(file: int, statements: Sequence[Keyed], total: int, now: datetime) -> int | None:
    """Store the statements of a file that nobody has begun; gives the line to go on with, None if all are done."""
    with transaction.atomic():
        row = _locked(file)
        if row.state == _STATE.WAITING:
            keys = [each.key for each in statements]
            known = set(BankStatement.objects.filter(key__in=keys).values_list("key", flat=True))
            BankStatement.objects.bulk_create(
                _statement(each, row, now) for each in statements if each.key not in known
            )
            row.state, row.total = _STATE.RUNNING, total
            row.save(update_fields=["state", "total"])
            if not total:
                _finish(row, now)
        return row.done if row.state == _STATE.RUNNING else None


def _statement(found: Keyed, row: BankFile, now: datetime) -> BankStatement:
    statement = found.statement
    first, last = statement.days or (None, None)
    return BankStatement(
        key=found.key,
        file=row,
        account=statement.account,
        currency=statement.currency,
        number=statement.number,
        opening=statement.opening.minor if statement.opening is not None else None,
        closing=statement.closing.minor if statement.closing is not None else None,
        first_on=first,
        last_on=last,
        imported_at=now,
    )


def _go_on(file: int, lines: Sequence[Located], at: int, now: datetime) -> tuple[int | None, int]:
    """Add one piece; gives the line to go on with, None if all are done, and how many were new."""
    with transaction.atomic():
        row = _locked(file)
        if row.state != _STATE.RUNNING:
            return None, 0
        if row.done != at:  # another worker went on beside us
            return row.done, 0
        piece = lines[at : at + PIECE]
        added = _add(piece, now)
        row.done += len(piece)
        row.added += added
        if row.done >= row.total:
            _finish(row, now)
        row.save(update_fields=["done", "added", "state", "finished_at"])
        return (row.done if row.state == _STATE.RUNNING else None), added


def _add(piece: Sequence[Located], now: datetime) -> int:
    known = set(
        BankLine.objects.filter(key__in=[key for _, key, _ in piece]).values_list("key", flat=True)
    )
    new = [each for each in piece if each[1] not in known]
    found = BankStatement.objects.filter(key__in={key for key, _, _ in new})
    statements = {each.key: each for each in found}
    BankLine.objects.bulk_create(
        _line(statements[statement], key, line) for statement, key, line in new
    )
    post_each(
        order=None,
        postings=[
            Posting(f"bank:{key}", "bank-line", bank_legs(line.amount)) for _, key, line in new
        ],
        now=now,
    )
    return len(new)


def _line(statement: BankStatement, key: str, line: Line) -> BankLine:
    return BankLine(
        statement=statement,
        key=key,
        account=statement.account,
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount=line.amount.minor,
        currency=line.amount.currency,
        payer=line.payer,
        text=line.text,
        bank_ref=line.bank_ref,
        end_to_end=line.end_to_end,
        why="unknown",
    )


def _finish(row: BankFile, now: datetime) -> None:
    row.state, row.finished_at = _STATE.DONE, now
    row.save(update_fields=["state", "finished_at"])
    _tell(row, "bank-file-read", "system", now)
    publish(BankLinesAdded(file=row.pk, added=row.added, at=now))


def _tell(row: BankFile, action: str, actor: str, now: datetime) -> None:
    record(
        subject=f"bank-file:{row.pk}",
        action=action,
        actor=actor,
        facts={
            "name": row.name,
            "sha256": row.sha256,
            "total": row.total,
            "added": row.added,
            "problem": dict(row.problem),
        },
        now=now,
    )
