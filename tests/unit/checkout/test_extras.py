"""Extras by consent, what buyers say beside the car, and what is left out when a quote is worked out again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.price_sheet import PriceLine, PriceSheet, with_tax
from catalog.errors import UnknownVoucher
from checkout.domain.asking import Asked as Request
from checkout.domain.asking import read_asked
from checkout.domain.extras import (
    Answer,
    Extra,
    extras_sum,
    offered,
    read_extras,
    recorded,
    with_extras,
)
from checkout.domain.leaving_out import without_offers, without_what_is_gone
from checkout.domain.wishes import read_answers, read_trade_in, read_words
from checkout.errors import (
    BadWish,
    CheckoutError,
    CoverNotOffered,
    CurrencyNotOfMarket,
    ExtraChanged,
    FinanceNotEligible,
    NothingToQuote,
    UnknownCover,
    UnknownExtra,
    UnknownFinanceProduct,
    UnknownPlace,
    UnknownProof,
)
from kernel.money import Money

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 4, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "code": "care",
        "kind": "service_plan",
        "markets": ["CN", "DE"],
        "prices": {"CN": 198000, "DE": 69000},
        "years": 3,
        "km": 60000,
        "name": {"zh-hans": "保养", "en": "Care"},
        "text": {"zh-hans": "三次", "en": "Three services"},
    },
    {
        "code": "wheels",
        "kind": "service",
        "markets": ["DE"],
        "prices": {"DE": 12900},
        "years": 1,
        "name": {"zh-hans": "仓储", "en": "Storage"},
    },
]
YES, NO = Answer("care", True), Answer("care", False)


def words(text: str) -> dict[str, str]:
    return {"zh-hans": text, "en": text}


def sheet(price: int, currency: str, rate: Decimal) -> PriceSheet:
    line = PriceLine("trim:x", "base", words("x"), Money(price, currency))
    lines = with_tax([line], rate)
    vat = lines[0].tax
    assert vat is not None
    return PriceSheet("book", currency, lines, line.amount, line.amount, vat)


def euro_extras() -> tuple[Extra, ...]:
    return read_extras(ROWS, market="DE", currency="EUR")


def request(**changes: Any) -> Request:
    asked: dict[str, Any] = {
        "market": "DE",
        "currency": "EUR",
        "build": "ABC",
        "vin": None,
        "finance": None,
        "insurance": None,
        "insurance_facts": None,
        "place": None,
    }
    return read_asked(**(asked | changes))


# ---- Extras ----


def test_a_market_has_its_own_extras_at_its_own_price() -> None:
    assert [(e.code, e.price) for e in read_extras(ROWS, market="CN", currency="CNY")] == [
        ("care", Money(198000, "CNY"))
    ]
    assert [e.price.minor for e in euro_extras()] == [69000, 12900]
    assert euro_extras()[1].km is None


def test_an_extra_is_sold_for_a_yes_and_for_nothing_else() -> None:
    extras = euro_extras()
    assert [one.sold for one in offered(extras, [YES])] == [True, False]
    assert [one.sold for one in offered(extras, [NO])] == [False, False]
    assert [one.sold for one in offered(extras, [])] == [False, False]
    assert [one.facts()["wanted"] for one in offered(extras, [NO])] == [False, None]


def test_a_yes_and_a_no_are_recorded_with_moment_and_words_and_silence_is_not() -> None:
    extras = euro_extras()
    for answer in (YES, NO):
        [kept] = recorded(offered(extras, [answer]), NOON)
        assert (kept.wanted, kept.at, kept.version) == (answer.wanted, NOON, extras[0].version)
    assert recorded(offered(extras, []), NOON) == ()


def test_a_recorded_answer_keeps_its_moment_and_survives_json() -> None:
    extras = euro_extras()
    kept = recorded(offered(extras, [YES]), NOON)
    again = read_answers([answer.facts() for answer in kept])
    assert again == kept
    assert recorded(offered(extras, again), LATER) == kept
    assert offered(extras, again)[0].facts()["answered_at"] == NOON.isoformat()


def test_other_words_are_another_version_and_another_price_is_not() -> None:
    care = euro_extras()[0]
    assert replace(care, price=Money(1, "EUR")).version == care.version
    for changed in (
        replace(care, text=words("two services")),
        replace(care, years=2),
        replace(care, km=None),
        replace(care, name=words("other")),
    ):
        assert changed.version != care.version
        with pytest.raises(ExtraChanged) as refused:
            offered([changed], [replace(YES, version=care.version)])
        assert refused.value.facts["text_version"] == changed.version


def test_an_extra_of_another_market_is_refused_by_its_place_in_the_request() -> None:
    cn = read_extras(ROWS, market="CN", currency="CNY")
    with pytest.raises(UnknownExtra) as refused:
        offered(cn, [YES, Answer("wheels", True)])
    assert refused.value.facts == {
        "field": "extras.1.code",
        "extra": "wheels",
        "extras": ["care"],
    }


RATES = {"CNY": "0.13", "EUR": "0.19", "JPY": "0.10", "KWD": "0.05", "KRW": "0.10"}


@given(
    st.sampled_from(sorted(RATES)),
    st.integers(1, 10**10),
    st.lists(st.integers(0, 10**7), max_size=6),
)
def test_lines_and_their_tax_add_up_with_extras_in_every_currency(
    currency: str, price: int, prices: list[int]
) -> None:
    rate = Decimal(RATES[currency])
    extras = [
        Extra(f"e{n}", "service", words("e"), words("e"), 1, None, Money(p, currency))
        for n, p in enumerate(prices)
    ]
    asked = offered(extras, [Answer(extra.code, n % 2 == 0) for n, extra in enumerate(extras)])
    car = sheet(price, currency, rate)
    whole = with_extras(car, asked, rate)
    assert sum(line.amount.minor for line in whole.lines) == whole.total.minor
    assert sum(line.tax.minor for line in whole.lines if line.tax) == whole.vat.minor
    assert whole.total == car.total + extras_sum(asked, currency)
    assert whole.list_price == car.list_price
    assert [line.kind for line in whole.lines[1:]] == ["service"] * len(prices[::2])


def test_extras_in_yen_and_dinar_keep_their_digits() -> None:
    for currency, price, vat in (("JPY", 11000, 1000), ("KWD", 10500, 500)):
        extra = Extra("e", "service", words("e"), {}, 1, None, Money(price, currency))
        rate = Decimal(RATES[currency])
        whole = with_extras(sheet(0, currency, rate), offered([extra], [Answer("e", True)]), rate)
        assert (whole.total.minor, whole.vat.minor) == (price, vat)
    assert str(Money(10500, "KWD")) == "10.500 KWD"


def test_without_an_extra_the_sheet_is_the_cars_own() -> None:
    car = sheet(100000, "EUR", Decimal("0.19"))
    assert with_extras(car, offered(euro_extras(), [NO]), Decimal("0.19")) is car


# ---- What is said beside the car ----


def test_code_words_are_trimmed_and_taken_once() -> None:
    assert read_words([" Hafen-2026 ", "HAFEN-2026", "x"], field="vouchers") == ("Hafen-2026", "x")
    assert read_words(None, field="vouchers") == ()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("HAFEN", "vouchers"),
        (7, "vouchers"),
        (["x"] * 100, "vouchers"),
        (["a", ""], "vouchers.1"),
        (["a" * 41], "vouchers.0"),
        ([7], "vouchers.0"),
    ],
)
def test_code_words_that_are_none_are_refused_at_their_place(given: Any, field: str) -> None:
    with pytest.raises(BadWish) as refused:
        read_words(given, field="vouchers")
    assert refused.value.facts["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ("care", "extras"),
        ([{"code": f"e{n}", "wanted": True} for n in range(61)], "extras"),
        (["care"], "extras.0"),
        ([{"wanted": True}], "extras.0.code"),
        ([{"code": "c" * 65, "wanted": True}], "extras.0.code"),
        ([{"code": "care"}], "extras.0.wanted"),
        ([{"code": "care", "wanted": "yes"}], "extras.0.wanted"),
        ([{"code": "care", "wanted": 1}], "extras.0.wanted"),
        (
            [{"code": "care", "wanted": True}, {"code": "care", "wanted": False}],
            "extras.1.code",
        ),
    ],
)
def test_an_answer_that_is_no_plain_yes_or_no_is_refused(given: Any, field: str) -> None:
    with pytest.raises(BadWish) as refused:
        read_answers(given)
    assert refused.value.facts["errors"][0]["field"] == field


def test_a_car_to_trade_in_is_words_and_perhaps_a_wish() -> None:
    assert read_trade_in(None, "EUR") is None
    plain = read_trade_in({"words": "  Golf 7,\n 2016 "}, "EUR")
    assert plain is not None
    assert (plain.words, plain.wished) == ("Golf 7, 2016", None)
    wished = {"amount": 700000, "currency": "EUR"}
    full = read_trade_in({"words": "Golf", "wished": wished}, "EUR")
    assert full is not None
    assert full.facts() == {"words": "Golf", "wished": wished}
    assert read_trade_in(full.facts(), "EUR") == full
    assert read_trade_in({"words": "Golf", "wished": Money(5, "EUR")}, "EUR") == read_trade_in(
        {"words": "Golf", "wished": {"amount": 5, "currency": "EUR"}}, "EUR"
    )


@pytest.mark.parametrize(
    ("given", "error", "place"),
    [
        ({}, BadWish, "trade_in.words"),
        ({"words": " "}, BadWish, "trade_in.words"),
        ({"words": 7}, BadWish, "trade_in.words"),
        ({"words": "x" * 5000}, BadWish, "trade_in.words"),
        (
            {"words": "x", "wished": {"amount": -1, "currency": "EUR"}},
            BadWish,
            "trade_in.wished.amount",
        ),
        (
            {"words": "x", "wished": {"amount": 10**14, "currency": "EUR"}},
            BadWish,
            "trade_in.wished.amount",
        ),
        (
            {"words": "x", "wished": {"amount": True, "currency": "EUR"}},
            BadWish,
            "trade_in.wished.amount",
        ),
        (
            {"words": "x", "wished": {"amount": 1, "currency": "CNY"}},
            CurrencyNotOfMarket,
            "trade_in.wished",
        ),
    ],
)
def test_a_trade_in_that_cannot_be_read_names_its_field(
    given: dict[str, Any], error: type[CheckoutError], place: str
) -> None:
    with pytest.raises(error) as refused:
        read_trade_in(given, "EUR")
    assert refused.value.message.startswith(f"{place}:")


def test_a_request_with_every_wish_survives_json() -> None:
    asked = request(
        vouchers=["HAFEN-2026"],
        proofs=["trade-in-proof"],
        extras=[{"code": "care", "wanted": False}],
        trade_in={"words": "Golf", "wished": None},
    )
    facts = asked.facts()
    assert request(**{key: facts[key] for key in ("vouchers", "proofs", "extras", "trade_in")}) == (
        asked
    )
    assert request().facts()["trade_in"] is None


# ---- Leaving out what is gone ----


def test_words_and_proofs_that_no_offer_knows_are_left_out() -> None:
    asked = request(vouchers=["old", "new"], proofs=["gone", "kept"])
    one = without_offers(asked, UnknownVoucher("x", facts={"vouchers": ["old"]}))
    assert one is not None
    assert one.vouchers == ("new",)
    two = without_what_is_gone(asked, UnknownProof("x", facts={"proofs": ["gone"]}))
    assert two is not None
    assert two.proofs == ("kept",)
    assert without_offers(asked, UnknownExtra("x", facts={"extra": "care"})) is None


def test_what_is_gone_beside_the_car_is_left_out_one_by_one() -> None:
    asked = request(
        extras=[{"code": "care", "wanted": True}, {"code": "wheels", "wanted": True}],
        finance={"product": "bank"},
        insurance=["a", "b"],
        place="ber-mitte",
    )
    for gone in (UnknownExtra, ExtraChanged):
        less = without_what_is_gone(asked, gone("x", facts={"extra": "care"}))
        assert less is not None
        assert [answer.code for answer in less.extras] == ["wheels"]
    for error in (UnknownFinanceProduct("x"), FinanceNotEligible("x")):
        less = without_what_is_gone(asked, error)
        assert less is not None
        assert less.finance is None
        assert without_what_is_gone(less, error) is None
    placeless = without_what_is_gone(asked, UnknownPlace("x"))
    assert placeless is not None
    assert placeless.place is None
    assert without_what_is_gone(placeless, UnknownPlace("x")) is None
    assert without_what_is_gone(asked, NothingToQuote("x")) is None


def test_a_cover_that_is_gone_is_left_out_and_then_all_of_them() -> None:
    asked = request(insurance=["a", "b"])
    less = without_what_is_gone(asked, UnknownCover("x", facts={"product": "a"}))
    assert less is not None
    assert less.insurance == ("b",)
    none = without_what_is_gone(asked, CoverNotOffered("x", facts={"product": "compulsory"}))
    assert none is not None
    assert none.insurance == ()
    assert without_what_is_gone(none, CoverNotOffered("x")) is None
    quiet = without_what_is_gone(request(), CoverNotOffered("x", facts={"product": "compulsory"}))
    assert quiet is not None
    assert quiet.insurance == ()
