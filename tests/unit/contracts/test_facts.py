"""Frozen facts: canonical, readable again, without personal numbers in clear."""

import copy
import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.domain.facts import (
    facts_bytes,
    facts_document,
    facts_fingerprint,
    masked_document,
    masked_name,
    read_facts,
)
from contracts.errors import FactsNotReadable
from tests.factories.contract import contract_facts, with_offers

FULL = facts_document(contract_facts(financed=True, insured=True, vin="L0SCV2B05VX000123"))


def test_facts_read_back_are_the_same_facts() -> None:
    for facts in (contract_facts(), contract_facts(financed=True, insured=True)):
        assert read_facts(json.loads(facts_bytes(facts))) == facts


def test_equal_facts_have_one_fingerprint_and_other_facts_another() -> None:
    assert facts_fingerprint(contract_facts()) == facts_fingerprint(contract_facts())
    assert facts_fingerprint(contract_facts()) != facts_fingerprint(contract_facts(insured=True))


def test_the_fingerprint_is_the_sha256_of_the_attached_bytes() -> None:
    import hashlib

    facts = contract_facts()
    assert hashlib.sha256(facts_bytes(facts)).hexdigest() == facts_fingerprint(facts)


def test_a_fact_that_came_later_is_written_only_where_it_says_something() -> None:
    plain, offers = contract_facts(), with_offers(contract_facts())
    assert not any("condition" in line for line in facts_document(plain)["price"]["lines"])
    lines = facts_document(offers)["price"]["lines"]
    assert [line["code"] for line in lines if "condition" in line] == ["trade-in"]
    assert read_facts(facts_document(offers)) == offers


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        contract_facts().order = "other"  # type: ignore[misc]


def changed(path: list[Any], value: Any) -> Any:
    document = copy.deepcopy(FULL)
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["order"], 7, "facts.order"),
        (["agreed_at"], "yesterday", "facts.agreed_at"),
        (["agreed_at"], None, "facts.agreed_at"),
        (["price", "total"], {"amount": "1", "currency": "CNY"}, "facts.price.total"),
        (["price", "total"], {"amount": 1}, "facts.price.total"),
        (["price", "total"], {"amount": 1, "currency": "XXX"}, "facts.price.total"),
        (["price", "total"], 1, "facts.price.total"),
        (["price", "lines"], {}, "facts.price.lines"),
        (["price", "lines", 0, "name"], "Haven", "facts.price.lines[0].name"),
        (["price", "lines", 0, "name", "en"], None, "facts.price.lines[0].name.en"),
        (["price", "taxes", 0, "estimate"], 1, "facts.price.taxes[0].estimate"),
        (["delivery", "first_day"], "2027-02-30", "facts.delivery.first_day"),
        (["finance", "months"], True, "facts.finance.months"),
        (["finance", "surprise"], 1, "facts.finance.surprise"),
        (["buyer"], [], "facts.buyer"),
    ],
)
def test_facts_of_another_shape_are_refused_naming_the_place(
    path: list[Any], value: Any, where: str
) -> None:
    with pytest.raises(FactsNotReadable) as caught:
        read_facts(changed(path, value))
    assert caught.value.facts["where"] == where


def test_a_missing_fact_is_refused() -> None:
    document = copy.deepcopy(FULL)
    del document["seller"]
    with pytest.raises(FactsNotReadable, match=r"facts\.seller: missing"):
        read_facts(document)


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("350203199001011018", "3502***********018"),
        ("3502 0319 9001 0110 18", "3502***********018"),
        ("E12345678", "E1*****78"),
        ("1234", "1**4"),
        ("123", "***"),
        ("", ""),
        ("**************1018", "**************1018"),
        ("3502••••1018", "3502****1018"),
    ],
)
def test_a_document_number_is_masked_in_its_middle(clear: str, masked: str) -> None:
    assert masked_document(clear) == masked


@given(st.text(alphabet=st.characters(categories=["Nd", "Lu"]), min_size=1, max_size=30))
def test_no_mask_shows_more_than_half(clear: str) -> None:
    shown = masked_document(clear)
    assert len(shown) == len(clear)
    assert len(shown.replace("*", "")) * 2 <= len(clear)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("林知夏", "林**"),
        ("林䶮", "林*"),
        ("欧", "欧*"),
        ("", ""),
        ("Ada King", "A*** K***"),
        ("鹭行汽车科技有限公司", "鹭***"),
    ],
)
def test_a_stranger_sees_only_the_beginning_of_a_name(name: str, masked: str) -> None:
    assert masked_name(name) == masked
