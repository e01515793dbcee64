"""The audit chain: added to, never changed, and every tampering is found."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from kernel import audit, jobs
from kernel.models import AuditEntry, AuditHead, Job
from kernel.money import Money

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def add(count: int = 3) -> None:
    for number in range(count):
        audit.record(
            subject=f"order:{number}",
            action="placed",
            actor="guest",
            facts={"total": Money(1, "CNY"), "名": "王", "share": Decimal("0.10"), "at": NOON},
            now=NOON,
        )


def without_triggers(statement: str) -> None:
    """What somebody with the database in hand could do."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER kernel_auditentry_no_update")
            cursor.execute("DROP TRIGGER kernel_auditentry_no_delete")
        else:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_entries_form_a_chain_that_verifies() -> None:
    add()
    first, second, third = AuditEntry.objects.order_by("seq")
    assert (first.seq, first.previous) == (1, "0" * 64)
    assert (second.previous, third.previous) == (first.hash, second.hash)
    assert first.facts == {
        "total": {"minor": 1, "currency": "CNY"},
        "名": "王",
        "share": "0.10",
        "at": "2026-11-22T12:00:00.123456Z",
    }
    assert audit.verify_chain() == []


def test_an_empty_chain_is_whole() -> None:
    assert audit.verify_chain() == []


def test_the_hash_does_not_depend_on_the_time_zone_it_was_told_in() -> None:
    audit.record(
        subject="x",
        action="y",
        actor="z",
        facts={},
        now=NOON.astimezone(timezone(timedelta(hours=8))),
    )
    assert audit.verify_chain() == []


def test_an_entry_rolls_back_with_its_transaction_and_leaves_no_gap() -> None:
    add(1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        add(2)
        raise ZeroDivisionError
    add(1)
    assert list(AuditEntry.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert audit.verify_chain() == []


def test_facts_json_cannot_hold_are_refused() -> None:
    with pytest.raises(TypeError):
        audit.record(subject="x", action="y", actor="z", facts={"thing": object()}, now=NOON)


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE kernel_auditentry SET actor = 'user:1' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE kernel_auditentry SET facts = '{}' WHERE seq = 1", "entry 1 was changed"),
        ("DELETE FROM kernel_auditentry WHERE seq = 2", "entries 2 to 2 are missing"),
        (
            "DELETE FROM kernel_auditentry WHERE seq = 3",
            "the chain ends at entry 2, its head says 3",
        ),
        ("DELETE FROM kernel_auditentry", "the chain ends at entry 0, its head says 3"),
        (
            "UPDATE kernel_auditentry SET seq = 9 WHERE seq = 1",
            "entry 2 does not follow the entry before it",
        ),
    ],
)
def test_tampering_is_found(tampering: str, fault: str) -> None:
    add()
    without_triggers(tampering)
    assert fault in audit.verify_chain()


def test_an_entry_forged_in_the_middle_is_found() -> None:
    add()
    without_triggers("SELECT 1")
    forged = AuditEntry.objects.get(seq=2)
    forged.actor = "user:1"
    forged.hash = audit._hash(forged)
    forged.save()
    assert audit.verify_chain() == ["entry 3 does not follow the entry before it"]


def test_an_entry_added_behind_the_head_is_found() -> None:
    add()
    AuditHead.objects.update(seq=2, hash=AuditEntry.objects.get(seq=2).hash)
    assert audit.verify_chain() == ["the chain ends at entry 3, its head says 2"]


def test_entries_recorded_while_the_chain_is_verified_are_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add()
    end = audit._end

    def end_and_then_another_entry() -> AuditHead:
        found = end()
        add(1)
        return found

    monkeypatch.setattr(audit, "_end", end_and_then_another_entry)
    assert audit.verify_chain() == []


def night() -> None:
    """A worker sees the schedule before and after the next verification is due, and works."""
    jobs.fire_due(now=NOON)
    assert jobs.fire_due(now=NOON + timedelta(days=1)) >= 1
    Job.objects.exclude(task="kernel.audit.verify_nightly").delete()
    later = NOON + timedelta(days=1)
    while Job.objects.filter(state=Job.State.READY).exists():
        later += timedelta(hours=1)
        jobs.run_until_idle(now=later)


def test_a_whole_chain_is_verified_every_night() -> None:
    add()
    night()
    assert Job.objects.get().state == Job.State.DONE


def test_a_broken_chain_ends_in_the_dead_letters_that_name_its_faults() -> None:
    add()
    without_triggers("UPDATE kernel_auditentry SET actor = 'user:1' WHERE seq = 2")
    night()
    letter = jobs.dead_letters().get()
    assert letter.task == "kernel.audit.verify_nightly"
    assert letter.errors[-1]["error"] == "kernel.audit.ChainBroken"
    assert "entry 2 was changed" in letter.errors[-1]["traceback"]


def test_an_alarm_of_many_faults_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        audit, "verify_chain", lambda: [f"entry {n} was changed" for n in range(50)]
    )
    with pytest.raises(audit.ChainBroken, match="entry 19 was changed; and 30 more$"):
        audit.verify_nightly.call()


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_delete_an_entry(change: str) -> None:
    add(1)
    entries = AuditEntry.objects.filter(seq=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        entries.update(actor="nobody") if change == "update" else entries.delete()
    assert audit.verify_chain() == []


@pytest.mark.postgres
def test_the_database_refuses_to_empty_the_chain() -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE kernel_auditentry")


@pytest.mark.django_db(transaction=True)
def test_entries_of_concurrent_transactions_queue_for_the_end_of_the_chain() -> None:
    barrier = threading.Barrier(6)
    failed: list[Exception] = []

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(5):
                with transaction.atomic():
                    add(2)
        except Exception as error:  # noqa: BLE001
            failed.append(error)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert AuditEntry.objects.count() == AuditHead.objects.get().seq == 60
    assert audit.verify_chain() == []
