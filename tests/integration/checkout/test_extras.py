"""Quotes with offers, extras and a car to trade in: the worked examples, both markets, and a quote's life with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog.errors import UnknownVoucher
from checkout.errors import (
    BadWish,
    CurrencyNotOfMarket,
    ExtraChanged,
    QuoteExpired,
    UnknownExtra,
    UnknownProof,
)
from checkout.models import Quote
from checkout.queries.quotes import QuoteFacts, quote
from checkout.services.quotes import create_quote
from kernel.money import Money
from tests.factories.ordering import placed
from tests.factories.rules import rule_table
from tests.factories.shelf import NOON, forget, put_on_sale, saved_build

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(days=1)
COVERS = ["cn-compulsory", "cn-damage", "cn-third-party-2m"]
ANSWERS = [
    {"code": "care-plus", "wanted": True},
    {"code": "plate-service", "wanted": True},
    {"code": "warranty-plus", "wanted": False},
]
TRADE_IN = {"words": "2019 SUV, 60,000 km", "wished": {"amount": 4500000, "currency": "CNY"}}
Document = dict[str, Any]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def release(db: None) -> str:
    return put_on_sale()


def quoted(**changes: Any) -> QuoteFacts:
    asked: dict[str, Any] = {
        "market": "CN",
        "build": None,
        "vin": None,
        "finance": None,
        "insurance": None,
        "insurance_facts": None,
        "place": None,
        "now": NOON,
    }
    if "build" not in changes:
        changes["build"] = saved_build()
    return create_quote(**(asked | changes))


def example() -> QuoteFacts:
    return quoted(
        finance={"product": "luyin-60"},
        insurance=COVERS,
        vouchers=["lujiang-2026"],
        proofs=["trade-in-proof"],
        extras=ANSWERS,
        trade_in=TRADE_IN,
    )


def euro_example(**changes: Any) -> QuoteFacts:
    return quoted(
        market="DE",
        build=saved_build(market="DE"),
        finance={"product": "hanseflut-48"},
        insurance_facts={"driver_age": 35, "no_claims_class": "SF10", "seats": None},
        vouchers=["HAFEN-2026"],
        extras=[
            {"code": "care-plus", "wanted": True},
            {"code": "winter-storage", "wanted": True},
        ],
        **changes,
    )


def amount(value: Mapping[str, Any]) -> str:
    return str(Money(value["amount"], value["currency"]).decimal)


def without_service(code: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["services"] = [row for row in document["services"] if row["code"] != code]

    return change


def without_offer(code: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["incentives"] = [row for row in document["incentives"] if row["code"] != code]

    return change


def service_priced(code: str, price: int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        for row in document["services"]:
            if row["code"] == code:
                row["prices"]["CN"] = price

    return change


def trim_priced(price: int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        for model in document["models"]:
            for row in model["prices"]:
                if model["code"] == "haven" and row["code"] == "voyage":
                    row["amount"] = price

    return change


# ---- The worked examples ----


def test_the_sheet_shows_offers_and_extras_after_the_car(release: str) -> None:
    lines = example().document["price_sheet"]["lines"]
    shown = [
        (line["code"], line["kind"], amount(line["amount"]), amount(line["tax"]))
        for line in lines
        if line["amount"]["amount"]
    ]
    told = rule_table("quotes", "With offers and extras")
    assert shown == [(row["line"], row["kind"], row["amount"], row["tax"]) for row in told]


def test_the_sums_with_offers_and_extras_are_those_of_the_rules(release: str) -> None:
    balance = example().document["balance"]
    told = {row["sum"]: row["CNY"] for row in rule_table("quotes", "Sums with offers and extras")}
    assert {key: amount(balance[key]) for key in told} == told


def test_the_sums_in_euro_are_those_of_the_rules(release: str) -> None:
    balance = euro_example().document["balance"]
    told = {row["sum"]: row["EUR"] for row in rule_table("quotes", "The same in euro")}
    assert {key: amount(balance[key]) for key in told} == told


@pytest.mark.parametrize("make", [example, euro_example])
def test_a_quote_with_extras_ties_out_to_the_cent(
    release: str, make: Callable[[], QuoteFacts]
) -> None:
    document = make().document
    sheet, balance = document["price_sheet"], document["balance"]
    assert sum(line["amount"]["amount"] for line in sheet["lines"]) == sheet["total"]["amount"]
    assert sum(line["tax"]["amount"] for line in sheet["lines"]) == sheet["vat"]["amount"]
    assert balance["car"]["amount"] + balance["extras"]["amount"] == balance["price"]["amount"]
    sold = [one["price"]["amount"] for one in document["extras"]["items"] if one["wanted"]]
    assert sum(sold) == document["extras"]["total"]["amount"] == balance["extras"]["amount"]
    assert document["on_the_road"]["amount"] == (
        sheet["total"]["amount"] + balance["taxes"]["amount"] + balance["insurance"]["amount"]
    )


def test_tax_premiums_and_deposit_are_those_of_the_car_alone(release: str) -> None:
    with_it = quoted(insurance=COVERS, extras=ANSWERS).document
    without = quoted(insurance=COVERS).document
    for part in ("taxes", "insurance", "deposit"):
        assert with_it[part] == without[part]
    assert with_it["balance"]["car"] == without["price_sheet"]["total"]


def test_each_answer_is_kept_with_its_moment_and_words_and_silence_is_no_refusal(
    release: str,
) -> None:
    found = example()
    items = {one["code"]: one for one in found.document["extras"]["items"]}
    assert [items[code]["wanted"] for code in ("care-plus", "warranty-plus", "data-pack")] == [
        True,
        False,
        None,
    ]
    assert items["warranty-plus"]["answered_at"] == NOON.isoformat()
    assert items["data-pack"]["answered_at"] is None
    kept = Quote.objects.get(code=found.code).request["extras"]
    assert {row["code"]: row["text_version"] for row in kept} == {
        code: items[code]["text_version"]
        for code in ("care-plus", "plate-service", "warranty-plus")
    }
    sold = {line["code"] for line in found.document["price_sheet"]["lines"]}
    assert not sold & {"warranty-plus", "data-pack"}


def test_every_market_sells_a_gap_promise_and_a_registration_service(release: str) -> None:
    for document in (quoted().document, euro_example().document):
        codes = {one["code"]: one["kind"] for one in document["extras"]["items"]}
        assert codes["gap-promise"] == "gap"
        assert {"care-plus", "warranty-plus", "data-pack", "plate-service"} <= set(codes)
        assert all(one["price"]["amount"] > 0 for one in document["extras"]["items"])


def test_an_offer_with_a_proof_says_what_follows_without_it(release: str) -> None:
    offers = {one["code"]: one for one in example().document["offers"]}
    assert offers["trade-in-cn"]["needs"] == "trade-in-proof"
    assert "owed" in offers["trade-in-cn"]["condition"]["en"]
    assert offers["harbour-cn"]["voucher"] == "LUJIANG-2026"
    assert offers["harbour-cn"]["condition"] is None


def test_a_trade_in_is_shown_and_changes_no_sum(release: str) -> None:
    plain, trading = quoted().document, quoted(trade_in=TRADE_IN).document
    assert trading["trade_in"]["words"] == TRADE_IN["words"]
    assert trading["trade_in"]["wished"] == TRADE_IN["wished"]
    assert trading["balance"] == plain["balance"]
    assert plain["trade_in"] is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"extras": [{"code": "moon-trip", "wanted": True}]}, UnknownExtra),
        ({"extras": [{"code": "winter-storage", "wanted": True}]}, UnknownExtra),
        ({"extras": [{"code": "winter-storage", "wanted": False}]}, UnknownExtra),
        (
            {"extras": [{"code": "care-plus", "wanted": True, "text_version": "of-last-year"}]},
            ExtraChanged,
        ),
        ({"vouchers": ["NO-SUCH-WORD"]}, UnknownVoucher),
        ({"vouchers": [f"W{n}" for n in range(100)]}, BadWish),
        ({"proofs": ["no-such-proof"]}, UnknownProof),
        ({"trade_in": {"words": "x" * 5000}}, BadWish),
        ({"trade_in": {"words": "x", "wished": {"amount": -1, "currency": "CNY"}}}, BadWish),
        (
            {"trade_in": {"words": "x", "wished": {"amount": 1, "currency": "EUR"}}},
            CurrencyNotOfMarket,
        ),
    ],
)
def test_a_bad_wish_has_its_error_and_stores_nothing(
    release: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        quoted(**changes)
    assert Quote.objects.count() == 0


def word(code: str, **parts: Any) -> Callable[[Document], None]:
    """A price bonus of the haven by the code word of that name, in mainland China, not combinable."""

    def change(document: Document) -> None:
        document["incentives"].append(
            {
                "code": code,
                "kind": "price_bonus",
                "market": "CN",
                "models": {"haven": 900_000},
                "from": "2026-11-01",
                "stack": False,
                "voucher": code.upper(),
                "name": {"zh-hans": code, "en": code},
                **parts,
            }
        )

    return change


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({}, None),
        ({"models": {"haven": 1}}, "not-combinable"),
        ({"models": {"vale": 900_000}}, "model"),
        ({"until": "2026-11-22"}, "over"),
        ({"from": "2026-11-23"}, "not-yet"),
        ({"quota": 0}, "quota"),
        ({"needs": "trade-in-proof"}, "proof"),
    ],
)
def test_a_quote_answers_each_code_word_and_its_price_sheet_agrees(
    db: None, parts: dict[str, Any], reason: str | None
) -> None:
    put_on_sale(word("other", **parts))
    made = quoted(vouchers=["LUJIANG-2026", "Other"]).document
    answers = {one["word"]: one for one in made["vouchers"]}
    assert answers["Other"]["reason"] == reason
    assert answers["LUJIANG-2026"]["reason"] == (None if reason else "not-combinable")
    shown = {line["code"] for line in made["price_sheet"]["lines"]}
    for one in made["vouchers"]:
        assert one["applied"] == (one["offer"] in shown)
        assert set(one["text"]) == {"zh-hans", "en"}
    order = quoted(vouchers=["LUJIANG-2026"]).document["vouchers"]
    assert [one["applied"] for one in order] == [True]


# ---- The life of a quote with offers and extras ----


def test_an_offer_withdrawn_before_the_quote_ends_is_still_kept(release: str) -> None:
    found = example()
    put_on_sale(without_offer("harbour-cn"))
    still = quote(found.code, NOON + DAY)
    assert still.document == found.document
    assert still.fall is None


def test_a_fall_reaches_a_quote_whose_offer_was_withdrawn_since(release: str) -> None:
    found = example()

    def change(document: Document) -> None:
        without_offer("harbour-cn")(document)
        trim_priced(35000000)(document)

    put_on_sale(change)
    today = quote(found.code, NOON + DAY)
    assert today.fall is not None
    parts = {line["code"]: line["part"] for line in today.fall["lines"]}
    assert parts["harbour-cn"] == "incentive"
    assert parts["trim:voyage"] == "car"
    assert today.fall["price"]["change"]["amount"] == -980000 + 500000


def test_an_extra_that_becomes_cheaper_is_passed_on_with_the_answers_as_they_were_given(
    release: str,
) -> None:
    found = example()
    put_on_sale(service_priced("care-plus", 400000))
    today = quote(found.code, NOON + DAY)
    assert today.fall is not None
    extras = [line for line in today.fall["lines"] if line["part"] == "extra"]
    assert [line["code"] for line in extras] == ["care-plus"]
    items = {one["code"]: one for one in today.document["extras"]["items"]}
    assert items["care-plus"]["answered_at"] == NOON.isoformat()
    assert items["warranty-plus"]["wanted"] is False


def test_an_extra_that_is_gone_or_worded_anew_stays_as_promised(release: str) -> None:
    found = example()

    def reworded(document: Document) -> None:
        trim_priced(30000000)(document)
        for row in document["services"]:
            if row["code"] == "care-plus":
                row["text"] = {"zh-hans": "更少", "en": "Less of it"}

    for change in (without_service("care-plus"), reworded):
        put_on_sale(change)
        assert quote(found.code, NOON + DAY).document == found.document


def test_after_its_end_a_quote_tells_the_difference_by_line_and_part(release: str) -> None:
    found = example()

    def change(document: Document) -> None:
        without_offer("harbour-cn")(document)
        without_service("plate-service")(document)
        service_priced("care-plus", 500000)(document)
        trim_priced(37000000)(document)

    put_on_sale(change)
    with pytest.raises(QuoteExpired) as refused:
        placed(found.code, terms={"version": "x", "accepted": True}, now=NOON + WEEK)
    difference = refused.value.facts["difference"]
    lines = {line["code"]: line for line in difference["lines"]}
    assert {code: line["part"] for code, line in lines.items()} == {
        "trim:voyage": "car",
        "harbour-cn": "incentive",
        "care-plus": "extra",
        "plate-service": "extra",
        "purchase-tax": "tax",
        "cn-damage": "cover",
        "luyin-60": "finance",
    }
    assert lines["plate-service"]["now"] is None
    assert lines["harbour-cn"]["now"] is None
    changes = sum(
        (line["now"] or {"amount": 0})["amount"] - (line["was"] or {"amount": 0})["amount"]
        for line in lines.values()
    )
    assert difference["in_all"]["change"]["amount"] == changes


def test_a_loan_that_is_gone_is_left_out_of_the_difference(release: str) -> None:
    found = example()
    put_on_sale(lambda document: document.update(finance_products=[]))
    with pytest.raises(QuoteExpired) as refused:
        placed(found.code, terms={"version": "x", "accepted": True}, now=NOON + WEEK)
    [line] = refused.value.facts["difference"]["lines"]
    assert (line["part"], line["now"]) == ("finance", None)


# ---- The order ----


def test_an_order_owns_the_extras_and_offers_of_its_quote(release: str) -> None:
    found = example()
    order = placed(found.code).facts
    assert order.document["extras"] == found.document["extras"]
    assert order.document["offers"] == found.document["offers"]
    assert order.money.price.minor == found.document["price_sheet"]["total"]["amount"]
    [event] = [event for event in order.events if event.kind == "order-placed"]
    assert event.facts["extras"] == {
        "care-plus": True,
        "plate-service": True,
        "warranty-plus": False,
    }
