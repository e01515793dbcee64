"""Pages of money without a browser: receipts, transfers, and ways that do not take the sum."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signing import get_cookie_signer
from django.test import Client

from checkout.models import Order, Payment
from kernel.jobs import run_until_idle
from storefront.web import memory
from tests.api.caller import Caller
from tests.integration.web.test_store import body, hidden, ordered, paid

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def german(client: Client) -> str:
    """An order of the German market in this browser; its code."""
    caller = Caller("en")
    quote = caller.quote(build=caller.build("haven", ["trim:voyage"], market="DE"), market="DE")
    placed = caller.order(quote)
    code = str(placed["order"]["code"])
    name = f"fc_order_{code}"
    client.cookies[name] = get_cookie_signer(salt=name + name).sign(placed["token"])
    return code


def test_each_cent_has_a_receipt_to_print_and_nobody_else_sees_it(client: Client) -> None:
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    receipt = f"/en/orders/{code}/receipts/{code}-1"
    assert receipt in body(client.get(f"/en/orders/{code}"))
    page = client.get(receipt)
    assert "not a tax invoice" in body(page)
    assert "Lin Zhixia" in body(page)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "不是发票" in body(client.get(receipt.replace("/en/", "/zh/")))
    assert client.get(f"/en/orders/{code}/receipts/{code}-9").status_code == 404
    assert Client().get(receipt).status_code != 200


def test_a_transfer_is_told_until_another_way_is_chosen(client: Client) -> None:
    code = german(client)
    form = client.get(f"/en/pay/{code}")
    sent: dict[str, Any] = {"method": "bank_transfer", "key": hidden(form, "key")}
    assert client.post(f"/en/pay/{code}", sent).headers["Location"] == f"/en/pay/{code}"
    told = body(client.get(f"/en/pay/{code}"))
    payment = Payment.objects.get(order__code=code)
    assert 'data-copy="DE02120300000000202051"' in told
    assert f'data-copy="{payment.terms["reference"]}"' in told
    assert "data:image/svg+xml" in told
    assert client.get(f"/en/pay/{code}/state").json() == {"state": "transfer", "go": None}
    assert "how to send it" in body(client.get(f"/en/orders/{code}"))
    other = client.get(f"/en/pay/{code}?other=1")
    sent = {"method": "card", "key": hidden(other, "key")}
    assert "/sandbox/pay/" in client.post(f"/en/pay/{code}", sent).headers["Location"]
    payment.refresh_from_db()
    assert payment.state == "canceled"


def test_a_way_that_does_not_take_the_sum_cannot_be_chosen(client: Client) -> None:
    code = ordered(client)
    Order.objects.filter(code=code).update(deposit=5_000_001)
    Payment.objects.filter(order__code=code).update(amount=5_000_001)
    page = body(client.get(f"/en/pay/{code}"))
    assert 'value="wechat_pay" disabled' in page
    assert "Above its limit of ¥50,000" in page
    assert 'value="alipay" checked' in page
