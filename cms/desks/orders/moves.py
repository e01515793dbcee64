"""The moves of the order desk as one table: who may, when they are offered, what will happen, what is asked.

Offered is what the order's state lets expect; the services ask again, under the order's lock, and their word counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from checkout.domain.delivery_stages import Stage, possible
from checkout.domain.order import Delivery, Finance, Move, State
from checkout.domain.priority import CHOICE_STATES
from checkout.queries.handover_slots import BOOKABLE
from cms.desks.orders import doing
from cms.desks.orders.forms import (
    BuyerEndForm,
    CarForm,
    DecisionForm,
    MoveForm,
    PromiseForm,
    ReasonForm,
    RefusalForm,
    SellerEndForm,
    StageForm,
    WithdrawForm,
    stages_to_say,
)
from cms.desks.orders.forms_delivery import (
    AppointmentForm,
    CarrierForm,
    HandoverForm,
    InspectionForm,
)
from cms.desks.orders.standing import Standing

MOVE = "checkout.change_order"
"""Who may move orders."""
DECIDE = "checkout.change_compensation"
"""Who may decide about a compensation that somebody else proposed."""
PROMISED = frozenset(
    {
        State.RESERVED,
        State.LOCKED,
        State.IN_PRODUCTION,
        State.ALLOCATED,
        State.IN_TRANSIT,
        State.INSPECTION_READY,
        State.BALANCE_PAID,
    }
)


@dataclass(frozen=True, slots=True)
class DeskMove:
    """One move: `offered` says when; with a `preview` nothing is done before it was shown."""

    code: str
    name: Any
    what: tuple[Any, ...]
    offered: Callable[[Standing], bool]
    do: Callable[[Standing, Mapping[str, Any]], bool | None]
    form: type[MoveForm] = MoveForm
    permission: str = MOVE
    preview: Callable[[Standing, Mapping[str, Any]], Mapping[str, Any]] | None = None
    grave: bool = False


def _table(move: Move) -> Callable[[Standing], bool]:
    return lambda on: on.allows(move)


def _no_car_yet(on: Standing) -> bool:
    return on.state in {State.IN_PRODUCTION, State.IN_TRANSIT} and not on.row.vin


def _can_leave(on: Standing) -> bool:
    return Stage.DEPARTED in possible(on.state) and not on.under_way


def _can_be_inspected(on: Standing) -> bool:
    return Stage.INSPECTED in possible(on.state)


def _someone_elses(on: Standing) -> bool:
    return any(each.proposed_by != on.actor for each in on.proposed)


def _priority(on: Standing) -> bool:
    return on.delivery.priority is not None and on.delivery.priority.possible


def _priority_chosen(on: Standing) -> bool:
    found = on.delivery.priority
    return found is not None and found.chosen and on.state in CHOICE_STATES


_ALL = (
    DeskMove(
        "remind",
        _("Remind to lock"),
        (
            _("The buyer is sent the reminder to lock, once, if it is due by the order's policy."),
            _("Where the policy locks by itself, its days run from the moment it was sent."),
        ),
        lambda on: on.state is State.RESERVED and on.agreed and on.row.reminded_at is None,
        doing.remind,
    ),
    DeskMove(
        "start-production",
        _("Start production"),
        (
            _("The factory begins to build the car; the buyer is told."),
            _("What a cancellation costs follows the stage of production from now on."),
        ),
        lambda on: on.allows(Move.START_PRODUCTION) and not on.row.vin,
        doing.start_production,
    ),
    DeskMove(
        "allocate",
        _("Allocate a car"),
        (
            _("The car belongs to this order from now on and is held for it in stock."),
            _("The insurer of the order is told the VIN."),
        ),
        _table(Move.ALLOCATE),
        doing.allocate,
        CarForm,
    ),
    DeskMove(
        "name-car",
        _("Name the car's VIN"),
        (
            _("The car that is built for this order gets its VIN; it cannot be changed here."),
            _("The insurer of the order is told the VIN."),
        ),
        _no_car_yet,
        doing.name_car,
        CarForm,
    ),
    DeskMove(
        "stage",
        _("Say where the car is"),
        (_("The stage stands on the buyer's order page, with its place and moment."),),
        lambda on: bool(stages_to_say(on)),
        doing.stage,
        StageForm,
    ),
    DeskMove(
        "dispatch",
        _("Dispatch"),
        (_("The car leaves for the place of handover; the buyer is told."),),
        lambda on: on.allows(Move.DISPATCH) and not on.under_way,
        doing.dispatch,
    ),
    DeskMove(
        "transport",
        _("Give to a carrier"),
        (
            _("The carrier is asked to bring the car to the place of handover."),
            _("Its messages move the stages by themselves, and a late day changes the promise."),
        ),
        _can_leave,
        doing.transport,
        CarrierForm,
    ),
    DeskMove(
        "turn-round",
        _("Have the carrier turn round"),
        (_("The carrier is asked to bring the car back; the order stays where it is."),),
        lambda on: on.under_way,
        doing.turn_round,
        grave=True,
    ),
    DeskMove(
        "inspect",
        _("File the inspection"),
        (
            _("The report is filed for good, with its pictures; the buyer can read it."),
            _("A defect keeps the car from counting as inspected until a new report is filed."),
        ),
        _can_be_inspected,
        doing.inspect,
        InspectionForm,
    ),
    DeskMove(
        "make-ready",
        _("Make ready"),
        (
            _("The car stands ready for the buyer's inspection."),
            _("Only from now on the balance is demanded; the buyer is told what is due."),
        ),
        _table(Move.MAKE_READY),
        doing.make_ready,
    ),
    DeskMove(
        "draw-loan",
        _("Have the loan paid out"),
        (
            _("The lender is asked to pay the approved loan out to us."),
            _("When nothing else is missing, the balance counts as paid."),
        ),
        lambda on: (
            on.row.finance_state == Finance.APPROVED
            and on.state in {State.INSPECTION_READY, State.BALANCE_PAID}
        ),
        doing.draw_loan,
    ),
    DeskMove(
        "pay-balance",
        _("Note the balance as paid"),
        (_("Refused while anything is missing: the buyer's money or the loan."),),
        _table(Move.PAY_BALANCE),
        doing.pay_balance,
    ),
    DeskMove(
        "book",
        _("Book or move the handover"),
        (
            _("The slot is the buyer's; another booking of this order is moved."),
            _("A home delivery's fee is added to what is due with the balance."),
        ),
        lambda on: on.state in BOOKABLE,
        doing.book,
        AppointmentForm,
    ),
    DeskMove(
        "give-up-handover",
        _("Give the booked handover up"),
        (_("The slot is free for others; a fee for it is not owed any more."),),
        lambda on: on.booked,
        doing.give_up,
    ),
    DeskMove(
        "hand-over",
        _("Hand over"),
        (
            _("The buyer has the key: the car is sold in stock and in the books."),
            _("Refused without the compulsory cover for this car and day."),
            _("The report is kept for good and stands on the buyer's order page."),
        ),
        _table(Move.HAND_OVER),
        doing.hand_over,
        HandoverForm,
    ),
    DeskMove(
        "promise",
        _("Change the promise"),
        (
            _(
                "The buyer is told the new range and its reason; the old promise stays in the history."
            ),
            _("Compensation for delay counts from the promise as it stood at the lock."),
        ),
        lambda on: on.state in PROMISED,
        doing.promise,
        PromiseForm,
    ),
    DeskMove(
        "priority",
        _("Choose priority delivery"),
        (_("One of the week's places is taken, the earlier range promised, and its fee added."),),
        _priority,
        doing.choose_priority,
    ),
    DeskMove(
        "give-up-priority",
        _("Give priority delivery up"),
        (_("The place is free, the earlier promise and its fee are gone."),),
        _priority_chosen,
        doing.give_up_priority,
    ),
    DeskMove(
        "dispute",
        _("Mark as disputed"),
        (_("The order rests where it stands until the dispute is over."),),
        _table(Move.DISPUTE),
        doing.dispute,
        ReasonForm,
        grave=True,
    ),
    DeskMove(
        "resume",
        _("Dispute is over"),
        (_("The order goes on where it stood; money that came meanwhile counts now."),),
        _table(Move.RESUME),
        doing.resume,
        ReasonForm,
    ),
    DeskMove(
        "approve",
        _("Approve the compensation"),
        (_("The sum is owed to the buyer from now on, and stands in the books."),),
        _someone_elses,
        doing.approve,
        DecisionForm,
        DECIDE,
    ),
    DeskMove(
        "refuse",
        _("Refuse the compensation"),
        (_("Nothing is owed; the reason stays with the order."),),
        _someone_elses,
        doing.refuse,
        RefusalForm,
        DECIDE,
        grave=True,
    ),
    DeskMove(
        "cancel-for-buyer",
        _("Cancel for the buyer"),
        (_("First the preview says what comes back; nothing is done before it is confirmed."),),
        _table(Move.CANCEL_BY_BUYER),
        doing.end,
        BuyerEndForm,
        preview=doing.preview_end,
        grave=True,
    ),
    DeskMove(
        "cancel",
        _("Cancel as the seller"),
        (
            _("First the preview says what comes back; nothing is done before it is confirmed."),
            _("A breach proposes the market's compensation, which a second person approves."),
        ),
        _table(Move.CANCEL_BY_SELLER),
        doing.end,
        SellerEndForm,
        preview=doing.preview_end,
        grave=True,
    ),
    DeskMove(
        "withdraw",
        _("Withdraw for the buyer"),
        (
            _(
                "For a buyer who withdraws by letter or telephone; the receipt bears today's moment."
            ),
            _("First the declaration is shown; nothing is done before it is confirmed."),
        ),
        _table(Move.WITHDRAW),
        doing.withdraw,
        WithdrawForm,
        preview=doing.preview_withdrawal,
        grave=True,
    ),
    DeskMove(
        "returned",
        _("The car is back"),
        (_("What was held back until the car's return goes back to the buyer now."),),
        lambda on: on.row.delivery_state == Delivery.TO_RETURN,
        doing.returned,
    ),
)
MOVES: Mapping[str, DeskMove] = MappingProxyType({move.code: move for move in _ALL})
"""Every move of the desk by its code, in the order of an order's life."""


def offered(on: Standing) -> list[DeskMove]:
    """The moves that the person may make and that the order's state lets expect."""
    return [move for move in _ALL if on.may(move.permission) and move.offered(on)]
