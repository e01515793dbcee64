"""The loan of an order in the store, as a browser without script gets it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import get_cookie_signer
from django.test import Client

from checkout.models import FinanceApplication, FinanceDocument, Order
from tests.api.caller import Caller
from tests.factories.financed import LOAN
from tests.factories.lenders import APPLICANT, COUNTER, REFERRED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]


@pytest.fixture(autouse=True)
def _lender(settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_DIR = tmp_path


@pytest.fixture
def order(client: Client) -> Order:
    """A reserved order with a loan, whose token this browser holds."""
    placed = Caller().order()
    code = placed["order"]["code"]
    name = f"fc_order_{code}"
    client.cookies[name] = get_cookie_signer(salt=name + name).sign(placed["token"])
    found = Order.objects.get(code=code)
    found.document |= {"finance": LOAN, "credit": {"code": "CS000001", "kind": "cost-sheet"}}
    found.state, found.finance_state = "reserved", "quoted"
    found.save()
    return found


def body(answer: Any) -> str:
    return str(answer.content.decode())


def key_of(html: str, do: str) -> str:
    """The key of the form that does this."""
    found = re.search(
        rf'name="key" value="([^"]+)"><input type="hidden" name="do" value="{do}"', html
    )
    assert found, do
    return found.group(1)


def page_of(order: Order, lang: str = "en") -> str:
    return f"/{lang}/orders/{order.code}/finance"


def applied(client: Client, order: Order, number: str = REFERRED, **change: str) -> Any:
    html = body(client.get(page_of(order)))
    sent = APPLICANT | {"document_number": number, "consent-luyin": "1", **change}
    return client.post(page_of(order), sent | {"do": "apply", "key": key_of(html, "apply")})


@pytest.mark.parametrize(("lang", "words"), [("zh", "申请贷款"), ("en", "Apply for the loan")])
def test_the_order_page_leads_to_the_loan(
    client: Client, order: Order, lang: str, words: str
) -> None:
    html = body(client.get(f"/{lang}/orders/{order.code}"))
    assert page_of(order, lang) in html
    assert words in html
    form = body(client.get(page_of(order, lang)))
    assert words in form
    assert re.search(r'name="consent-luyin" value="1" required>', form)
    assert "checked" not in form


def test_an_application_is_sent_by_a_plain_form_and_shown_masked(
    client: Client, order: Order
) -> None:
    answer = applied(client, order)
    assert (answer.status_code, answer["Location"]) == (303, page_of(order))
    html = body(client.get(page_of(order)))
    assert "A person at the lender looks at it" in html
    assert APPLICANT["name"] not in html
    assert REFERRED not in html
    assert "A person at the lender" in body(client.get(f"/en/orders/{order.code}"))


def test_without_the_buyers_own_tick_nothing_is_sent(client: Client, order: Order) -> None:
    html = body(client.get(page_of(order)))
    answer = client.post(page_of(order), APPLICANT | {"do": "apply", "key": key_of(html, "apply")})
    assert answer.status_code == 422
    assert "without your consent nothing is sent" in body(answer)
    assert not FinanceApplication.objects.exists()


def test_a_wrong_field_is_named_where_it_stands_and_kept(client: Client, order: Order) -> None:
    answer = applied(client, order, birth_date="2020-01-01", email="nobody")
    html = body(answer)
    assert answer.status_code == 422
    assert 'href="#f-birth_date"' in html
    assert 'href="#f-email"' in html
    assert 'value="2020-01-01"' in html
    again = applied(client, order)
    assert again.status_code == 303


def test_another_offer_is_accepted_with_one_button(client: Client, order: Order) -> None:
    applied(client, order, COUNTER)
    html = body(client.get(page_of(order)))
    assert "221,368.00" in re.sub("<[^>]+>", "", html)
    sent = {"do": "accept", "decision": "1", "key": key_of(html, "accept")}
    assert client.post(page_of(order), sent).status_code == 303
    assert FinanceApplication.objects.get().state == "approved"
    late = client.post(page_of(order), sent | {"key": "another"})
    assert late.status_code == 409
    assert "just changed" in body(late)


def test_giving_up_offers_the_form_anew(client: Client, order: Order) -> None:
    applied(client, order)
    html = body(client.get(page_of(order)))
    client.post(page_of(order), {"do": "cancel", "key": key_of(html, "cancel")})
    assert "Apply again" in body(client.get(page_of(order)))


def test_a_paper_is_handed_in(client: Client, order: Order) -> None:
    applied(client, order)
    html = body(client.get(page_of(order)))
    for name, content, kind, status in (
        ("slip.pdf", b"%PDF-1.7 payslip", "application/pdf", 303),
        ("slip.exe", b"MZ", "application/x-msdownload", 422),
        ("slip.pdf", b"", "application/pdf", 422),
        ("slip.pdf", b"%PDF-" + b"0" * 700_000, "application/pdf", 422),
    ):
        file = SimpleUploadedFile(name, content, content_type=kind)
        sent = {
            "do": "paper",
            "kind": "income",
            "file": file,
            "key": f"{name}{status}{len(content)}",
        }
        assert client.post(page_of(order), sent).status_code == status
    assert FinanceDocument.objects.count() == 1
    assert "Proof of income" in body(client.get(page_of(order)))
    assert key_of(html, "paper")


def test_an_unknown_button_and_a_strangers_browser_get_nothing(
    client: Client, order: Order
) -> None:
    assert client.post(page_of(order), {"do": "lend"}).status_code == 400
    assert Client().get(page_of(order)).status_code == 303
