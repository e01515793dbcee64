"""Quotes: a promise of price that ignores a rise, passes a fall on, and explains itself after its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from catalog.errors import (
    MarketNotOnSale,
    NothingOnSale,
    UnknownBuild,
    UnknownMarket,
    UnknownVehicle,
    VehicleNotAvailable,
)
from catalog.models import Market
from catalog.services.stock import reserve_vehicle
from checkout.domain.order_policy import order_policy
from checkout.errors import (
    CheckoutError,
    CoverNotOffered,
    CurrencyNotOfMarket,
    FinanceNotEligible,
    NoDepositPolicy,
    NoOrderPolicy,
    NothingToQuote,
    UnknownCover,
    UnknownFinanceProduct,
    UnknownPlace,
    UnknownQuote,
)
from checkout.models import Quote
from checkout.queries.quotes import QuoteFacts, quote
from checkout.services.quotes import create_quote
from kernel.money import Money
from kernel.text import LANGUAGES, fingerprint
from tests.factories.rules import rule_table
from tests.factories.shelf import (
    EXAMPLE,
    NOON,
    close_market,
    forget,
    put_on_sale,
    saved_build,
    stock_vehicle,
)

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
LOAN = {"product": "luyin-60", "months": 60, "down_payment": Money.of("118590.00", "CNY")}
DRIVER = {"driver_age": 35, "no_claims_class": "SF10", "seats": None}
CURRENCY = {"CN": "CNY", "DE": "EUR"}
COVERS = ["cn-compulsory", "cn-damage", "cn-third-party-2m"]


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
    if "build" not in changes and "vin" not in changes:
        changes["build"] = saved_build()
    return create_quote(**(asked | changes))


def repriced(code: str, amount: int) -> Any:
    def change(document: dict[str, Any]) -> None:
        for model in document["models"]:
            for row in model["prices"]:
                if model["code"] == "haven" and row["code"] == code:
                    row["amount"] = amount

    return change


def amount(value: Mapping[str, Any]) -> str:
    return str(Money(value["amount"], value["currency"]).decimal)


def test_the_worked_example_costs_423787_03_on_the_road(release: str) -> None:
    found = quoted(finance=LOAN, insurance=COVERS)
    told = {row["sum"]: row["CNY"] for row in rule_table("quotes", "The worked example")}
    balance = found.document["balance"]
    assert {key: amount(balance[key]) for key in told} == told
    assert amount(found.document["on_the_road"]) == "423787.03"
    assert amount(found.document["price_sheet"]["vat"]) == "45476.99"
    assert amount(found.document["finance"]["instalment"]) == "5081.06"
    assert amount(found.document["finance"]["in_all"]) == "451940.63"
    assert found.document["delivery"]["from"] == "2026-12-27"
    assert found.document["delivery"]["until"] == "2027-01-09"


def test_the_document_has_every_part_that_the_rules_name(release: str) -> None:
    document = quoted(finance=LOAN, insurance=COVERS).document
    told = {
        part.strip(" `")
        for row in rule_table("quotes", "The document")
        for part in row["part"].split(",")
    }
    assert set(document) == told


def test_every_text_of_the_document_is_there_in_both_languages(release: str) -> None:
    def texts(value: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(value, Mapping):
            if set(value) & set(LANGUAGES):
                yield value
            for part in value.values():
                yield from texts(part)
        elif isinstance(value, list):
            for part in value:
                yield from texts(part)

    found = list(texts(quoted(finance=LOAN, insurance=COVERS).document))
    assert len(found) > 60
    assert all(text[language] for text in found for language in LANGUAGES)


def test_the_car_of_the_document_lists_its_equipment_by_group(release: str) -> None:
    car = quoted().document["car"]
    assert car["names"]["title"] == {
        "zh-hans": "鹭行 云湾 远航版",
        "en": "Egretta Haven Voyage",
    }
    assert car["paint"] == "paint-clearing"
    kinds = {option["code"]: option["kind"] for option in car["options"]}
    assert kinds["pkg-quiet"] == "package"
    assert kinds["wheel-20-wing"] == "option"
    assert "included" in kinds.values()
    paint = next(o for o in car["options"] if o["code"] == "paint-clearing")
    assert paint["group_name"]["zh-hans"] == "车身颜色"


def test_a_quote_is_valid_for_seven_days_and_frozen_with_its_fingerprint(release: str) -> None:
    found = quoted()
    row = Quote.objects.get(code=found.code)
    assert found.expires_at == NOON + WEEK
    assert found.release == release
    assert row.fingerprint == fingerprint(row.document)
    assert quote(found.code, NOON + WEEK - SECOND).state == "open"
    assert quote(found.code, NOON + WEEK).state == "expired"


def test_without_a_word_the_quote_holds_the_compulsory_cover_alone(release: str) -> None:
    cover = quoted().document["insurance"]
    assert [line["product"] for line in cover["lines"]] == ["cn-compulsory"]
    assert cover["facts"]["driver_age"] == 30


def test_a_buyer_may_bring_the_cover_along(release: str) -> None:
    document = quoted(insurance=[]).document
    assert document["insurance"] is None
    assert amount(document["on_the_road"]) == "415282.30"


def test_a_loan_without_a_down_payment_takes_thirty_per_cent(release: str) -> None:
    finance = quoted(finance={"product": "luyin-36"}).document["finance"]
    assert amount(finance["down_payment"]) == "118590.00"
    assert amount(finance["instalment"]) == "8045.84"
    assert finance["apr_convention"] == "monthly-irr-times-12"


def test_accessories_are_paid_down_because_the_lender_refuses_them(release: str) -> None:
    build = saved_build([*EXAMPLE, "acc-ppf"])
    document = quoted(build=build, finance={"product": "luyin-36"}).document
    price = document["price_sheet"]["total"]["amount"]
    least = Money(-(-price // 5), "CNY")
    found = quoted(build=build, finance={"product": "luyin-36", "down_payment": least})
    assert found.document["finance"]["down_payment"]["amount"] == least.minor


def test_a_six_seat_car_pays_the_cover_of_six_seats(release: str) -> None:
    five = quoted(build=saved_build(["trim:journey"], model="vale")).document
    six = quoted(build=saved_build(["trim:journey", "seat-6"], model="vale")).document
    assert (five["car"]["seats"], six["car"]["seats"]) == (5, 6)
    assert amount(five["insurance"]["total"]) == "950.00"
    assert amount(six["insurance"]["total"]) == "1100.00"


def test_the_place_is_the_one_asked_for_or_the_first_delivery_centre(release: str) -> None:
    assert quoted().document["delivery"]["place"]["code"] == "xm-home"
    place = quoted(place="cd-jinjiang").document["delivery"]["place"]
    assert place["name"]["en"] == "Egretta Delivery Centre Chengdu Jinjiang"


def test_a_rise_of_the_price_is_ignored_until_the_quote_ends(release: str) -> None:
    found = quoted()
    put_on_sale(repriced("paint-clearing", 900000))
    later = quote(found.code, NOON + WEEK - SECOND)
    assert later.fall is None
    assert later.document == found.document


def test_a_fall_of_the_price_is_passed_on_line_by_line(release: str) -> None:
    found = quoted(finance={"product": "luyin-60"})
    cheaper = put_on_sale(repriced("paint-clearing", 300000))
    later = quote(found.code, NOON + SECOND)
    assert later.release == cheaper
    assert amount(later.document["price_sheet"]["total"]) == "393300.00"
    assert later.fall is not None
    lines = {
        line["code"]: (amount(line["was"]), amount(line["now"])) for line in later.fall["lines"]
    }
    assert lines["paint-clearing"] == ("5000.00", "3000.00")
    assert amount(later.document["finance"]["down_payment"]) == "117990.00"
    assert Quote.objects.get(code=found.code).document == found.document


def test_a_new_price_book_within_the_week_raises_nothing(release: str) -> None:
    before = NOON.replace(month=12, day=29)
    found = quoted(build=saved_build(now=before), now=before)
    later = quote(found.code, before + timedelta(days=5))
    assert later.document["price_sheet"]["price_book"] == "cn-2026-09"


def test_a_promise_stands_although_the_car_is_no_longer_sold(release: str) -> None:
    found = quoted()

    def without_paint(document: dict[str, Any]) -> None:
        for model in document["models"]:
            for trims in model["availability"].values():
                for options in trims.values():
                    options.pop("paint-clearing", None)

    put_on_sale(without_paint)
    assert quote(found.code, NOON).document == found.document


def test_a_quote_of_a_stock_vehicle_names_its_vin_its_place_and_its_days(release: str) -> None:
    vin = stock_vehicle()
    document = quoted(vin=vin).document
    assert document["car"]["vin"] == vin
    assert document["car"]["model_year"] == "my2027"
    assert document["delivery"]["days"] == 4
    assert document["delivery"]["from"] == "2026-11-26"
    assert document["delivery"]["place"]["code"] == "xm-home"
    assert amount(document["price_sheet"]["total"]) == "395300.00"


def test_a_stock_vehicle_asked_for_less_says_so_in_a_line_of_its_own(release: str) -> None:
    document = quoted(vin=stock_vehicle(price=37530000)).document
    sheet = document["price_sheet"]
    [discount] = [line for line in sheet["lines"] if line["kind"] == "discount"]
    assert (discount["code"], amount(discount["amount"])) == ("stock-price", "-20000.00")
    assert sum(line["amount"]["amount"] for line in sheet["lines"]) == sheet["total"]["amount"]
    assert amount(sheet["vat"]) == "43176.11"


def test_a_stock_vehicle_keeps_its_price_when_the_list_price_rises(release: str) -> None:
    vin = stock_vehicle()
    put_on_sale(repriced("voyage", 40000000))
    assert amount(quoted(vin=vin).document["price_sheet"]["total"]) == "395300.00"


def test_a_vehicle_that_somebody_holds_cannot_be_quoted(release: str) -> None:
    vin = stock_vehicle()
    reserve_vehicle(vin=vin, holder="C26-OTHER", until=NOON + timedelta(hours=1), now=NOON)
    with pytest.raises(VehicleNotAvailable) as refused:
        quoted(vin=vin)
    assert refused.value.facts["vin"] == vin


def test_a_sold_vehicle_cannot_be_quoted(release: str) -> None:
    with pytest.raises(VehicleNotAvailable):
        quoted(vin=stock_vehicle(status="sold"))


EUROS = {"product": "luyin-60", "down_payment": {"amount": 1, "currency": "EUR"}}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"build": "NOSUCH00"}, UnknownBuild),
        ({"vin": "L0SH11CA0VX999999"}, UnknownVehicle),
        ({"build": None, "vin": None}, NothingToQuote),
        ({"market": "FR"}, UnknownMarket),
        ({"place": "ber-mitte"}, UnknownPlace),
        ({"finance": {"product": "free-money"}}, UnknownFinanceProduct),
        ({"finance": {"product": "luyin-24"}}, FinanceNotEligible),
        ({"finance": {"product": "luyin-60", "months": 48}}, FinanceNotEligible),
        ({"finance": EUROS}, CurrencyNotOfMarket),
        ({"insurance": ["de-vollkasko"]}, UnknownCover),
        ({"insurance": ["cn-damage"], "insurance_facts": {"driver_age": 17}}, CoverNotOffered),
    ],
)
def test_each_bad_request_has_its_error_and_stores_nothing(
    release: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        quoted(**changes)
    assert Quote.objects.count() == 0
    if isinstance(refused.value, CheckoutError):
        assert refused.value.code
        assert refused.value.message


def test_nothing_is_quoted_in_a_market_that_is_closed(release: str) -> None:
    build = saved_build(market="DE", choices=["trim:voyage"])
    close_market("DE")
    with pytest.raises(MarketNotOnSale):
        quoted(build=build, market="DE")


def test_a_build_of_another_market_is_refused(release: str) -> None:
    with pytest.raises(NothingToQuote, match="for market DE"):
        quoted(build=saved_build(market="DE", choices=["trim:voyage"]))


def test_a_quote_freezes_the_order_policy_of_its_market_in_minor_units(release: str) -> None:
    for market, code, fee in (("CN", "cn-orders", 200000), ("DE", "de-orders", 29000)):
        build = saved_build(market=market, choices=["trim:voyage"])
        row = quoted(market=market, build=build, insurance_facts=DRIVER).document["order_policy"]
        assert (row["code"], row["priority"]["fee"]) == (code, fee)
        terms = quoted(market=market, build=build, insurance_facts=DRIVER).document["terms"]
        clauses = {clause["code"]: clause["text"] for clause in terms["clauses"]}
        assert clauses["delay"] == row["delay"]["text"]
        assert order_policy(row, CURRENCY[market]).slots.cars == 2


def test_without_an_order_policy_nothing_is_quoted(release: str) -> None:
    build = saved_build()
    put_on_sale(lambda document: document.pop("order_policies"))
    with pytest.raises(NoOrderPolicy):
        quoted(build=build)


def test_without_a_deposit_policy_nothing_is_quoted(release: str) -> None:
    build = saved_build()
    put_on_sale(lambda document: document.update(deposit_policies=[]))
    with pytest.raises(NoDepositPolicy):
        quoted(build=build)


def test_without_a_release_nothing_is_quoted() -> None:
    with pytest.raises(NothingOnSale):
        quoted(build="NOSUCH00")


def test_an_unknown_quote_is_said_to_be_unknown(release: str) -> None:
    with pytest.raises(UnknownQuote) as refused:
        quote("Q-NOSUCH", NOON)
    assert refused.value.facts == {"quote": "Q-NOSUCH"}


def test_a_vehicle_of_another_market_is_refused(release: str) -> None:
    vin = stock_vehicle()
    Market.objects.filter(code="CN").update(code="DE")
    with pytest.raises(NothingToQuote, match="sold in market DE"):
        quoted(vin=vin)
