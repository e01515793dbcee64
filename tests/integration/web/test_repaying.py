"""The page on which a buyer says where a refund shall go that comes by bank transfer."""

from __future__ import annotations

import pytest
from django.test import Client

from checkout.models import OutgoingTransfer, Payment
from checkout.services import outgoing
from checkout.services.payments import refund_payment
from kernel.jobs import run_until_idle
from storefront.web import memory
from tests.factories.payable import NOON
from tests.integration.web.test_store import body, hidden, ordered, paid

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]
CARD = {"holder": "林之夏", "account": "6222 0212 3456 7890 128", "bank": "工商银行"}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def owed(client: Client) -> str:
    """An order whose deposit came by transfer and goes back; its code."""
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    Payment.objects.filter(order__code=code).update(provider="bank", method="bank_transfer")
    payment = Payment.objects.get(order__code=code)
    refund_payment(
        payment=payment.code, amount=payment.money, reason="x", actor="staff:1", now=NOON
    )
    return code


def test_the_order_leads_to_the_account_and_the_number_is_shown_only_by_its_end(
    client: Client,
) -> None:
    code = owed(client)
    path = f"/en/orders/{code}/account"
    assert path in body(client.get(f"/en/orders/{code}"))
    page = client.get(path)
    assert "Where shall the money go?" in body(page)
    assert "钱退到哪个账户？" in body(client.get(path.replace("/en/", "/zh/")))
    wrong = client.post(path, CARD | {"account": "6222021234567890129", "key": hidden(page, "key")})
    assert wrong.status_code == 422
    assert "compare it digit by digit" in body(wrong)
    assert "6222021234567890129" in body(wrong)
    assert client.post(path, CARD | {"key": "k1"}).headers["Location"] == path
    told = body(client.get(path))
    assert "…0128" in told
    assert "6222" not in told
    row = OutgoingTransfer.objects.get()
    outgoing.approve(transfer=row.code, actor="staff:2", now=NOON)
    assert "Approved" in body(client.get(path))
    late = client.post(path, CARD | {"key": "k2"})
    assert (late.status_code, "no longer be changed" in body(late)) == (409, True)


def test_a_stranger_sees_nothing_of_it(client: Client) -> None:
    code = owed(client)
    assert Client().get(f"/en/orders/{code}/account").status_code != 200
