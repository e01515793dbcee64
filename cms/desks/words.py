"""The desk of contract words: preview as PDF while typing, the steps of an approval, and what may not be edited."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST
from wagtail.snippets.views.snippets import PreviewOnCreateView, PreviewOnEditView
from wagtail.utils.decorators import xframe_options_sameorigin_override

from cms.desks.words_faults import SaidFault, in_words
from contracts.domain.words_life import WordsState
from contracts.errors import ContractError, SamePerson, TemplateStateConflict, WordsRefused
from contracts.models import ORDERS, TONGUES, ClauseVersion, TemplateVersion
from contracts.pdf.previews import Preview, open_previews
from contracts.queries import begun_template_of
from contracts.services import wording
from contracts.services.setting import proof_as_pdf, specimen


@dataclass(frozen=True, slots=True)
class Step:
    """What a button does: the permissions of which one is needed, the service, and what is said afterwards."""

    permissions: tuple[str, ...]
    act: Callable[[TemplateVersion, str, HttpRequest], Any]
    done: Callable[[], str]


def _submit(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    proof = proof_as_pdf(open_previews())
    return wording.submit_words(version=row.pk, actor=actor, now=timezone.now(), proof=proof)


def _return(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    reason = request.POST.get("reason", "").strip()[:500]
    return wording.return_words(version=row.pk, actor=actor, reason=reason, now=timezone.now())


def _review(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    return wording.review_words(version=row.pk, actor=actor, now=timezone.now())


def _approve(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    proof = proof_as_pdf(open_previews())
    return wording.approve_words(version=row.pk, actor=actor, now=timezone.now(), proof=proof)


def _retire(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    return wording.retire_words(version=row.pk, actor=actor, now=timezone.now())


def _copy(row: TemplateVersion, actor: str, request: HttpRequest) -> Any:
    name = request.POST.get("name", "").strip()[:40]
    return wording.copy_words(version=row.pk, name=name, actor=actor, now=timezone.now())


ADD, CHANGE = "contracts.add_templateversion", "contracts.change_templateversion"
REVIEW, APPROVE = "contracts.review_templateversion", "contracts.approve_templateversion"
STEPS: Mapping[str, Step] = {
    "submit": Step((CHANGE,), _submit, lambda: gettext("Submitted; the words stand still now.")),
    "return": Step((CHANGE, APPROVE), _return, lambda: gettext("Sent back to the draft.")),
    "review": Step((REVIEW,), _review, lambda: gettext("Reviewed; a second person approves.")),
    "approve": Step((APPROVE,), _approve, lambda: gettext("Approved.")),
    "retire": Step((APPROVE,), _retire, lambda: gettext("Retired.")),
    "copy": Step((ADD,), _copy, lambda: gettext("Copied into a new draft.")),
}


def page_of_words(row: TemplateVersion | ClauseVersion) -> str:
    """The page to read a version on."""
    return reverse(row.snippet_viewset.get_url_name("inspect"), args=[row.pk])


@require_POST
def step(request: HttpRequest, version: int, name: str) -> HttpResponse:
    """Make one step of a template version; a refusal says why, with every fault, and changes nothing."""
    chosen = STEPS.get(name)
    if chosen is None or not any(request.user.has_perm(one) for one in chosen.permissions):
        raise PermissionDenied
    row = get_object_or_404(TemplateVersion, pk=version)
    try:
        made = chosen.act(row, request.user.get_username(), request)
    except WordsRefused:
        messages.error(request, gettext("Refused: mend the faults below first."))
        return redirect(page_of_words(row) + "#faults")
    except SamePerson:
        messages.error(request, gettext("You said yes already; another person has to approve."))
    except TemplateStateConflict:
        messages.error(request, gettext("That is not possible now; somebody may have been faster."))
    else:
        messages.success(request, chosen.done())
        row = made
    return redirect(page_of_words(row))


@require_POST
def new_clause_version(request: HttpRequest, clause: int) -> HttpResponse:
    """The next version of a clause, ready to be edited."""
    if not request.user.has_perm("contracts.add_clauseversion"):
        raise PermissionDenied
    row = get_object_or_404(ClauseVersion, pk=clause)
    made = wording.copy_clause(clause=row.pk, actor=request.user.get_username(), now=timezone.now())
    return redirect(reverse(made.snippet_viewset.get_url_name("edit"), args=[made.pk]))


@require_GET
def specimen_pdf(request: HttpRequest, version: int, order: str, language: str) -> HttpResponse:
    """A version as PDF for an order of reference; for everybody who may read contract words."""
    if not request.user.has_perm("contracts.view_templateversion"):
        raise PermissionDenied
    row = get_object_or_404(TemplateVersion, pk=version)
    if order not in ORDERS or language not in TONGUES:
        return HttpResponse(status=404)
    shown, why = _set(row, None, f"{order}:{language}")
    if shown is None:
        messages.error(request, why)
        return redirect(page_of_words(row) + "#faults")
    answer = HttpResponse(shown.content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{row.code}-{row.version}-{order}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


# ---- While typing ----


class WordsPreview(PreviewOnEditView):
    """What is being typed, as the PDF that would be issued, with every fault above it."""

    @xframe_options_sameorigin_override  # type: ignore[untyped-decorator]
    def get(self, request: HttpRequest, pk: str = "") -> HttpResponse:
        """The words in the form as a page; those that are stored where nothing was typed yet."""
        typed = self._get_form_state()
        if typed is not None:
            form = self.get_form(self._get_form_data(typed))
            if not self.validate_form(form):
                refused: HttpResponse = self.error_response()
                return refused
            form.save(commit=False)
        mode = request.GET.get("mode") or self.object.default_preview_mode
        return shown_words(request, self.object, mode)


class NewWordsPreview(WordsPreview, PreviewOnCreateView):
    """The same for words that are not stored yet."""


def shown_words(request: HttpRequest, row: Any, mode: str) -> HttpResponse:
    """The page of a preview: faults, then the PDF, opened where a clause begins."""
    clause = row if isinstance(row, ClauseVersion) else None
    template = template_to_show(clause) if clause else row
    if template is None:
        return render(request, "cms/desks/words_preview.html", {"alone": True})
    pdf, why = _set(template, clause, mode)
    context = {
        "template": template,
        "faults": faults_of(template, clause),
        "why": why,
        "pdf": base64.b64encode(pdf.content).decode() if pdf else "",
        "page": pdf.places.get(clause.code, 1) if pdf and clause else 1,
        "not_printed": bool(pdf and clause and clause.code not in pdf.places),
    }
    return render(request, "cms/desks/words_preview.html", context)


def template_to_show(clause: ClauseVersion) -> TemplateVersion | None:
    """The version that quotes a clause: a draft first, then the latest; else the latest of all."""
    rows = TemplateVersion.objects.order_by("-pk")
    quoting = rows.filter(clauses__clause__code=clause.code).distinct()
    drafts = quoting.filter(state=WordsState.DRAFT)
    found: TemplateVersion | None = drafts.first() or quoting.first() or rows.first()
    return found


def faults_of(row: TemplateVersion, clause: ClauseVersion | None = None) -> list[SaidFault]:
    """Every fault of the words, in the language of the admin."""
    return [in_words(fault) for fault in wording.faults_of_words(row, instead=clause)]


def _set(
    row: TemplateVersion, clause: ClauseVersion | None, mode: str
) -> tuple[Preview | None, str]:
    order, _, language = mode.partition(":")
    if order not in ORDERS or language not in TONGUES:
        order, language = next(iter(ORDERS)), next(iter(TONGUES))
    template, _faults = begun_template_of(row, instead=clause)
    try:
        document = specimen(template, order=order, language=language)
        return open_previews().preview(document), ""
    except ContractError as error:
        return None, error.message


# ---- What may not be edited ----


def only_drafts(request: HttpRequest, row: Any) -> HttpResponse | None:
    """Words that left the draft are read, not edited: the form would only end in a refusal."""
    if not isinstance(row, (TemplateVersion, ClauseVersion)) or is_free(row):
        return None
    messages.info(request, gettext("These words stand still; make a new version to change them."))
    return redirect(page_of_words(row))


def is_free(row: TemplateVersion | ClauseVersion) -> bool:
    """Whether the words may still be edited."""
    if isinstance(row, TemplateVersion):
        return bool(row.state == WordsState.DRAFT)
    return not row.uses.exclude(template__state=WordsState.DRAFT).exists()
