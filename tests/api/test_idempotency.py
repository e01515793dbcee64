"""The same request sent again: the first answer again, and the work done once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from catalog.errors import VehicleNotAvailable
from kernel.crypto import blind_index
from kernel.models import AuditEntry, OutboxRow
from kernel.text import fingerprint
from storefront.api.answers import answer
from storefront.api.errors import EdgeError, answer_for
from storefront.api.idempotency import KEPT, LEASE, forget_old, once
from storefront.api.models import IdempotencyRecord

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "0b7e0c0e-5f5f-4c5e-9d8e-2f6f7f0f1a2b"


def request_with(body: Any, key: str | None = KEY) -> HttpRequest:
    headers = {} if key is None else {"Idempotency-Key": key}
    return RequestFactory().post(
        "/api/v1/orders", json.dumps(body), "application/json", headers=headers
    )


class Work:
    """Something that must not happen twice: leaves a row each time."""

    def __init__(self, then: Callable[[], HttpResponse] | None = None) -> None:
        self.runs = 0
        self.then = then or (
            lambda: answer({"token": "geheim", "run": self.runs}, language="en", status=201)
        )

    def __call__(self) -> HttpResponse:
        self.runs += 1
        OutboxRow.objects.create(
            topic="done", key=str(self.runs), payload={}, put_at=NOON, available_at=NOON
        )
        return self.then()


def ask(
    work: Work,
    body: Any = None,
    *,
    key: str | None = KEY,
    caller: str = "guest",
    route: str = "POST /orders",
    now: datetime = NOON,
    one_transaction: bool = True,
) -> HttpResponse:
    try:
        return once(
            request_with({"a": 1} if body is None else body, key),
            caller=caller,
            route=route,
            now=now,
            act=work,
            one_transaction=one_transaction,
        )
    except EdgeError as error:
        return answer_for(error)


def problem_of(response: HttpResponse) -> str:
    return str(json.loads(response.content)["type"]).rsplit("/", 1)[-1]


@pytest.mark.django_db
@pytest.mark.parametrize("one_transaction", [True, False])
def test_the_same_request_again_gets_the_first_answer_again(one_transaction: bool) -> None:
    work = Work()
    first = ask(work, one_transaction=one_transaction)
    again = ask(work, one_transaction=one_transaction)
    assert work.runs == 1
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_a_body_that_says_the_same_is_the_same_body() -> None:
    work = Work()
    ask(work, {"a": 1, "b": 2})
    assert ask(work, {"b": 2, "a": 1}).headers["Idempotency-Replayed"] == "true"


@pytest.mark.django_db
def test_another_body_under_the_same_key_is_refused() -> None:
    work = Work()
    ask(work)
    refused = ask(work, {"a": 2})
    assert (refused.status_code, problem_of(refused)) == (422, "idempotency-key-reused")
    assert work.runs == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_caller_and_one_route() -> None:
    work = Work()
    ask(work)
    ask(work, caller="user:7")
    ask(work, route="POST /orders/X/payments")
    assert work.runs == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("  ", "idempotency-key-missing"),
        ("x" * 256, "invalid-field"),
        ("ä", "invalid-field"),
    ],
)
def test_an_unusable_key_is_refused_before_anything_happens(key: str | None, code: str) -> None:
    work = Work()
    refused = ask(work, key=key)
    assert (refused.status_code, problem_of(refused)) == (422, code)
    assert work.runs == 0


@pytest.mark.django_db
def test_a_refusal_is_an_answer_too_and_leaves_nothing_behind() -> None:
    def refuse() -> HttpResponse:
        raise VehicleNotAvailable("somebody holds it")

    work = Work(refuse)
    first, again = ask(work), ask(work)
    assert first.status_code == again.status_code == 409
    assert first.content == again.content
    assert again.headers["Content-Type"] == "application/problem+json"
    assert work.runs == 1
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("one_transaction", [True, False])
def test_a_fault_of_ours_does_not_stick(one_transaction: bool) -> None:
    def fail() -> HttpResponse:
        raise RuntimeError("we are at fault")

    broken, mended = Work(fail), Work()
    assert ask(broken, one_transaction=one_transaction).status_code == 500
    assert ask(mended, one_transaction=one_transaction).status_code == 201
    assert (broken.runs, mended.runs) == (1, 1)


@pytest.mark.django_db
def test_a_process_that_is_told_to_stop_forgets_its_claim() -> None:
    def stop() -> HttpResponse:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(Work(stop))
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db
def test_while_the_first_is_running_the_second_is_asked_to_wait() -> None:
    inner: list[HttpResponse] = []

    def ask_meanwhile() -> HttpResponse:
        inner.append(ask(Work()))
        return answer({}, language="en")

    ask(Work(ask_meanwhile), one_transaction=False)
    assert inner[0].status_code == 409
    assert inner[0].headers["Retry-After"] == "1"
    assert problem_of(inner[0]) == "still-running"


@pytest.mark.django_db
def test_a_claim_that_nobody_finished_is_taken_over_after_its_lease() -> None:
    IdempotencyRecord.objects.create(
        caller="guest",
        route="POST /orders",
        key=KEY,
        body_hash="0",
        started_at=NOON,
        created_at=NOON,
    )
    record = IdempotencyRecord.objects.get()
    assert problem_of(ask(Work(), now=NOON + LEASE / 2)) == "idempotency-key-reused"
    work = Work()
    ask(work)  # writes nothing: another body
    record.body_hash = _hash_of({"a": 1})
    record.save()
    assert ask(work, now=NOON + LEASE / 2).status_code == 409
    assert ask(work, now=NOON + LEASE).status_code == 201
    assert work.runs == 1


def _hash_of(body: Any) -> str:
    return blind_index(fingerprint(body))


@pytest.mark.django_db
def test_whoever_loses_its_claim_keeps_nothing_of_what_it_did() -> None:
    def lose_the_claim() -> HttpResponse:
        IdempotencyRecord.objects.update(started_at=NOON + timedelta(seconds=90))
        return answer({}, language="en")

    assert problem_of(ask(Work(lose_the_claim))) == "still-running"
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_after_48_hours_a_key_is_new_again() -> None:
    work = Work()
    ask(work)
    assert ask(work, {"a": 2}, now=NOON + KEPT).status_code == 201
    assert work.runs == 2


@pytest.mark.django_db
def test_old_keys_are_forgotten_on_schedule() -> None:
    ask(Work())
    assert forget_old(now=NOON + KEPT - timedelta(seconds=1)) == 0
    assert forget_old(now=NOON + KEPT) == 1


@pytest.mark.django_db
def test_the_token_in_a_kept_answer_is_not_readable_in_the_database() -> None:
    ask(Work())
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM api_idempotencyrecord")
        stored = cursor.fetchone()[0]
    assert "geheim" not in stored


@pytest.mark.django_db(transaction=True)
def test_being_asked_once_costs_one_insert_and_one_update() -> None:
    work = Work()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask(work)
    kinds = [query["sql"].split()[0] for query in captured.captured_queries]
    assert kinds == ["INSERT", "BEGIN", "INSERT", "UPDATE", "COMMIT"]
    with CaptureQueriesContext(connection) as captured:
        ask(work)
    assert [query["sql"].split()[0] for query in captured.captured_queries] == ["INSERT", "SELECT"]


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_do_the_work_once() -> None:
    work, answers, gate = Work(), [], threading.Barrier(16)

    def run() -> None:
        try:
            gate.wait(10)
            answers.append(ask(work))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    codes = sorted({response.status_code for response in answers})
    assert len(answers) == 16
    assert codes in ([201], [201, 409])
    fresh = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a.headers]
    assert len(fresh) == 1
    assert work.runs == 1
    assert OutboxRow.objects.count() == 1
    assert {a.content for a in answers if a.status_code == 201} == {fresh[0].content}


@pytest.mark.django_db
def test_nothing_else_of_the_house_is_touched() -> None:
    with transaction.atomic():
        ask(Work())
    assert not AuditEntry.objects.exists()
