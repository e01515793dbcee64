"""Ways to pay as data: which a market offers for which purpose, within which sums, and for how long money can go back.

Rows of `payment-methods.yaml` through the release on sale; `docs/rules/payments.md` has the words and worked tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from catalog.domain.payment_methods import BANK_TRANSFER, PURPOSES
from checkout.domain.payments import LARGEST, METHODS
from checkout.errors import MethodLimit, UnknownMethod
from kernel.money import Money, exponent
from kernel.text import Text

BANK = "bank"
"""The provider of payments that no vendor makes: the buyer's bank sends them, finance matches them."""


PURPOSE_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "deposit": {"zh-hans": "订金", "en": "deposit"},
        "balance": {"zh-hans": "尾款", "en": "balance"},
        "amendment": {"zh-hans": "变更补款", "en": "payment for a change"},
    }
)
"""What money of each purpose is called; a deposit by the law of its market where the order says which it is."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a transfer goes; `number` is an IBAN where there is one, `bic` the bank's own code, which may be empty."""

    holder: str
    number: str
    bank: str
    bic: str

    def stored(self) -> dict[str, str]:
        """As JSON, by the names of the fields."""
        return {
            "holder": self.holder,
            "number": self.number,
            "bank": self.bank,
            "bic": self.bic,
        }


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay; `provider` is empty for the shop's main door, `largest` None where only the sum due limits it.

    `refund_days` is None where its vendor gives back without an end. `wait_days` and `account` belong to a transfer.
    """

    code: str
    method: str
    provider: str
    purposes: tuple[str, ...]
    smallest: Money
    largest: Money | None
    refund_days: int | None
    holds: bool
    wait_days: Mapping[str, int]
    name: Text
    text: Text
    account: Account | None

    @property
    def by_transfer(self) -> bool:
        """Whether the buyer's bank moves the money, and no vendor."""
        return self.method == BANK_TRANSFER

    def why_not(self, purpose: str, amount: Money) -> str:
        """Why `amount` cannot be paid this way for `purpose`: `purpose`, `too-small`, `too-large`; empty when it can."""
        if purpose not in self.purposes:
            return "purpose"
        if amount < self.smallest:
            return "too-small"
        return "too-large" if self.largest is not None and self.largest < amount else ""


def methods_in_force(
    rows: Sequence[Mapping[str, Any]], *, market: str, currency: str, day: date
) -> tuple[PaymentMethod, ...]:
    """The ways to pay in `market` on `day`, in the catalogue's order; without any row the vendor's usual three.

    Of each method the latest row that has begun counts. Releases made before ways to pay were data have no row.
    """
    begun: dict[str, Mapping[str, Any]] = {}
    of_market = [row for row in rows if row["market"] == market]
    for row in of_market:
        if row["valid_from"] <= day.isoformat():
            known = begun.get(row["method"])
            if known is None or known["valid_from"] <= row["valid_from"]:
                begun[row["method"]] = row
    if not of_market:
        return tuple(_usual(method, currency) for method in METHODS)
    return tuple(_method(row, currency) for row in of_market if row is begun.get(row["method"]))


def check_method(
    methods: Sequence[PaymentMethod], *, method: str, purpose: str, amount: Money
) -> PaymentMethod:
    """The way to pay of that name if it takes `amount` for `purpose`; raises UnknownMethod, MethodLimit.

    Both name the other ways that take it.
    """
    others = [each.method for each in methods if not each.why_not(purpose, amount)]
    found = next((each for each in methods if each.method == method), None)
    why = "purpose" if found is None else found.why_not(purpose, amount)
    if found is None or why == "purpose":
        raise UnknownMethod(
            f"method: {method!r} is not offered",
            facts={"method": method, "methods": others},
        )
    if why:
        limit = found.smallest if why == "too-small" else found.largest
        raise MethodLimit(
            f"method: {method} takes no {amount}; its limit is {limit}",
            facts={
                "method": method,
                "why": why,
                "amount": {"amount": amount.minor, "currency": amount.currency},
                "limit": {"amount": limit.minor if limit else 0, "currency": amount.currency},
                "methods": others,
            },
        )
    return found


def refundable_until(*, settled_at: datetime, refund_days: int | None) -> datetime | None:
    """The last moment at which the vendor still gives money back; None: without an end.

    Later the seller's bank pays it, with a second person's approval.
    """
    return None if refund_days is None else settled_at + timedelta(days=refund_days)


def _usual(method: str, currency: str) -> PaymentMethod:
    step = Money(10 if exponent(currency) == 3 else 1, currency)
    largest = Money(LARGEST, currency)
    return PaymentMethod(
        method, method, "", PURPOSES, step, largest, None, False, {}, {}, {}, account=None
    )


def _method(row: Mapping[str, Any], currency: str) -> PaymentMethod:
    account, largest = row.get("account"), row.get("largest")
    return PaymentMethod(
        code=row["code"],
        method=row["method"],
        provider=BANK if row["method"] == BANK_TRANSFER else row.get("provider", ""),
        purposes=tuple(row["purposes"]),
        smallest=Money(row.get("smallest", 0), currency),
        largest=None if largest is None else Money(largest, currency),
        refund_days=row.get("refund_days"),
        holds=row.get("holds", False),
        wait_days=row.get("wait_days", {}),
        name=row["name"],
        text=row["text"],
        account=Account(**{"bic": "", **account}) if account else None,
    )
