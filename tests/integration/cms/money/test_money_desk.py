"""The finance desk: what it shows, to whom, in both languages, at a cost that does not grow with its rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from checkout.models import MoneyException, VendorMove, WebhookMessage
from cms.desks.money import urls
from cms.desks.pages import page_of
from tests.factories.money_desk import MoneyDesk, money_desk
from tests.factories.payable import NOON
from tests.integration.cms.people import admin, staff

pytestmark = pytest.mark.django_db
DESK = "/cms/desk/money"


def pages(desk: MoneyDesk) -> dict[str, str]:
    """The address of every page that changes nothing, with one row of each kind."""
    return {
        "money_today": "/",
        "money_exceptions": "/exceptions/",
        "money_exception": f"/exceptions/{desk.exceptions[0].pk}/",
        "money_payouts": "/payouts/",
        "money_payout": f"/payouts/{desk.payouts[0].code}/",
        "money_lines": "/bank/",
        "money_line": f"/bank/lines/{desk.lines[0].pk}/",
        "money_files": "/bank/files/",
        "money_progress": f"/bank/files/{desk.files[0].pk}/progress/",
        "money_transfers": "/transfers/",
        "money_transfer": f"/transfers/{desk.transfers[0].code}/",
        "money_months": "/months/",
        "money_month": "/months/2026-10/",
        "money_match": f"/bank/match/?line={desk.lines[-1].pk}",
        "money_list": f"/transfers/list/?transfer={desk.transfers[0].code}",
        "money_exports": "/exports/?month=2026-11",
        "money_aging": "/books/aging/",
        "money_balance": "/books/balance/?month=2026-11",
        "money_roll": "/books/deposits/?month=2026-11",
    }


def acts(desk: MoneyDesk) -> dict[str, str]:
    """The address of everything that is done by POST."""
    exception, line = desk.exceptions[0].pk, desk.lines[0].pk
    return {
        "money_exception_act": f"/exceptions/{exception}/resolve/",
        "money_transfer_act": f"/transfers/{desk.transfers[0].code}/approve/",
        "money_send": "/transfers/send/",
        "money_run": "/compare/",
        "money_export": "/exports/make/",
        "money_match_do": "/bank/match/do/",
        "money_aside": f"/bank/lines/{line}/aside/",
        "money_back": f"/bank/lines/{line}/back/",
        "money_unmatch": f"/bank/lines/{line}/matches/1/undo/",
        "money_upload": "/bank/files/upload/",
        "money_close": "/months/2026-10/close/",
    }


def test_every_address_of_the_desk_is_in_these_tests() -> None:
    desk = money_desk(size=2)
    named = {pattern.name for pattern in urls.urlpatterns}
    assert named == {*pages(desk), *acts(desk)}
    assert {reverse("money_today")} == {f"{DESK}/"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_finance_opens_every_page_in_both_languages(language: str) -> None:
    desk = money_desk()
    client = staff("Finance clerks", language)
    for name, path in pages(desk).items():
        answer = client.get(DESK + path)
        assert answer.status_code == 200, name
        assert answer["Content-Type"].startswith(
            "application/json" if name == "money_progress" else "text/html"
        )


@pytest.mark.parametrize("role", ["Marketers", "Legal"])
def test_a_marketer_opens_and_sends_nothing_here(role: str) -> None:
    desk = money_desk(size=1)
    client = staff(role)
    for name, path in {**pages(desk), **acts(desk)}.items():
        for method in (client.get, client.post, client.put, client.delete):
            assert method(DESK + path).status_code in {302, 403, 405}, (name, method)
            assert b"desk--money" not in method(DESK + path).content


def test_a_stranger_is_led_to_the_sign_in() -> None:
    desk = money_desk(size=1)
    for path in {**pages(desk), **acts(desk)}.values():
        answer = Client().get(DESK + path)
        assert answer.status_code == 302
        assert "/cms/login/" in answer["Location"]


def test_pages_change_nothing_by_post_and_acts_do_nothing_by_get() -> None:
    desk = money_desk(size=1)
    client = admin()
    for path in pages(desk).values():
        assert client.post(DESK + path).status_code == 405, path
    for path in acts(desk).values():
        assert client.get(DESK + path).status_code == 405, path


def test_nothing_is_done_without_the_token_of_the_page() -> None:
    desk = money_desk(size=2)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff("Finance clerks").cookies
    for name, path in acts(desk).items():
        assert strict.post(DESK + path, {"once": "1"}).status_code == 403, name


def test_support_sees_exceptions_and_transfers_and_no_ledger_and_no_close() -> None:
    desk = money_desk(size=2)
    client = staff("Support clerks")
    closed = {"money_months", "money_month", "money_aging", "money_balance", "money_roll"}
    closed |= {"money_match", "money_list", "money_exports"}
    for name, path in pages(desk).items():
        expected = {302, 403} if name in closed else {200}
        assert client.get(DESK + path).status_code in expected, name
    assert client.get("/cms/desk/finance/ledger/").status_code in {302, 403}
    for name, path in acts(desk).items():
        assert client.post(DESK + path).status_code in {302, 403}, name
        assert client.post(DESK + path, {"words": "settled by support"}).status_code in {302, 403}
    desk.exceptions[0].refresh_from_db()
    desk.transfers[0].refresh_from_db()
    assert (desk.exceptions[0].state, desk.transfers[0].state) == ("open", "proposed")
    menu = client.get(f"{DESK}/").content.decode()
    assert "Month close" not in menu
    assert "Refunds and transfers" in menu


def test_today_names_what_waits_in_words_and_leads_there() -> None:
    money_desk(size=5)
    page = staff("Finance clerks", "zh-hans").get(f"{DESK}/").content.decode()
    for words in (
        "待答复的争议",
        "银行流水无法识别",
        "等待第二人审批的转账",
        "在途结算款",
        "待匹配的银行流水",
    ):
        assert words in page, words
    assert f"{DESK}/exceptions/?kind=E12" in page
    assert page.index("总额对不上") < page.index("退款失败"), "what blocks the close comes first"


def test_the_queue_is_narrowed_by_class_owner_state_and_order() -> None:
    desk = money_desk(size=5)
    client = staff("Finance clerks")

    def found(query: str) -> set[int]:
        page = client.get(f"{DESK}/exceptions/?{query}").content.decode()
        return {row.pk for row in desk.exceptions if f"/exceptions/{row.pk}/" in page}

    everyone = {row.pk for row in desk.exceptions}
    assert found("") == everyone
    assert found("kind=E08") == {desk.exceptions[1].pk}
    assert found("owner=support") == {desk.exceptions[1].pk, desk.exceptions[4].pk}
    assert found("owner=nobody") == everyone - {desk.exceptions[1].pk}
    assert found("owner=me") == set()
    assert found("state=resolved") == set()
    assert found(f"order={desk.orders[3].code.lower()}") == {desk.exceptions[3].pk}
    assert found("after=nonsense&state=what") == everyone


def test_an_exception_says_its_facts_in_words_and_leads_to_what_it_is_about() -> None:
    desk = money_desk(size=5)
    client = staff("Finance clerks", "zh-hans")
    line, _, books, amount, _ = (
        client.get(f"{DESK}/exceptions/{row.pk}/").content.decode() for row in desk.exceptions
    )
    assert f"{DESK}/bank/lines/{desk.lines[0].pk}/" in line
    assert "附言相符，金额不符" in line
    assert "−¥2.30" in books
    assert reverse("desk_payment:inspect", args=[desk.payments[3].pk]) in amount
    assert reverse("desk_order:inspect", args=[desk.orders[3].pk]) in amount
    assert "4999.00 CNY" in amount
    assert "与买家核实后退回差额或补收" in amount


def test_a_message_that_was_given_up_leads_to_its_page() -> None:
    message = WebhookMessage.objects.create(
        type="x", provider="stripe", event_id="evt:9", payload={}, received_at=NOON, attempts=12
    )
    name = "payment:stripe:evt:9"
    row = MoneyException.objects.create(
        kind="E17", key=name, facts={"message": name}, opened_at=NOON, seen_at=NOON
    )
    page = staff("Finance clerks").get(f"{DESK}/exceptions/{row.pk}/").content.decode()
    link = page_of(WebhookMessage, message.event_id, by="event_id")
    assert link
    assert link in page


def test_a_payout_leads_down_to_payment_order_and_bank_line() -> None:
    desk = money_desk()
    client = staff("Finance clerks")
    page = client.get(f"{DESK}/payouts/{desk.payouts[0].code}/").content.decode()
    for payment, order in zip(desk.payments[:2], desk.orders[:2], strict=True):
        assert reverse("desk_payment:inspect", args=[payment.pk]) in page
        assert reverse("desk_order:inspect", args=[order.pk]) in page
    assert "Its movements add up to it exactly." in page
    assert f"{DESK}/bank/lines/{desk.lines[0].pk}/" in page
    sheet = client.get(f"{DESK}/payouts/{desk.payouts[0].code}/?format=csv").content.decode()
    rows = [row.split(",") for row in sheet.removeprefix("\ufeff").splitlines()]
    assert rows[-1][:2] == ["CONTROL", "2"]
    assert rows[-1][6] == str(desk.payouts[0].money.decimal)


def test_a_payout_that_does_not_add_up_says_by_how_much() -> None:
    desk = money_desk(size=1)
    desk.payouts[0].amount += 1
    desk.payouts[0].save()
    page = staff("Finance clerks").get(f"{DESK}/payouts/{desk.payouts[0].code}/")
    assert "do not add up to it: ¥0.01 differ" in page.content.decode()


def test_a_refused_file_says_where_and_what_to_do() -> None:
    desk = money_desk(size=2)
    page = staff("Finance clerks").get(f"{DESK}/bank/files/").content.decode()
    assert desk.files[1].name in page
    assert "Row 7" in page
    assert "row 7: no amount" in page


def test_the_progress_of_a_file_is_a_small_answer() -> None:
    desk = money_desk()
    client = staff("Finance clerks")
    running = client.get(f"{DESK}/bank/files/{desk.files[2].pk}/progress/").json()
    assert (running["done"], running["total"], running["percent"]) == (400, 1000, 40)
    assert not running["over"]
    assert client.get(f"{DESK}/bank/files/{desk.files[0].pk}/progress/").json()["over"]
    assert client.get(f"{DESK}/bank/files/999999/progress/").status_code == 404


def statements(client: Client, path: str) -> int:
    """How many statements a page takes."""
    with CaptureQueriesContext(connection) as told:
        assert client.get(DESK + path).status_code == 200
    return len(told)


def test_no_page_asks_more_of_the_database_for_more_rows() -> None:
    client = staff("Finance clerks")
    few = money_desk()
    paths = pages(few)

    def costs() -> dict[str, int]:
        return {name: statements(client, path) for name, path in paths.items()}

    costs()
    before = costs()
    more = money_desk(size=30, start=3)
    VendorMove.objects.filter(payout__in=more.payouts).update(payout=few.payouts[0])
    assert costs() == before


def test_a_long_list_goes_on_from_page_to_page_and_misses_nothing() -> None:
    desk = money_desk(size=120)
    client = staff("Finance clerks")
    for path, codes in (
        ("/payouts/", {f"/payouts/{row.code}/" for row in desk.payouts}),
        ("/exceptions/", {f"/exceptions/{row.pk}/" for row in desk.exceptions}),
    ):
        seen: set[str] = set()
        after = ""
        for _ in range(3):
            page = client.get(f"{DESK}{path}?after={after}").content.decode()
            seen |= {code for code in codes if code in page}
            after = page.partition("?after=")[2].partition('"')[0] if 'rel="next"' in page else ""
        assert seen == codes
        assert not after
