"""The database itself holds the life of words: still once submitted, approved by two people, never unapproved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from contracts.models import ClauseVersion, TemplateApproval, TemplateClause, TemplateVersion
from contracts.services.templates import import_template
from contracts.services.wording import submit_words
from tests.factories.contract import NOW, TEMPLATE_FILE

pytestmark = pytest.mark.django_db
OTHER = {"zh-hans": "别的", "en": "other"}
CHANGES: list[dict[str, Any]] = [
    {"title": OTHER},
    {"status": OTHER},
    {"summary": []},
    {"annexes": []},
    {"sellers": {}},
    {"valid_from": NOW.replace(year=2027)},
    {"valid_until": NOW},
    {"version": "2099"},
    {"fingerprint": "0" * 64},
    {"round": 7},
]


def refused(change: Callable[[], object]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        change()


@pytest.fixture
def words() -> TemplateVersion:
    """A draft with one more clause in the library that it does not quote."""
    import_template(path=TEMPLATE_FILE, now=NOW)
    ClauseVersion.objects.create(code="spare", title=OTHER, text=OTHER)
    row: TemplateVersion = TemplateVersion.objects.get()
    return row


def test_a_draft_and_its_clauses_may_be_edited(words: TemplateVersion) -> None:
    ClauseVersion.objects.filter(code="title").update(risk=OTHER)
    TemplateVersion.objects.update(title=OTHER)
    TemplateClause.objects.filter(clause__code="title").delete()
    ClauseVersion.objects.filter(code="title").delete()


@pytest.mark.parametrize("state", ["legal_review", "approved"])
def test_words_that_left_the_draft_stand_still(words: TemplateVersion, state: str) -> None:
    submit_words(version=words.pk, actor="legal", now=NOW)
    if state == "approved":
        approve_by_hand(words)
    for change in CHANGES:
        refused(partial(TemplateVersion.objects.update, **change))
    quoted, spare = ClauseVersion.objects.get(code="title"), ClauseVersion.objects.get(code="spare")
    for name in ("title", "text", "risk"):
        refused(partial(ClauseVersion.objects.filter(pk=quoted.pk).update, **{name: OTHER}))
    refused(lambda: ClauseVersion.objects.filter(pk=quoted.pk).update(condition="company"))
    refused(lambda: ClauseVersion.objects.filter(pk=quoted.pk)._raw_delete("default"))
    refused(lambda: TemplateClause.objects.create(template=words, number=99, clause=spare))
    refused(lambda: TemplateClause.objects.filter(clause=quoted).update(number=1))
    refused(lambda: TemplateClause.objects.filter(clause=quoted).delete())
    refused(lambda: TemplateVersion.objects.filter(pk=words.pk)._raw_delete("default"))
    ClauseVersion.objects.filter(pk=spare.pk).update(text={"zh-hans": "可改", "en": "free"})


def approve_by_hand(words: TemplateVersion) -> None:
    row = TemplateVersion.objects.get(pk=words.pk)
    for step, actor in (("review", "one"), ("approval", "two")):
        TemplateApproval.objects.create(
            template=row,
            round=row.round,
            step=step,
            actor=actor,
            fingerprint=row.fingerprint,
            at=NOW,
        )
    TemplateVersion.objects.filter(pk=row.pk).update(state="approved")


@pytest.mark.parametrize(
    "said",
    [
        [],
        [("review", "one")],
        [("review", "one"), ("approval", "two", "f" * 64)],
    ],
)
def test_nothing_is_approved_without_two_people_who_read_these_words(
    words: TemplateVersion, said: list[tuple[str, ...]]
) -> None:
    submit_words(version=words.pk, actor="legal", now=NOW)
    row = TemplateVersion.objects.get()
    for step, actor, *other in said:
        TemplateApproval.objects.create(
            template=row,
            round=row.round,
            step=step,
            actor=actor,
            fingerprint=other[0] if other else row.fingerprint,
            at=NOW,
        )
    refused(lambda: TemplateVersion.objects.update(state="approved"))


def test_one_person_is_never_two(words: TemplateVersion) -> None:
    said = {"template": words, "round": 1, "fingerprint": "a" * 64, "at": NOW}
    TemplateApproval.objects.create(step="review", actor="one", **said)
    refused(lambda: TemplateApproval.objects.create(step="approval", actor="one", **said))
    refused(lambda: TemplateApproval.objects.create(step="review", actor="two", **said))


def test_approvals_are_only_added(words: TemplateVersion) -> None:
    submit_words(version=words.pk, actor="legal", now=NOW)
    approve_by_hand(words)
    refused(lambda: TemplateApproval.objects.update(actor="nobody"))
    refused(lambda: TemplateApproval.objects.all()._raw_delete("default"))


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("draft", "approved"),
        ("draft", "retired"),
        ("approved", "draft"),
        ("approved", "legal_review"),
        ("retired", "approved"),
        ("retired", "draft"),
    ],
)
def test_a_version_makes_only_the_moves_of_the_table(
    words: TemplateVersion, state: str, to: str
) -> None:
    if state != "draft":
        submit_words(version=words.pk, actor="legal", now=NOW)
        approve_by_hand(words)
    if state == "retired":
        TemplateVersion.objects.update(state="retired")
    refused(lambda: TemplateVersion.objects.update(state=to))


def test_the_first_use_of_words_is_written_once(words: TemplateVersion) -> None:
    submit_words(version=words.pk, actor="legal", now=NOW)
    approve_by_hand(words)
    TemplateVersion.objects.update(used_at=NOW)
    refused(lambda: TemplateVersion.objects.update(used_at=None))


def test_staff_are_told_before_the_database_refuses(words: TemplateVersion) -> None:
    words.clean()
    words.state = "approved"
    with (
        translation.override("en"),
        pytest.raises(ValidationError, match="Only a draft can be edited"),
    ):
        words.clean()


@pytest.mark.django_db(transaction=True)
def test_the_guards_can_be_taken_down_and_put_up_again() -> None:
    guards = import_module("contracts.migrations.0007_words_guards")
    with connection.schema_editor() as editor:
        guards.unguard(None, editor)
        guards.guard(None, editor)
