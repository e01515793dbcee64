"""The shop compared with its vendor, object by object: read from the vendor's own lists, not through the shop's doors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from checkout.models import LedgerEntry, LedgerLeg, Payment, PaymentOperation, WebhookMessage
from tests.factories.gateways import StripeDriver

BALANCE = "1100"


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not tie out; everything is empty or zero where all does."""

    ledger_minus_vendor: dict[str, int]
    unposted: tuple[str, ...]
    posted_for_nothing: tuple[str, ...]
    double_charges: tuple[str, ...]
    double_refunds: tuple[str, ...]
    states: tuple[str, ...]
    hostile: int

    @property
    def minor(self) -> int:
        """The difference of all currencies, without regard to sign."""
        return sum(abs(minor) for minor in self.ledger_minus_vendor.values())

    @property
    def none(self) -> bool:
        """Whether everything ties out."""
        found = (self.unposted, self.posted_for_nothing, self.double_charges, self.double_refunds)
        return not (self.minor or any(found) or self.states or self.hostile)


def compare(driver: StripeDriver, currencies: tuple[str, ...]) -> Difference:
    """Everything of the vendor's account against everything of this database."""
    intents, refunds = driver.listed("payment_intents"), driver.listed("refunds")
    given = _given_back(refunds)
    unposted, extra = _postings(driver)
    return Difference(
        ledger_minus_vendor={
            currency: _books(currency) - driver.balance(currency) for currency in currencies
        },
        unposted=unposted,
        posted_for_nothing=extra,
        double_charges=_double_charges(intents, given),
        double_refunds=_double_refunds(refunds),
        states=tuple(_states(intents, given)),
        hostile=WebhookMessage.objects.filter(event_id__contains="hostile").count(),
    )


def _books(currency: str) -> int:
    legs = LedgerLeg.objects.filter(account=BALANCE, currency=currency)
    return sum(legs.values_list("amount", flat=True))


def _postings(driver: StripeDriver) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Movements at the vendor without an entry, and entries without a movement."""
    booked = {f"bt:{move['id']}" for move in driver.listed("balance_transactions")}
    keys = set(LedgerEntry.objects.filter(key__startswith="bt:").values_list("key", flat=True))
    return tuple(sorted(booked - keys)), tuple(sorted(keys - booked))


def _given_back(refunds: list[dict[str, Any]]) -> Counter[str]:
    """By payment, what the vendor gave back and did not fail to."""
    sums: Counter[str] = Counter()
    for refund in refunds:
        if refund["status"] in {"succeeded", "pending"}:
            sums[refund["payment_intent"]] += refund["amount"]
    return sums


def _double_charges(intents: list[dict[str, Any]], given: Counter[str]) -> tuple[str, ...]:
    """Orders that were charged more than once for one purpose, and did not have all but one back."""
    paid: Counter[str] = Counter()
    for intent in intents:
        if intent["status"] == "succeeded" and given[intent["id"]] < intent["amount"]:
            paid[f"{intent['metadata']['order']}:{intent['metadata']['purpose']}"] += 1
    references = Counter(intent["metadata"]["payment"] for intent in intents)
    twice = [name for name, times in (paid + references).items() if times > 1]
    return tuple(sorted(twice))


def _double_refunds(refunds: list[dict[str, Any]]) -> tuple[str, ...]:
    """Operations that the vendor carried out more than once, and refunds that are nobody's operation."""
    made = Counter((refund.get("metadata") or {}).get("operation", "") for refund in refunds)
    ours = set(
        PaymentOperation.objects.filter(kind="refund", state="done").values_list("key", flat=True)
    )
    return tuple(sorted(key for key, times in made.items() if times > 1 or key not in ours))


def _states(intents: list[dict[str, Any]], given: Counter[str]) -> list[str]:
    """Payments that the shop sees otherwise than the vendor, and those that only one of the two knows."""
    rows = {row.provider_id: row for row in Payment.objects.exclude(provider_id=None)}
    found = [f"{name}: only ours" for name in rows if name not in {i["id"] for i in intents}]
    for intent in intents:
        row = rows.get(intent["id"])
        ours = (row.state, row.refunded) if row else None
        theirs = (_state(intent, given), given[intent["id"]])
        if ours != theirs:
            found.append(f"{intent['id']}: {ours} is {theirs}")
    return found


def _state(intent: dict[str, Any], given: Counter[str]) -> str:
    status = intent["status"]
    if status == "succeeded":
        return "refunded" if given[intent["id"]] == intent["amount"] else "succeeded"
    if status == "requires_payment_method":
        return "failed" if intent.get("last_payment_error") else "requires_action"
    return str(status)
