"""Who applies for a loan: seven facts, no more, and documents that are what they say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from checkout.domain.applicant import (
    BANDS,
    FIELDS,
    LARGEST_DOCUMENT,
    check_consents,
    check_document,
    read_applicant,
)
from checkout.errors import BadApplicant, BadFinanceDocument, ConsentMissing
from tests.factories.rules import rule_table

TODAY = date(2026, 11, 22)
LI: dict[str, Any] = {
    "name": " 李  明 ",
    "document_number": "350211199001011234",
    "birth_date": "1990-01-01",
    "income_band": "10000-20000",
    "employment": "employed",
    "phone": "13800138000",
    "email": "Li@Example.com",
}


def test_facts_are_kept_tidy_and_never_printed() -> None:
    found = read_applicant(LI, currency="CNY", today=TODAY)
    assert (found.name, found.email) == ("李 明", "li@example.com")
    assert set(found.stored()) == set(FIELDS)
    assert "李" not in repr(found)


def test_the_bands_are_those_of_the_rules() -> None:
    told = {
        row["currency"]: tuple(row["bands of monthly net income"].split(", "))
        for row in rule_table("finance-applications", "Bands of income")
    }
    assert dict(BANDS) == told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("name", "a\x01"),
        ("name", 7),
        ("document_number", "12"),
        ("document_number", "../../etc"),
        ("birth_date", "1990-13-01"),
        ("birth_date", "2008-11-23"),
        ("birth_date", "1899-01-01"),
        ("income_band", "5000"),
        ("income_band", "0-1500"),
        ("employment", "king"),
        ("phone", "call me"),
        ("email", "li@"),
        ("religion", "none"),
    ],
)
def test_a_wrong_fact_or_one_that_nobody_needs_is_named(field: str, value: Any) -> None:
    with pytest.raises(BadApplicant) as caught:
        read_applicant(LI | {field: value}, currency="CNY", today=TODAY)
    assert [error["field"] for error in caught.value.facts["errors"]] == [f"applicant.{field}"]


def test_somebody_is_of_age_on_the_eighteenth_birthday() -> None:
    assert read_applicant(LI | {"birth_date": "2008-11-22"}, currency="CNY", today=TODAY)


def test_a_currency_without_bands_is_refused() -> None:
    with pytest.raises(BadApplicant):
        read_applicant(LI, currency="JPY", today=TODAY)


@pytest.mark.parametrize(
    ("given", "missing", "unknown"),
    [
        ({}, ["luyin"], []),
        ({"luyin": False}, ["luyin"], []),
        ({"luyin": True, "dealer": True}, [], ["dealer"]),
    ],
)
def test_each_receiver_is_agreed_to_and_nobody_else(
    given: dict[str, bool], missing: list[str], unknown: list[str]
) -> None:
    with pytest.raises(ConsentMissing) as caught:
        check_consents(given, receivers=["luyin"])
    assert (caught.value.facts["missing"], caught.value.facts["unknown"]) == (missing, unknown)
    check_consents({"luyin": True}, receivers=["luyin"])


@pytest.mark.parametrize(
    ("kind", "media_type", "content", "reason"),
    [
        ("selfie", "application/pdf", b"%PDF-1", "kind"),
        ("income", "text/html", b"<html>", "media_type"),
        ("income", "application/pdf", b"", "size"),
        ("income", "application/pdf", b"%PDF-" + b"0" * LARGEST_DOCUMENT, "size"),
        ("income", "application/pdf", b"MZ\x90", "content"),
    ],
)
def test_a_document_that_no_lender_takes_is_refused(
    kind: str, media_type: str, content: bytes, reason: str
) -> None:
    with pytest.raises(BadFinanceDocument) as caught:
        check_document(kind=kind, media_type=media_type, content=content)
    assert caught.value.facts["reason"] == reason
    check_document(kind="income", media_type="application/pdf", content=b"%PDF-1.7")
