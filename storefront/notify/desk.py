"""The notice desk: what went out and what did not, every letter to look at, and sending again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from cms.desks.guard import staff_only
from cms.words import language as language_of_admin
from kernel.text import LANGUAGES, pick
from storefront.notify.desk_words import AUDIENCES, CHANNELS, LETTERS, URGENCIES
from storefront.notify.models import NoticeLog
from storefront.notify.samples import sample
from storefront.notify.sending import LetterForgotten, send_again
from storefront.notify.table import NOTICES, TEMPLATES, Audience, Channel, row_of
from storefront.notify.typesetting import typeset

PAGE = 50
VIEW, CHANGE = "notify.view_noticelog", "notify.change_noticelog"
TONES = {"sent": "good", "failed": "bad", "no_address": "bad"}


@require_GET
@staff_only(VIEW)
def notices(request: HttpRequest) -> HttpResponse:
    """The log, newest first, filtered by state, letter, channel and order."""
    chosen = {name: request.GET.get(name, "").strip() for name in ("state", "template", "channel")}
    order = request.GET.get("q", "").strip()
    rows = NoticeLog.objects.filter(**{name: value for name, value in chosen.items() if value})
    if order:
        rows = rows.filter(order__iexact=order)
    page = Paginator(rows.defer("sealed"), PAGE).get_page(request.GET.get("p"))
    failed = NoticeLog.objects.filter(state=NoticeLog.State.FAILED).count()
    waiting = NoticeLog.objects.filter(state__in=("queued", "held")).count()
    context: dict[str, Any] = {
        "page": page,
        "rows": [_line(row) for row in page],
        "chosen": chosen,
        "q": order,
        "query": _query(request),
        "states": NoticeLog.State.choices,
        "templates": [(name, _called(name)) for name in TEMPLATES],
        "channels": [(channel.value, CHANNELS[channel]) for channel in Channel],
        "failed": failed,
        "waiting": waiting,
        "may_send": request.user.has_perm(CHANGE),
    }
    return render(request, "notify/desk/notices.html", context)


@require_GET
@staff_only(VIEW)
def letters(request: HttpRequest) -> HttpResponse:
    """Every letter with its event, reader, channels and urgency."""
    rows = {row.template: row for row in (*NOTICES, row_of(TEMPLATES[-1]))}
    found = [
        {
            "template": name,
            "called": _called(name),
            "event": rows[name].event.rpartition(".")[2],
            "audience": AUDIENCES[rows[name].audience],
            "channels": [CHANNELS[channel] for channel in rows[name].channels],
            "urgency": URGENCIES[rows[name].urgency],
        }
        for name in TEMPLATES
    ]
    return render(request, "notify/desk/letters.html", {"rows": found})


@require_GET
@staff_only(VIEW)
def letter(request: HttpRequest, template: str) -> HttpResponse:
    """One letter in both languages with the facts of a made-up order, as mail, text and text message."""
    row = _known(template)
    shown = []
    for language in LANGUAGES:
        mail = typeset(
            template=template, audience=row.audience, language=language, facts=sample(language)
        )
        shown.append({"language": language, "mail": mail})
    context = {"template": template, "called": _called(template), "letters": shown}
    return render(request, "notify/desk/letter.html", context)


@require_GET
@xframe_options_sameorigin
@staff_only(VIEW)
def sheet(request: HttpRequest, template: str, language: str) -> HttpResponse:
    """The HTML of one letter, for the frame of the preview; 404 for a language that we do not write."""
    row = _known(template)
    if language not in LANGUAGES:
        raise Http404
    mail = typeset(
        template=template, audience=row.audience, language=language, facts=sample(language)
    )
    return HttpResponse(mail.html)


@require_POST
@staff_only(CHANGE)
def again(request: HttpRequest, notice: int) -> HttpResponse:
    """Send one notice again, at once."""
    try:
        send_again(notice=notice, actor=f"staff:{request.user}", now=timezone.now())
    except NoticeLog.DoesNotExist as error:
        raise Http404 from error
    except LetterForgotten:
        messages.error(request, gettext("The letter was emptied or has no address."))
    else:
        messages.success(request, gettext("The notice is sent again."))
    return redirect("notice_desk")


def _known(template: str) -> Any:
    if template not in TEMPLATES:
        raise Http404
    return row_of(template)


def _called(template: str) -> str:
    """What staff call a letter."""
    return pick(LETTERS[template], language_of_admin())


def _line(row: NoticeLog) -> dict[str, Any]:
    return {
        "row": row,
        "called": _called(row.template) if row.template in LETTERS else row.template,
        "channel": CHANNELS[Channel(row.channel)],
        "audience": AUDIENCES[Audience(row.audience)],
        "tone": TONES.get(row.state, "open"),
        "again": row.state in {"sent", "failed", "dropped"},
    }


def _query(request: HttpRequest) -> str:
    """The filters for the links of the pages."""
    kept = request.GET.copy()
    kept.pop("p", None)
    return kept.urlencode()
