"""The desks: who may enter, what they show, and that publishing and rolling back work by hand."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Model, Release, ReleasePointer
from cms.services.roles import ROLES, make_roles
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


def staff(role: str) -> Client:
    """A browser signed in as somebody of that role."""
    make_roles()
    user = get_user_model().objects.create_user(
        f"{role.split()[0].lower()}@example.com", "x", is_staff=True
    )
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


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
    admin = get_user_model().objects.create_superuser("root@example.com", "x")
    client = Client()
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    for table in ("payment", "ledgerentry", "ledgerleg", "order", "contract"):
        for way in ("new/", "edit/1/", "delete/1/"):
            answer = client.get(f"/cms/desk/{table}/{way}")
            assert answer.status_code in {302, 403, 404}, (table, way)


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
    assert client.post("/cms/desk/release/publish/", {"note": "New line"}).status_code == 302
    second = ReleasePointer.objects.get().release
    assert second.code != first
    assert second.note == "New line"
    shown = Buyer("en").get("/models")["items"]
    assert {m["code"]: m["line"] for m in shown}["rill"] == "A new line."
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
    client.post("/cms/desk/release/publish/")
    assert ReleasePointer.objects.get().release.code == before


def test_the_finance_desk_shows_the_deposits_of_today_and_gives_them_as_csv() -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    order = buyer.order(buyer.post("/quotes", {"build": build["code"]}, 201))["order"]["code"]
    buyer.pay(order)
    client = staff("Finance clerks")
    assert order in client.get("/cms/desk/finance/day/").content.decode()
    sheet = client.get("/cms/desk/finance/day/?format=csv")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0]["order"] == order
    assert rows[0]["amount"] == "1000.00"
    assert client.get("/cms/desk/finance/ledger/?account=2000").status_code == 200
    ledger = client.get("/cms/desk/finance/ledger/?format=csv").content.decode("utf-8-sig")
    assert order in ledger
    assert client.get("/cms/desk/finance/day/?day=nonsense").status_code == 200
    assert client.get("/cms/desk/finance/ledger/?account=9999").status_code == 200
