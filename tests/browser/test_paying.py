"""Paying at Stripe's edge in a real browser: card, decline, 3-D Secure, wallets, and everything that may go wrong between.

The vendor is the stand-in behind a test-only edge; the store differs from a real one by two settings.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.conf import settings as shop_settings
from django.core.signing import get_cookie_signer
from django.utils import timezone
from playwright.sync_api import FrameLocator, Page, expect

from checkout import tasks
from checkout.gateways.signatures import sign
from checkout.models import Order, Payment
from kernel.jobs import run_until_idle
from tests.api.caller import Caller
from tests.browser.conftest import Visitor
from tests.factories.stripe_world import StripeWorld, stripe_world
from tests.support.stripe_edge import Fault, StripeEdge

__all__ = ["stripe_world"]

GOOD, POOR, ASKED = "4242 4242 4242 4242", "4000 0000 0000 9995", "4000 0025 0000 3155"


@pytest.fixture(scope="module")
def one_edge(stripe_world: StripeWorld) -> Iterator[StripeEdge]:
    """One edge for the module."""
    edge = StripeEdge(stripe_world.account()).start()
    yield edge
    edge.stop()


@pytest.fixture
def edge(one_edge: StripeEdge, stripe_world: StripeWorld, settings: Any) -> StripeEdge:
    """The edge with a fresh account behind it, and the shop's door open to it."""
    one_edge.account = stripe_world.account()
    one_edge.waiting.clear()
    one_edge.refused.clear()
    one_edge.faults.clear()
    one_edge.confirmed.clear()
    settings.PAYMENT_DOOR = "stripe"
    settings.STRIPE_API_BASE, settings.STRIPE_JS_URL = one_edge.address, one_edge.script
    return one_edge


@dataclass
class Buyer:
    """A buyer with an order that waits for its deposit, at the page for paying."""

    visitor: Visitor
    edge: StripeEdge
    code: str

    @property
    def page(self) -> Page:
        """The buyer's screen."""
        return self.visitor.page

    @property
    def fields(self) -> FrameLocator:
        """The vendor's frame."""
        return self.page.frame_locator("iframe[name^=__privateStripeFrame]").last

    def choose(self, method: str, lang: str = "en") -> None:
        """Open the page, choose how to pay, and wait for the vendor's frame."""
        self.visitor.open(f"/{lang}/pay/{self.code}")
        self.page.check(f"[name=method][value={method}]", force=True)
        self.page.locator("form[data-once] .btn--primary").click()
        expect(self.pay).to_be_enabled(timeout=20_000)

    @property
    def pay(self) -> Any:
        """The button that pays."""
        return self.page.locator("form[data-stripe] .btn--primary")

    def type_card(self, number: str) -> None:
        """Fill in a card in the vendor's frame."""
        for name, value in {"number": number, "expiry": "12 / 34", "cvc": "123"}.items():
            self.fields.locator(f"[name={name}]").fill(value)

    def told(self, words: str) -> None:
        """Wait until the page says so aloud; a busy machine may take its time."""
        expect(self.page.get_by_role("alert")).to_contain_text(words, timeout=20_000)

    def at_order(self) -> None:
        """The order's page, its deposit received; the worker's jobs have run."""
        run_until_idle()
        self.page.wait_for_url(f"**/orders/{self.code}")
        order = Order.objects.get(code=self.code)
        assert (order.state, self.taken()) == ("reserved", [order.deposit])

    def taken(self) -> list[int]:
        """What the vendor has taken for this order, in minor units, one entry a payment."""
        return [
            each["amount_received"]
            for each in self.edge.intents()
            if each["metadata"]["order"] == self.code and each["amount_received"]
        ]

    def intent(self) -> str:
        """The vendor's name of the newest payment."""
        return Payment.objects.filter(order__code=self.code).latest("pk").provider_id or ""


@pytest.fixture
def buyer(visit: Callable[..., Visitor], edge: StripeEdge) -> Iterator[Callable[..., Buyer]]:
    """Makes buyers: an order placed over the API, its token in the browser's cookie.

    Their pages are left quiet: nothing is asked any more when the database is put back.
    """
    made: list[Page] = []

    def make(**how: Any) -> Buyer:
        caller = Caller("en")
        placed = caller.order()
        code, visitor = placed["order"]["code"], visit(**how)
        name = f"fc_order_{code}"
        value = get_cookie_signer(salt=name + name).sign(placed["token"])
        visitor.page.context.add_cookies([{"name": name, "value": value, "url": visitor.base}])
        made.append(visitor.page)
        return Buyer(visitor, edge, code)

    yield make
    for page in made:
        if not page.is_closed():
            page.wait_for_load_state("networkidle")
            page.goto("about:blank")


