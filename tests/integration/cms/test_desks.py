"""The desks: who may enter, what they show, and that publishing and rolling back work by hand."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import Group

from catalog.errors import ReleaseRefused
from catalog.models import Model, Release, ReleasePointer
from catalog.queries.on_sale import look_again
from checkout.models import Payment
from cms.desks.money.sheets import inert
from cms.models import HomePage, Picture
from cms.services.content import PicturePlan, import_pictures
from cms.services.roles import ROLES, make_roles
from contracts.models import TemplateVersion
from tests.integration.cms.people import admin, staff
from tests.journeys.people import Buyer

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]
PAGES = {
    "Marketers": [
        "/cms/desk/release/",
        "/cms/snippets/catalog/rule/",
        "/cms/snippets/catalog/option/",
    ],
    "Finance clerks": ["/cms/desk/finance/day/", "/cms/desk/finance/ledger/", "/cms/desk/payment/"],
    "Sales desk": ["/cms/desk/order/", "/cms/desk/contract/", "/cms/desk/stockvehicle/"],
}


@pytest.mark.parametrize("role", PAGES)
def test_a_role_opens_its_own_pages(role: str) -> None:
    client = staff(role)
    for page in PAGES[role]:
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("Marketers", "/cms/desk/finance/day/"),
        ("Marketers", "/cms/desk/payment/"),
        ("Finance clerks", "/cms/desk/release/"),
        ("Finance clerks", "/cms/snippets/catalog/rule/"),
        ("Sales desk", "/cms/desk/ledgerentry/"),
        ("Sales desk", "/cms/desk/finance/ledger/"),
    ],
)
def test_a_role_does_not_open_the_pages_of_another(role: str, page: str) -> None:
    answer = staff(role).get(page)
    assert answer.status_code in {302, 403}


def test_nobody_edits_money_by_hand() -> None:
    client = admin()
    for table in ("payment", "ledgerentry", "ledgerleg", "order", "contract"):
        for way in ("new/", "edit/1/", "delete/1/"):
            answer = client.get(f"/cms/desk/{table}/{way}")
            assert answer.status_code in {302, 403, 404}, (table, way)


def test_finance_edits_no_content_and_publishes_nothing() -> None:
    client = staff("Finance clerks")
    model = Model.objects.get(code="rill")
    for page in ("/cms/pages/", f"/cms/snippets/catalog/model/edit/{model.pk}/", "/cms/images/"):
        assert client.get(page).status_code in {302, 403}, page
    before = ReleasePointer.objects.get().release_id
    for way in ("check", "publish"):
        assert client.post(f"/cms/desk/release/{way}/").status_code in {302, 403}
    assert client.post("/cms/desk/release/back/R000001/").status_code in {302, 403}
    assert ReleasePointer.objects.get().release_id == before


def test_a_marketer_looks_after_pages_and_pictures(tmp_path: Path) -> None:
    client = staff("Marketers")
    for page in ("/cms/pages/", "/cms/images/", "/cms/images/add/"):
        assert client.get(page).status_code in {200, 302}, page
    assert client.get("/cms/images/").status_code == 200
    home = HomePage.objects.get(locale__language_code="zh-hans")
    edit = client.get(f"/cms/pages/{home.pk}/edit/").content.decode()
    assert "Body" in edit
    drawing = tmp_path / "car.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40"/>')
    import_pictures(plans=[PicturePlan(drawing, "model:rill", "badge", {"en": "A badge"})])
    picture = Picture.objects.get(role="badge")
    form = client.get(f"/cms/images/{picture.pk}/").content.decode()
    assert "Text alternative" in form
    typed = {
        "title": "Rill",
        "subject": "model:rill",
        "role": "front",
        "alt_zh_hans": "小溪",
        "alt_en": "Rill",
    }
    assert client.post(f"/cms/images/{picture.pk}/", typed).status_code == 302
    picture.refresh_from_db()
    assert picture.alt == {"zh-hans": "小溪", "en": "Rill"}


def test_legal_writes_new_words_and_reads_the_approved_ones() -> None:
    client = staff("Legal", "zh-hans")
    template = TemplateVersion.objects.get()
    assert "合同模板" in client.get("/cms/snippets/contracts/templateversion/").content.decode()
    approved = client.get(f"/cms/snippets/contracts/templateversion/edit/{template.pk}/")
    assert approved.headers["Location"].endswith(f"/inspect/{template.pk}/")
    page = client.get("/cms/snippets/contracts/templateversion/add/")
    for words in ("生效日期", "销售主体", "条款"):
        assert words in page.content.decode(), words
    assert client.get("/cms/snippets/catalog/rule/").status_code in {302, 403}


def test_a_marketer_sees_no_money() -> None:
    client = staff("Marketers")
    for page in (
        "order",
        "payment",
        "ledgerentry",
        "ledgerleg",
        "webhookmessage",
        "contract",
        "quote",
    ):
        assert client.get(f"/cms/desk/{page}/").status_code in {302, 403}, page
    for page in ("day", "ledger", "day/?format=csv", "ledger/?format=csv"):
        assert client.get(f"/cms/desk/finance/{page}").status_code in {301, 302, 403}, page


def test_roles_name_permissions_that_exist() -> None:
    make_roles()
    for role, tables in ROLES.items():
        expected = sum(len(actions) for actions in tables.values()) + 1
        assert Group.objects.get(name=role).permissions.count() == expected, role


def test_a_marketer_checks_publishes_and_rolls_back() -> None:
    client = staff("Marketers")
    first = ReleasePointer.objects.get().release.code
    model = Model.objects.get(code="rill")
    model.line = {"zh-hans": "新的一句话。", "en": "A new line."}
    model.save()
    assert client.post("/cms/desk/release/check/").status_code == 200
    waiting = client.get("/cms/desk/release/").content.decode()
    assert "models" in waiting
    assert "changed 1" in waiting
    assert client.post("/cms/desk/release/publish/", {"note": "New line"}).status_code == 302
    second = ReleasePointer.objects.get().release
    assert second.code != first
    assert second.note == "New line"
    shown = Buyer("en").get("/models")["items"]
    assert {m["code"]: m["line"] for m in shown}["rill"] == "A new line."
    again = client.post("/cms/desk/release/publish/", follow=True).content.decode()
    assert "Nothing has changed, so nothing was published." in again
    assert "exactly what is on sale" in again
    client.post(f"/cms/desk/release/back/{first}/")
    assert ReleasePointer.objects.get().release.code == first
    assert Release.objects.count() == 2


def test_a_release_that_cannot_be_built_is_refused_with_reasons() -> None:
    client = staff("Marketers")
    before = ReleasePointer.objects.get().release.code
    for option in Model.objects.get(code="rill").options.filter(group__code="paint"):
        option.availability.all().delete()
    page = client.post("/cms/desk/release/check/")
    assert b"desk__finding--error" in page.content
    assert "To mend before publishing" in page.content.decode()
    refused = client.post("/cms/desk/release/publish/")
    assert refused.status_code == 409
    assert "Not published" in refused.content.decode()
    assert ReleasePointer.objects.get().release.code == before


def test_the_release_desk_speaks_chinese() -> None:
    client = admin("zh-hans")
    for option in Model.objects.get(code="rill").options.filter(group__code="paint"):
        option.availability.all().delete()
    page = client.post("/cms/desk/release/publish/").content.decode()
    assert "发布前须修正" in page
    assert "此车型没有可生产的车" in page
    missing = client.post("/cms/desk/release/back/R999999/", follow=True).content.decode()
    assert "没有目录 R999999。" in missing


def test_a_shop_without_a_release_shows_everything_as_new() -> None:
    ReleasePointer.objects.all().delete()
    look_again()
    page = admin().get("/cms/desk/release/").content.decode()
    assert "Nothing is on sale yet." in page
    assert "added" in page


def test_two_who_publish_at_one_moment_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(**_facts: object) -> None:
        raise ReleaseRefused("somebody else published", facts={"findings": []})

    monkeypatch.setattr("cms.desks.release.publish_release", taken)
    page = admin().post("/cms/desk/release/publish/", follow=True).content.decode()
    assert "Somebody else changed the catalogue" in page


def test_the_finance_desk_shows_the_deposits_of_today_and_gives_them_as_csv() -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    order = buyer.order(buyer.post("/quotes", {"build": build["code"]}, 201))["order"]["code"]
    buyer.pay(order)
    client = staff("Finance clerks")
    day = client.get("/cms/desk/finance/day/").content.decode()
    for words in (order, "¥1,000.00", "¥29.30", "¥970.70", "Total CNY", "desk/order/inspect"):
        assert words in day, words
    assert order in client.get("/cms/desk/finance/day/?zone=Europe/Berlin").content.decode()
    sheet = client.get("/cms/desk/finance/day/?format=csv")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0]["order"] == order
    assert rows[0]["amount"] == "1000.00"
    assert client.get("/cms/desk/finance/ledger/?account=2000").status_code == 200
    ledger = client.get("/cms/desk/finance/ledger/?format=csv").content.decode("utf-8-sig")
    assert order in ledger
    books = client.get("/cms/desk/finance/ledger/").content.decode()
    for words in ("Total CNY", "¥1,000.00", "¥0.00"):
        assert words in books, words
    assert "当日" in admin("zh-hans").get("/cms/desk/finance/day/").content.decode()
    assert client.get("/cms/desk/finance/day/?day=nonsense").status_code == 200
    assert client.get("/cms/desk/finance/ledger/?account=9999").status_code == 200


def test_a_day_ends_at_midnight_of_the_calendar_that_is_read() -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    order = buyer.order(buyer.post("/quotes", {"build": build["code"]}, 201))["order"]["code"]
    buyer.pay(order)
    # 02:00 in Shanghai is still the evening before in Berlin.
    night = datetime(2026, 11, 20, 18, tzinfo=UTC)
    Payment.objects.filter(order__code=order).update(settled_at=night)
    client = staff("Finance clerks")
    for zone, day, arrived in (
        ("Asia/Shanghai", "2026-11-21", True),
        ("Asia/Shanghai", "2026-11-20", False),
        ("Europe/Berlin", "2026-11-20", True),
        ("Europe/Berlin", "2026-11-21", False),
        ("Moon/Tycho", "2026-11-21", True),
    ):
        page = client.get(f"/cms/desk/finance/day/?zone={zone}&day={day}").content.decode()
        assert (order in page) is arrived, (zone, day)


def test_a_sheet_runs_no_formula() -> None:
    assert inert("=1+1") == "'=1+1"
    assert inert("-12.50") == "-12.50"
    assert inert("plain") == "plain"
