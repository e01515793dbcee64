"""The desk of contract words: lawyers write and review, another person approves, marketers read."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from cms.services.roles import make_roles
from contracts.domain.documents import ContractDocument
from contracts.models import ClauseVersion, TemplateVersion
from contracts.pdf.previews import Preview
from contracts.services import wording
from contracts.services.templates import import_template
from tests.factories.contract import NOW, TEMPLATE_FILE

pytestmark = pytest.mark.django_db
BASE = "/cms/snippets/contracts"
Staff = Callable[..., Client]


class InkPreviews:
    """Previews without typesetting: what was asked for, and a page for each clause."""

    def __init__(self) -> None:
        self.asked: list[ContractDocument] = []

    def preview(self, document: ContractDocument) -> Preview:
        """A few bytes that carry the title."""
        self.asked.append(document)
        places = {clause.code: number for number, clause in enumerate(document.clauses, start=1)}
        return Preview(f"%PDF-1.7 {document.title}".encode(), 9, places)


@pytest.fixture
def ink(monkeypatch: pytest.MonkeyPatch) -> InkPreviews:
    made = InkPreviews()
    monkeypatch.setattr("cms.desks.words.open_previews", lambda: made)
    return made


@pytest.fixture
def draft(ink: InkPreviews) -> TemplateVersion:
    import_template(path=TEMPLATE_FILE, now=NOW)
    row: TemplateVersion = TemplateVersion.objects.get()
    return row


def staff(*groups: str, language: str = "en") -> Client:
    make_roles()
    name = f"{'-'.join(groups).lower().replace(' ', '-')}@example.com"
    user = get_user_model().objects.create_user(name, "x")
    user.is_staff = True
    user.save()
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def say(client: Client, row: TemplateVersion, step: str, **typed: str) -> str:
    page = client.post(f"/cms/desk/words/{row.pk}/{step}/", typed, follow=True)
    return str(page.content.decode())


def test_two_people_approve_words_at_the_desk(draft: TemplateVersion, ink: InkPreviews) -> None:
    legal, counsel = staff("Legal"), staff("Legal approval")
    assert (
        "Submit to legal review"
        in legal.get(f"{BASE}/templateversion/inspect/{draft.pk}/").content.decode()
    )
    say(legal, draft, "submit")
    assert len(ink.asked) == 6
    page = say(legal, draft, "review")
    assert "Approve as the second person" not in page
    page = counsel.get(f"{BASE}/templateversion/inspect/{draft.pk}/").content.decode()
    assert "Approve as the second person" in page
    assert legal.post(f"/cms/desk/words/{draft.pk}/approve/").status_code in {302, 403}
    draft.refresh_from_db()
    assert draft.state == "legal_review"
    say(counsel, draft, "approve")
    draft.refresh_from_db()
    assert draft.state == "approved"
    say(counsel, draft, "retire")
    draft.refresh_from_db()
    assert draft.state == "retired"


def test_a_person_in_both_roles_is_still_one_person(draft: TemplateVersion) -> None:
    both = staff("Legal", "Legal approval")
    for step in ("submit", "review", "approve"):
        say(both, draft, step)
    draft.refresh_from_db()
    assert draft.state == "legal_review"


def test_a_refusal_lists_every_fault_by_clause_language_and_variable(
    draft: TemplateVersion,
) -> None:
    ClauseVersion.objects.filter(code="title").update(text={"zh-hans": "{{car.vin}}"})
    page = say(staff("Legal"), draft, "submit")
    assert "Some orders do not have it" in page
    assert "{{car.vin}}" in page
    assert "The text is missing in this language." in page
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_words_sent_back_carry_the_reason_and_are_copied_under_a_name(
    draft: TemplateVersion,
) -> None:
    legal = staff("Legal")
    say(legal, draft, "submit")
    say(legal, draft, "return", reason="第五条")
    draft.refresh_from_db()
    assert draft.state == "draft"
    say(legal, draft, "copy", name="2027-01-a")
    say(legal, draft, "copy", name="2027-01-a")
    assert TemplateVersion.objects.filter(version="2027-01-a").count() == 1


def test_words_under_review_are_read_and_not_edited(draft: TemplateVersion) -> None:
    legal = staff("Legal")
    clause = ClauseVersion.objects.get(code="title")
    assert legal.get(f"{BASE}/clauseversion/edit/{clause.pk}/").status_code == 200
    wording.submit_words(version=draft.pk, actor="legal", now=NOW)
    for kind, pk in (("templateversion", draft.pk), ("clauseversion", clause.pk)):
        answer = legal.get(f"{BASE}/{kind}/edit/{pk}/")
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"/{kind}/inspect/{pk}/")
    page = legal.post(f"/cms/desk/words/clause/{clause.pk}/new/")
    new = ClauseVersion.objects.get(code="title", version=2)
    assert page["Location"].endswith(f"/clauseversion/edit/{new.pk}/")


def test_marketers_read_and_preview_and_change_nothing(draft: TemplateVersion) -> None:
    marketer = staff("Marketers")
    clause = ClauseVersion.objects.get(code="title")
    page = marketer.get(f"{BASE}/templateversion/inspect/{draft.pk}/").content.decode()
    assert "Submit to legal review" not in page
    assert marketer.get(f"{BASE}/clauseversion/inspect/{clause.pk}/").status_code == 200
    pdf = marketer.get(f"/cms/desk/words/{draft.pk}/cash-stock-cn/en.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    for address in (
        f"{BASE}/templateversion/edit/{draft.pk}/",
        f"{BASE}/clauseversion/edit/{clause.pk}/",
        f"{BASE}/clauseversion/add/",
    ):
        assert marketer.get(address).status_code in {302, 403}, address
    for step in ("submit", "review", "approve", "return", "retire", "copy"):
        assert marketer.post(f"/cms/desk/words/{draft.pk}/{step}/").status_code in {302, 403}
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert staff("Finance clerks").get(
        f"/cms/desk/words/{draft.pk}/cash-stock-cn/en.pdf"
    ).status_code in {302, 403}


def test_a_clause_is_shown_as_pdf_while_it_is_typed(
    draft: TemplateVersion, ink: InkPreviews
) -> None:
    legal = staff("Legal")
    clause = ClauseVersion.objects.get(code="title")
    typed = {
        "code": "title",
        "title_zh_hans": "所有权",
        "title_en": "Title",
        "text_zh_hans": "正在输入的文字",
        "text_en": "words being typed {{car.vin}}",
        "risk_zh_hans": "",
        "risk_en": "",
        "condition": "always",
        "markets": "CN DE",
    }
    address = f"{BASE}/clauseversion/preview/{clause.pk}/"
    assert legal.post(address, typed).json()["is_valid"]
    page = legal.get(address + "?mode=cash-stock-cn:en&in_preview_panel=true").content.decode()
    assert "words being typed" in [c.text for c in ink.asked[-1].clauses if c.code == "title"][0]
    assert "{{car.vin}}" in page
    assert re.search(r"#page=\d+", page)
    shown = base64.b64decode(re.search(r'atob\("([^"]+)"', page)[1])  # type: ignore[index]
    assert shown.startswith(b"%PDF-1.7")
    assert ClauseVersion.objects.get(pk=clause.pk).text["en"] != typed["text_en"]


def test_a_template_is_shown_as_pdf_in_every_order_and_language(
    draft: TemplateVersion, ink: InkPreviews
) -> None:
    legal = staff("Legal")
    for mode, _label in draft.preview_modes:
        page = legal.get(f"{BASE}/templateversion/preview/{draft.pk}/?mode={mode}")
        assert page.status_code == 200
        assert "These words hold for every order of reference." in page.content.decode()
    assert {(d.facts.market, d.language) for d in ink.asked} == {
        (market, language) for market in ("CN", "DE") for language in ("zh-hans", "en")
    }


def test_a_template_is_shown_with_the_clauses_chosen_so_far(
    draft: TemplateVersion, ink: InkPreviews
) -> None:
    legal = staff("Legal")
    line = draft.clauses.select_related("clause").get(clause__code="title")
    typed = {
        "code": draft.code,
        "version": draft.version,
        "valid_from": "2026-11-20 00:00",
        "title_zh_hans": "买车合同",
        "title_en": "Agreement on a car",
        "status_zh_hans": "样本",
        "status_en": "sample",
        "summary": "[]",
        "annexes": "[]",
        "sellers": "{}",
        "clauses-TOTAL_FORMS": "2",
        "clauses-INITIAL_FORMS": "0",
        "clauses-0-number": "1",
        "clauses-0-clause": str(line.clause_id),
        "clauses-1-number": "",
        "clauses-1-clause": "",
    }
    address = f"{BASE}/templateversion/preview/{draft.pk}/"
    assert legal.post(address, typed).json()["is_valid"]
    legal.get(address + "?mode=cash-stock-cn:en")
    assert ink.asked[-1].title == "Agreement on a car"
    assert "title" in [clause.code for clause in ink.asked[-1].clauses]
