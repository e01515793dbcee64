"""This car, this day, this buyer: the price sheet with every offer and why it does not apply."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from catalog.domain.incentives import Buyer
from catalog.domain.preview import Wish, preview
from catalog.errors import NoPriceBook, NotBuildable, UnknownMarket, UnknownModel, UnknownVoucher
from tests.factories.catalogue import demo_catalogue

WISH = Wish("CN", "haven", ("trim:voyage", "paint-clearing"), date(2026, 11, 22))
WORD = Buyer(vouchers=("lujiang-2026",))


def why(wish: Wish, taken: dict[str, int] | None = None) -> dict[str, str]:
    found = preview(demo_catalogue(), wish, taken=taken)
    return {told.offer.code: told.why for told in found.offers}


def test_every_offer_of_the_catalogue_is_told_with_its_reason() -> None:
    found = preview(demo_catalogue(), WISH)
    assert [told.offer.code for told in found.offers] == [
        row["code"] for row in demo_catalogue().incentives
    ]
    assert [told.offer.code for told in found.applied] == ["first-owner-charge"]
    assert found.sheet.total.minor == 364_800_00
    assert why(WISH) == {
        "trade-in-cn": "proof",
        "trade-in-de": "market",
        "zero-percent-cn": "model",
        "zero-percent-de": "market",
        "first-owner-charge": "",
        "first-owner-charge-de": "market",
        "clearing-500": "option",
        "winter-de": "market",
        "harbour-cn": "voucher",
        "harbour-de": "market",
    }


def test_a_buyer_with_proof_and_word_pays_less_and_the_sheet_shows_both() -> None:
    buyer = Buyer(proofs=frozenset({"trade-in-proof"}), vouchers=("LUJIANG-2026",))
    found = preview(demo_catalogue(), replace(WISH, buyer=buyer))
    off = {told.offer.code: told.off.minor for told in found.applied if told.off}
    assert off == {"trade-in-cn": 15_000_00, "harbour-cn": 5_000_00}
    assert found.sheet.total.minor == (364_800 - 20_000) * 100
    assert found.duties[0].amount.minor > 0


def test_a_quota_that_is_used_up_is_the_reason() -> None:
    told = preview(demo_catalogue(), replace(WISH, buyer=WORD), taken={"harbour-cn": 200}).offers
    [harbour] = [one for one in told if one.offer.code == "harbour-cn"]
    assert (harbour.why, harbour.taken, harbour.offer.quota) == ("quota", 200, 200)
    assert not harbour.applies


@pytest.mark.parametrize(
    ("day", "reason", "book"),
    [
        (date(2026, 10, 31), "not-yet", "cn-2026-09"),
        (date(2027, 1, 31), "", "cn-2027-01"),
        (date(2027, 2, 1), "over", "cn-2027-01"),
    ],
)
def test_another_day_has_another_book_and_other_offers(day: date, reason: str, book: str) -> None:
    wish = replace(WISH, buyer=WORD, day=day)
    assert why(wish)["harbour-cn"] == reason
    assert preview(demo_catalogue(), wish).sheet.price_book == book


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (replace(WISH, market="FR"), UnknownMarket),
        (replace(WISH, model="calf"), UnknownModel),
        (replace(WISH, choices=("trim:calm", "pkg-clearing500")), NotBuildable),
        (replace(WISH, day=date(2026, 8, 31)), NoPriceBook),
        (replace(WISH, buyer=Buyer(vouchers=("nobody",))), UnknownVoucher),
    ],
)
def test_what_cannot_be_is_refused(wish: Wish, error: type[Exception]) -> None:
    with pytest.raises(error):
        preview(demo_catalogue(), wish)
