"""The linked loan and the cover of a purchase that is withdrawn from: undone at lender and insurer."""

from __future__ import annotations

import pytest

from checkout.domain.order import State as OrderState
from checkout.models import FinanceOperation, Order
from tests.factories.financed import Bank, bank, financed_order, seen_by
from tests.factories.insured import Desk, desk
from tests.factories.lenders import SILENT
from tests.factories.shelf import forget, put_on_sale
from tests.factories.withdrawn import ERIKA, bought, withdrawn

__all__ = ["bank", "desk"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def german(bank: Bank) -> Order:
    """A reserved order of a consumer in Germany, with the loan of the lender's sandbox in its quote."""
    forget()
    put_on_sale()
    order = financed_order()
    order.market, order.buyer_address = "DE", ERIKA["address"]
    order.document["market"] = {"code": "DE", "timezone": "Europe/Berlin"}
    order.save()
    return order


def test_an_open_application_is_cancelled_at_the_lender(bank: Bank, german: Order) -> None:
    row = bank.apply(german)
    withdrawn(german, bank.clock.now)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "order_withdrawn")
    bank.later(minutes=2)
    assert str(seen_by(bank, row).decision.outcome) == "cancelled"


def test_a_loan_that_was_paid_out_is_undone_and_told_once(bank: Bank, german: Order) -> None:
    row = bank.apply(german)
    bank.draw(german)
    german.refresh_from_db()
    assert german.finance_state == "drawn"
    receipt = withdrawn(german, bank.clock.now)
    assert receipt.finance_by is not None
    bank.later(minutes=2)
    bank.later(minutes=2)
    row.refresh_from_db()
    german.refresh_from_db()
    assert (row.state, german.finance_state) == ("cancelled", "cancelled")
    assert str(seen_by(bank, row).decision.outcome) == "cancelled"
    kinds = [event.kind for event in german.events.order_by("number")]
    assert kinds.count("finance-undone") == 1
    assert row.operations.filter(kind=FinanceOperation.Kind.CANCEL).count() == 1


def test_a_silent_lender_does_not_hold_the_withdrawal_up(bank: Bank, german: Order) -> None:
    row = bank.apply(german, SILENT)
    bank.silent = True
    withdrawn(german, bank.clock.now)
    german.refresh_from_db()
    assert german.state == "withdrawn"
    bank.later(minutes=2)
    bank.silent = False
    bank.later(minutes=2)
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_the_cover_is_cancelled_at_the_insurer(desk: Desk) -> None:
    order = bought("DE", OrderState.RESERVED)
    insured = desk.take_out(
        order,
        age=40,
        insurer="deichwacht",
        products=["de-haftpflicht"],
        consents={"deichwacht": True},
    )
    assert insured.state == "bound"
    withdrawn(order)
    desk.later(minutes=2)
    desk.later(minutes=2)
    insured.refresh_from_db()
    order.refresh_from_db()
    assert (insured.state, order.insurance_state) == ("cancelled", "cancelled")
    assert insured.refund == insured.premium  # within the insurer's own fourteen days
