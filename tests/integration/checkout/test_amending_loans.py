"""What a change of an order does to its loan and its cover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from checkout.domain.order import State
from checkout.errors import AmendmentNotPossible, CreditSheetNeeded, UnknownCreditSheet
from checkout.models import FinanceApplication, InsurancePolicy, Order
from checkout.queries.paid import financed_of
from checkout.services.credit_sheets import confirm_order_sheet, issue_amendment_sheet
from checkout.services.orders import deposit_received
from tests.factories.amendable import CARE, LOUD, amend, preview, reserved, yuan
from tests.factories.financed import Bank, bank
from tests.factories.insured import Desk, desk
from tests.factories.ordering import LOAN, placed, quoted
from tests.factories.shelf import EXAMPLE, NOON, forget, put_on_sale
from tests.factories.till import Till

__all__ = ["bank", "desk"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def financed(till: Till, transactional_db: None) -> Iterator[Order]:
    """A reserved order of the worked example with its loan of 276,710.00."""
    forget()
    put_on_sale()
    yield reserved(till, finance=LOAN)
    forget()


def approved(bank: Bank, order: Order) -> FinanceApplication:
    application = bank.apply(order)
    bank.hear(application)
    application.refresh_from_db()
    assert application.state == "approved"
    order.refresh_from_db()
    return application


def read_sheet(order: Order, now: Any, **wishes: Any) -> None:
    """All costs of the loan after the change are shown, and confirmed a minute later."""
    early = now - timedelta(minutes=1)
    sheet = issue_amendment_sheet(order=order.code, wishes=wishes, now=early)
    confirm_order_sheet(order=order.code, sheet=sheet.code, shown=sheet.fingerprint, now=now)


def test_a_smaller_loan_keeps_its_approval_and_is_drawn_at_its_new_amount(
    bank: Bank, financed: Order
) -> None:
    application = approved(bank, financed)
    now = bank.clock.now
    shown = preview(financed, now, choices=list(LOUD)).shown["finance"]
    assert (shown["effect"], shown["approval"]["survives"]) == ("survives", True)
    assert shown["cost_sheet"] == "cost-sheet"
    with pytest.raises(CreditSheetNeeded):
        amend(financed, now, choices=list(LOUD))
    read_sheet(financed, now, choices=list(LOUD))
    amend(financed, now, choices=list(LOUD))
    application.refresh_from_db()
    assert application.state == "approved"
    assert application.amount == 26_621_000 == financed.document["finance"]["amount"]["amount"]
    assert (financed.finance_state, financed_of(financed)) == ("approved", yuan("266210.00"))
    assert financed.document["credit"]["kind"] == "cost-sheet"


def test_a_loan_beyond_the_tolerance_is_told_before_and_applied_for_anew(
    bank: Bank, financed: Order
) -> None:
    application = approved(bank, financed)
    now = bank.clock.now
    shown = preview(financed, now, choices=["trim:zenith"]).shown["finance"]
    assert shown["effect"] == "again"
    assert (shown["approval"]["survives"], shown["approval"]["reason"]) == (False, "amount")
    read_sheet(financed, now, choices=["trim:zenith"])
    amend(financed, now, choices=["trim:zenith"])
    application.refresh_from_db()
    assert (application.state, application.reason) == ("cancelled", "order-amended")
    assert financed.finance_state == "quoted"
    again = approved(bank, financed)
    assert again.amount == financed.document["finance"]["amount"]["amount"]


def test_an_order_that_comes_back_has_its_loan_and_its_confirmed_sheet_back(
    bank: Bank, financed: Order
) -> None:
    before, now = financed.document, bank.clock.now
    read_sheet(financed, now, choices=list(LOUD))
    amend(financed, now, choices=list(LOUD))
    amend(financed, now, choices=list(EXAMPLE))
    assert financed.document == before


def test_without_a_loan_the_application_is_given_up(bank: Bank, financed: Order) -> None:
    application = approved(bank, financed)
    amend(financed, bank.clock.now, finance=None)
    application.refresh_from_db()
    assert application.state == "cancelled"
    assert financed.finance_state == "none"
    assert financed.document["finance"] is None
    assert "credit" not in financed.document


def test_a_loan_that_may_not_change_any_more_leaves_the_difference_to_be_paid_down(
    bank: Bank, financed: Order
) -> None:
    application = approved(bank, financed)
    Order.objects.filter(pk=financed.pk).update(state=State.INSPECTION_READY)
    financed.refresh_from_db()
    now = bank.clock.now
    loan = financed.document["finance"]
    with pytest.raises(AmendmentNotPossible):
        preview(financed, now, finance=None)
    read_sheet(financed, now, extras=[CARE])
    amend(financed, now, extras=[CARE])
    after = financed.document["finance"]
    assert after["amount"] == loan["amount"]
    assert after["down_payment"]["amount"] == loan["down_payment"]["amount"] + 428_000
    application.refresh_from_db()
    assert application.state == "approved"


def test_a_sheet_of_another_order_is_not_there(bank: Bank, financed: Order, till: Till) -> None:
    now = bank.clock.now
    wishes = {"choices": list(LOUD)}
    sheet = issue_amendment_sheet(order=financed.code, wishes=wishes, now=now)
    other = reserved(till)
    with pytest.raises(UnknownCreditSheet):
        confirm_order_sheet(order=other.code, sheet=sheet.code, shown=sheet.fingerprint, now=now)


# ---- Cover ----


def insured(desk: Desk) -> tuple[Order, InsurancePolicy]:
    """A reserved order whose covers are bound."""
    made = placed(quoted(finance=None))
    deposit_received(order=made.order, payment=made.payment, now=NOON)
    order = Order.objects.get(code=made.order)
    policy = desk.take_out(order)
    assert policy.state == "bound"
    order.refresh_from_db()
    return order, policy


def test_another_car_ends_the_policy_and_the_buyer_insures_anew(desk: Desk) -> None:
    order, policy = insured(desk)
    assert preview(order, choices=list(LOUD)).shown["insurance"]["effect"] == "rebind"
    amend(order, choices=list(LOUD))
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    order.refresh_from_db()
    assert order.insurance_state == "cancelled"
    fresh = desk.take_out(order)
    assert fresh.premium == order.document["insurance"]["total"]["amount"]


def test_what_leaves_car_and_covers_alone_leaves_the_policy(desk: Desk) -> None:
    order, policy = insured(desk)
    made = amend(order, extras=[CARE], delivery={"place": "sh-jiading"})
    assert made.difference["insurance"]["effect"] == "unchanged"
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert policy.state == "bound"
    assert order.insurance_state == "bound"


def test_covers_given_up_end_their_policy(desk: Desk) -> None:
    order, policy = insured(desk)
    made = amend(order, insurance=[])
    assert made.difference["insurance"]["effect"] == "given-up"
    desk.later(minutes=2)
    policy.refresh_from_db()
    assert policy.state == "cancelled"
    assert order.document["insurance"] is None
