"""Who is told about what: event -> template, audience, channels, urgency. One row a notice, data only.

Rules and the worked table: docs/rules/notices.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who reads."""

    BUYER = "buyer"
    DESK = "desk"


class Channel(StrEnum):
    """How it reaches them."""

    MAIL = "mail"
    SMS = "sms"


class Urgency(StrEnum):
    """When it may go out at night."""

    ANSWER = "answer"
    """The reader has just done something and waits for it: always at once."""
    URGENT = "urgent"
    """It cannot wait for the morning: always at once."""
    NEAR = "near"
    """At once when the appointment is less than a day away, else calm."""
    CALM = "calm"
    """Never in the quiet hours of the market."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice about the event whose class has the dotted path `event`; `desk` names the desk that reads it.

    `only` limits it to events of which that fact of `storefront.notify.telling` says something. Two rows of one
    template are one notice: whichever event comes first tells it.
    """

    template: str
    event: str
    urgency: Urgency
    channels: tuple[Channel, ...] = (Channel.MAIL,)
    audience: Audience = Audience.BUYER
    desk: str = ""
    only: str = ""


_BOTH = (Channel.MAIL, Channel.SMS)
_ANSWER, _URGENT, _NEAR, _CALM = Urgency.ANSWER, Urgency.URGENT, Urgency.NEAR, Urgency.CALM


def _desk(template: str, event: str, desk: str, only: str = "") -> Notice:
    return Notice(template, event, _ANSWER, audience=Audience.DESK, desk=desk, only=only)


NOTICES: tuple[Notice, ...] = (
    Notice("order_placed", "checkout.events.OrderPlaced", _ANSWER),
    Notice("deposit_paid", "checkout.events.DepositPaid", _ANSWER),
    Notice("contract_ready", "contracts.events.ContractIssued", _ANSWER),
    Notice("contract_reminder", "contracts.events.ContractReminded", _CALM),
    Notice("contract_signed", "contracts.events.ContractSigned", _ANSWER),
    Notice("contract_expired", "contracts.events.ContractExpired", _CALM),
    Notice("payment_failed", "checkout.events.PaymentFailed", _URGENT, _BOTH),
    Notice("order_expired", "checkout.events.OrderExpired", _ANSWER),
    Notice("lock_reminder", "checkout.events.LockReminded", _CALM),
    Notice("order_locked", "checkout.events.OrderLocked", _ANSWER),
    Notice("order_amended", "checkout.events.OrderAmended", _ANSWER),
    Notice("promise_changed", "checkout.events.PromiseChanged", _CALM),
    Notice("stage_reached", "checkout.events.OrderMoved", _CALM, only="stage"),
    Notice("stage_reached", "checkout.events.DeliveryStageReached", _CALM, only="stage"),
    Notice("balance_due", "checkout.events.BalanceDue", _CALM),
    Notice("balance_paid", "checkout.events.BalancePaid", _ANSWER),
    Notice("handover_booked", "checkout.events.HandoverBooked", _NEAR, only="booked"),
    Notice("handover_changed", "checkout.events.HandoverBooked", _NEAR, _BOTH, only="changed"),
    Notice("handover_given_up", "checkout.events.HandoverBooked", _NEAR, _BOTH, only="given_up"),
    Notice("handed_over", "checkout.events.OrderHandedOver", _ANSWER),
    Notice("order_cancelled", "checkout.events.OrderCancelled", _ANSWER),
    Notice("withdrawal_receipt", "checkout.events.OrderWithdrawn", _URGENT),
    Notice("refund_planned", "checkout.events.RefundPlanned", _CALM),
    Notice("refund_sent", "checkout.events.RefundSent", _CALM),
    Notice("compensation_proposed", "checkout.events.CompensationProposed", _CALM),
    Notice("order_disputed", "checkout.events.OrderDisputed", _CALM),
    Notice("finance_decided", "checkout.events.FinanceMoved", _CALM, only="decision"),
    Notice("cover_changed", "checkout.events.PolicyMoved", _CALM, only="cover"),
    _desk("desk_new_order", "checkout.events.OrderPlaced", "orders"),
    _desk("desk_cancelled", "checkout.events.OrderCancelled", "orders"),
    _desk("desk_withdrawn", "checkout.events.OrderWithdrawn", "orders"),
    _desk("desk_disputed", "checkout.events.OrderDisputed", "money"),
    _desk("desk_contract_stuck", "contracts.events.ContractStuck", "contracts"),
    _desk("desk_damage", "checkout.events.DamageNoted", "delivery"),
)

REMINDER = Notice("handover_reminder", "checkout.events.HandoverBooked", _URGENT, _BOTH, only="")
"""The day before the appointment, at `storefront.notify.quiet.REMINDED_AT`; planned when it is booked."""

TEMPLATES: tuple[str, ...] = (*dict.fromkeys(row.template for row in NOTICES), REMINDER.template)
EVENTS: tuple[str, ...] = tuple(dict.fromkeys(row.event for row in NOTICES))


def notices_for(event: str) -> tuple[Notice, ...]:
    """The rows of one event, in order."""
    return tuple(row for row in NOTICES if row.event == event)


def row_of(template: str) -> Notice:
    """The row of a template; raises KeyError."""
    found = next((row for row in (*NOTICES, REMINDER) if row.template == template), None)
    if found is None:
        raise KeyError(template)
    return found
