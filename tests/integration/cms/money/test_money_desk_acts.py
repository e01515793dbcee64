"""What the finance desk does: files, matches, exceptions, transfers, months; refusals in words, nothing twice."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from checkout.models import BankFile, BankLine, BankMatch, ClosedPeriod, Order, ReconciliationRun
from checkout.services.bank_import import read_waiting
from kernel.jobs import run_until_idle
from tests.factories.banked import Row, csv_of, imported
from tests.factories.money_desk import money_desk
from tests.factories.payable import NOON, payable_order
from tests.factories.till import Till, balances, till
from tests.integration.cms.people import admin, staff

__all__ = ["till"]
pytestmark = pytest.mark.django_db
DESK = "/cms/desk/money"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to `action`, as the browser would send them."""
    form = page.partition(f'action="{action}"')[2].partition("</form>")[0]
    assert form, f"no form goes to {action}"
    tags = re.findall(r'<input[^>]*type="hidden"[^>]*>', form)
    found = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = value[1]
    return found


def text(answer: Any) -> str:
    """The page as it is read."""
    return str(answer.content.decode()).replace("&#x27;", "'")


# ---- Bank ----


def test_an_uploaded_statement_is_read_by_the_worker_and_its_lines_wait() -> None:
    client = staff("Finance clerks")
    content = csv_of([Row(500_000, "nobody's", "王小明", "R1"), Row(-1_200, "fee", "Bank", "R2")])
    sent = {"files": SimpleUploadedFile("一月.csv", content), "once": "a"}
    answer = client.post(f"{DESK}/bank/files/upload/", sent, follow=True)
    assert "一月.csv" in text(answer)
    file = BankFile.objects.get()
    assert client.get(f"{DESK}/bank/files/{file.pk}/progress/").json()["over"] is False
    read_waiting(now=NOON)
    assert client.get(f"{DESK}/bank/files/{file.pk}/progress/").json()["said"] == "read"
    page = text(client.get(f"{DESK}/bank/"))
    assert "¥5,000.00" in page
    assert "−¥12.00" in page
    again = {"files": SimpleUploadedFile("again.csv", content), "once": "b"}
    assert "not read twice" in text(client.post(f"{DESK}/bank/files/upload/", again, follow=True))
    assert BankFile.objects.count() == 1


def test_a_file_that_is_no_statement_says_why_and_changes_nothing() -> None:
    client = staff("Finance clerks", "zh-hans")
    bad = csv_of([Row(500_000, ref="R1"), Row(1, ref="R2")]).replace(b"5000.01", b"5000.02")
    client.post(f"{DESK}/bank/files/upload/", {"files": SimpleUploadedFile("bad.csv", bad)})
    read_waiting(now=NOON)
    page = text(client.get(f"{DESK}/bank/files/"))
    assert "文件内容均未导入" in page
    assert not BankLine.objects.exists()
    nothing = client.post(f"{DESK}/bank/files/upload/", {})
    assert nothing.status_code == 409
    empty = {"files": SimpleUploadedFile("empty.csv", b"")}
    assert client.post(f"{DESK}/bank/files/upload/", empty).status_code == 409


def match_page(client: Client, lines: list[BankLine], *targets: str, **more: str) -> str:
    """The page for these lines with these targets ticked."""
    said: dict[str, Any] = {"line": [line.pk for line in lines], "target": list(targets), **more}
    return text(client.get(f"{DESK}/bank/match/", said))


def confirmed(client: Client, lines: list[BankLine], *targets: str, **more: str) -> Any:
    """The choice is confirmed as the page shows it."""
    said = {"line": [line.pk for line in lines], "target": list(targets), **more}
    return client.post(
        f"{DESK}/bank/match/do/", {**said, "once": more.get("once", "x")}, follow=True
    )


def test_one_line_settles_two_orders_and_can_be_taken_back(till: Till) -> None:
    one, other = (payable_order(deposit=d)[0] for d in (300_000, 200_000))
    (line,) = imported(Row(500_000, "two cars", "王小明", "R1"))
    client = staff("Finance clerks")
    half = match_page(client, [line], f"order:{one.code}")
    assert "¥2,000.00" in half, "the difference is shown"
    assert "Confirm the match" not in half
    names = [f"order:{one.code}", f"order:{other.code}"]
    assert "Confirm the match" in match_page(client, [line], *names)
    assert "Matched." in text(confirmed(client, [line], *names))
    assert {row.amount for row in BankMatch.objects.all()} == {300_000, 200_000}
    assert {o.state for o in Order.objects.filter(pk__in=(one.pk, other.pk))} == {"reserved"}
    page = text(client.get(f"{DESK}/bank/lines/{line.pk}/"))
    first = BankMatch.objects.order_by("pk")[0]
    undo = f"{DESK}/bank/lines/{line.pk}/matches/{first.pk}/undo/"
    assert undo in page
    said = client.post(undo, hidden(page, undo), follow=True)
    assert "the line waits again" in text(said)
    line.refresh_from_db()
    assert line.state == BankLine.State.OPEN


