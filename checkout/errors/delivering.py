"""Refusals on a car's way to its buyer: promises, stages, inspection, appointments, priority, carriers."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


class DeliveryError(CheckoutError):
    """The delivery of an order cannot go on as asked."""

    code = "delivery-error"


class BadPromise(DeliveryError):
    """The new range of days cannot be promised; facts: `order`, `reason` (range, past, length, unknown-reason)."""

    code = "bad-promise"


class StageNotPossible(DeliveryError):
    """The car cannot reach this stage now; facts: `order`, `state`, `stage`, `stages` that are possible."""

    code = "delivery-stage-not-possible"


class BadInspection(DeliveryError):
    """The report of the inspection is incomplete or wrong; facts: `errors` = [{field, message}]."""

    code = "bad-inspection"


class UnknownInspection(DeliveryError):
    """The order has no inspection or photo of that number; facts: `order`."""

    code = "unknown-inspection"


class AppointmentNotPossible(DeliveryError):
    """No handover can be booked, moved or given up now; facts: `order`, `reason`, `state`, `text`."""

    code = "appointment-not-possible"


class SlotTaken(DeliveryError):
    """Somebody else has it, or it is not offered; facts: `order`, `asked`, `free` = the next free ones."""

    code = "slot-taken"


class BadHandover(DeliveryError):
    """A wish, an address or the handover's report cannot be read; facts: `errors` = [{field, message}]."""

    code = "bad-handover"


class PriorityNotPossible(DeliveryError):
    """Priority delivery cannot be chosen or given up now; facts: `order`, `reason` (state, not-offered, full)."""

    code = "priority-not-possible"


class TransportNotPossible(DeliveryError):
    """The car cannot be given to a carrier now; facts: `order`, `reason` (state, under-way, carrier, none)."""

    code = "transport-not-possible"


class CarrierError(DeliveryError):
    """What a carrier's door may raise; facts: `carrier` and its own `reason` where it gave one."""

    code = "carrier-error"


class CarrierUnavailable(CarrierError):
    """The carrier did not answer; whether it acted is not known and is found out later."""

    code = "carrier-unavailable"


class CarrierRefused(CarrierError):
    """The carrier will not do this, for good; nothing happened there."""

    code = "carrier-refused"
