"""The contract of an order that was changed: superseded before the lock, supplemented after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkout.domain.order import State as OrderState
from checkout.events import OrderAmended
from checkout.models import Order
from contracts.archive import FileArchive
from contracts.domain.states import State
from contracts.errors import ContractStateConflict
from contracts.handlers import on_order_amended
from contracts.models import Contract
from contracts.queries import ContractSummary, contract, contract_of_order
from contracts.services.drafting import draft_contract, redraft_contract
from contracts.services.issuing import issue_contract
from contracts.services.signing import accept, mark_viewed
from tests.factories.amendable import LOUD, amend, reserved
from tests.factories.contract_order import InkRenderer
from tests.factories.shelf import EXAMPLE, NOON, forget, put_on_sale
from tests.factories.till import Till, till
from tests.integration.contracts.conftest import STORE

__all__ = ["till"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(till: Till, template: None) -> Iterator[Order]:
    """A reserved order of the worked example."""
    forget()
    put_on_sale()
    yield reserved(till)
    forget()


def accepted(order: Order, archive: FileArchive) -> ContractSummary:
    """The order's contract, issued, read and accepted."""
    drafted = draft_contract(order=order.code, store_url=STORE, now=NOON)
    issued = issue_contract(
        number=drafted.number, renderer=InkRenderer(), archive=archive, now=NOON
    )
    mark_viewed(number=issued.number, actor="guest", now=NOON)
    done = accept(number=issued.number, pdf_sha256=issued.pdf_sha256, actor="guest", now=NOON)
    order.refresh_from_db()
    return done


def test_an_accepted_contract_gives_way_to_one_with_the_change_in_it(
    bought: Order, archive: FileArchive
) -> None:
    old = accepted(bought, archive)
    amend(bought, choices=list(LOUD))
    event = OrderAmended(order=bought.code, number=1, kinds=("build",), at=NOON)
    on_order_amended(event, event_id="one")
    on_order_amended(event, event_id="one")
    living = contract_of_order(bought.code)
    assert living is not None
    assert (contract(old.number).state, living.state) == (State.SUPERSEDED, State.DRAFT)
    assert contract(old.number).superseded_by == living.number
    fresh = accepted(bought, archive)
    assert fresh.number == living.number
    assert (bought.contract_number, bought.contract_state) == (living.number, "accepted")
    assert Contract.objects.get(number=fresh.number).facts["price"]["total"]["amount"] == 38_480_000


def test_an_order_that_came_back_stands_by_its_contract_again(
    bought: Order, archive: FileArchive
) -> None:
    old = accepted(bought, archive)
    amend(bought, choices=list(LOUD))
    amend(bought, choices=list(EXAMPLE))
    assert bought.contract_number == ""
    redraft_contract(order=bought.code, store_url=STORE, now=NOON)
    bought.refresh_from_db()
    assert (bought.contract_number, bought.contract_state) == (old.number, "accepted")
    assert Contract.objects.filter(order=bought.code).count() == 1


def test_what_was_drafted_before_a_change_is_not_issued_after_it(
    bought: Order, archive: FileArchive
) -> None:
    drafted = draft_contract(order=bought.code, store_url=STORE, now=NOON)
    amend(bought, choices=list(LOUD))
    with pytest.raises(ContractStateConflict, match="not what order"):
        issue_contract(number=drafted.number, renderer=InkRenderer(), archive=archive, now=NOON)
    bought.refresh_from_db()
    assert bought.contract_number == ""
    redraft_contract(order=bought.code, store_url=STORE, now=NOON)
    again = issue_contract(number=drafted.number, renderer=InkRenderer(), archive=archive, now=NOON)
    assert again.state is State.SUPERSEDED


def test_what_was_shown_before_a_change_cannot_be_accepted_after_it(
    bought: Order, archive: FileArchive
) -> None:
    drafted = draft_contract(order=bought.code, store_url=STORE, now=NOON)
    issued = issue_contract(
        number=drafted.number, renderer=InkRenderer(), archive=archive, now=NOON
    )
    mark_viewed(number=issued.number, actor="guest", now=NOON)
    amend(bought, choices=list(LOUD))
    with pytest.raises(Exception, match="does not stand by"):
        accept(number=issued.number, pdf_sha256=issued.pdf_sha256, actor="guest", now=NOON)
    assert contract(issued.number).state is State.VIEWED


def test_after_the_lock_the_accepted_contract_stays_and_is_supplemented(
    bought: Order, archive: FileArchive
) -> None:
    old = accepted(bought, archive)
    Order.objects.filter(pk=bought.pk).update(state=OrderState.LOCKED)
    amend(bought, choices=list(LOUD))
    assert redraft_contract(order=bought.code, store_url=STORE, now=NOON) is None
    assert contract(old.number).state is State.ACCEPTED
    assert bought.contract_number == old.number
