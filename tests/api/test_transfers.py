"""The buyer says where their money shall go, reads only the end of the number again, and nobody else says it."""

from __future__ import annotations

import pytest

from checkout.models import Order, OutgoingTransfer
from checkout.services import outgoing, payments
from kernel.crypto import token_digest
from kernel.money import Money
from tests.api.caller import Caller, code_of
from tests.factories.banked import CLERK, OTHER, imported, paying
from tests.factories.payable import NOON, payable_order

pytestmark = pytest.mark.django_db(transaction=True)
CARD = {"holder": "王小明", "account": "6222 0212 3456 7890 128", "bank": "工商银行"}


@pytest.fixture
def order() -> Order:
    found, payment = payable_order()
    found.token_digest = token_digest("the-token")
    found.save()
    imported(paying(found))
    payments.refund_payment(
        payment=payment.code, amount=Money(500_000, "CNY"), reason="x", actor=CLERK, now=NOON
    )
    return found


def test_the_buyer_names_an_account_and_sees_its_end(order: Order) -> None:
    buyer, path = Caller("en", token="the-token"), f"/orders/{order.code}/transfers"
    shown = buyer.get(path)
    assert (shown["wants_account"], shown["transfers"][0]["amount"]["amount"]) == (True, 500_000)
    told = buyer.post(f"{path}/account", CARD, key="a")
    assert (told["wants_account"], told["transfers"][0]["account"]) == (False, "…0128")
    assert "6222021234567890128" not in str(buyer.get(path))
    row = OutgoingTransfer.objects.get()
    outgoing.approve(transfer=row.code, actor=OTHER, now=NOON)
    late = buyer.send("POST", f"{path}/account", CARD, status=409)
    assert code_of(late) == "transfer-conflict"


def test_a_wrong_number_is_refused_by_field(order: Order) -> None:
    buyer = Caller("en", token="the-token")
    wrong = CARD | {"account": "6222021234567890129"}
    path = f"/orders/{order.code}/transfers/account"
    answer = buyer.send("POST", path, wrong, status=422)
    assert (code_of(answer), answer["field"]) == ("bad-account", "account")


def test_nobody_else_names_it(order: Order) -> None:
    other = Caller("en", token="another")
    for method, path in (("GET", ""), ("POST", "/account")):
        answer = other.raw(method, f"/orders/{order.code}/transfers{path}", CARD)
        assert answer.status_code in {401, 404}
    assert not OutgoingTransfer.objects.get().account_hint
