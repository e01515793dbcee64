"""Staff cannot take back through the CMS what buyers were told: they read why, and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Incentive, Price, PriceBook
from tests.integration.cms.people import admin, staff
from tests.integration.cms.test_editing import address, draft_price, edited

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]

SEALED = "Price book cn-2026-09 is published; a change is a new price book."


def book() -> PriceBook:
    return PriceBook.objects.get(code="cn-2026-09")


def price() -> Price:
    found = Price.objects.filter(price_book__code="cn-2026-09").first()
    assert found is not None
    return found


@pytest.mark.parametrize("row", [book, price])
@pytest.mark.parametrize("view", ["delete", "unpublish"])
def test_a_published_price_is_neither_deleted_nor_unpublished(row: Any, view: str) -> None:
    client, kept = staff("Marketers"), row()
    answer = client.post(address(kept, view), follow=True)
    assert answer.status_code == 200
    assert SEALED in answer.content.decode()
    assert type(kept).objects.get(pk=kept.pk).live


def test_rows_ticked_in_a_list_are_kept_too() -> None:
    client, kept = admin("zh-hans"), price()
    at = f"/cms/bulk/catalog/price/delete/?id={kept.pk}"
    answer = client.post(at, follow=True)
    assert "价格表 cn-2026-09 已发布，不能修改；调价请新建价格表。" in answer.content.decode()
    assert Price.objects.filter(pk=kept.pk).exists()


@pytest.mark.parametrize(
    "typed", [{"valid_from": "2026-08-01 00:00"}, {"code": "cn-2026-10"}, {"based_on": ""}]
)
def test_the_terms_of_a_published_book_are_refused(typed: dict[str, str]) -> None:
    client = staff("Marketers")
    later = PriceBook.objects.get(code="cn-2027-01")
    answer = edited(client, later, publish=True, **typed)
    assert "Price book cn-2027-01 is published" in answer.content.decode()
    later.refresh_from_db()
    assert (later.code, later.based_on_id) == ("cn-2027-01", book().pk)


def test_a_note_of_a_published_book_may_change() -> None:
    assert edited(staff("Marketers"), book(), publish=True, note="First prices").status_code == 302
    assert book().note == "First prices"


def test_a_draft_price_goes_as_it_came() -> None:
    client, draft = staff("Marketers"), draft_price()
    assert client.post(address(draft, "delete")).status_code == 302
    assert not Price.objects.filter(pk=draft.pk).exists()


def test_a_published_offer_is_ended_and_not_deleted() -> None:
    client, offer = staff("Marketers"), Incentive.objects.get(code="harbour-cn")
    answer = client.post(address(offer, "delete"), follow=True)
    assert (
        "Harbour days bonus (harbour-cn) was published and cannot be deleted"
        in answer.content.decode()
    )
    assert Incentive.objects.filter(pk=offer.pk).exists()
    assert edited(client, offer, publish=True, valid_until="2026-12-01").status_code == 302
