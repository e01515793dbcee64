"""Two at once at the bank desk: one wins, the other hears it, and no money moves twice."""

from __future__ import annotations

import pytest

from checkout.errors import BadMatch, MatchConflict, TransferConflict
from checkout.models import BankFile, BankLine, BankMatch, LedgerEntry, OutgoingTransfer
from checkout.queries.paid import held_of
from checkout.services import bank_import, outgoing, payments
from checkout.services.bank_import import read_file, store_file
from checkout.services.bank_matching import Target, match, set_aside, unmatch
from checkout.services.bank_reading import match_open
from kernel.money import Money
from tests.factories.banked import CLERK, OTHER, Row, csv_of, imported, paying
from tests.factories.payable import NOON, payable_order
from tests.factories.till import balances
from tests.support.racing import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_import, "PIECE", 7)


def test_the_same_bytes_uploaded_by_ten_at_once_are_one_file() -> None:
    content = csv_of([Row(5, "x")])
    answers = at_once(
        *[
            lambda: store_file(name="s.csv", content=content, actor=CLERK, now=NOON)
            for _ in range(10)
        ]
    )
    assert len({row.pk for row, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1


def test_files_that_tell_the_same_days_are_read_at_once_and_add_each_line_once() -> None:
    rows = [Row(100 + at % 3, f"line {at % 5}") for at in range(60)]
    files = []
    for part in (rows, rows[:40], rows[:50] + [Row(9, "new")]):
        files.append(store_file(name="s", content=csv_of(part), actor=CLERK, now=NOON)[0].pk)
    added = at_once(
        *[lambda file=file: read_file(file=file, now=NOON) for file in files for _ in range(2)]
    )
    assert sum(added) == BankLine.objects.count() == 61
    assert LedgerEntry.objects.filter(kind="bank-line").count() == 61
    assert {file.state for file in BankFile.objects.all()} == {"done"}


def test_two_clerks_settle_one_line_and_one_of_them_hears_it() -> None:
    (one, _), (other, _) = payable_order(), payable_order()
    (line,) = imported(Row(500_000, "no reference"))

    def clerk(actor: str, code: str) -> object:
        target = Target("order", code, Money(500_000, "CNY"))
        return match(line=line.pk, targets=[target], actor=actor, now=NOON)

    answers = at_once(
        lambda: clerk(CLERK, one.code),
        lambda: clerk(OTHER, other.code),
        lambda: clerk(OTHER, one.code),
        lambda: set_aside(line=line.pk, account="5000", note="fee", actor=OTHER, now=NOON),
    )
    lost = [each for each in answers if isinstance(each, MatchConflict)]
    assert len(lost) == 3
    assert held_of(one).minor + held_of(other).minor == 500_000 * BankMatch.objects.count()
    assert sum(balances().values()) == 0
    assert "2090" not in balances()


def test_two_lines_for_one_payment_pay_it_once() -> None:
    order, payment = payable_order()
    payment.provider, payment.state = "bank", "requires_action"
    payment.save()
    lines = imported(Row(500_000, "a"), Row(500_000, "b"))
    answers = at_once(
        *[
            lambda line=line: match(
                line=line.pk,
                targets=[Target("payment", payment.code, Money(500_000, "CNY"))],
                actor=CLERK,
                now=NOON,
            )
            for line in lines
        ]
    )
    assert sum(isinstance(each, MatchConflict | BadMatch) for each in answers) == 1
    assert held_of(order).minor == 500_000
    assert order.events.filter(kind="deposit-paid").count() == 1
    assert balances() == {"1000": 1_000_000, "2000": -500_000, "2090": -500_000}


def test_the_machine_runs_four_times_at_once_and_pays_each_order_once() -> None:
    orders = [payable_order()[0] for _ in range(6)]
    imported(*(paying(order) for order in orders), match=False)
    answers = at_once(*[lambda: match_open(now=NOON) for _ in range(4)])
    assert sum(answers) == 6
    assert all(held_of(order).minor == 500_000 for order in orders)
    assert balances() == {"1000": 3_000_000, "2000": -3_000_000}


def test_a_match_is_taken_back_once_and_not_while_its_money_goes_back() -> None:
    order, payment = payable_order()
    (line,) = imported(paying(order))
    made = line.matches.get().pk
    amount = Money(500_000, "CNY")
    answers = at_once(
        lambda: unmatch(match=made, actor=CLERK, now=NOON),
        lambda: unmatch(match=made, actor=OTHER, now=NOON),
        lambda: payments.refund_payment(
            payment=payment.code, amount=amount, reason="x", actor=CLERK, now=NOON
        ),
    )
    assert sum(isinstance(each, Exception) for each in answers) in {1, 2}
    undone = BankMatch.objects.get(pk=made).undone_at is not None
    expected = {"2090": -500_000} if undone else {"2010": -500_000}
    assert balances() == {"1000": 500_000} | expected


def test_ten_approve_and_ten_send_and_it_is_sent_once() -> None:
    order, payment = payable_order()
    imported(paying(order))
    payments.refund_payment(
        payment=payment.code, amount=Money(500_000, "CNY"), reason="x", actor=CLERK, now=NOON
    )
    code = OutgoingTransfer.objects.get().code
    outgoing.give_account(
        order=order.code,
        holder="王小明",
        number="6222021234567890128",
        bank="工商银行",
        actor="guest",
        now=NOON,
    )
    people = [f"staff:{number}" for number in range(1, 6)]
    answers = at_once(
        *[
            lambda actor=actor: outgoing.approve(transfer=code, actor=actor, now=NOON)
            for actor in people
        ]
    )
    assert sum(isinstance(each, TransferConflict) for each in answers) == 4
    answers = at_once(
        *[
            lambda actor=actor: outgoing.send(transfers=[code], actor=actor, now=NOON)
            for actor in people
        ]
    )
    assert sum(isinstance(each, TransferConflict) for each in answers) == 4
