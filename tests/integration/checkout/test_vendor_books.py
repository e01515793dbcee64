"""The vendor's books in our tables and in the ledger: whatever messages were lost, 1100 is what the vendor holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checkout.gateways.books import BookMove
from checkout.models import LedgerEntry, Payment, VendorMove, VendorPayout
from checkout.services.vendor_books import Pulled, pull
from tests.factories.bookkeeping import CURRENCIES, Shop, accounts
from tests.factories.gateways import request_for, this_moment

pytestmark = pytest.mark.django_db


def test_one_reading_brings_the_ledger_to_the_vendor_in_every_currency(opened: Shop) -> None:
    for at, currency in enumerate(CURRENCIES):
        kept, half = opened.paid(500_000, currency), opened.paid(300_000, currency)
        opened.paid(200_000 + 10 * at, currency, told=False)
        opened.refund(half, 100_000)
        opened.driver.contest(opened.asked(400_000, currency).provider_id or "")
        assert kept.currency == currency
    won = opened.driver.contest(opened.asked(600_000).provider_id or "")
    lost = opened.driver.contest(opened.asked(700_000).provider_id or "")
    opened.driver.decide(won, won=True)
    opened.driver.decide(lost, won=False)
    paid, failed = opened.driver.pay_out("EUR"), opened.driver.pay_out("USD")
    opened.driver.end_payout(paid, failed=False)
    opened.driver.end_payout(failed, failed=True)
    assert set(opened.differences()) == set(CURRENCIES)

    first = opened.pull()
    assert opened.differences() == {}
    assert first.posted > 0
    assert (set(first.payouts), first.failed) == ({paid, failed}, (failed,))
    assert accounts("USD").get("1010") is None
    assert accounts("EUR")["1010"] == VendorPayout.objects.get(code=paid).amount

    assert opened.pull() == Pulled()
    assert opened.differences() == {}


def test_a_payout_is_the_sum_of_what_is_in_it_and_leads_to_our_payments(opened: Shop) -> None:
    ours = {opened.paid().code, opened.paid(300_000).code}
    back = opened.paid(200_000)
    opened.refund(back, 200_000)
    code = opened.driver.pay_out("CNY")
    opened.pull()
    payout = VendorPayout.objects.get(code=code)
    moves = payout.moves.all()
    assert payout.itemised_at is not None
    assert sum(move.net.minor for move in moves) == payout.amount
    assert {move.payment.code for move in moves if move.payment} == {*ours, back.code}
    assert "1100" not in accounts()
    assert accounts()["1010"] == payout.amount


def test_money_of_a_payout_that_came_back_goes_out_with_the_next_one(opened: Shop) -> None:
    opened.paid()
    failed = opened.driver.pay_out("CNY")
    opened.pull()
    opened.driver.end_payout(failed, failed=True)
    opened.paid(300_000)
    again = opened.driver.pay_out("CNY")
    assert opened.pull().failed == (failed,)
    payout = VendorPayout.objects.get(code=again)
    assert sum(move.net.minor for move in payout.moves.all()) == payout.amount
    assert (accounts()["1010"], "1100" in accounts()) == (payout.amount, False)
    assert VendorPayout.objects.get(code=failed).state == "failed"


def test_money_of_nobody_stands_on_2090_until_we_know_whose_it_is(opened: Shop) -> None:
    payment = opened.paid(told=False)
    name = payment.provider_id
    Payment.objects.filter(pk=payment.pk).update(provider_id=None)  # the answer was lost
    opened.pull()
    assert opened.differences() == {}
    assert accounts()["2090"] == -500_000
    assert VendorMove.objects.get().payment is None

    Payment.objects.filter(pk=payment.pk).update(provider_id=name)
    for _ in range(2):
        opened.settled(payment)
        opened.pull()
    assert payment.state == "succeeded"
    assert (accounts().get("2090"), accounts()["2000"]) == (None, -500_000)
    assert VendorMove.objects.get().payment == payment
    assert opened.differences() == {}


def test_a_refund_that_nobody_here_made_is_no_payment_of_what_we_owe(opened: Shop) -> None:
    payment = opened.paid()
    opened.driver.gateway.refund_payment(
        payment.provider_id or "", amount=payment.money, key="by-hand"
    )
    opened.pull()
    assert opened.differences() == {}
    assert (accounts()["2090"], accounts()["2000"]) == (500_000, -500_000)
    assert "2010" not in accounts()


@pytest.mark.parametrize("first", ["settlement", "books"])
def test_whoever_posts_first_posts_the_same(opened: Shop, first: str) -> None:
    payment = opened.paid(told=first == "settlement")
    key = opened.refund(payment, 200_000) if first == "settlement" else ""
    opened.pull()
    opened.settled(payment)
    key = key or opened.refund(payment, 200_000)
    opened.pull()
    payment.refresh_from_db()
    assert (payment.state, payment.refunded) == ("succeeded", 200_000)
    assert LedgerEntry.objects.filter(kind="refund", note=key).count() == 1
    assert LedgerEntry.objects.filter(kind="charge").count() == 1
    assert (accounts()["2000"], accounts().get("2010")) == (-300_000, None)
    assert opened.differences() == {}


def test_what_a_vendor_books_beyond_our_words_is_kept_and_stops_nothing(opened: Shop) -> None:
    payment = opened.paid()

    class Odd:
        provider, live = opened.books.provider, False

        def moves(self, *, since: object) -> object:
            return iter(
                [
                    odd("txn_odd", "tax_withholding", -300),
                    odd("txn_coin", "charge", 100, currency="ZZZ"),
                    odd("txn_nothing", "charge", 0),
                    odd("txn_less", "charge", -700, payment=payment.provider_id or ""),
                ]
            )

        def __getattr__(self, name: str) -> object:
            return getattr(opened.books, name)

    pull(books=Odd(), now=opened.clock.now)  # type: ignore[arg-type]
    assert VendorMove.objects.filter(code="txn_coin", currency="ZZZ").exists()
    keys = set(LedgerEntry.objects.filter(key__startswith="bt:txn_").values_list("key", flat=True))
    assert keys & {"bt:txn_odd", "bt:txn_coin", "bt:txn_nothing", "bt:txn_less"} == {
        "bt:txn_odd",
        "bt:txn_less",
    }
    entry = LedgerEntry.objects.get(key="bt:txn_odd")
    assert (entry.kind, "tax_withholding" in entry.note) == ("unknown", True)
    assert accounts()["2090"] == 1000


def odd(code: str, kind: str, gross: int, currency: str = "CNY", payment: str = "") -> BookMove:
    at = this_moment()
    return BookMove(code, kind, gross, 0, currency, "src", payment, "", "", at, at.date())


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_reading_takes_no_more_statements_for_more_rows(opened: Shop) -> None:
    def statements(rows: int) -> int:
        for _ in range(rows):
            name = opened.driver.gateway.create_payment(request_for(), key=f"k{this_moment()}")
            opened.driver.pay(name.provider_id)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            opened.pull()
        return len(asked)

    few, many = statements(2), statements(30)
    assert many <= few + 1


@pytest.mark.parametrize("opened", ["sandbox"], indirect=True)
def test_books_are_read_again_from_four_days_before_what_is_known(opened: Shop) -> None:
    asked: list[object] = []
    books = opened.books

    class Heard:
        provider, live = books.provider, False

        def moves(self, *, since: object) -> object:
            asked.append(since)
            return books.moves(since=since)  # type: ignore[arg-type]

        def __getattr__(self, name: str) -> object:
            return getattr(books, name)

    payment = opened.paid()
    pull(books=Heard(), now=opened.clock.now)  # type: ignore[arg-type]
    pull(books=Heard(), now=opened.clock.now)  # type: ignore[arg-type]
    days = timedelta(days=4)
    assert asked == [payment.created_at - days, VendorMove.objects.get().at - days]
