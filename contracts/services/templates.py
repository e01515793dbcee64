"""Bringing contract templates in from files; a version's words never change once a contract quotes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import yaml
from django.db import transaction

from contracts.domain.templates import (
    Template,
    clause_document,
    read_template,
    reference,
    template_document,
)
from contracts.errors import TemplateFaults, TemplateVersionTaken
from contracts.models import ClauseVersion, TemplateVersion
from kernel import audit


@dataclass(frozen=True, slots=True)
class ImportedTemplate:
    """What an import did; `created` is False when the very same words were there already."""

    code: str
    version: str
    fingerprint: str
    clauses: int
    created: bool


def import_template(*, path: Path, now: datetime, actor: str = "worker") -> ImportedTemplate:
    """Store the template of a YAML file as a live version; in force from its `valid_from`, else from `now`.

    The same file again changes nothing. Raises TemplateFaults with every fault of the file, and
    TemplateVersionTaken when the version exists with other words: raise the version instead.
    """
    template = _read(path)
    ref = reference(template)
    with transaction.atomic():
        found = TemplateVersion.objects.filter(code=template.code, version=template.version).first()
        if found is None:
            _store(template, ref.fingerprint, now)
            facts = {"fingerprint": ref.fingerprint, "clauses": len(template.clauses)}
            subject = f"contract-template:{ref.code}"
            audit.record(
                subject=subject,
                action="template-imported",
                actor=actor,
                facts={"version": ref.version, **facts},
                now=now,
            )
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


def _store(template: Template, fingerprint: str, now: datetime) -> None:
    words = template_document(template)
    starts = datetime.combine(template.valid_from, time(), UTC) if template.valid_from else now
    row = TemplateVersion.objects.create(
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
        live=True,
    )
    ClauseVersion.objects.bulk_create(
        ClauseVersion(
            template=row,
            number=clause.number,
            code=clause.code,
            markets=document["markets"],
            condition=clause.condition,
            title=document["title"],
            text=document["text"],
            risk=document["risk"],
        )
        for clause, document in ((clause, clause_document(clause)) for clause in template.clauses)
    )
