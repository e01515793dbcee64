"""A letter as plain text and as HTML: the same blocks, opened and closed in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.loader import render_to_string

from storefront.notify.letters import Letter, plain, written
from storefront.notify.table import Audience

OPENINGS = {"zh-hans": "{name}，您好：", "en": "Dear {name},"}
QUESTIONS = {
    "zh-hans": "有任何问题，直接回复这封邮件即可。",
    "en": "If anything is unclear, just reply to this letter.",
}
LANG_TAGS = {"zh-hans": "zh-Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, ready to send; `sms` is the short text of the same notice, empty where there is none."""

    subject: str
    text: str
    html: str
    sms: str


def typeset(*, template: str, audience: Audience, language: str, facts: Mapping[str, str]) -> Mail:
    """The notice in one language; raises FileNotFoundError, UndefinedFact."""
    letter = written(template, language, facts)
    if audience is Audience.DESK:
        opening = closing = question = ""
    else:
        opening = OPENINGS[language].replace("{name}", facts["name"])
        closing, question = facts["seller"], QUESTIONS[language]
    ending = "\n\n".join(part for part in (question, closing) if part)
    return Mail(
        subject=letter.subject,
        text=plain(letter, opening=opening, closing=ending),
        html=_html(letter, opening, question, closing or facts["seller"], language),
        sms=letter.sms,
    )


def _html(letter: Letter, opening: str, question: str, sender: str, language: str) -> str:
    return render_to_string(
        "notify/letter.html",
        {
            "lang": LANG_TAGS[language],
            "subject": letter.subject,
            "opening": opening,
            "blocks": letter.blocks,
            "question": question,
            "sender": sender,
        },
    )
