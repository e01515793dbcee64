"""Limited offers: an order holds a place from its transaction on, and gives it back when it ends unpaid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from catalog.domain.catalogue import Catalogue
from catalog.errors import QuotaTaken
from catalog.models import IncentiveClaim
from catalog.queries.claims import counted, taken
from catalog.queries.on_sale import on_sale
from catalog.services.claims import claim_incentives, release_claims
from checkout.models import Order, Payment
from checkout.services.orders import cancel_unpaid_order, expire_order
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import NOON, forget, put_on_sale, saved_build

pytestmark = pytest.mark.django_db

EDITION = ("trim:zenith", "pkg-clearing500")
LATE = NOON + timedelta(minutes=31)


def two_places(document: dict[str, Any]) -> None:
    """The edition has two places in China."""
    for row in document["incentives"]:
        if row["code"] == "clearing-500":
            row["quota_by_market"] = {"CN": 2, "DE": 80}


def without_edition(document: dict[str, Any]) -> None:
    document["incentives"] = [r for r in document["incentives"] if r["code"] != "clearing-500"]


@pytest.fixture(autouse=True)
def _on_sale(db: None) -> Iterator[None]:
    forget()
    put_on_sale(two_places)
    yield
    forget()


def catalogue() -> Catalogue:
    return on_sale().catalogue


def edition_quote() -> str:
    return quoted(build=saved_build(EDITION), finance=None)


def used() -> int:
    return taken(catalogue(), "CN")["clearing-500"]


def test_a_quote_holds_no_place_and_an_order_one() -> None:
    quote = edition_quote()
    assert used() == 0
    made = placed(quote)
    assert used() == 1
    assert taken(catalogue(), "DE")["clearing-500"] == 0
    [claim] = IncentiveClaim.objects.all()
    assert (claim.holder, claim.market, claim.claimed_at) == (made.order, "CN", NOON)
    assert str(claim) == f"clearing-500 for {made.order}"


def test_an_order_without_a_limited_offer_claims_nothing() -> None:
    placed()
    assert not IncentiveClaim.objects.exists()


def test_the_order_after_the_last_place_is_refused_by_name_and_nothing_is_left_of_it() -> None:
    quotes = [edition_quote() for _ in range(3)]
    placed(quotes[0])
    placed(quotes[1])
    with pytest.raises(QuotaTaken, match="clearing-500: all 2 are taken") as refusal:
        placed(quotes[2])
    assert refusal.value.facts == {
        "incentive": "clearing-500",
        "name": {"zh-hans": "霁色 500 限量版", "en": "Clearing 500 Limited Edition"},
        "market": "CN",
        "quota": 2,
        "left": 0,
    }
    assert Order.objects.count() == Payment.objects.count() == used() == 2


@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_an_order_that_ends_unpaid_gives_its_place_back(end: str) -> None:
    made = placed(edition_quote())
    placed(edition_quote())
    waiting = edition_quote()
    if end == "expire":
        assert expire_order(order=made.order, now=LATE)
    else:
        cancel_unpaid_order(order=made.order, actor="guest", now=LATE)
    assert used() == 1
    placed(waiting)
    assert used() == 2
    assert release_claims(holder=made.order, now=LATE) == 0
    assert IncentiveClaim.objects.get(holder=made.order).released_at == LATE


def test_a_promised_edition_keeps_its_quota_after_it_left_the_release() -> None:
    quotes = [edition_quote() for _ in range(3)]
    put_on_sale(without_edition)
    placed(quotes[0])
    placed(quotes[1])
    with pytest.raises(QuotaTaken):
        placed(quotes[2])


def claim(holder: str, *codes: str) -> tuple[str, ...]:
    with transaction.atomic():
        return claim_incentives(holder=holder, market="CN", codes=codes, now=NOON)


def test_the_same_holder_has_one_place_however_often_it_asks() -> None:
    assert claim("A", "clearing-500") == claim("A", "clearing-500") == ("clearing-500",)
    assert used() == 1


def test_codes_without_a_quota_need_no_place_and_no_statement(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        assert claim_incentives(holder="A", market="CN", codes=(), now=NOON) == ()
        assert counted(()) == {}
    assert claim("A", "first-owner-charge", "nothing") == ()
    assert not IncentiveClaim.objects.exists()


def test_all_places_are_claimed_or_none() -> None:
    claim("A", "clearing-500")
    claim("B", "clearing-500")
    with pytest.raises(QuotaTaken):
        claim("C", "harbour-cn", "clearing-500")
    assert not IncentiveClaim.objects.filter(holder="C").exists()
