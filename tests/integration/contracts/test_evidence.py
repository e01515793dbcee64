"""The database itself refuses to change evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from contracts.models import (
    ClauseVersion,
    Contract,
    ContractEvent,
    TemplateApproval,
    TemplateClause,
    TemplateVersion,
    valid_text,
    valid_text_or_none,
)
from contracts.queries import ContractSummary
from tests.factories.contract import NOW

pytestmark = pytest.mark.django_db


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


def test_an_event_is_never_changed_or_deleted(issued: ContractSummary) -> None:
    refused(lambda: ContractEvent.objects.update(actor="nobody"))
    refused(lambda: ContractEvent.objects.all()._raw_delete("default"))


@pytest.mark.parametrize(
    "change",
    [
        {"facts": {}},
        {"facts_fingerprint": "0" * 64},
        {"number": "FC-2026-AAAAAAAA"},
        {"order": "C26-OTHER"},
        {"language": "en"},
        {"pdf_sha256": "0" * 64},
        {"pdf_sha256": ""},
        {"issued_at": None},
        {"drafted_at": NOW.replace(year=2025)},
    ],
)
def test_what_a_contract_says_is_never_changed(
    issued: ContractSummary, change: dict[str, object]
) -> None:
    refused(lambda: Contract.objects.update(**change))


def test_a_contract_is_never_deleted(issued: ContractSummary) -> None:
    refused(lambda: Contract.objects.all()._raw_delete("default"))


def test_an_order_has_one_living_contract(issued: ContractSummary) -> None:
    row = Contract.objects.get()
    row.pk, row.number = None, "FC-2026-AAAAAAAA"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_an_issued_contract_has_a_pdf(draft: Callable[[], ContractSummary]) -> None:
    draft()
    refused(lambda: Contract.objects.update(state="issued"))


def test_rows_introduce_themselves_to_staff(issued: ContractSummary) -> None:
    assert str(Contract.objects.get()) == issued.number
    assert str(TemplateVersion.objects.get()) == "purchase-agreement 2026-11-c"
    assert str(ClauseVersion.objects.get(code="title")) == "title 1"
    assert str(TemplateClause.objects.get(clause__code="title")) == "18 title 1"
    assert str(TemplateApproval.objects.first()).endswith("review legal@example.com")
    assert str(ContractEvent.objects.first()).endswith("1 drafted")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        {"en": "x"},
        {"en": "x", "zh-hans": ""},
        {"en": "x", "zh-hans": "x", "de": "x"},
        {"en": 1, "zh-hans": "x"},
    ],
)
def test_a_text_has_every_language_of_the_store_and_no_other(value: object) -> None:
    with pytest.raises(ValidationError):
        valid_text(value)
    valid_text({"zh-hans": "题", "en": "title"})
    valid_text_or_none(None)
