"""Buyers who race for the last places of a limited edition, through the API, on SQLite and PostgreSQL.

A sample every day; `make prove` (FORECOURT_PROVE=1) runs 200 rounds.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import transaction

from catalog.errors import QuotaTaken
from catalog.models import IncentiveClaim
from catalog.queries.claims import taken
from catalog.queries.on_sale import on_sale
from catalog.services.claims import claim_incentives, release_claims
from checkout.models import Order
from tests.api.caller import Caller
from tests.faults.test_races import order_call, told
from tests.support.racing import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shop"),
    pytest.mark.prove,
]
ROUNDS = 200 if os.environ.get("FORECOURT_PROVE") == "1" else 6
EDITION, NOW = "clearing-500", datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def fill(places: int, *, market: str = "CN", name: str = "old") -> None:
    """So many places are taken already."""
    IncentiveClaim.objects.bulk_create(
        IncentiveClaim(incentive=EDITION, market=market, holder=f"{name}-{n}", claimed_at=NOW)
        for n in range(places)
    )


def used(market: str = "CN") -> int:
    return taken(on_sale().catalogue, market)[EDITION]


def test_of_three_buyers_who_race_for_the_last_place_exactly_one_has_it() -> None:
    fill(419)
    asker = Caller()
    build = asker.build("haven", ["trim:zenith", "pkg-clearing500"])
    for number in range(1, ROUNDS + 1):
        quotes = [asker.quote(build=build) for _ in range(3)]
        answers = at_once(*(order_call(quote) for quote in quotes))
        outcome = Counter(told(answer) for answer in answers)
        assert outcome == {"201": 1, "409 quota-taken": 2}, (number, outcome)
        assert used() == 420
        winner = next(a for a in answers if a.status_code == 201).json()["order"]["code"]
        [claim] = IncentiveClaim.objects.filter(released_at=None).exclude(holder__startswith="old-")
        assert claim.holder == winner
        assert Order.objects.count() == number
        assert release_claims(holder=winner, now=NOW) == 1
    assert used() == 419


def claim(holder: str, market: str) -> str:
    try:
        with transaction.atomic():
            claim_incentives(holder=holder, market=market, codes=[EDITION], now=NOW)
    except QuotaTaken:
        return "refused"
    return "held"


def test_claims_and_returns_at_one_moment_never_exceed_the_quota_of_any_market() -> None:
    fill(418)
    fill(79, market="DE", name="german")
    for number in range(ROUNDS):
        calls = [
            lambda place=place, number=number: claim(f"{number}-{place}", ["CN", "DE"][place % 2])
            for place in range(6)
        ]
        assert Counter(at_once(*calls)) == {"held": 3, "refused": 3}
        assert (used("CN"), used("DE")) == (420, 80)
        back = [
            lambda place=place, number=number: release_claims(holder=f"{number}-{place}", now=NOW)
            for place in range(6)
        ]
        assert sum(at_once(*back)) == 3
