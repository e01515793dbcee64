"""The way of words to force: submitted, read by one person, approved by another, retired; copied into new versions.

Every step is in the audit chain. The words stand still from the moment they are submitted: the database holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Max

from contracts.domain.facts import ContractFacts
from contracts.domain.proving import WordsFault, words_faults
from contracts.domain.templates import Template, reference
from contracts.domain.words_life import (
    APPROVAL,
    REVIEW,
    WordsState,
    Yes,
    check_two_people,
    check_words_move,
    next_step,
)
from contracts.errors import TemplateFaults, TemplateStateConflict, WordsRefused
from contracts.golden import golden_orders
from contracts.models import ClauseVersion, TemplateApproval, TemplateClause, TemplateVersion
from contracts.queries import begun_template_of, template_of
from kernel import audit


class Proof(Protocol):
    """Sets the words for every order of reference; the faults of those that cannot be set."""

    def __call__(
        self, template: Template, orders: Mapping[str, ContractFacts]
    ) -> Sequence[WordsFault]:
        """Faults with `order` and `language`, none when every order can be set."""
        ...


def nothing_more(template: Template, orders: Mapping[str, ContractFacts]) -> Sequence[WordsFault]:
    """A Proof that sets nothing: for files whose rendering is proved elsewhere."""
    return ()


@transaction.atomic
def submit_words(
    *, version: int, actor: str, now: datetime, proof: Proof = nothing_more
) -> TemplateVersion:
    """A draft goes to legal review; from here its words and clauses stand still.

    Raises TemplateStateConflict, and WordsRefused with every fault of the words.
    """
    row = _locked(version, WordsState.LEGAL_REVIEW)
    template = _proved(row, proof)
    row.state, row.round = WordsState.LEGAL_REVIEW, row.round + 1
    row.fingerprint = reference(template).fingerprint
    row.save(update_fields=["state", "round", "fingerprint"])
    _record(row, "submitted", actor, now, {"round": row.round, "fingerprint": row.fingerprint})
    return row


@transaction.atomic
def return_words(*, version: int, actor: str, reason: str, now: datetime) -> TemplateVersion:
    """Back to the draft, with a reason; what was said yes to in this round counts no longer."""
    row = _locked(version, WordsState.DRAFT)
    row.state = WordsState.DRAFT
    row.save(update_fields=["state"])
    _record(row, "returned", actor, now, {"round": row.round, "reason": reason})
    return row


@transaction.atomic
def review_words(*, version: int, actor: str, now: datetime) -> TemplateVersion:
    """The first person's yes; raises TemplateStateConflict when it was given or the version is not under review."""
    row = _locked(version, WordsState.APPROVED)
    _say_yes(row, REVIEW, actor, now)
    return row


@transaction.atomic
def approve_words(
    *, version: int, actor: str, now: datetime, proof: Proof = nothing_more
) -> TemplateVersion:
    """The second person's yes, after which the words hold from their day.

    Raises TemplateStateConflict without the first yes, SamePerson, and WordsRefused with every fault.
    """
    row = _locked(version, WordsState.APPROVED)
    _say_yes(row, APPROVAL, actor, now)
    _proved(row, proof)
    row.state = WordsState.APPROVED
    row.save(update_fields=["state"])
    return row


@transaction.atomic
def retire_words(*, version: int, actor: str, now: datetime) -> TemplateVersion:
    """No contract is drafted in these words any more; those that quote them stay."""
    row = _locked(version, WordsState.RETIRED)
    row.state = WordsState.RETIRED
    row.save(update_fields=["state"])
    _record(row, "retired", actor, now, {})
    return row


