"""What buyers were told stays: prices of published books, and offers for the days that have begun."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog.errors import PublishedPriceBook, ReleaseRefused
from catalog.models import Incentive, Price, PriceBook
from catalog.services.releases import ReleaseFacts, publish_release
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("table", [Price, PriceBook])
def test_what_buyers_were_told_is_not_taken_back(
    published: ReleaseFacts, table: type[Price] | type[PriceBook]
) -> None:
    for row in table.objects.all():
        with pytest.raises(PublishedPriceBook):
            row.unpublish()
        assert table.objects.get(pk=row.pk).live


def test_a_price_left_out_of_a_published_book_does_not_come_back(load: Load) -> None:
    load()
    Price.objects.filter(code="rack", condition="blue").update(live=False)
    publish_release(now=NOW, actor="test", pictures={})
    price = Price.objects.get(code="rack", condition="blue")
    price.live = True
    with pytest.raises(PublishedPriceBook):
        price.save()
    with pytest.raises(ValidationError):
        Price.objects.get(pk=price.pk).clean()


def test_a_book_unpublished_behind_our_back_keeps_the_release_from_being_published(
    published: ReleaseFacts,
) -> None:
    PriceBook.objects.filter(code="cn-2").update(live=False)
    with pytest.raises(ReleaseRefused, match="cn-2: a published book is gone"):
        publish_release(now=LATER, actor="test", pictures={})


def test_a_published_offer_changes_only_for_coming_days(published: ReleaseFacts) -> None:
    offers = Incentive.objects.filter(code="trade-in")
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"amounts": {"colt": 1}}, "a published offer changed what it promises"),
        ({"voucher": "PONY-2026"}, "a published offer changed what it promises"),
        ({"valid_until": "2026-10-01"}, "a published offer would end before today"),
        ({"live": False}, "a published offer is gone"),
    ]
    for change, said in refusals:
        before = offers.values(*change).get()
        offers.update(**change)
        with pytest.raises(ReleaseRefused, match=said) as refusal:
            publish_release(now=LATER, actor="test", pictures={})
        [finding] = refusal.value.facts["findings"]
        assert finding["where"]["en"] == "“Trade-in” (trade-in)"
        offers.update(**before)
    offers.update(valid_until=LATER.date(), name={"zh-hans": "置换礼", "en": "Trade in now"})
    assert publish_release(now=LATER, actor="test", pictures={}).made
