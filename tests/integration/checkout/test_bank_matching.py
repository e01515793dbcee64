"""What a bank line settles: by itself where nothing else can be meant, by hand to the cent, and never wrong."""

from __future__ import annotations

import pytest

from checkout.domain.transfers import reference
from checkout.errors import BadMatch, MatchConflict, UnknownBankLine
from checkout.models import BankLine, BankMatch, LedgerLeg, OutgoingTransfer, VendorPayout
from checkout.queries.ledger import deposit_liability
from checkout.queries.paid import held_of
from checkout.services.bank_matching import Target, match, put_back, set_aside, unmatch
from checkout.services.bank_reading import match_open
from kernel.money import Money
from tests.factories.banked import CLERK, DAY, OTHER, Row, imported, paying
from tests.factories.payable import NOON, payable_order
from tests.factories.till import balances
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def by_hand(line: BankLine, *targets: tuple[str, str, int], charge: int = 0) -> tuple[int, ...]:
    found = [
        Target(kind, code, Money(amount, line.currency), charge) for kind, code, amount in targets
    ]
    return match(line=line.pk, targets=found, actor=CLERK, now=NOON)


def payout(code: str = "po_1xUvd0Cz7hWRKL", amount: int = 2_870_583) -> VendorPayout:
    return VendorPayout.objects.create(
        provider="stripe",
        code=code,
        amount=amount,
        currency="CNY",
        arrives_on=DAY,
        state="paid",
        at=NOON,
        seen_at=NOON,
    )


def test_a_reference_and_the_whole_sum_pay_a_deposit_that_nobody_announced() -> None:
    order, first = payable_order()
    (line,) = imported(paying(order))
    order.refresh_from_db()
    first.refresh_from_db()
    line.refresh_from_db()
    assert (order.state, order.payment_state) == ("reserved", "deposit")
    assert (first.provider, first.method, first.state) == ("bank", "bank_transfer", "succeeded")
    assert (line.state, line.why) == ("matched", "")
    assert balances() == {"1000": 500_000, "2000": -500_000}
    assert held_of(order) == deposit_liability(order=order.code)[0] == cny(500_000)


def test_the_payment_that_waits_is_the_one_that_is_paid() -> None:
    order, first = payable_order()
    first.provider, first.method, first.state = "bank", "bank_transfer", "requires_action"
    first.save()
    imported(paying(order))
    assert [payment.state for payment in order.payments.all()] == ["succeeded"]


def test_an_attempt_with_a_card_stays_beside_the_transfer() -> None:
    order, first = payable_order()
    first.provider, first.provider_id, first.state = "sandbox", "pay_1", "requires_action"
    first.save()
    imported(paying(order))
    found = order.payments.values_list("attempt", "provider", "state").order_by("attempt")
    assert list(found) == [(1, "sandbox", "requires_action"), (2, "bank", "succeeded")]


def test_the_statement_twice_and_reading_again_pay_once() -> None:
    order, _ = payable_order()
    imported(paying(order))
    imported(paying(order))
    assert match_open(now=NOON) == 0
    assert BankMatch.objects.count() == 1
    assert balances() == {"1000": 500_000, "2000": -500_000}


def test_two_equal_lines_are_left_to_a_person_who_pays_one_and_keeps_the_other() -> None:
    order, _ = payable_order()
    one, other = imported(paying(order), paying(order))
    assert {one.why, other.why} == {"claimed-twice"}
    by_hand(one, ("order", order.code, 500_000))
    by_hand(other, ("order", order.code, 500_000))
    transfer = OutgoingTransfer.objects.get()
    assert (transfer.why, transfer.amount, transfer.state) == ("bank", 500_000, "proposed")
    assert held_of(order) == cny(500_000)
    assert balances() == {"1000": 1_000_000, "2000": -500_000, "2010": -500_000}


@pytest.mark.parametrize(
    ("amount", "currency", "why"),
    [(499_999, "CNY", "amount"), (500_001, "CNY", "amount"), (500_000, "EUR", "amount")],
    ids=["short", "over", "another currency"],
)
def test_another_sum_or_currency_settles_nothing_by_itself(
    amount: int, currency: str, why: str
) -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order, amount), currency=currency)
    assert (line.state, line.why) == ("open", why)
    assert line.candidates[0]["code"] == order.code
    assert held_of(order) == cny(0)