def relay(edge: StripeEdge, base: str) -> int:
    """Deliver every event of the vendor, signed, as it would; the worker handles them. Gives how many."""
    found = httpx.get(
        f"{edge.account}/v1/events",
        params={"limit": 100},
        headers={"Authorization": "Bearer sk_test_edge"},
    ).json()["data"]
    for event in found:
        body = json.dumps(event).encode()
        header = sign(body, secret=shop_settings.STRIPE_WEBHOOK_SECRETS[0], at=timezone.now())
        answer = httpx.post(
            f"{base}/api/v1/webhooks/stripe",
            content=body,
            headers={"Stripe-Signature": header, "Content-Type": "application/json"},
        )
        assert answer.status_code == 200, answer.text
    run_until_idle()
    return len(found)


def test_a_declined_card_is_followed_by_another_and_two_clicks_pay_once(
    buyer: Callable[..., Buyer],
) -> None:
    one = buyer(width=390)
    one.choose("card")
    one.type_card(POOR)
    one.pay.click()
    one.told("Not enough money or credit")
    one.told("Nothing was taken")
    assert one.taken() == []

    one.type_card(GOOD)
    one.pay.evaluate("button => { button.click(); button.click(); }")
    one.page.wait_for_url("**/pay/*back=1*")
    one.at_order()
    assert len(one.edge.confirmed) == 2  # the declined one, and one for two clicks
    expect(one.page.locator(".sheet-price").first).to_contain_text("Visa ending 4242")
    assert one.visitor.complaints == [
        text for text in one.visitor.complaints if "402" in text
    ]  # the vendor's answer to the poor card


def test_the_banks_question_is_answered_in_the_page_or_nothing_is_taken(
    buyer: Callable[..., Buyer],
) -> None:
    one = buyer()
    one.choose("card", lang="zh")
    for result in ("fail", "complete"):
        one.type_card(ASKED)
        one.pay.click()
        one.fields.locator(f"button[value={result}]").click()
        if result == "fail":
            one.told("没有扣款")
            assert one.taken() == []
    one.page.wait_for_url("**/pay/*back=1*")
    one.at_order()


@pytest.mark.parametrize("wallet", ["alipay", "wechat_pay"])
def test_a_wallet_is_turned_back_from_and_then_approved(
    buyer: Callable[..., Buyer], wallet: str
) -> None:
    one = buyer(width=390)
    one.choose(wallet)
    one.pay.click()
    one.page.locator("button[value=cancel]").click()
    one.page.wait_for_url(f"**/pay/{one.code}?back=1**")
    Payment.objects.update(snapshot_at=None)
    one.told("not confirmed. Nothing was taken")

    one.choose(wallet)
    one.pay.click()
    one.page.locator("button[value=approve]").click()
    Payment.objects.update(snapshot_at=None)
    one.page.wait_for_url(f"**/orders/{one.code}")
    one.at_order()


