"""Refusals of a move in plain words: what is true now, in the language of the desk."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.errors import CatalogError
from checkout.errors import CheckoutError
from cms.desks.orders.standing import Standing
from cms.words import language, said
from kernel.text import pick

WORDS: dict[str, Any] = {
    "order-state-conflict": _("This move is not possible from where the order stands."),
    "stale-preview": _("What was shown is not true any more. Look at it again."),
    "bad-vin": _("This is no VIN: 17 characters, without I, O and Q, and with a right check digit."),
    "vehicle-not-available": _("This car is not free: another order or quote holds it."),
    "not-the-holder": _("This car is held for somebody else."),
    "unknown-vehicle": _("There is no car of this VIN in stock."),
    "bad-promise": _("This range cannot be promised: a day is over, too far, or the range too long."),
    "delivery-stage-not-possible": _("The car cannot reach this stage now."),
    "bad-inspection": _("The report of the inspection is incomplete or a picture cannot be kept."),
    "bad-handover": _("The wishes, the address or the report cannot be read."),
    "slot-taken": _("Somebody else has this time. Choose one of those that are free."),
    "transport-not-possible": _("The car cannot be given to a carrier now."),
    "carrier-refused": _("The carrier refused."),
    "carrier-unavailable": _("The carrier does not answer; it is asked again by itself."),
    "lender-refused": _("The lender refused."),
    "lender-unavailable": _("The lender does not answer; it is asked again by itself."),
    "application-state-conflict": _("The loan is not approved any more, or was paid out before."),
    "application-not-possible": _("The lender cannot be reached from here."),
    "unknown-application": _("This order has no application for a loan."),
    "compulsory-cover-missing": _("No key without the compulsory cover for this car and day."),
    "compensation-conflict": _("It was decided before, or you proposed it yourself: a second person decides."),
    "unknown-compensation": _("There is no such compensation."),
    "priority-not-possible": _("Priority delivery cannot be chosen or given up now."),
    "no-order-policy": _("This order was placed before there were order policies."),
    "withdrawal-not-possible": _("There is no right to withdraw, or none any more."),
    "statement-expired": _("The declaration waited for more than 30 minutes. Begin again."),
    "not-our-statement": _("The declaration is not the one that was shown. Begin again."),
    "no-calendar": _("No calendar of holidays says the deadline of this year; load it first."),
    "nothing-to-return": _("No car of this order is to come back."),
    "not-late-enough": _("The car is not so late that the order can be ended for it."),
    "bad-reason": _("This reason is not offered."),
}  # fmt: skip
"""What each refusal means to the desk, by its code."""


def in_words(error: CheckoutError | CatalogError, on: Standing) -> list[str]:
    """The refusal, everything that is missing, and where the order stands now."""
    own = error.facts.get("text")
    first = pick(own, language()) if own else str(WORDS.get(error.code, "")) or error.message
    missing = [pick(each["text"], language()) for each in error.facts.get("missing", ())]
    return [first, *missing, *_reason(error), stands(on)]


def stands(on: Standing) -> str:
    """Where the order stands now, in one sentence."""
    return gettext("The order is now: %(state)s.") % {"state": said("order", on.row.state)}


def _reason(error: CheckoutError | CatalogError) -> list[str]:
    """What a refusal adds: how the car in stock differs, why the cover does not do."""
    differs = error.facts.get("differs")
    if not differs:
        return []
    names = [said("differs", name) for name in differs]
    return [gettext("The car differs in: %(names)s.") % {"names": gettext(", ").join(names)}]
