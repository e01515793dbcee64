"""What the page for paying works out from the API's answers."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from storefront.web import pay_page
from storefront.web.shop import Shop
from storefront.web.texts import TEXTS


class Words:
    """A visit that says the name of a text and its facts."""

    def t(self, key: str, *facts: Any) -> str:
        """The name and the facts."""
        assert key in TEXTS
        return " ".join([key, *map(str, facts)])

    def cash(self, money: Any, *, cents: bool = False) -> str:
        """The minor units."""
        return str(money["amount"])


SHOP = cast(Shop, Words())


def euro(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def paying(state: str = "created", *, due: Any = True, **said: Any) -> dict[str, Any]:
    row = {
        "code": "p1",
        "purpose": "deposit",
        "method": "card",
        "state": state,
        "failure_code": "",
        "transfer": None,
        "amount": euro(100),
    }
    charge = {"purpose": "deposit", "name": "deposit", "amount": euro(100)} if due else None
    return {"due": charge, "methods": [], "payments": [{**row, **said}]}


@pytest.mark.parametrize(
    ("found", "back", "state"),
    [
        (paying(), False, "choose"),
        (paying("requires_action"), False, "choose"),
        (paying("requires_action"), True, "waiting"),
        (paying("processing"), False, "waiting"),
        (paying("failed"), False, "declined"),
        (paying("failed", failure_code="payment-mismatch"), False, "odd"),
        (paying("canceled"), True, "choose"),
        (paying("requires_action", transfer={"reference": "x"}), True, "transfer"),
        (paying("succeeded", due=False), False, "done"),
    ],
)
def test_the_page_shows_where_the_newest_attempt_stands(
    found: dict[str, Any], back: bool, state: str
) -> None:
    order = {"state": "awaiting_deposit"}
    assert pay_page.state_of(order, found, came_back=back) == state
    assert pay_page.state_of({"state": "expired"}, found, came_back=back) == "expired"


def test_an_attempt_at_another_purpose_says_nothing_about_what_is_due() -> None:
    found = paying("failed", purpose="balance")
    assert pay_page.latest_of(found) is None
    assert not pay_page.begun_with(paying("created"), "card")
    assert pay_page.begun_with(paying("requires_action"), "card")
    assert not pay_page.begun_with(paying("requires_action"), "alipay")


def test_the_lines_of_a_balance_add_up_to_what_is_due() -> None:
    order = {
        "price_sheet": {
            "lines": [
                {"name": "Car", "amount": euro(3_000_000)},
                {"name": "Standard", "amount": euro(0)},
                {"name": "Bonus", "amount": euro(-50_000)},
            ]
        },
        "money": {"charges": euro(29_000), "financed": euro(1_000_000), "paid": euro(100_000)},
        "finance": {"lender": {"name": "Bank"}},
    }
    due = {"purpose": "balance", "name": "balance", "amount": euro(1_879_000)}
    lines = pay_page.lines_of(SHOP, order, due)
    assert sum(line["amount"]["amount"] for line in lines) == 1_879_000
    assert [line["name"] for line in lines] == [
        "Car",
        "Bonus",
        "order.charges",
        "pay.line.lender Bank",
        "pay.line.paid",
    ]


def way(method: str, largest: int | None, why_not: str = "", wait: int | None = None) -> Any:
    return {
        "method": method,
        "name": method,
        "text": "how",
        "smallest": euro(50),
        "largest": None if largest is None else euro(largest),
        "refund_days": None,
        "wait_days": wait,
        "why_not": why_not,
    }


def test_a_limit_is_said_where_the_order_could_meet_it() -> None:
    methods = [
        way("card", 9_000),
        way("alipay", 900),
        way("wechat_pay", 90, "too-large"),
        way("bank_transfer", None, wait=5),
        way("later", 9_000, "too-small"),
    ]
    order = {"on_the_road": euro(1_000)}
    found = pay_page.ways_of(SHOP, order, {"methods": methods})
    assert [each["limit"] for each in found] == [
        "",
        "pay.limit 900",
        "pay.limit.large 90",
        "pay.limit.days 5",
        "pay.limit.small 50",
    ]
    assert pay_page.chosen_of(found, {"method": "wechat_pay"}) == "card"
    assert pay_page.chosen_of(found, {"method": "alipay"}) == "alipay"
    assert pay_page.chosen_of(found[2:3], None) == ""


def test_every_reason_and_trouble_has_words_of_its_own() -> None:
    assert set(json.loads(pay_page.reasons(SHOP))) == pay_page.REASONS
    assert all(f"pay.trouble.{code}" in TEXTS for code in pay_page.TROUBLES)
    assert pay_page.why_of({"failure_code": "expired_card"}) == "expired_card"
    assert pay_page.why_of({"failure_code": "generic_decline"}) == ""


def test_only_an_iban_in_euros_becomes_a_code_to_scan() -> None:
    transfer = {
        "holder": "Egretta",
        "number": "DE02120300000000202051",
        "bank": "Bank",
        "bic": "BYLADEM1001",
        "reference": "C26K7Q2M4XWAB",
    }
    assert pay_page.transfer_code(transfer, euro(50_000)).startswith("data:image/svg+xml")
    assert pay_page.transfer_code(transfer, {"amount": 1, "currency": "CNY"}) == ""
    assert pay_page.transfer_code({**transfer, "number": "592900010001"}, euro(1)) == ""
    assert pay_page.grouped("592900010001") == "5929 0001 0001"
