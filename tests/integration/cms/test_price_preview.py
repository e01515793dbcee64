"""The price preview: this car, this day, this buyer, on sale beside as edited, with every offer's reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import Incentive, IncentiveClaim, PriceBook, Release
from catalog.services.builds import save_build
from tests.integration.cms.people import admin, staff

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]

AT = "/cms/desk/pricing/"
CAR = {"market": "CN", "car": "haven/voyage", "day": "2026-11-22"}


def page(language: str = "en", **asked: Any) -> str:
    """What somebody reads who asks that."""
    answer = admin(language).get(AT, CAR | asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_first_visit_shows_a_car_that_can_be_built() -> None:
    answer = staff("Marketers").get(AT)
    assert answer.status_code == 200
    assert "Nothing waits to be published" in answer.content.decode()


def test_only_who_may_see_prices_sees_the_preview() -> None:
    assert staff("Finance clerks").get(AT).status_code in {302, 403}
    assert "Price preview" not in staff("Finance clerks").get("/cms/").content.decode()


def test_the_sheet_names_every_line_and_why_each_offer_does_not_apply() -> None:
    told = page(o=["paint-clearing", "pkg-quiet"])
    for words in (
        "¥375,300.00",
        "Quiet Package",
        "cn-2026-09",
        "needs a proof that the buyer does not bring (proof of the car traded in)",
        "needs its code word",
        "not for this model",
        "its option is not on the car, or costs nothing (<code>pkg-clearing500</code>)",
        "Offers of other markets",
        "0 of 200 taken",
        "to the tax office",
    ):
        assert words in told, words


def test_a_buyer_with_word_proof_and_loan_is_shown_what_they_get() -> None:
    told = page(words="lujiang-2026", proof="trade-in-proof", product="luyin-principal-48")
    assert "¥339,800.00" in told
    assert "<b>applies</b> −¥5,000.00" in told
    assert "Luyin 48 months, equal principal" in told
    assert "a month, 48 times" in told


def test_the_reader_chooses_the_down_payment_of_the_loan() -> None:
    usual = page(product="luyin-60")
    assert "¥107,940.00 down, ¥251,860.00 lent" in usual
    told = page(product="luyin-60", down="159,800")
    assert "¥159,800.00 down, ¥200,000.00 lent" in told
    assert "¥3,672.48 a month, 60 times" in told
    assert "3.88" in told
    assert 'name="down" value="159800.00"' in told
    for odd in ("nonsense", "-5", "0", "1e9999999999"):
        assert "¥107,940.00 down" in page(product="luyin-60", down=odd)
    assert "This loan cannot be had for this car and price." in page(product="luyin-60", down="1")


def test_an_edited_offer_stands_beside_the_one_on_sale_before_it_is_published() -> None:
    Incentive.objects.filter(code="harbour-cn").update(amounts={"haven": 700_000})
    told = page(words="LUJIANG-2026")
    assert "1 row waits to be published" in told
    assert "¥354,800.00" in told
    assert "¥352,800.00" in told
    assert "On sale: <b>applies</b> −¥5,000.00 <br>As edited: <b>applies</b> −¥7,000.00" in told
    assert Release.objects.count() == 1


def test_a_new_offer_is_not_there_on_sale_and_counts_as_edited() -> None:
    old = Incentive.objects.get(code="harbour-cn")
    old.pk, old.code, old.voucher, old.stack = None, "autumn", "", True
    old.save()
    assert "On sale: not there <br>As edited: <b>applies</b> −¥5,000.00" in page()


def test_a_full_quota_says_so() -> None:
    IncentiveClaim.objects.bulk_create(
        IncentiveClaim(
            incentive="harbour-cn", market="CN", holder=f"o-{n}", claimed_at=timezone.now()
        )
        for n in range(200)
    )
    told = page(words="LUJIANG-2026")
    assert "every place is taken" in told
    assert "200 of 200 taken" in told


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        ({"day": "2026-08-01"}, "en", "No price book is in force on this day"),
        ({"day": "2026-08-01"}, "zh-hans", "当天没有生效的价格表"),
        ({"words": "nobody"}, "en", "No offer for this car knows the word nobody."),
        ({"o": ["wheel-20-wing", "roof-ski", "com-glassroof"]}, "en", "This car cannot be built:"),
        ({"product": "luyin-24"}, "en", "This loan cannot be had for this car and price."),
        ({"product": "nothing"}, "zh-hans", "目录中没有这个贷款产品"),
        ({"market": "XX", "car": "x/y", "day": "when", "o": "zz"}, "en", "Price, VAT included"),
        ({"market": "DE"}, "en", "€"),
    ],
)
def test_what_cannot_be_shown_says_why_in_the_language_of_the_desk(
    asked: dict[str, Any], language: str, said: str
) -> None:
    assert said in page(language, **asked)


def test_a_saved_build_fills_the_form() -> None:
    code = save_build(
        model="haven", market="CN", choices=["trim:zenith", "paint-lake"], now=timezone.now()
    ).code
    answer = staff("Marketers").get(AT, {"build": code, "words": "LUJIANG-2026"}, follow=True)
    told = answer.content.decode()
    assert '<option value="haven/zenith" selected>' in told
    assert '<option value="paint-lake" selected>' in told
    assert 'value="LUJIANG-2026"' in told
    unknown = staff("Marketers").get(AT, {"build": "NOPE"}, follow=True)
    assert "There is no saved build NOPE." in unknown.content.decode()


def test_rows_that_cannot_be_read_leave_the_side_on_sale() -> None:
    Incentive.objects.filter(code="harbour-cn").update(valid_until="2026-10-01")
    PriceBook.objects.filter(code__startswith="cn-").update(live=False)
    told = page()
    assert "¥359,800.00" in told
    assert "No price book is in force on this day" in told