def test_parts_fill_a_payment_and_the_last_one_pays_it() -> None:
    order, payment = payable_order()
    one, other = imported(paying(order, 200_000), paying(order, 300_000))
    by_hand(one, ("order", order.code, 200_000))
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, order.state) == ("requires_action", "awaiting_deposit")
    # What is missing now is what is due: the second line needs nobody.
    assert match_open(now=NOON) == 1
    order.refresh_from_db()
    other.refresh_from_db()
    assert (order.state, other.state) == ("reserved", "matched")
    assert order.payments.count() == 1


def test_too_much_money_leaves_the_rest_for_a_person() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order, 600_000))
    by_hand(line, ("order", order.code, 500_000))
    line.refresh_from_db()
    order.refresh_from_db()
    assert (order.state, line.state, line.why) == ("reserved", "open", "amount")
    assert balances() == {"1000": 600_000, "2000": -500_000, "2090": -100_000}
    by_hand(line, ("order", order.code, 100_000))
    line.refresh_from_db()
    assert line.state == "matched"
    assert OutgoingTransfer.objects.get().amount == 100_000
    assert balances() == {"1000": 600_000, "2000": -500_000, "2010": -100_000}


def test_one_line_pays_two_orders() -> None:
    (one, _), (other, _) = payable_order(), payable_order()
    (line,) = imported(Row(1_000_000, f"{reference(one.code)} {reference(other.code)}"))
    assert line.why in {"ambiguous", "amount"}
    by_hand(line, ("order", one.code, 500_000), ("order", other.code, 500_000))
    assert [cny(500_000)] * 2 == [held_of(one), held_of(other)]


def test_late_money_for_an_order_that_ended_is_accepted_and_goes_back() -> None:
    order, payment = payable_order()
    payment.provider, payment.method, payment.state = "bank", "bank_transfer", "canceled"
    payment.save()
    order.state = "expired"
    order.save()
    (line,) = imported(paying(order))
    order.refresh_from_db()
    assert (line.state, order.state) == ("matched", "expired")
    transfer = OutgoingTransfer.objects.get()
    assert (transfer.reason, transfer.amount, transfer.proposed_by) == (
        "late-payment",
        500_000,
        "system",
    )
    assert deposit_liability(order=order.code) == ()


def test_a_part_that_came_before_the_order_ended_goes_back() -> None:
    order, payment = payable_order()
    (line,) = imported(paying(order, 200_000))
    by_hand(line, ("order", order.code, 200_000))
    order.payments.update(state="canceled")
    order.state = "expired"
    order.save()
    match_open(now=NOON)
    payment.refresh_from_db()
    assert (payment.state, payment.amount) == ("succeeded", 200_000)
    assert OutgoingTransfer.objects.get().amount == 200_000
    assert balances() == {"1000": 200_000, "2010": -200_000}


def test_a_payout_is_known_by_its_code() -> None:
    payout()
    (line,) = imported(Row(2_870_583, "STRIPE PAYOUT po_1xUvd0Cz7hWRKL", "Stripe"))
    assert line.state == "matched"
    assert balances() == {"1000": 2_870_583, "1010": -2_870_583}


def test_what_the_bank_kept_of_a_payout_is_a_fee_by_hand_only() -> None:
    payout()
    (line,) = imported(Row(2_870_000, "STRIPE PAYOUT po_1xUvd0Cz7hWRKL", "Stripe"))
    assert line.state == "open"
    by_hand(line, ("payout", "po_1xUvd0Cz7hWRKL", 2_870_000), charge=583)
    assert balances() == {"1000": 2_870_000, "5000": 583, "1010": -2_870_583}


def test_a_payout_may_come_in_two_lines_and_no_third() -> None:
    payout()
    first, second, third = imported(Row(870_583, "a"), Row(2_000_000, "b"), Row(5, "c"))
    by_hand(first, ("payout", "po_1xUvd0Cz7hWRKL", 870_583))
    with pytest.raises(BadMatch, match="missing"):
        by_hand(second, ("payout", "po_1xUvd0Cz7hWRKL", 2_000_000), charge=1)
    by_hand(second, ("payout", "po_1xUvd0Cz7hWRKL", 2_000_000))
    with pytest.raises(MatchConflict):
        by_hand(third, ("payout", "po_1xUvd0Cz7hWRKL", 5))
    assert balances() == {"1000": 2_870_588, "1010": -2_870_583, "2090": -5}


def test_a_line_that_was_settled_is_not_settled_again() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order))
    for targets in ([("order", order.code, 500_000)], [("payout", "po_x", 1)]):
        with pytest.raises(MatchConflict) as refused:
            by_hand(line, *targets)
        assert refused.value.facts["state"] == "matched"


