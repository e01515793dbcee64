"""What a buyer asks for and who the buyer is: every wrong field has its own refusal."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.domain.asking import Asked, read_amount, read_asked
from checkout.domain.buyer import address_line, read_buyer
from checkout.errors import (
    BadBuyer,
    CheckoutError,
    CoverNotOffered,
    CurrencyNotOfMarket,
    FinanceNotEligible,
    NothingToQuote,
    UnknownCover,
)
from kernel.money import Money
from kernel.text import canonical_json

NOTHING: dict[str, Any] = {
    "market": "CN",
    "currency": "CNY",
    "build": "K7Q2M4XW",
    "vin": None,
    "finance": None,
    "insurance": None,
    "insurance_facts": None,
    "place": None,
}
LI = {"kind": "person", "name": "李明", "email": "Li@Example.com", "phone": "+86 138 0013 8000"}


def ask(**changes: Any) -> Asked:
    return read_asked(**(NOTHING | changes))


def test_a_request_keeps_open_what_was_not_said() -> None:
    asked = ask()
    assert asked.driver_age is None
    assert asked.insurance is None
    assert asked.facts()["insurance_facts"] == {
        "driver_age": None,
        "no_claims_class": None,
        "seats": None,
    }


def test_a_request_survives_being_stored() -> None:
    asked = ask(
        finance={"product": "luyin-60", "months": 60, "down_payment": Money(11859000, "CNY")},
        insurance=["cn-damage", "cn-damage"],
        insurance_facts={"driver_age": 44, "no_claims_class": "SF5", "seats": 5},
        place="xm-home",
    )
    facts = asked.facts()
    canonical_json(facts)
    again = read_asked(
        market="CN",
        currency="CNY",
        build=facts["build"],
        vin=facts["vin"],
        finance=facts["finance"],
        insurance=facts["insurance"],
        insurance_facts=facts["insurance_facts"],
        place=facts["place"],
    )
    assert again == asked
    assert asked.insurance == ("cn-damage",)


@pytest.mark.parametrize(
    ("build", "vin"), [(None, None), ("K7Q2M4XW", "L0SH11CA0VX112729"), ("", "")]
)
def test_a_request_names_exactly_one_car(build: str | None, vin: str | None) -> None:
    with pytest.raises(NothingToQuote):
        ask(build=build, vin=vin)


def test_a_vin_may_be_typed_in_small_letters() -> None:
    assert ask(build=None, vin="l0sh11ca0vx112729").vin == "L0SH11CA0VX112729"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"insurance": "cn-damage"}, UnknownCover),
        ({"insurance": [1]}, UnknownCover),
        ({"insurance_facts": {"driver_age": "30"}}, CoverNotOffered),
        ({"insurance_facts": {"driver_age": True}}, CoverNotOffered),
        ({"insurance_facts": {"seats": 0}}, CoverNotOffered),
        ({"insurance_facts": {"driver_age": 130}}, CoverNotOffered),
        ({"finance": {"product": "x", "months": 0}}, FinanceNotEligible),
        ({"finance": {"product": "x", "months": "60"}}, FinanceNotEligible),
        ({"finance": {"product": "x", "months": True}}, FinanceNotEligible),
        (
            {"finance": {"product": "x", "down_payment": {"amount": 1, "currency": "EUR"}}},
            CurrencyNotOfMarket,
        ),
        (
            {"finance": {"product": "x", "down_payment": {"amount": -1, "currency": "CNY"}}},
            FinanceNotEligible,
        ),
        (
            {"finance": {"product": "x", "down_payment": {"amount": 1.5, "currency": "CNY"}}},
            FinanceNotEligible,
        ),
        (
            {"finance": {"product": "x", "down_payment": {"amount": True, "currency": "CNY"}}},
            FinanceNotEligible,
        ),
    ],
)
def test_each_wrong_field_is_refused_by_name(
    changes: dict[str, Any], error: type[CheckoutError]
) -> None:
    with pytest.raises(error):
        ask(**changes)


def test_no_amount_is_no_amount() -> None:
    assert read_amount(None, "CNY", field="price") is None
    assert read_amount(Money(1, "CNY"), "CNY", field="price") == Money(1, "CNY")


def test_a_buyer_is_read_and_tidied() -> None:
    buyer = read_buyer(
        LI
        | {
            "address": {"city": "厦门", "street": " 鹭行路  1 号 "},
            "document": "350211199001011234",
        }
    )
    assert buyer.email == "li@example.com"
    assert buyer.phone == "+86 138 0013 8000"
    assert address_line(buyer.address) == "厦门 鹭行路 1 号"
    assert buyer.document == "350211199001011234"


def test_a_document_may_name_its_kind() -> None:
    buyer = read_buyer(LI | {"document": {"kind": "passport", "number": "E1234567"}})
    assert (buyer.document_kind, buyer.document) == ("passport", "E1234567")


def test_a_buyer_never_shows_personal_data_in_a_log() -> None:
    assert repr(read_buyer(LI)) == "Buyer(person)"


def test_one_way_to_reach_the_buyer_is_enough() -> None:
    assert read_buyer({"name": "Li", "phone": "13800138000"}).email == ""
    assert read_buyer({"name": "Li", "email": "a@b.cn"}).kind == "person"
    assert read_buyer({"name": "Li", "email": "a@b.cn", "address": "1 Luxing Road"}).address == {
        "line": "1 Luxing Road"
    }


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"kind": "robot"}, ["buyer.kind"]),
        ({"name": " "}, ["buyer.name"]),
        ({"name": None}, ["buyer.name"]),
        ({"name": "x" * 121}, ["buyer.name"]),
        ({"name": "a\x00b"}, ["buyer.name"]),
        ({"email": "nowhere"}, ["buyer.email"]),
        ({"phone": "call me"}, ["buyer.phone"]),
        ({"email": None, "phone": ""}, ["buyer.email"]),
        ({"address": ["x"]}, ["buyer.address"]),
        ({"address": {"planet": "Mars"}}, ["buyer.address"]),
        ({"address": {"street": "x" * 201}}, ["buyer.address"]),
        ({"address": {"street": "a\x07"}}, ["buyer.address"]),
        ({"document": "?!"}, ["buyer.document"]),
        ({"document": {"kind": "id", "number": "1" * 41}}, ["buyer.document"]),
        ({"kind": "robot", "name": "", "email": "x"}, ["buyer.kind", "buyer.name", "buyer.email"]),
    ],
)
def test_every_wrong_field_of_a_buyer_is_named_at_once(
    changes: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(BadBuyer) as refused:
        read_buyer(LI | changes)
    assert [error["field"] for error in refused.value.facts["errors"]] == fields
