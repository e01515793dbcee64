"""Bringing contract templates in from files: the same door as the CMS, through the same two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from contracts.domain.clauses import Clause
from contracts.domain.templates import (
    Template,
    clause_document,
    read_template,
    reference,
    template_document,
)
from contracts.errors import TemplateFaults, TemplateVersionTaken
from contracts.models import ClauseVersion, TemplateClause, TemplateVersion
from contracts.services.wording import approve_words, review_words, submit_words
from kernel import audit

WORDS = ("markets", "condition", "title", "text", "risk")
"""What a clause version says; the same words are the same version."""


@dataclass(frozen=True, slots=True)
class ImportedTemplate:
    """What an import did; `created` is False when the very same words were there already."""

    code: str
    version: str
    fingerprint: str
    clauses: int
    created: bool


@dataclass(frozen=True, slots=True)
class TwoPeople:
    """Who answers for the words of a file: one read them, another approved them."""

    reviewer: str
    approver: str


def import_template(
    *, path: Path, now: datetime, people: TwoPeople | None = None, actor: str = "worker"
) -> ImportedTemplate:
    """Store the template of a YAML file as a version, approved by `people`, else as a draft for the CMS.

    In force from its `valid_from`, else from `now`. The same file again changes nothing. Raises TemplateFaults with
    every fault of the file, TemplateVersionTaken when the version exists with other words (raise the version
    instead), and WordsRefused and SamePerson as an approval in the CMS does.
    """
    template = _read(path)
    ref = reference(template)
    with transaction.atomic():
        found = TemplateVersion.objects.filter(code=template.code, version=template.version).first()
        if found is None:
            row = _store(template, ref.fingerprint, now)
            facts = {"fingerprint": ref.fingerprint, "clauses": len(template.clauses)}
            subject = f"contract-template:{ref.code}"
            audit.record(
                subject=subject,
                action="template-imported",
                actor=actor,
                facts={"version": ref.version, **facts},
                now=now,
            )
            if people is not None:
                submit_words(version=row.pk, actor=people.reviewer, now=now)
                review_words(version=row.pk, actor=people.reviewer, now=now)
                approve_words(version=row.pk, actor=people.approver, now=now)
        elif found.fingerprint != ref.fingerprint:
            raise TemplateVersionTaken(
                f"version: {template.code} {template.version} exists with other words; give the file a new version",
                facts={"template": template.code, "version": template.version},
            )
    return ImportedTemplate(
        ref.code, ref.version, ref.fingerprint, len(template.clauses), found is None
    )


def _read(path: Path) -> Template:
    try:
        return read_template(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise TemplateFaults(
            f"{where}: no YAML",
            facts={"faults": [{"where": where, "reason": str(getattr(error, "problem", error))}]},
        ) from error


def _store(template: Template, fingerprint: str, now: datetime) -> TemplateVersion:
    words = template_document(template)
    starts = datetime.combine(template.valid_from, time(), UTC) if template.valid_from else now
    row: TemplateVersion = TemplateVersion.objects.create(
        code=template.code,
        version=template.version,
        title=words["title"],
        status=words["status"],
        summary=words["summary"],
        annexes=words["annexes"],
        sellers=words["sellers"],
        valid_from=starts,
        fingerprint=fingerprint,
        imported_at=now,
    )
    stored = _library([clause.code for clause in template.clauses])
    TemplateClause.objects.bulk_create(
        TemplateClause(template=row, number=clause.number, clause=_stored(clause, stored))
        for clause in template.clauses
    )
    return row


def _library(codes: list[str]) -> dict[str, list[ClauseVersion]]:
    """The stored versions of each clause, newest first."""
    stored: dict[str, list[ClauseVersion]] = {code: [] for code in codes}
    for version in ClauseVersion.objects.filter(code__in=codes):
        stored[version.code].append(version)
    return stored


def _stored(clause: Clause, stored: dict[str, list[ClauseVersion]]) -> ClauseVersion:
    """The version of the library with these very words, else a new one."""
    said: dict[str, Any] = clause_document(clause)
    words = {name: said[name] for name in ("markets", "title", "text", "risk")}
    words["condition"] = clause.condition
    versions = stored[clause.code]
    for version in versions:
        if all(getattr(version, name) == words[name] for name in WORDS):
            return version
    newest = max((version.version for version in versions), default=0)
    return ClauseVersion.objects.create(code=clause.code, version=newest + 1, **words)
