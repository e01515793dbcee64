"""How the CMS calls what an order can be, and what can happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

Words = Mapping[str, Any]
_ = gettext_lazy

ORDER: Words = {
    "awaiting_deposit": _("awaiting deposit"),
    "reserved": _("reserved"),
    "locked": _("locked"),
    "in_production": _("in production"),
    "allocated": _("car allocated"),
    "in_transit": _("in transit"),
    "inspection_ready": _("ready for inspection"),
    "balance_paid": _("balance paid"),
    "handed_over": _("handed over"),
    "expired": _("expired"),
    "cancelled": _("cancelled"),
    "withdrawn": _("withdrawn"),
    "disputed": _("disputed"),
}
PAID: Words = {
    "nothing": _("nothing paid"),
    "deposit": _("deposit paid"),
    "all": _("all paid"),
    "refunded": _("refunded"),
}
ORDER_CONTRACT: Words = {
    "none": _("no contract yet"),
    "issued": _("issued"),
    "accepted": _("accepted"),
    "buyer_signed": _("signed by the buyer"),
    "signed": _("signed"),
    "void": _("void"),
}
DELIVERY: Words = {
    "promised": _("promised"),
    "on_its_way": _("on its way"),
    "ready": _("ready"),
    "done": _("delivered"),
    "to_return": _("to come back"),
    "returned": _("come back"),
}
PURPOSE: Words = {
    "deposit": _("deposit"),
    "balance": pgettext_lazy("money", "balance"),
    "amendment": pgettext_lazy("money", "change of the order"),
}
POLICY: Words = {
    "quoted": _("asked for"),
    "bound": _("bound"),
    "active": _("in force"),
    "cancelled": _("cancelled"),
    "lapsed": _("lapsed"),
}
INSURER_CALL: Words = {
    "quote": _("quote"),
    "bind": _("bind"),
    "vehicle": _("tell the VIN"),
    "cancel": _("cancel"),
}
APPLICATION: Words = {
    "draft": _("on its way to the lender"),
    "sent": _("with the lender"),
    "referred": _("looked at by a person"),
    "approved": _("approved"),
    "counter_offer": _("another offer"),
    "declined": _("declined"),
    "expired": _("expired"),
    "drawn": _("paid out"),
    "cancelled": _("cancelled"),
}
FINANCE_AXIS: Words = {"none": _("none"), "quoted": _("quoted"), **APPLICATION}
INSURANCE_AXIS: Words = {
    "none": _("none"),
    **POLICY,
    "quoted": _("quoted"),
    "proven": _("proven elsewhere"),
}
COMPENSATION: Words = {
    "proposed": _("proposed"),
    "approved": _("approved"),
    "refused": _("refused"),
    "paid": _("paid"),
    "deposit": _("deposit paid back twice"),
    "delay": _("compensation for delay"),
}
INSPECTION: Words = {"fine": _("fine"), "mended": _("mended"), "defect": _("defect")}
TRANSPORT: Words = {
    "planned": _("ordered"),
    "accepted": _("accepted"),
    "in_transit": _("on its way"),
    "arrived": _("arrived"),
    "delivered": _("arrived"),
    "cancelled": _("cancelled"),
    "refused": _("refused"),
    "lost": _("lost"),
}
CARRIER: Words = {"luxing": _("Luxing carriers")}
DIFFERS: Words = {"model": _("model"), "trim": _("trim"), "choices": _("options")}
APPOINTMENT: Words = {
    "slot": _("at the place of handover"),
    "home": _("home delivery"),
    "booked": _("booked"),
    "kept": _("kept"),
}
PRIORITY: Words = {
    "open": _("priority delivery"),
    "kept": _("priority delivery kept"),
    "missed": _("priority delivery missed"),
}
AMENDMENT: Words = {
    "build": _("car"),
    "extras": _("extras"),
    "finance": _("financing"),
    "insurance": _("insurance"),
    "delivery": _("delivery"),
    "address": _("address"),
    "buyer": _("buyer"),
}
ORDER_ACTION: Words = {
    "lock-reminded": _("reminded to lock"),
    "order-locked": _("order locked"),
    "production-started": _("production started"),
    "car-allocated": _("car allocated"),
    "car-named": _("VIN named"),
    "car-built": _("car built"),
    "car-dispatched": _("car dispatched"),
    "car-at-place": _("car on its way"),
    "car-arrived": _("car arrived"),
    "car-inspected": _("inspection passed"),
    "car-defect-found": _("inspection found a defect"),
    "car-ready": _("car made ready"),
    "car-returned": _("car came back"),
    "balance-paid": _("balance paid"),
    "payment-received": _("payment received"),
    "handed-over": _("handed over"),
    "handover-booked": _("handover booked"),
    "handover-given-up": _("handover given up"),
    "promise-changed": _("promise changed"),
    "priority-chosen": _("priority delivery chosen"),
    "priority-given-up": _("priority delivery given up"),
    "priority-kept": _("priority delivery kept"),
    "priority-missed": _("priority delivery missed"),
    "transport-ordered": _("given to a carrier"),
    "transport-cancelled": _("carrier turned round"),
    "delay-compensation": _("compensation for delay"),
    "order-amended": _("order changed"),
    "order-disputed": _("disputed"),
    "order-resumed": _("dispute over"),
    "payment-contested": _("payment contested"),
    "dispute-won": _("dispute won"),
    "dispute-lost": _("dispute lost"),
    "refund-came-back": _("refund came back"),
    "order-withdrawn": _("withdrawn"),
    "finance-draw": _("loan asked to be paid out"),
    "finance-drawn": _("loan paid out"),
    "finance-approved": _("loan approved"),
    "finance-declined": _("loan declined"),
    "finance-sent": _("loan asked for"),
    "finance-cancelled": _("loan application cancelled"),
}
"""What stands in the audit of an order on its way."""
