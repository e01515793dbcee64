"""One suite for a vendor's books, run behind each door that has some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from checkout.domain.tie_out import CHARGE, PAYOUT, REFUND
from checkout.errors import GatewayUnavailable
from checkout.gateways.books import VendorBooks
from checkout.gateways.sandbox_books import SandboxBooks
from checkout.gateways.sandbox_books import pay_out as pay_out_all
from checkout.gateways.stripe import StripeGateway
from checkout.gateways.stripe_books import StripeBooks
from kernel.money import Money
from tests.factories.gateways import (
    Driver,
    SandboxDriver,
    StripeDriver,
    request_for,
    sandbox,
    this_moment,
)
from tests.factories.stripe_world import StripeWorld

BACK = timedelta(days=2)
Opened = tuple[Driver, VendorBooks]


@pytest.fixture(params=["sandbox", "stripe"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """A door with its books."""
    if request.param == "sandbox":
        driver = sandbox(tmp_path)
        return driver, SandboxBooks(driver.world)
    world: StripeWorld = request.getfixturevalue("stripe_world")
    stripe_driver = StripeDriver(world.account(settled=True))
    assert isinstance(stripe_driver.gateway, StripeGateway)
    return stripe_driver, StripeBooks(stripe_driver.gateway)


def paid(driver: Driver, minor: int = 500_000, currency: str = "CNY") -> str:
    """A payment that the buyer made; gives the vendor's name of it."""
    request = request_for(minor, currency)
    made = driver.gateway.create_payment(request, key=f"create-{request.reference}-1")
    driver.pay(made.provider_id)
    return made.provider_id


def test_a_new_account_has_empty_books(opened: Opened) -> None:
    _, books = opened
    since = this_moment() - BACK
    assert (list(books.moves(since=since)), list(books.payouts(since=since))) == ([], [])
    assert list(books.disputes(since=since)) == []
    assert not any(books.balance().values())
    assert books.live is False


def test_a_charge_and_its_refund_are_two_movements_of_one_payment(opened: Opened) -> None:
    driver, books = opened
    name = paid(driver)
    driver.gateway.refund_payment(name, amount=Money(200_000, "CNY"), key="refund-P-1")
    refund, charge = books.moves(since=this_moment() - BACK)
    seen = driver.gateway.fetch_payment(name)
    assert seen.move is not None
    assert (charge.kind, charge.payment, charge.code) == (CHARGE, name, seen.move.code)
    assert (charge.gross, charge.fee, charge.currency) == (500_000, seen.move.fee.minor, "CNY")
    assert (refund.kind, refund.payment, refund.reference) == (REFUND, name, "refund-P-1")
    assert refund.gross == -200_000
    assert charge.payout == refund.payout == ""


def test_the_balance_is_the_sum_of_all_movements_in_each_currency(opened: Opened) -> None:
    driver, books = opened
    for minor, currency in ((500_000, "CNY"), (25_000, "EUR"), (100_000, "CNY")):
        paid(driver, minor, currency)
    sums: Counter[str] = Counter()
    for move in books.moves(since=this_moment() - BACK):
        sums[move.currency] += move.gross - move.fee
    found = {currency: minor for currency, minor in books.balance().items() if minor}
    assert found == dict(sums)


def test_only_what_is_young_enough_is_given(opened: Opened) -> None:
    driver, books = opened
    paid(driver)
    assert list(books.moves(since=this_moment() + timedelta(hours=1))) == []


def test_a_payout_carries_what_went_out_with_it(opened: Opened) -> None:
    driver, books = opened
    names = {paid(driver), paid(driver, 300_000)}
    code = pay_out(opened)
    (payout,) = books.payouts(since=this_moment() - BACK)
    inside = list(books.moves_of(code))
    assert payout.code == code
    assert {move.payment for move in inside} == names
    assert {move.payout for move in inside} == {code}
    assert sum(move.gross - move.fee for move in inside) == payout.amount
    kinds = Counter(move.kind for move in books.moves(since=this_moment() - BACK))
    assert kinds == {CHARGE: 2, PAYOUT: 1}
    assert not any(books.balance().values())


def test_a_contested_payment_is_listed_until_it_is_decided(opened: Opened) -> None:
    driver, books = opened
    name, code = contested(opened)
    (dispute,) = books.disputes(since=this_moment() - BACK)
    assert (dispute.code, dispute.payment, dispute.state) == (code, name, "open")
    assert (dispute.amount, dispute.currency) == (500_000, "CNY")
    assert dispute.answer_by is not None
    assert books.disputes_of(name) == (dispute,)
    assert books.disputes_of(paid(driver)) == ()


def test_a_vendor_that_does_not_answer_is_unavailable() -> None:
    gateway = StripeGateway(
        secret_key="sk_test_x",
        publishable_key="pk_test_x",
        webhook_secrets=("whsec",),
        livemode=False,
        api_base="http://127.0.0.1:9",
    )
    books = StripeBooks(gateway)
    calls: list[Callable[[], object]] = [
        books.balance,
        lambda: list(books.moves(since=this_moment())),
        lambda: list(books.payouts(since=this_moment())),
        lambda: list(books.disputes(since=this_moment())),
    ]
    for call in calls:
        with pytest.raises(GatewayUnavailable):
            call()


def pay_out(opened: Opened) -> str:
    """Everything available goes to the bank; gives the payout's code."""
    driver, _ = opened
    if isinstance(driver, SandboxDriver):
        return pay_out_all(driver.world, "CNY")
    assert isinstance(driver, StripeDriver)
    return driver.pay_out("CNY")


def contested(opened: Opened) -> tuple[str, str]:
    """A payment whose payer contests it; gives payment and dispute."""
    driver, _ = opened
    if isinstance(driver, SandboxDriver):
        name = paid(driver)
        return name, driver.world.contest(name)
    assert isinstance(driver, StripeDriver)
    request = request_for()
    made = driver.gateway.create_payment(request, key=f"create-{request.reference}-1")
    return made.provider_id, driver.contest(made.provider_id)