@pytest.mark.parametrize("how", ["message", "poller"])
def test_a_tab_closed_at_the_wallet_loses_no_money(
    buyer: Callable[..., Buyer], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    one = buyer()
    one.choose("alipay")
    one.pay.click()
    one.page.wait_for_url("**/redirect/*")
    one.page.close()
    one.edge.approve(one.intent())
    if how == "message":
        assert relay(one.edge, one.visitor.base) > 0
    else:
        Payment.objects.update(snapshot_at=None)
        tasks.poll_payments.func()
        run_until_idle()
    order = Order.objects.get(code=one.code)
    assert (order.state, one.taken()) == ("reserved", [order.deposit])


def test_a_return_address_proves_nothing(buyer: Callable[..., Buyer]) -> None:
    paid, liar = buyer(), buyer()
    paid.choose("card")
    paid.type_card(GOOD)
    paid.pay.click()
    paid.page.wait_for_url("**/pay/*back=1*")
    paid.at_order()

    liar.choose("card")
    claim = f"payment_intent={paid.intent()}&redirect_status=succeeded"
    liar.visitor.open(f"/en/pay/{liar.code}?back=1&{claim}")
    expect(liar.page.locator("h1")).to_contain_text("on its way")
    liar.visitor.open(f"/en/pay/{liar.code}?back=1&again=1&{claim}")
    run_until_idle()
    assert Order.objects.get(code=liar.code).state == "awaiting_deposit"
    assert liar.taken() == []
    assert paid.taken() == [Order.objects.get(code=paid.code).deposit]


def test_a_sum_changed_in_the_browser_changes_nothing(buyer: Callable[..., Buyer]) -> None:
    one = buyer()
    one.visitor.open(f"/en/pay/{one.code}")
    one.page.evaluate(
        """() => { const form = document.querySelector('form[data-once]');
        for (const [name, value] of [['amount', '1'], ['due', '1'], ['purpose', 'balance'], ['currency', 'JPY']]) {
          const field = document.createElement('input'); field.type = 'hidden'; field.name = name; field.value = value; form.append(field); } }"""
    )
    one.page.check("[name=method][value=card]", force=True)
    one.page.locator("form[data-once] .btn--primary").click()
    expect(one.pay).to_be_enabled(timeout=20_000)
    answer = one.page.evaluate(
        """async () => { const form = document.querySelector('form[data-stripe]'), secret = form.dataset.secret;
        const base = new URL(document.querySelector('script[src$="/v3/"]').src).origin;
        const body = new URLSearchParams({ client_secret: secret, amount: '1', 'payment_method_data[type]': 'card' });
        return (await fetch(`${base}/v1/payment_intents/${secret.split('_secret')[0]}/confirm`,
          { method: 'POST', headers: { Authorization: `Bearer ${form.dataset.key}` }, body })).status; }"""
    )
    assert answer == 400
    one.type_card(GOOD)
    one.pay.click()
    one.page.wait_for_url("**/pay/*back=1*")
    one.at_order()


def test_the_browsers_back_button_leads_to_the_same_payment(buyer: Callable[..., Buyer]) -> None:
    one = buyer()
    one.choose("alipay")
    one.pay.click()
    one.page.wait_for_url("**/redirect/*")
    one.page.go_back()
    expect(one.pay).to_be_enabled(timeout=20_000)
    one.pay.click()
    one.page.locator("button[value=approve]").click()
    Payment.objects.update(snapshot_at=None)
    one.page.wait_for_url(f"**/orders/{one.code}")
    one.at_order()
    assert Payment.objects.filter(order__code=one.code).count() == 1

    one.visitor.open(f"/en/pay/{one.code}")
    one.page.wait_for_url(f"**/orders/{one.code}")


def test_a_lost_answer_is_asked_for_and_nothing_is_paid_twice(buyer: Callable[..., Buyer]) -> None:
    one = buyer()
    one.choose("card")
    one.type_card(GOOD)
    one.edge.faults.append(Fault("500", "/confirm"))
    one.pay.click()
    one.told("We asked: nothing was taken")
    one.edge.faults.append(Fault("lost", "/confirm"))
    one.pay.click()
    one.page.wait_for_url("**/pay/*back=1*")
    one.at_order()


def test_a_silent_or_busy_vendor_is_asked_again_with_the_same_key(
    buyer: Callable[..., Buyer],
) -> None:
    one = buyer()
    create = "POST /v1/payment_intents"
    one.edge.faults += [Fault("lost", create), Fault("500", create)]
    one.choose("card")
    assert one.edge.faults == []

    other = buyer()
    other.edge.faults.append(Fault("429", create))
    other.visitor.open(f"/zh/pay/{other.code}")
    other.page.check("[name=method][value=card]", force=True)
    other.page.locator("form[data-once] .btn--primary").click()
    other.told("没有回应，没有扣款")
    other.choose("card")
    codes = [each["metadata"]["order"] for each in one.edge.intents()]
    assert codes == [one.code, other.code]


def test_only_the_vendors_own_origin_may_run_here(buyer: Callable[..., Buyer]) -> None:
    one = buyer()
    response = one.page.goto(f"{one.visitor.base}/en/pay/{one.code}")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert f"script-src 'self' {one.edge.address};" in policy
    assert f"frame-src {one.edge.address} https://hooks.stripe.com" in policy
    one.choose("card")
    assert {url.split("/")[2] for url in one.visitor.strangers} == {one.edge.address[7:]}