def test_two_lines_settle_one_order_together(till: Till) -> None:
    order, _ = payable_order(deposit=500_000)
    lines = imported(Row(200_000, "part 1", "王", "R1"), Row(300_000, "part 2", "王", "R2"))
    client = staff("Finance clerks")
    answer = confirmed(client, lines, f"order:{order.code}")
    assert "Matched." in text(answer)
    order.refresh_from_db()
    assert order.state == "reserved"
    assert balances()["2000"] == -500_000
    assert not BankLine.objects.filter(state=BankLine.State.OPEN).exists()


def test_nothing_is_matched_while_a_difference_is_left() -> None:
    order, _ = payable_order(deposit=400_000)
    lines = imported(Row(500_000, "?", "王", "R1"))
    client = staff("Finance clerks")
    answer = confirmed(client, lines, f"order:{order.code}")
    assert answer.status_code == 409
    assert "Nothing was matched" in text(answer)
    wrong = {f"amount-order:{order.code}": "five thousand"}
    assert confirmed(client, lines, f"order:{order.code}", **wrong).status_code == 409
    assert not BankMatch.objects.exists()


def test_a_match_that_is_sent_twice_is_made_once_and_a_late_one_is_told() -> None:
    order, _ = payable_order()
    lines = imported(Row(500_000, "?", "王", "R1"))
    client = staff("Finance clerks")
    confirmed(client, lines, f"order:{order.code}")
    again = text(confirmed(client, lines, f"order:{order.code}"))
    assert "nothing was done twice" in again
    late = text(confirmed(admin(), lines, f"order:{order.code}", once="later"))
    assert "do not wait any more" in late
    assert BankMatch.objects.count() == 1


def test_orders_are_found_by_code_name_and_reference_of_their_transfer() -> None:
    order, _ = payable_order()
    order.buyer_name = "欧阳一一"
    order.save()
    lines = imported(Row(490_000, "?", "somebody", "R1"))
    client = staff("Finance clerks")
    for words in (order.code.lower(), "欧阳", order.code[4:]):
        assert f"order:{order.code}" in match_page(client, lines, q=words), words
    assert f"order:{order.code}" not in match_page(client, lines, q="x")


def test_lines_of_two_currencies_are_not_matched_together() -> None:
    lines = imported(Row(500_000, ref="R1")) + imported(Row(500_000, ref="R2"), currency="EUR")
    client = staff("Finance clerks")
    said = client.get(f"{DESK}/bank/match/", {"line": [line.pk for line in lines]}, follow=True)
    assert "all in one currency" in text(said)


def test_a_bank_charge_is_set_aside_with_a_reason_and_put_back() -> None:
    (line,) = imported(Row(-1_200, "fee", "Bank", "R1"))
    client = staff("Finance clerks")
    address = f"{DESK}/bank/lines/{line.pk}"
    refused = client.post(f"{address}/aside/", {"account": "2000", "note": "x", "once": "1"})
    assert refused.status_code == 409
    client.post(f"{address}/aside/", {"account": "5000", "note": "十一月手续费", "once": "2"})
    page = text(client.get(f"{address}/"))
    assert "十一月手续费" in page
    assert balances()["5000"] == 1_200
    client.post(f"{address}/back/", {"once": "3"})
    line.refresh_from_db()
    assert (line.state, balances().get("5000", 0)) == ("open", 0)


# ---- Exceptions ----