def test_wrong_targets_are_refused_by_name() -> None:
    order, _ = payable_order()
    (line,) = imported(Row(400_000, "x"))
    wrong: list[list[tuple[str, str, int]]] = [
        [],
        [("letter", order.code, 1)],
        [("order", "C26-NOBODY", 400_000)],
        [("order", order.code, -400_000)],
        [("order", order.code, 0)],
        [("payment", "PAYNONE", 400_000)],
        [("payout", "po_none", 400_000)],
        [("transfer", "TNONE", 400_000)],
    ]
    for targets in wrong:
        with pytest.raises(BadMatch):
            by_hand(line, *targets)
    with pytest.raises(MatchConflict, match="left"):
        by_hand(line, ("order", order.code, 400_001))
    with pytest.raises(UnknownBankLine):
        match(line=0, targets=[Target("order", order.code, cny(1))], actor=CLERK, now=NOON)
    assert not BankMatch.objects.exists()


def test_a_wrong_match_is_taken_back_and_the_order_keeps_its_place() -> None:
    (wrong, _), (right, _) = payable_order(), payable_order()
    line, later = imported(Row(500_000, "no reference"), Row(500_000, "another"))
    (made,) = by_hand(line, ("order", wrong.code, 500_000))
    unmatch(match=made, actor=OTHER, now=NOON)
    unmatch(match=made, actor=OTHER, now=NOON)
    by_hand(line, ("order", right.code, 500_000))
    wrong.refresh_from_db()
    assert (wrong.state, held_of(wrong), held_of(right)) == ("reserved", cny(0), cny(500_000))
    assert deposit_liability(order=wrong.code) == ()
    by_hand(later, ("order", wrong.code, 500_000))
    assert held_of(wrong) == cny(500_000)
    assert not OutgoingTransfer.objects.exists()
    assert LedgerLeg.objects.filter(entry__key=f"reversal:match:{made}").count() == 2


def test_nothing_is_matched_by_itself_after_a_person_took_it_back() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order))
    unmatch(match=line.matches.get().pk, actor=CLERK, now=NOON)
    assert match_open(now=NOON) == 0


def test_money_that_was_used_is_not_taken_off_an_order() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order))
    order.state = "cancelled"
    order.save()
    with pytest.raises(MatchConflict, match="used"):
        unmatch(match=line.matches.get().pk, actor=CLERK, now=NOON)
    with pytest.raises(BadMatch):
        unmatch(match=0, actor=CLERK, now=NOON)


def test_a_fee_is_set_aside_with_a_reason_and_can_be_put_back() -> None:
    (line,) = imported(Row(-1_200, "account fee"))
    for account, note in (("5000", " "), ("2000", "fee"), ("1000", "fee")):
        with pytest.raises(BadMatch):
            set_aside(line=line.pk, account=account, note=note, actor=CLERK, now=NOON)
    set_aside(line=line.pk, account="5000", note="fee of November", actor=CLERK, now=NOON)
    line.refresh_from_db()
    assert (line.state, line.note) == ("aside", "fee of November")
    assert balances() == {"1000": -1_200, "5000": 1_200}
    with pytest.raises(MatchConflict):
        set_aside(line=line.pk, account="5000", note="again", actor=OTHER, now=NOON)
    put_back(line=line.pk, actor=OTHER, now=NOON)
    with pytest.raises(MatchConflict):
        put_back(line=line.pk, actor=OTHER, now=NOON)
    assert balances() == {"1000": -1_200, "2090": 1_200}
    set_aside(line=line.pk, account="7000", note="a difference", actor=CLERK, now=NOON)
    assert balances() == {"1000": -1_200, "7000": 1_200}


def test_wherever_matching_dies_it_is_whole_or_not_at_all() -> None:
    order, _ = payable_order()
    (line,) = imported(paying(order), match=False)

    def all_of_it() -> None:
        order.refresh_from_db()
        assert order.state == "reserved"
        assert balances() == {"1000": 500_000, "2000": -500_000}

    def all_or_nothing() -> None:
        if BankMatch.objects.exists():
            all_of_it()
        else:
            assert balances() == {"1000": 500_000, "2090": -500_000}

    writes = for_every_write(lambda: match_open(now=NOON), died=all_or_nothing, done=all_of_it)
    assert writes > 10
    assert line.state == "open"
