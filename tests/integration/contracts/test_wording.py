"""From a draft to words in force: submitted, read by one, approved by another, retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from contracts.domain.facts import ContractFacts
from contracts.domain.proving import WordsFault
from contracts.domain.templates import Template
from contracts.errors import (
    NoTemplateInForce,
    SamePerson,
    TemplateFaults,
    TemplateStateConflict,
    WordsRefused,
)
from contracts.models import ClauseVersion, TemplateVersion
from contracts.queries import PURCHASE_AGREEMENT, template_in_force
from contracts.services import wording
from contracts.services.templates import import_template
from kernel import audit
from kernel.models import AuditEntry
from tests.factories.contract import NOW, TEMPLATE_FILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> int:
    import_template(path=TEMPLATE_FILE, now=NOW)
    return int(TemplateVersion.objects.get().pk)


def state() -> str:
    return str(TemplateVersion.objects.get().state)


def test_two_people_bring_words_into_force(draft: int) -> None:
    wording.submit_words(version=draft, actor="legal", now=NOW)
    wording.review_words(version=draft, actor="legal", now=NOW)
    with pytest.raises(NoTemplateInForce):
        template_in_force(PURCHASE_AGREEMENT, at=NOW)
    wording.approve_words(version=draft, actor="counsel", now=NOW)
    assert template_in_force(PURCHASE_AGREEMENT, at=NOW).pk == draft
    wording.retire_words(version=draft, actor="counsel", now=NOW)
    with pytest.raises(NoTemplateInForce):
        template_in_force(PURCHASE_AGREEMENT, at=NOW)
    told = AuditEntry.objects.filter(subject=f"contract-template:{PURCHASE_AGREEMENT}")
    assert [entry.action.removeprefix("template-") for entry in told.order_by("seq")] == [
        "imported",
        "submitted",
        "review",
        "approval",
        "retired",
    ]
    assert audit.verify_chain() == []


def test_one_person_is_not_two(draft: int) -> None:
    wording.submit_words(version=draft, actor="legal", now=NOW)
    with pytest.raises(TemplateStateConflict):
        wording.approve_words(version=draft, actor="counsel", now=NOW)
    wording.review_words(version=draft, actor="legal", now=NOW)
    with pytest.raises(TemplateStateConflict):
        wording.review_words(version=draft, actor="counsel", now=NOW)
    with pytest.raises(SamePerson):
        wording.approve_words(version=draft, actor="legal", now=NOW)
    assert state() == "legal_review"


def test_words_sent_back_lose_the_yes_they_had(draft: int) -> None:
    wording.submit_words(version=draft, actor="legal", now=NOW)
    wording.review_words(version=draft, actor="legal", now=NOW)
    wording.return_words(version=draft, actor="counsel", reason="第五条不清楚", now=NOW)
    ClauseVersion.objects.filter(code="title").update(text={"zh-hans": "改", "en": "Changed"})
    wording.submit_words(version=draft, actor="legal", now=NOW)
    with pytest.raises(TemplateStateConflict):
        wording.approve_words(version=draft, actor="counsel", now=NOW)
    wording.review_words(version=draft, actor="counsel", now=NOW)
    wording.approve_words(version=draft, actor="legal", now=NOW)
    assert state() == "approved"


def test_words_that_ended_are_not_in_force(draft: int) -> None:
    TemplateVersion.objects.update(valid_until=NOW + timedelta(days=1))
    wording.submit_words(version=draft, actor="legal", now=NOW)
    wording.review_words(version=draft, actor="legal", now=NOW)
    wording.approve_words(version=draft, actor="counsel", now=NOW)
    assert template_in_force(PURCHASE_AGREEMENT, at=NOW).pk == draft
    with pytest.raises(NoTemplateInForce):
        template_in_force(PURCHASE_AGREEMENT, at=NOW + timedelta(days=1))


def test_faulty_words_are_refused_with_every_fault_and_stay_a_draft(draft: int) -> None:
    ClauseVersion.objects.filter(code="title").update(text={"zh-hans": "{{car.vin}}"})
    ClauseVersion.objects.filter(code="place").update(
        text={"zh-hans": "{{place.nam}}", "en": "{{place.nam}}"}
    )
    with pytest.raises(WordsRefused) as caught:
        wording.submit_words(version=draft, actor="legal", now=NOW)
    found = {(f["clause"], f["language"], f["variable"]) for f in caught.value.facts["faults"]}
    assert found == {
        ("place", "en", "place.nam"),
        ("place", "zh-hans", "place.nam"),
        ("title", "en", ""),
        ("title", "zh-hans", "car.vin"),
    }
    assert state() == "draft"


def test_words_that_cannot_be_set_are_refused(draft: int) -> None:
    asked: list[str] = []

    def proof(template: Template, orders: Mapping[str, ContractFacts]) -> Sequence[WordsFault]:
        asked.extend(orders)
        return [WordsFault("", "en", "", "could not be set", "cash-stock-cn")]

    with pytest.raises(WordsRefused, match="could not be set"):
        wording.submit_words(version=draft, actor="legal", now=NOW, proof=proof)
    assert len(asked) == 3
    wording.submit_words(version=draft, actor="legal", now=NOW)
    wording.review_words(version=draft, actor="legal", now=NOW)
    with pytest.raises(WordsRefused):
        wording.approve_words(version=draft, actor="counsel", now=NOW, proof=proof)
    assert state() == "legal_review"


def test_a_yes_is_to_the_words_that_were_submitted(
    draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wording.submit_words(version=draft, actor="legal", now=NOW)
    monkeypatch.setattr(wording, "_fingerprint", lambda row: "0" * 64)
    with pytest.raises(TemplateFaults, match="not those that were submitted"):
        wording.review_words(version=draft, actor="legal", now=NOW)


def test_a_change_is_a_new_version_of_clause_and_template(draft: int) -> None:
    old = ClauseVersion.objects.get(code="title")
    new = wording.copy_clause(clause=old.pk, actor="legal", now=NOW)
    assert (new.version, new.text, new.uses.count()) == (2, old.text, 0)
    copied = wording.copy_words(version=draft, name="2027-01-a", actor="legal", now=NOW)
    copied.clauses.filter(clause=old).update(clause=new)
    assert copied.state == "draft"
    assert copied.clauses.count() == TemplateVersion.objects.get(pk=draft).clauses.count()
    assert TemplateVersion.objects.get(pk=draft).clauses.filter(clause=old).exists()
    with pytest.raises(TemplateStateConflict):
        wording.copy_words(version=draft, name="2027-01-a", actor="legal", now=NOW)


def test_an_import_shares_the_clauses_whose_words_did_not_change(draft: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    words = TEMPLATE_FILE.read_text(encoding="utf-8")
    path = tmp_path / "next.yaml"
    path.write_text(
        words.replace("version: 2026-11-c", "version: 2026-12-a").replace(
            "title: {zh-hans: '所有权'", "title: {zh-hans: '权属'"
        ),
        encoding="utf-8",
    )
    before = ClauseVersion.objects.count()
    import_template(path=path, now=NOW)
    assert ClauseVersion.objects.count() == before + 1
    assert list(ClauseVersion.objects.filter(code="title").values_list("version", flat=True)) == [
        2,
        1,
    ]