def test_an_exception_is_taken_noted_settled_and_opened_again_in_words() -> None:
    row = money_desk(size=1).exceptions[0]
    client = staff("Finance clerks")
    me = get_user_model().objects.get(email="finance@example.com")
    address = f"{DESK}/exceptions/{row.pk}"
    client.post(f"{address}/assign/", {"owner": "", "owner_me": "1", "once": "1"})
    client.post(f"{address}/note/", {"words": "已致电银行", "once": "2"})
    assert f"/exceptions/{row.pk}/" in text(client.get(f"{DESK}/exceptions/?owner=me"))
    short = client.post(f"{address}/resolve/", {"words": "?", "once": "3"})
    assert short.status_code == 409
    client.post(f"{address}/resolve/", {"words": "退回付款人", "once": "4"})
    row.refresh_from_db()
    assert (row.state, row.owner, row.resolution) == ("resolved", f"staff:{me.pk}", "退回付款人")
    late = client.post(f"{address}/note/", {"words": "too late", "once": "5"})
    assert late.status_code == 409
    assert "settled already" in text(late)
    client.post(f"{address}/reopen/", {"words": "still there", "once": "6"})
    page = text(client.get(f"{address}/"))
    for words in ("已致电银行", "退回付款人", "still there", "opened again"):
        assert words in page, words


def test_an_exception_is_given_only_to_somebody_who_works_on_exceptions() -> None:
    row = money_desk(size=1).exceptions[0]
    staff("Marketers")
    marketer = get_user_model().objects.get(email="marketers@example.com")
    client = staff("Finance clerks")
    address = f"{DESK}/exceptions/{row.pk}/assign/"
    answer = client.post(address, {"owner": f"staff:{marketer.pk}", "once": "1"})
    assert answer.status_code in {302, 403}
    row.refresh_from_db()
    assert row.owner == ""
    assert client.post(f"{DESK}/exceptions/{row.pk}/burn/").status_code == 404
    assert client.post(f"{DESK}/exceptions/999999/note/").status_code == 404


def test_support_takes_and_notes_but_does_not_settle() -> None:
    row = money_desk(size=1).exceptions[0]
    client = staff("Support clerks")
    address = f"{DESK}/exceptions/{row.pk}"
    assert client.post(f"{address}/note/", {"words": "买家来电", "once": "1"}).status_code == 302
    row.refresh_from_db()
    assert row.note == "买家来电"
    page = text(client.get(f"{address}/"))
    assert "Settle it in words" not in page


# ---- Transfers ----


def test_a_second_person_approves_and_the_one_who_proposed_is_told_before_trying() -> None:
    row = money_desk(size=1).transfers[0]
    client = staff("Finance clerks", "zh-hans")
    me = get_user_model().objects.get(email="finance@example.com")
    row.proposed_by = f"staff:{me.pk}"
    row.save()
    address = f"{DESK}/transfers/{row.code}"
    own = text(client.get(f"{address}/"))
    assert "由你提出，须由他人审批。" in own
    assert f"{address}/approve/" not in own
    blind = client.post(f"{address}/approve/", {"once": "1"})
    assert blind.status_code == 409
    other = admin()
    page = text(other.get(f"{address}/"))
    other.post(f"{address}/approve/", hidden(page, f"{address}/approve/"))
    row.refresh_from_db()
    assert row.state == "approved"
    late = other.post(f"{address}/refuse/", {"note": "no", "once": "9"})
    assert late.status_code == 409


def test_a_refusal_says_why_and_what_is_owed_can_be_proposed_anew() -> None:
    desk = money_desk(size=1)
    row = desk.transfers[0]
    client = staff("Finance clerks")
    client.post(f"{DESK}/transfers/{row.code}/refuse/", {"note": "户名不符", "once": "1"})
    page = text(client.get(f"{DESK}/transfers/{row.code}/"))
    assert "户名不符" in page
    assert "Propose it anew" in page


def test_without_an_account_nobody_can_approve() -> None:
    row = money_desk(size=1).transfers[0]
    row.account_hint = ""
    row.save()
    client = staff("Finance clerks")
    page = text(client.get(f"{DESK}/transfers/{row.code}/"))
    assert "until then nobody can approve it" in page
    assert client.post(f"{DESK}/transfers/{row.code}/approve/", {"once": "1"}).status_code == 409


