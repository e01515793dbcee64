"""How one order stands for the person who looks at it: what every move of the desk asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from checkout.domain.guards import AGREED
from checkout.domain.order import Contract, Move, moves_from
from checkout.domain.order import State as OrderState
from checkout.models import Appointment, Compensation, FinanceApplication, Order
from checkout.queries.delivery import delivery_of
from checkout.queries.delivery_facts import DeliveryPage
from checkout.queries.order_facts import OrderFacts
from checkout.queries.orders import order as order_facts
from kernel.text import fingerprint


@dataclass(frozen=True, slots=True)
class Standing:
    """An order, its delivery, its loan and its open compensations, and who looks; `seen` changes with what a move asks."""

    row: Order
    facts: OrderFacts
    delivery: DeliveryPage
    loan: FinanceApplication | None
    proposed: tuple[Compensation, ...]
    booked: bool
    under_way: bool
    actor: str
    may: Callable[[str], bool]
    now: datetime

    @property
    def code(self) -> str:
        """The order's code."""
        return str(self.row.code)

    @property
    def state(self) -> OrderState:
        """Where the order stands."""
        return OrderState(self.row.state)

    @property
    def agreed(self) -> bool:
        """Whether the contract binds both sides."""
        return Contract(self.row.contract_state) in AGREED

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the order's market."""
        return ZoneInfo(self.row.document["market"]["timezone"])

    @property
    def seen(self) -> str:
        """A fingerprint of what moves ask: it differs once the order has moved on."""
        return fingerprint(
            {
                "state": str(self.row.state),
                "before": str(self.row.state_before_dispute),
                "axes": [
                    str(self.row.contract_state),
                    str(self.row.delivery_state),
                    str(self.row.finance_state),
                ],
                "vin": str(self.row.vin),
                "promises": len(self.delivery.promises),
                "inspections": len(self.delivery.inspections),
                "booked": str(self.delivery.appointment and self.delivery.appointment.starts_at),
                "under_way": self.under_way,
                "proposed": [each.number for each in self.proposed],
            }
        )

    def allows(self, move: Move) -> bool:
        """Whether the table of moves has it from here; what the axes say is asked when it is made."""
        return move in moves_from(self.state)


def standing_of(row: Order, *, actor: str, may: Callable[[str], bool], now: datetime) -> Standing:
    """The order of a row for that person; `may` answers for a permission."""
    return Standing(
        row=row,
        facts=order_facts(row.code, now),
        delivery=delivery_of(order=row.code, now=now),
        loan=row.finance_applications.order_by("-pk").first(),
        proposed=tuple(row.compensations.filter(state=Compensation.State.PROPOSED)),
        booked=row.appointments.filter(state=Appointment.State.BOOKED).exists(),
        under_way=row.transports.filter(ended_at=None).exists(),
        actor=actor,
        may=may,
        now=now,
    )
