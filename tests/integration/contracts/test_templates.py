"""Importing templates: versions never change, faults change nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.domain.templates import reference
from contracts.errors import NoTemplateInForce, TemplateFaults, TemplateVersionTaken
from contracts.models import ClauseVersion, TemplateVersion
from contracts.queries import PURCHASE_AGREEMENT, template_in_force, template_of
from contracts.services.templates import import_template
from tests.factories.contract import NOW, TEMPLATE_FILE, demo_template
from tests.factories.contract_words import LAWYERS

pytestmark = pytest.mark.django_db


def copy(tmp_path: Path, old: str, new: str) -> Path:
    words = TEMPLATE_FILE.read_text(encoding="utf-8")
    assert old in words
    path = tmp_path / "copy.yaml"
    path.write_text(words.replace(old, new), encoding="utf-8")
    return path


def test_the_demo_template_is_stored_word_for_word() -> None:
    done = import_template(path=TEMPLATE_FILE, now=NOW)
    row = TemplateVersion.objects.get()
    assert done.created
    assert done.clauses == row.clauses.count() == len(demo_template().clauses)
    assert template_of(row) == replace(demo_template(), valid_from=None)
    assert {clause.version for clause in ClauseVersion.objects.all()} == {1}
    assert done.fingerprint == row.fingerprint == reference(demo_template()).fingerprint


def test_importing_the_same_file_again_changes_nothing() -> None:
    import_template(path=TEMPLATE_FILE, now=NOW)
    again = import_template(path=TEMPLATE_FILE, now=NOW + timedelta(days=1))
    assert not again.created
    assert TemplateVersion.objects.get().imported_at == NOW


def test_a_version_with_other_words_is_refused(tmp_path: Path) -> None:
    import_template(path=TEMPLATE_FILE, now=NOW)
    with pytest.raises(TemplateVersionTaken):
        import_template(
            path=copy(tmp_path, "title: {zh-hans: '所有权'", "title: {zh-hans: '权属'"), now=NOW
        )
    assert TemplateVersion.objects.count() == 1


def test_a_new_version_stands_beside_the_old_one_and_is_in_force_from_its_day(
    tmp_path: Path,
) -> None:
    import_template(path=TEMPLATE_FILE, now=NOW, people=LAWYERS)
    path = copy(
        tmp_path,
        "version: 2026-11-c\nvalid_from: 2026-11-20",
        "version: 2027-01-a\nvalid_from: 2027-01-01",
    )
    import_template(path=path, now=NOW, people=LAWYERS)
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    assert (
        template_in_force(PURCHASE_AGREEMENT, at=new_year - timedelta(seconds=1)).version
        == "2026-11-c"
    )
    assert template_in_force(PURCHASE_AGREEMENT, at=new_year).version == "2027-01-a"


def test_a_file_without_a_first_day_is_in_force_at_once(tmp_path: Path) -> None:
    import_template(path=copy(tmp_path, "valid_from: 2026-11-20\n", ""), now=NOW)
    assert TemplateVersion.objects.get().valid_from == NOW


def test_a_file_that_nobody_answers_for_is_a_draft_and_not_in_force() -> None:
    import_template(path=TEMPLATE_FILE, now=NOW)
    assert TemplateVersion.objects.get().state == "draft"
    with pytest.raises(NoTemplateInForce):
        template_in_force(PURCHASE_AGREEMENT, at=NOW)


def test_a_file_with_faults_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(TemplateFaults) as caught:
        import_template(path=copy(tmp_path, "{{car.trim}}", "{{car.trm}}"), now=NOW)
    assert len(caught.value.facts["faults"]) > 1
    assert not TemplateVersion.objects.exists()
    assert not ClauseVersion.objects.exists()


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("template: x\nclauses: [\n", encoding="utf-8")
    with pytest.raises(TemplateFaults, match=r"broken\.yaml:3"):
        import_template(path=path, now=NOW)
