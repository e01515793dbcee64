"""Sums, dates and ranges as people write them."""

from __future__ import annotations

import pytest

from storefront.web import formatting


def cny(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "CNY"}


@pytest.mark.parametrize(
    ("amount", "cents", "plus", "shown"),
    [
        (39530000, False, False, "¥395,300"),
        (39530000, True, False, "¥395,300.00"),
        (508106, False, False, "¥5,081.06"),
        (2100000, False, True, "+¥21,000"),
        (-150000, False, True, "−¥1,500"),
        (0, False, True, "¥0"),
    ],
)
def test_a_sum_is_never_rounded(amount: int, cents: bool, plus: bool, shown: str) -> None:
    assert formatting.plain(cny(amount), cents=cents, plus=plus) == shown


def test_a_monthly_amount_before_a_quote_is_whole() -> None:
    assert formatting.plain(formatting.whole(cny(508106))) == "¥5,081"
    assert formatting.plain(formatting.whole(cny(385354))) == "¥3,854"


def test_other_currencies_have_their_own_sign_and_digits() -> None:
    assert formatting.plain({"amount": 6990000, "currency": "EUR"}) == "€69,900"
    assert formatting.plain({"amount": 6990, "currency": "JPY"}) == "JPY\u00a06,990"


def test_a_price_is_one_element_with_its_sign_apart() -> None:
    assert (
        formatting.markup(cny(500000), plus=True)
        == '+<span class="num"><span class="yen">¥</span>5,000</span>'
    )


@pytest.mark.parametrize(
    ("first", "last", "zh", "en"),
    [
        ("2027-01-02", "2027-01-15", "1 月 2–15 日", "2–15 Jan"),
        ("2026-12-27", "2027-01-09", "12 月 27 日 – 1 月 9 日", "27 Dec – 9 Jan"),
        ("2027-01-02", "2027-01-02", "1 月 2 日", "2 Jan"),
    ],
)
def test_a_range_names_a_month_once(first: str, last: str, zh: str, en: str) -> None:
    assert formatting.day_range(first, last, "zh") == zh
    assert formatting.day_range(first, last, "en") == en


def test_a_moment_is_shown_in_the_shops_time_zone() -> None:
    assert formatting.moment("2026-11-28T12:00:00Z", "zh") == "11 月 28 日 20:00"
    assert formatting.moment("2026-11-28T12:00:00+00:00", "en") == "28 Nov, 20:00"


@pytest.mark.parametrize(
    ("share", "shown"), [("0.0388", "3.88"), ("0.0400", "4"), ("0", "0"), (0.2, "20")]
)
def test_a_rate_has_no_idle_zeros(share: str | float, shown: str) -> None:
    assert formatting.rate(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5150, "5,150"), (3.9, "3.9"), (11.0, "11"), ("awd", "awd"), (True, "True")],
)
def test_a_technical_figure_is_plain(value: object, shown: str) -> None:
    assert formatting.spec(value) == shown


def test_a_day_far_off_is_written_with_its_year() -> None:
    assert formatting.full_day("2027-02-25", "zh") == "2027 年 2 月 25 日"
    assert formatting.full_day("2027-02-25", "en") == "25 Feb 2027"
