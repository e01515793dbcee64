"""The facts of an exception as words and links: order, payment, payout, bank line, call, message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from checkout.models import (
    BankLine,
    MoneyException,
    Order,
    Payment,
    PaymentOperation,
    VendorDispute,
    VendorMove,
    VendorPayout,
    WebhookMessage,
)
from cms.desks.pages import page_of
from cms.words import said
from kernel.money import Money, shown


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: what it is, its value in words, and where it leads."""

    label: Any
    value: str
    url: str = ""


LABELS: dict[str, Any] = {
    "payment": _("Payment"),
    "payments": _("Payments"),
    "payout": _("Payout"),
    "move": _("Movement at the vendor"),
    "operation": _("Call to the vendor"),
    "dispute": _("Dispute"),
    "message": _("Message"),
    "expected": _("Expected"),
    "found": _("Found"),
    "until": _("Until"),
    "arrives_on": _("Should have arrived"),
    "why": _("Why it was not matched"),
    "before": _("Statement before"),
    "after": _("Statement after"),
    "moves": _("Sum of the movements"),
    "vendor": _("The vendor's balance"),
    "ledger": _("The books"),
    "held": _("Payments, refunds and handovers"),
}
"""What each fact is called; one nobody named is shown by its own name."""
SUMS = frozenset({"expected", "found", "moves", "vendor", "ledger", "held"})


def facts_of(row: MoneyException) -> list[Fact]:
    """Every fact of the exception, its order first, each with its page where there is one."""
    found = []
    if row.order_code:
        found.append(Fact(_("Order"), row.order_code, page_of(Order, row.order_code)))
    if row.kind in {"E12", "E13"}:
        found += _line(row.key)
    for name, value in row.facts.items():
        if value not in ("", None):
            found.append(_fact(name, str(value), row))
    return found


def _line(key: str) -> list[Fact]:
    line = BankLine.objects.filter(key=key).first()
    if line is None:
        return []
    text = " · ".join(p for p in (line.booked_on.isoformat(), shown(line.money), line.payer) if p)
    return [Fact(_("Bank line"), text, reverse("money_line", args=[line.pk]))]


def _fact(name: str, value: str, row: MoneyException) -> Fact:
    label = LABELS.get(name, name)
    if name in SUMS:
        return Fact(label, _sum(value, row.currency))
    if name == "why":
        return Fact(label, said("unmatched", value))
    way = _WAYS.get(name)
    return Fact(
        label, value.replace("T", " ")[:25] if name == "until" else value, way(value) if way else ""
    )


def _sum(value: str, currency: str) -> str:
    """Minor units as money; what is no number is shown as it is."""
    whole = value.removeprefix("-").isdigit()
    return shown(Money(int(value), currency)) if whole and currency else value


def _payment(code: str) -> str:
    return page_of(Payment, code)


def _payout(code: str) -> str:
    known = VendorPayout.objects.filter(code=code).exists()
    return reverse("money_payout", args=[code]) if known else ""


def _move(code: str) -> str:
    move = VendorMove.objects.filter(code=code).select_related("payout").first()
    if move is None:
        return ""
    if move.payment_id:
        return reverse("desk_payment:inspect", args=[move.payment_id])
    return reverse("money_payout", args=[move.payout.code]) if move.payout else ""


def _operation(key: str) -> str:
    payment = PaymentOperation.objects.filter(key=key).values_list("payment_id", flat=True).first()
    return reverse("desk_payment:inspect", args=[payment]) if payment else ""


def _dispute(code: str) -> str:
    payment = VendorDispute.objects.filter(code=code).values_list("payment_id", flat=True).first()
    return reverse("desk_payment:inspect", args=[payment]) if payment else ""


def _message(name: str) -> str:
    """Of a payment vendor's message, named `payment:<vendor>:<its own name>`; other inboxes have no pages."""
    inbox, _, named = name.partition(":")
    event = named.partition(":")[2]
    return page_of(WebhookMessage, event, by="event_id") if inbox == "payment" else ""


_WAYS: dict[str, Callable[[str], str]] = {
    "payment": _payment,
    "payout": _payout,
    "move": _move,
    "operation": _operation,
    "dispute": _dispute,
    "message": _message,
}
