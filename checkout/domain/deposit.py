"""The deposit by stage: which kind it is in law, what comes back, and in words (`docs/rules/deposits.md`).

Mainland China knows two: 订金, an advance that goes back, and 定金, a legal deposit that is lost by the buyer's
breach and doubled by the seller's, up to 20 per cent of the price (Civil Code, articles 586 and 587). What is
above the cap stays an advance, whatever the stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from checkout.errors import NoDepositPolicy
from kernel.money import Money
from kernel.text import Text

LEGAL = "dingjin-legal"

KINDS: Mapping[str, Text] = {
    "dingjin-refundable": {"zh-hans": "订金", "en": "refundable advance"},
    LEGAL: {"zh-hans": "定金", "en": "legal deposit"},
    "advance": {"zh-hans": "预付款", "en": "advance payment"},
}
"""The kind of a deposit in words; the words are never mixed."""

MOMENTS = (
    "order-placed",
    "order-locked",
    "in-production",
    "inspection-ready",
    "handover",
    "handover+14d",
)
"""What happens to an order, in this order: a stage lies between two of them."""

REFUND_DAYS = 7
"""Working days within which a refund is sent where the policy names none."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What holds from one event of the order to the next."""

    code: str
    kind: str
    starts: str
    ends: str
    refundable_share: Decimal
    seller_breach_factor: Decimal
    cooling_off_hours: int
    text: Text


@dataclass(frozen=True, slots=True)
class Policy:
    """A market's deposit policy, valid from a day on; `amounts` in minor units by model."""

    code: str
    market: str
    currency: str
    valid_from: date
    amounts: Mapping[str, int]
    cap_share: Decimal | None
    cap_text: Text | None
    stages: tuple[Stage, ...]
    remarks: tuple[Text, ...]
    """Further words of the policy, such as a right of withdrawal."""
    refund_days: int

    @property
    def cooling_off_hours(self) -> int:
        """The hours after the lock in which cancelling costs nothing; 0 where the policy grants none."""
        return max((stage.cooling_off_hours for stage in self.stages), default=0)

    def stage_at(self, moment: str) -> Stage:
        """The stage that holds from `moment`, a word of MOMENTS, on; raises NoDepositPolicy."""
        at = MOMENTS.index(moment)
        for stage in self.stages:
            if MOMENTS.index(stage.starts) <= at < MOMENTS.index(stage.ends):
                return stage
        raise NoDepositPolicy(
            f"deposit policy {self.code} says nothing of the time from {moment} on",
            facts={"market": self.market, "policy": self.code, "moment": moment},
        )

    def amount_for(self, model: str) -> Money:
        """The deposit for a model; raises NoDepositPolicy."""
        if model not in self.amounts:
            raise NoDepositPolicy(
                f"deposit policy {self.code} names no amount for {model}",
                facts={"market": self.market, "policy": self.code, "model": model},
            )
        return Money(self.amounts[model], self.currency)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A policy at work on one car: `legal` is the part that can become 定金, the rest always goes back."""

    policy: Policy
    amount: Money
    legal: Money
    cap: Money | None

    @property
    def kind(self) -> str:
        """The kind when it is paid, that is in the first stage."""
        return self.policy.stages[0].kind

    def returned(self, stage: Stage, *, cooling_off: bool = False) -> Money:
        """What the buyer gets back on cancelling in `stage`; all of it in the cooling-off hours after the lock.

        These run from the lock whatever stage the seller has reached meanwhile.
        """
        if cooling_off and self.policy.cooling_off_hours:
            return self.amount
        if stage.kind != LEGAL:
            return self.amount.times(stage.refundable_share)
        return self.legal.times(stage.refundable_share) + (self.amount - self.legal)

    def on_breach(self, stage: Stage) -> Money:
        """What the seller pays on failing in `stage`: the legal part by the factor, the rest once."""
        return self.legal.times(stage.seller_breach_factor) + (self.amount - self.legal)


def deposit_for(*, policy: Policy, model: str, price: Money, paid: Money | None = None) -> Deposit:
    """The deposit on a car of `price`; the cap is rounded down, in the buyer's favour.

    What was `paid` for an order stays its deposit, whatever the car becomes; only the cap follows the price.
    """
    amount = policy.amount_for(model) if paid is None else paid
    if policy.cap_share is None:
        return Deposit(policy, amount, amount, None)
    cap = Money(int(price.minor * policy.cap_share), price.currency)
    return Deposit(policy, amount, min(amount, cap), cap)


def policy_in_force(
    *, policies: Sequence[Mapping[str, Any]], market: str, currency: str, day: date
) -> Policy:
    """The latest policy of `market` that is valid on `day`; raises NoDepositPolicy."""
    valid = [
        row
        for row in policies
        if row["market"] == market and date.fromisoformat(str(row["valid_from"])) <= day
    ]
    if not valid:
        raise NoDepositPolicy(
            f"no deposit policy is in force in {market} on {day}",
            facts={"market": market, "day": day.isoformat()},
        )
    return _policy(max(valid, key=lambda row: str(row["valid_from"])), currency)


def _policy(row: Mapping[str, Any], currency: str) -> Policy:
    cap = row.get("legal_cap") or {}
    withdrawal = row.get("withdrawal") or {}
    remarks = (withdrawal.get("text"), row.get("note"))
    return Policy(
        code=row["code"],
        market=row["market"],
        currency=currency,
        valid_from=date.fromisoformat(str(row["valid_from"])),
        amounts=dict(row["amounts"]),
        cap_share=Decimal(str(cap["share_of_price"])) if cap else None,
        cap_text=cap.get("text"),
        stages=tuple(_stage(stage) for stage in row["stages"]),
        remarks=tuple(text for text in remarks if text),
        refund_days=int(row.get("refund_days") or REFUND_DAYS),
    )


def _stage(row: Mapping[str, Any]) -> Stage:
    return Stage(
        code=row["code"],
        kind=row["kind"],
        starts=row["from"],
        ends=row["until"],
        refundable_share=Decimal(str(row["refundable_share"])),
        seller_breach_factor=Decimal(str(row["seller_breach_factor"])),
        cooling_off_hours=int(row.get("cooling_off_hours") or 0),
        text=row["text"],
    )


def deposit_in(row: Mapping[str, Any], *, market: str) -> Deposit:
    """The deposit as an order's document froze it (`deposit_json`); raises KeyError, ValueError on a bad row."""
    amount, cap = _money_in(row["amount"]), row.get("cap") or {}
    policy = Policy(
        code=row["policy"],
        market=market,
        currency=amount.currency,
        valid_from=date.fromisoformat(row["policy_valid_from"]),
        amounts={},
        cap_share=Decimal(str(cap["share"])) if cap else None,
        cap_text=cap.get("text"),
        stages=tuple(_stage(stage) for stage in row["stages"]),
        remarks=(),
        refund_days=int(row.get("refund_days") or REFUND_DAYS),
    )
    legal = _money_in(row["legal_amount"])
    return Deposit(policy, amount, legal, _money_in(cap["amount"]) if cap else None)


def _money_in(row: Mapping[str, Any]) -> Money:
    return Money(row["amount"], row["currency"])
