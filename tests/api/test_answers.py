"""How facts become JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from kernel.money import Money
from storefront.api.answers import encode, moment, money, plain
from storefront.api.models import IdempotencyRecord
from storefront.api.tasks import forget_old_idempotency_keys

NAME = {"zh-hans": "湾", "en": "Haven"}


@dataclass(frozen=True)
class Facts:
    name: dict[str, str]
    price: Money
    at: datetime


def test_texts_come_in_the_asked_language_wherever_they_stand() -> None:
    value = {"a": NAME, "b": [{"c": NAME}], "d": {"en": "only"}, "e": {}}
    assert plain(value, "en") == {"a": "Haven", "b": [{"c": "Haven"}], "d": "only", "e": {}}
    assert plain(value, "zh-hans")["a"] == "湾"
    assert plain(value, "zh-hans")["d"] == "only"


def test_facts_become_plain_json() -> None:
    noon = datetime(2026, 11, 22, 20, tzinfo=timezone(timedelta(hours=8)))
    facts = Facts(NAME, Money(5, "CNY"), noon)
    assert plain(facts, "en") == {
        "name": "Haven",
        "price": {"amount": 5, "currency": "CNY"},
        "at": "2026-11-22T12:00:00Z",
    }
    assert plain((date(2026, 11, 22), Decimal("0.10"), None, True), "en") == [
        "2026-11-22",
        "0.10",
        None,
        True,
    ]
    assert plain(frozenset({"b", "a"}), "en") == ["a", "b"]
    assert plain((n for n in (1, 2)), "en") == [1, 2]
    assert money(7, "EUR") == {"amount": 7, "currency": "EUR"}
    assert moment(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
    assert encode({"名": "值"}) == '{"名":"值"}'.encode()


def test_what_has_no_json_is_our_fault_and_says_so() -> None:
    with pytest.raises(TypeError, match="object"):
        plain(object(), "en")


@pytest.mark.django_db
def test_the_schedule_forgets_old_keys() -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    record = IdempotencyRecord.objects.create(
        caller="guest",
        route="POST /orders",
        key="k",
        body_hash="0",
        started_at=long_ago,
        created_at=long_ago,
    )
    assert str(record) == "guest POST /orders k"
    assert forget_old_idempotency_keys.call() == 1