@transaction.atomic
def copy_words(*, version: int, name: str, actor: str, now: datetime) -> TemplateVersion:
    """A draft called `name` with the words of a version, whatever its state.

    Raises TemplateStateConflict when the name is taken.
    """
    row = TemplateVersion.objects.select_for_update().get(pk=version)
    if not name or TemplateVersion.objects.filter(code=row.code, version=name).exists():
        raise TemplateStateConflict(
            f"there is a version {name} of {row.code} already",
            facts={"version": name, "state": row.state, "move": "copy", "moves": []},
        )
    words = {n: getattr(row, n) for n in ("title", "status", "summary", "annexes", "sellers")}
    made: TemplateVersion = TemplateVersion.objects.create(
        code=row.code, version=name, valid_from=now, **words
    )
    TemplateClause.objects.bulk_create(
        TemplateClause(template=made, number=line.number, clause=line.clause)
        for line in row.clauses.select_related("clause")
    )
    _record(made, "copied", actor, now, {"from": row.version})
    return made


@transaction.atomic
def copy_clause(*, clause: int, actor: str, now: datetime) -> ClauseVersion:
    """The next version of a clause with the same words, free to be edited; it stands in no template yet."""
    row = ClauseVersion.objects.select_for_update().get(pk=clause)
    newest = ClauseVersion.objects.filter(code=row.code).aggregate(n=Max("version"))["n"]
    words = {n: getattr(row, n) for n in ("markets", "condition", "title", "text", "risk")}
    made = ClauseVersion.objects.create(code=row.code, version=newest + 1, **words)
    audit.record(
        subject=f"contract-clause:{row.code}",
        action="clause-copied",
        actor=actor,
        facts={"from": row.version, "version": made.version},
        now=now,
    )
    return made


def faults_of_words(
    row: TemplateVersion, *, instead: ClauseVersion | None = None
) -> tuple[WordsFault, ...]:
    """What keeps a version from approval as far as words go, by clause, language and variable; empty = nothing.

    `instead`: a clause being written, which takes the place of its other version.
    """
    template, faults = begun_template_of(row, instead=instead)
    read = [
        WordsFault(f["clause"] or f["where"], f["language"], f["variable"], f["reason"])
        for f in faults
    ]
    known = {(fault.clause, fault.language, fault.variable) for fault in read}
    further = (
        fault
        for fault in words_faults(template, golden_orders())
        if (fault.clause, fault.language, fault.variable) not in known
    )
    return tuple(sorted({*read, *further}))


def _proved(row: TemplateVersion, proof: Proof) -> Template:
    faults: Sequence[WordsFault] = faults_of_words(row)
    if not faults:
        template = template_of(row)
        faults = proof(template, golden_orders())
    if faults:
        said = "; ".join(
            " ".join(part for part in (f.clause, f.language, f.variable, f.reason) if part)
            for f in faults
        )
        raise WordsRefused(f"{row}: {said}", facts={"faults": [asdict(fault) for fault in faults]})
    return template


def _say_yes(row: TemplateVersion, step: str, actor: str, now: datetime) -> None:
    given = [
        Yes(yes.step, yes.actor, yes.fingerprint) for yes in row.approvals.filter(round=row.round)
    ]
    if next_step(given) != step:
        raise TemplateStateConflict(
            f"{row}: {step} is not the yes that is missing",
            facts={
                "version": str(row),
                "state": row.state,
                "move": step,
                "moves": [next_step(given)],
            },
        )
    check_two_people(str(row), given, actor)
    fingerprint = _fingerprint(row)
    if fingerprint != row.fingerprint:
        raise TemplateFaults(
            f"{row}: the words are not those that were submitted",
            facts={"faults": [{"where": str(row), "reason": "changed after it was submitted"}]},
        )
    TemplateApproval.objects.create(
        template=row, round=row.round, step=step, actor=actor, fingerprint=fingerprint, at=now
    )
    _record(row, step, actor, now, {"round": row.round, "fingerprint": fingerprint})


def _fingerprint(row: TemplateVersion) -> str:
    return reference(template_of(row)).fingerprint


def _locked(version: int, to: WordsState) -> TemplateVersion:
    row: TemplateVersion = TemplateVersion.objects.select_for_update().get(pk=version)
    check_words_move(str(row), WordsState(row.state), to)
    return row


def _record(
    row: TemplateVersion, action: str, actor: str, now: datetime, facts: Mapping[str, Any]
) -> None:
    audit.record(
        subject=f"contract-template:{row.code}",
        action=f"template-{action}",
        actor=actor,
        facts={"version": row.version, **facts},
        now=now,
    )
