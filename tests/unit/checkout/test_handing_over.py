"""Wishes, the address of a home delivery, and the report of a handover."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.domain.handing_over import (
    MOST_DAMAGES,
    WISHES,
    Damage,
    HandoverReport,
    check_handover,
    read_address,
    read_wishes,
)
from checkout.errors import BadHandover
from tests.factories.rules import rule_table

HOME = {"city": "厦门", "street": "鹭行路 1 号", "contact": "李明", "phone": "13800138000"}


def test_the_wishes_are_those_of_the_rules() -> None:
    told = {row["wish"]: (row["zh-hans"], row["en"]) for row in rule_table("delivery", "Wishes")}
    assert {code: (text["zh-hans"], text["en"]) for code, text in WISHES.items()} == told


def test_wishes_are_kept_once_in_the_order_of_the_list() -> None:
    found = read_wishes(["tour", "charged", "tour"], " by the sea\n")
    assert found.stored() == {"codes": ["charged", "tour"], "note": "by the sea"}


@pytest.mark.parametrize(
    ("codes", "note", "field"),
    [
        (["fireworks"], "", "wishes.fireworks"),
        ([], "x" * 301, "note"),
        ([], "a\x00b", "note"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused(codes: list[str], note: str, field: str) -> None:
    with pytest.raises(BadHandover) as caught:
        read_wishes(codes, note)
    assert caught.value.facts["errors"][0]["field"] == field


def test_an_address_says_where_and_to_whom() -> None:
    assert read_address(HOME) == HOME | {"postcode": ""}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"street": " "}, "home.street"),
        ({"city": None}, "home.city"),
        ({"door": "3"}, "home.door"),
        ({"street": "x" * 161}, "home.street"),
        ({"contact": "a\u202eb"}, "home.contact"),
    ],
)
def test_an_address_that_cannot_be_driven_to_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadHandover) as caught:
        read_address(HOME | change)
    assert field in [error["field"] for error in caught.value.facts["errors"]]


@pytest.mark.parametrize(
    ("report", "field"),
    [
        (HandoverReport(-1, 2), "kilometres"),
        (HandoverReport(2_001, 2), "kilometres"),
        (HandoverReport(12, 0), "keys"),
        (HandoverReport(12, 7), "keys"),
        (HandoverReport(12, 2, (Damage("door", " "),)), "damages.0"),
        (HandoverReport(12, 2, (Damage("door", "scratch"),) * (MOST_DAMAGES + 1)), "damages"),
    ],
)
def test_a_report_of_the_handover_that_is_wrong_names_the_field(
    report: HandoverReport, field: str
) -> None:
    with pytest.raises(BadHandover) as caught:
        check_handover(report)
    assert caught.value.facts["errors"][0]["field"] == field


def test_a_handover_with_damage_is_written_down_as_it_is() -> None:
    damage = Damage("door", "scratch, painted until 1 December")
    check_handover(HandoverReport(12, 2, (damage,), "rain"))
    assert damage.stored() == {"part": "door", "remark": "scratch, painted until 1 December"}
