"""A template version and a clause to read: where they stand, who said yes, what may be done next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext, gettext_lazy
from wagtail.snippets.views.snippets import InspectView

from cms.desks.pages import audit_of
from cms.desks.words import STEPS, faults_of, is_free, page_of_words
from cms.tables import WordedInspect
from cms.words import language, words_of
from contracts.domain.words_life import APPROVAL, REVIEW, WordsState, Yes, next_step
from contracts.models import ORDERS, TONGUES, ClauseVersion, TemplateVersion
from kernel.text import pick

_ = gettext_lazy
TONES = {"approved": "good", "legal_review": "open", "draft": "open", "retired": "quiet"}
YES = {REVIEW: _("reviewed"), APPROVAL: _("approved as the second person")}
LABELS = {
    "submit": _("Submit to legal review"),
    "review": _("I have read it: reviewed"),
    "approve": _("Approve as the second person"),
    "return": _("Send back"),
    "retire": _("Retire"),
    "copy": _("Make a new version"),
}
ASKS = {"return": ("reason", _("Reason")), "copy": ("name", _("Name of the new version"))}
BY_STATE = {
    WordsState.DRAFT: ("submit", "copy"),
    WordsState.LEGAL_REVIEW: ("return", "copy"),
    WordsState.APPROVED: ("copy", "retire"),
    WordsState.RETIRED: ("copy",),
}
SHORT = 160


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that may be done now; `asks` is what has to be typed for it."""

    name: str
    label: Any
    first: bool
    field: str = ""
    asks: Any = ""


class WordsPage(WordedInspect, InspectView):
    """What both pages share."""

    def get_page_title(self) -> str:
        """The row's own name."""
        return str(self.object)

    def get_page_subtitle(self) -> str:
        """Nothing further."""
        return ""

    def get_fields(self) -> list[str]:
        """The page picks what it shows."""
        return []

    def facts(self) -> dict[str, Any]:
        """What the template shows."""
        return {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Wagtail's context and the facts."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"row": self.object, "title": self.titled()} | self.facts()

    def titled(self) -> str:
        """The title in the language of the admin."""
        return pick(self.object.title, language())

    def may(self, permission: str) -> bool:
        """Whether the reader holds a permission."""
        return bool(self.request.user.has_perm(permission))

    def edit_address(self) -> str:
        """Where the row is edited."""
        return reverse(self.object.snippet_viewset.get_url_name("edit"), args=[self.object.pk])


class TemplatePage(WordsPage):
    """One template version."""

    def facts(self) -> dict[str, Any]:
        """State, faults, what may be done, specimens, approvals, clauses, audit."""
        row: TemplateVersion = self.object
        states = words_of(TemplateVersion, "state")
        editable = is_free(row) and self.may("contracts.change_templateversion")
        return {
            "state": states[row.state],
            "tone": TONES[row.state],
            "faults": faults_of(row) if row.state == WordsState.DRAFT else [],
            "may": {"edit": editable},
            "edit_url": self.edit_address(),
            "buttons": list(self.buttons(row)),
            "specimens": [_specimen(row, order) for order in ORDERS],
            "approvals": [
                {"at": y.at, "actor": y.actor, "fingerprint": y.fingerprint, "words": YES[y.step]}
                for y in row.approvals.all()
            ],
            "lines": [_line(line) for line in row.clauses.select_related("clause")],
            "audit": audit_of(f"contract-template:{row.code}"),
        }

    def buttons(self, row: TemplateVersion) -> Iterator[Button]:
        """What this reader may do now, the likeliest first; nobody is offered a second yes of their own."""
        names: tuple[str, ...] = BY_STATE[WordsState(row.state)]
        if row.state == WordsState.LEGAL_REVIEW:
            names = (*self.yes(row), *names)
        for name in names:
            if any(self.may(one) for one in STEPS[name].permissions):
                field, asks = ASKS.get(name, ("", ""))
                yield Button(
                    name, LABELS[name], name in {"submit", "review", "approve"}, field, asks
                )

    def yes(self, row: TemplateVersion) -> tuple[str, ...]:
        """The yes that is missing, unless the reader gave the other one."""
        given = [Yes(y.step, y.actor, y.fingerprint) for y in row.approvals.filter(round=row.round)]
        if self.request.user.get_username() in {yes.actor for yes in given}:
            return ()
        return ("review",) if next_step(given) == REVIEW else ("approve",)


class ClausePage(WordsPage):
    """One clause version in both languages."""

    def facts(self) -> dict[str, Any]:
        """Words side by side, where it stands, its other versions."""
        row: ClauseVersion = self.object
        free = is_free(row)
        states = words_of(TemplateVersion, "state")
        uses = row.uses.select_related("template")
        return {
            "condition": words_of(ClauseVersion, "condition")[row.condition],
            "state": gettext("may be edited") if free else gettext("stands still"),
            "tone": "open" if free else "good",
            "edit_url": self.edit_address(),
            "may_edit": free and self.may("contracts.change_clauseversion"),
            "may_copy": self.may("contracts.add_clauseversion"),
            "languages": [
                {
                    "code": code,
                    "tongue": tongue,
                    "title": row.title.get(code, ""),
                    "text": row.text.get(code, ""),
                    "risk": (row.risk or {}).get(code, ""),
                }
                for code, tongue in TONGUES.items()
            ],
            "uses": [
                {
                    "url": page_of_words(use.template),
                    "template": use.template,
                    "state": states[use.template.state],
                }
                for use in uses
            ],
            "versions": [
                {"pk": v.pk, "url": page_of_words(v), "name": str(v)}
                for v in ClauseVersion.objects.filter(code=row.code)
            ],
        }


def _specimen(row: TemplateVersion, order: str) -> dict[str, Any]:
    return {
        "words": ORDERS[order],
        "languages": [
            {"tongue": tongue, "url": reverse("words_pdf", args=[row.pk, order, code])}
            for code, tongue in TONGUES.items()
        ],
    }


def _line(line: Any) -> dict[str, Any]:
    clause: ClauseVersion = line.clause
    return {
        "number": line.number,
        "url": page_of_words(clause),
        "clause": clause,
        "title": pick(clause.title, language()),
        "condition": words_of(ClauseVersion, "condition")[clause.condition],
        "markets": ", ".join(clause.markets),
        "text": Truncator(pick(clause.text, language())).chars(SHORT),
        "risk": pick(clause.risk or {}, language()),
    }
