"""What locking an order means, restated before it is done, and when an order may lock by itself (`docs/rules/orders.md`).

The words come from the deposit policy and the order policy that were frozen when the order was placed. The preview holds no
moment: its fingerprint changes only when what would happen changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from checkout.domain.amounts import Json, money_of
from checkout.domain.deposit import LEGAL
from checkout.domain.guards import AGREED
from checkout.domain.order import Contract, State
from checkout.domain.order_policy import Locking, OrderPolicy, order_policy
from kernel.money import shown
from kernel.text import Text

LOCKED = "order-locked"
"""The event of the deposit policy that begins the stage after the lock."""


def frozen_policy(document: Mapping[str, Any], currency: str) -> OrderPolicy | None:
    """The order policy frozen in an order's document; None in an order that was placed before there was one."""
    row = document.get("order_policy")
    return order_policy(row, currency) if row else None


def stage_after_lock(deposit: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The stage of the frozen deposit that locking begins; None where the policy knows none."""
    stages: list[Mapping[str, Any]] = deposit.get("stages", [])
    return next((stage for stage in stages if stage["from"] == LOCKED), None)


def cooling_off(document: Mapping[str, Any]) -> timedelta:
    """How long after the lock the buyer may still cancel for nothing; zero where the policy gives no such hours."""
    stage = stage_after_lock(document["deposit"])
    return timedelta(hours=int(stage["cooling_off_hours"]) if stage else 0)


def reminder_due_at(locking: Locking, reserved_at: datetime) -> datetime:
    """From when on the buyer of an order reserved at that moment is to be reminded."""
    return reserved_at + locking.remind_after


def locks_at(locking: Locking, reminded_at: datetime | None) -> datetime | None:
    """From when on the order locks by itself: only after a reminder was sent, and never where the policy does not say so."""
    if reminded_at is None or locking.automatic_after is None:
        return None
    return reminded_at + locking.automatic_after


def deadline_of(
    *,
    state: State,
    contract: Contract,
    expires_at: datetime | None,
    locks_at: datetime | None,
) -> datetime | None:
    """Until when the buyer's next step is awaited; None where nothing happens by itself.

    The deposit is awaited until `expires_at`; a reserved order with an accepted contract is the buyer's to lock until
    `locks_at`, when it locks by itself (`locks_at`).
    """
    if state is State.AWAITING_DEPOSIT:
        return expires_at
    if state is State.RESERVED and contract in AGREED:
        return locks_at
    return None


def lock_preview(
    *,
    order: str,
    document: Mapping[str, Any],
    contract: str,
    contract_state: str,
    vin: str,
    currency: str,
) -> Json:
    """What the buyer agrees to by locking, in both languages: the deposit's kind before and after, the refund table, what
    can still change and for what fee, and every sentence of it."""
    deposit, policy = document["deposit"], frozen_policy(document, currency)
    after = stage_after_lock(deposit)
    hours = int(after["cooling_off_hours"]) if after else 0
    return {
        "order": order,
        "car": document["car"]["names"]["title"],
        "price": document["price_sheet"]["total"],
        "contract": {"number": contract, "state": contract_state},
        "deposit": {
            "amount": deposit["amount"],
            "legal_amount": deposit["legal_amount"],
            "cap": deposit["cap"],
            "policy": deposit["policy"],
            "kind": deposit["kind"],
            "kind_name": deposit["kind_name"],
            "kind_after": after["kind"] if after else deposit["kind"],
            "kind_name_after": after["kind_name"] if after else deposit["kind_name"],
        },
        "cooling_off_hours": hours,
        "refunds": deposit["in_words"],
        "clauses": [
            {"code": code, "text": dict(text)}
            for code, text in _clauses(document, policy, after, vin=vin)
        ],
    }


def _clauses(
    document: Mapping[str, Any],
    policy: OrderPolicy | None,
    after: Mapping[str, Any] | None,
    *,
    vin: str,
) -> Iterable[tuple[str, Text]]:
    deposit = document["deposit"]
    yield "build", _build_words(vin)
    yield "deposit", _deposit_words(deposit, after)
    if after is not None:
        yield from _after_words(deposit, after)
    if policy is not None:
        yield "changes", _change_words(policy)
    yield (
        "balance",
        {
            "zh-hans": "锁单不收取任何费用；车辆可供验收之前，我们不会要求您支付尾款。",
            "en": "Locking costs nothing; we ask for the balance only when the car is ready for your inspection.",
        },
    )
    if not vin:
        yield (
            "delivery",
            {
                "zh-hans": "交付时间从锁单之日算起：晚一天锁单，交付顺延一天。",
                "en": "Delivery is counted from the day you lock: a day later locked is a day later delivered.",
            },
        )
    for clause in document["terms"]["clauses"]:
        if clause["code"].startswith("remark-"):
            yield clause["code"], clause["text"]


def _build_words(vin: str) -> Text:
    if vin:
        return {
            "zh-hans": f"锁单后，我们为您备好车辆 {vin}。",
            "en": f"Once you lock, we prepare car {vin} for you.",
        }
    return {
        "zh-hans": "锁单后，我们按您的配置安排生产。",
        "en": "Once you lock, we build the car as you configured it.",
    }


def _deposit_words(deposit: Mapping[str, Any], after: Mapping[str, Any] | None) -> Text:
    amount = shown(money_of(deposit["amount"]))
    was = deposit["kind_name"]
    if after is None or after["kind"] == deposit["kind"]:
        return {
            "zh-hans": f"已付的 {amount} 仍是{was['zh-hans']}。",
            "en": f"The {amount} that you paid stay a {was['en']}.",
        }
    new, legal = after["kind_name"], money_of(deposit["legal_amount"])
    if after["kind"] == LEGAL and legal != money_of(deposit["amount"]):
        part = shown(legal)
        return {
            "zh-hans": f"已付 {amount} 中的 {part} 由{was['zh-hans']}变为{new['zh-hans']}，其余仍可退还。",
            "en": f"Of the {amount} that you paid, {part} turn from a {was['en']} into a {new['en']}; the rest always "
            "goes back.",
        }
    return {
        "zh-hans": f"已付的 {amount} 由{was['zh-hans']}变为{new['zh-hans']}。",
        "en": f"The {amount} that you paid turn from a {was['en']} into a {new['en']}.",
    }


def _after_words(
    deposit: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterable[tuple[str, Text]]:
    all_of_it, back = shown(money_of(deposit["amount"])), shown(money_of(after["amount"]))
    hours = int(after["cooling_off_hours"])
    if hours:
        yield (
            "cooling-off",
            {
                "zh-hans": f"锁单后 {hours} 小时内取消，{all_of_it} 全额退还；之后取消，退还 {back}。",
                "en": f"If you cancel within {hours} hours of locking, all {all_of_it} come back; after that, {back}.",
            },
        )
    else:
        yield (
            "cancel",
            {
                "zh-hans": f"锁单后您取消，退还 {back}。",
                "en": f"If you cancel after locking, {back} come back.",
            },
        )
    breach = shown(money_of(after["seller_breach_amount"]))
    yield (
        "breach",
        {
            "zh-hans": f"如果是我们做不到，向您支付 {breach}。",
            "en": f"If it is us who fail, we pay you {breach}.",
        },
    )


def _change_words(policy: OrderPolicy) -> Text:
    changes = policy.changes_in(State.LOCKED)
    if changes is None:
        return {"zh-hans": "锁单后配置不能再改。", "en": "After locking, nothing can be changed."}
    if not changes.fee:
        return {
            "zh-hans": "锁单后仍可更改，不收更改费。",
            "en": "You can still make changes after locking, without a fee.",
        }
    fee = shown(changes.fee)
    return {
        "zh-hans": f"锁单后、排产前仍可更改，每次收取 {fee}。",
        "en": f"Until production begins you can still make changes, for {fee} each.",
    }