def test_approved_transfers_are_sent_together_and_the_list_carries_its_sums() -> None:
    rows = money_desk(size=2).transfers
    client, other = staff("Finance clerks"), admin()
    nothing = client.post(f"{DESK}/transfers/send/", {"once": "0"})
    assert nothing.status_code == 409
    for row in rows:
        row.account_sealed = "6222020000000000000"
        row.save()
        other.post(f"{DESK}/transfers/{row.code}/approve/", {"once": row.code})
    codes = [row.code for row in rows]
    page = text(client.get(f"{DESK}/transfers/?state=approved"))
    assert all(f'value="{code}" checked' in page for code in codes)
    made = client.post(f"{DESK}/transfers/send/", {"transfer": codes, "once": "1"}, follow=True)
    assert "¥10,000.00" in text(made)
    assert "6222020000000000000" not in text(made)
    address = made.redirect_chain[-1][0]
    sheet = client.get(f"{address}&format=csv")
    assert "no-store" in sheet["Cache-Control"]
    assert hashlib.sha256(sheet.content).hexdigest() in text(made)
    assert sheet.content.decode().count("6222020000000000000") == 2
    again = client.post(f"{DESK}/transfers/send/", {"transfer": codes, "once": "2"})
    assert again.status_code == 409
    assert staff("Support clerks").get(address).status_code in {302, 403}


# ---- Comparing ----


def test_today_says_per_vendor_and_currency_whether_books_and_world_agree() -> None:
    money_desk(size=1)
    page = text(staff("Finance clerks").get(f"{DESK}/"))
    assert "¥987.65" in page
    assert 'state--good">¥0.00' in page
    assert 'state--bad">−€2.30' in page


def test_a_comparison_that_is_asked_for_is_made_by_a_worker_in_that_name(
    tmp_path: Path, settings: Any
) -> None:
    settings.SANDBOX_DIR = str(tmp_path)
    client = staff("Finance clerks")
    me = get_user_model().objects.get(email="finance@example.com")
    assert "being compared" in text(client.post(f"{DESK}/compare/", {"once": "1"}, follow=True))
    assert not ReconciliationRun.objects.exists()
    run_until_idle()
    assert ReconciliationRun.objects.get().started_by == f"staff:{me.pk}"


# ---- Months ----


def test_a_month_closes_by_its_typed_name_and_not_with_reasons_against_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported(Row(-1_200, "fee", "Bank", "R1"), match=False)
    december = NOON + timedelta(days=12)
    monkeypatch.setattr("django.utils.timezone.now", lambda: december)
    client = staff("Finance clerks")
    address = f"{DESK}/months/2026-11"
    page = text(client.get(f"{address}/"))
    assert "not compared" in page
    assert client.post(f"{address}/close/", {"typed": "2026-11", "once": "1"}).status_code == 409
    assert client.post(f"{address}/close/", {"typed": "2026-1", "once": "1"}).status_code == 409
    assert client.get(f"{DESK}/months/2026-13/").status_code == 404
    assert client.get(f"{DESK}/months/november/").status_code == 404
    assert not ClosedPeriod.objects.exists()


def test_the_books_show_a_deposit_in_every_view(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _ = payable_order()
    lines = imported(Row(500_000, "?", "王", "R1"))
    client = staff("Finance clerks", "zh-hans")
    confirmed(client, lines, f"order:{order.code}")
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON + timedelta(minutes=1))
    rolled = text(client.get(f"{DESK}/books/deposits/"))
    assert rolled.count("<rect") == 6
    assert 'role="img"' in rolled
    assert "期末" in rolled
    balance = text(client.get(f"{DESK}/books/balance/"))
    assert "= <b>¥0.00</b>" in balance
    assert order.code in text(client.get(f"{DESK}/books/aging/"))


# ---- Exports ----


@pytest.mark.parametrize(
    ("kind", "form"),
    [("journal", "csv"), ("journal", "xlsx"), ("trial-balance", "csv")],
)
def test_a_file_is_handed_out_and_the_page_keeps_its_control_values(kind: str, form: str) -> None:
    imported(Row(-1_200, "fee", "Bank", "R1"), match=False)
    client = staff("Finance clerks")
    said = {"month": "2026-11", "kind": kind, "form": form}
    made = client.post(f"{DESK}/exports/make/", said)
    assert made.status_code == 200
    assert made["Content-Disposition"].startswith("attachment;")
    content = made.getvalue()
    page = text(client.get(f"{DESK}/exports/?month=2026-11"))
    assert made["X-Rows-SHA256"] in page
    assert hashlib.sha256(content).hexdigest() in page


def test_what_cannot_be_handed_out_is_said() -> None:
    client = staff("Finance clerks")
    bad = {"month": "2026-11", "kind": "deposits", "form": "datev"}  # it is for the journal
    assert client.post(f"{DESK}/exports/make/", bad).status_code == 409
    assert client.post(f"{DESK}/exports/make/", {"month": "x"}).status_code == 404
