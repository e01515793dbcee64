"""The deposit policy in words, and the full terms that a buyer accepts before any payment.

Everything is said in both languages from the policy's data, so words and sums cannot part. The version
names the policy and carries the fingerprint of the very words shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checkout.domain.deposit import KINDS, Deposit, Stage
from checkout.domain.order import DEPOSIT_HOLD
from kernel.money import Money, shown
from kernel.text import Text, fingerprint

HOLD_MINUTES = int(DEPOSIT_HOLD.total_seconds()) // 60

EVENTS: dict[str, Text] = {
    "order-placed": {"zh-hans": "下单", "en": "placing the order"},
    "order-locked": {"zh-hans": "锁单", "en": "locking the order"},
    "in-production": {"zh-hans": "排产", "en": "the start of production"},
    "inspection-ready": {"zh-hans": "车辆可供验收", "en": "the car is ready for inspection"},
    "handover": {"zh-hans": "交车", "en": "handover"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the refund table: when, of what kind, what comes back."""

    stages: tuple[str, ...]
    kind: str
    when: Text
    returned: Money
    by: str
    """Who ends the purchase: `buyer`, or `seller` for the seller's own breach."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One paragraph of the terms."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Terms:
    """What is accepted: a title, paragraphs, and the version that the acceptance names."""

    version: str
    title: Text
    clauses: tuple[Clause, ...]


def event_in_words(event: str) -> Text:
    """An event of the order in words; `handover+14d` is fourteen days after handover."""
    name, _, days = event.partition("+")
    words = EVENTS.get(name, {"zh-hans": name, "en": name})
    if not days:
        return words
    count = days.removesuffix("d")
    return {
        "zh-hans": f"{words['zh-hans']}后第 {count} 天",
        "en": f"{count} days after {words['en']}",
    }


def refund_rows(deposit: Deposit) -> tuple[Row, ...]:
    """The refund table in the order of the stages; neighbours with the same answer are one row.

    The last row is the seller's own breach at its dearest, left out where it only returns the deposit.
    """
    rows: list[Row] = []
    for stage in deposit.policy.stages:
        if stage.cooling_off_hours:
            rows.append(_cooling_row(deposit, stage))
        rows.append(_stage_row(deposit, stage))
    merged = _merged(rows)
    dearest = max(deposit.policy.stages, key=lambda stage: deposit.on_breach(stage).minor)
    if deposit.amount < deposit.on_breach(dearest):
        merged.append(_breach_row(deposit, dearest))
    return tuple(merged)


def _stage_row(deposit: Deposit, stage: Stage) -> Row:
    starts, ends = event_in_words(stage.starts), event_in_words(stage.ends)
    if stage.starts == "order-placed":
        when = {"zh-hans": f"{ends['zh-hans']}之前", "en": f"Before {ends['en']}"}
    elif stage.cooling_off_hours:
        hours = stage.cooling_off_hours
        when = {
            "zh-hans": f"{starts['zh-hans']} {hours} 小时后至{ends['zh-hans']}前",
            "en": f"From {hours} hours after {starts['en']} until {ends['en']}",
        }
    else:
        when = {
            "zh-hans": f"{starts['zh-hans']}后至{ends['zh-hans']}前",
            "en": f"From {starts['en']} until {ends['en']}",
        }
    return Row((stage.code,), stage.kind, when, deposit.returned(stage), "buyer")


def _cooling_row(deposit: Deposit, stage: Stage) -> Row:
    starts, hours = event_in_words(stage.starts), stage.cooling_off_hours
    when = {
        "zh-hans": f"{starts['zh-hans']}后 {hours} 小时内",
        "en": f"Within {hours} hours of {starts['en']}",
    }
    return Row((stage.code,), stage.kind, when, deposit.returned(stage, cooling_off=True), "buyer")


def _breach_row(deposit: Deposit, stage: Stage) -> Row:
    when = {"zh-hans": "锁单后，如果是我们做不到", "en": "After the lock, if it is us who fail"}
    return Row((stage.code,), stage.kind, when, deposit.on_breach(stage), "seller")


def _merged(rows: Iterable[Row]) -> list[Row]:
    merged: list[Row] = []
    for row in rows:
        last = merged[-1] if merged else None
        # Only a stage that follows a stage: the cooling-off row stays apart, it is the one people look for.
        if (
            last
            and (last.kind, last.returned) == (row.kind, row.returned)
            and last.stages != row.stages
        ):
            merged[-1] = Row(
                (*last.stages, *row.stages),
                last.kind,
                _joined(last.when, row.when),
                last.returned,
                "buyer",
            )
        else:
            merged.append(row)
    return merged


def _joined(first: Text, second: Text) -> Text:
    """`From A until B` and `From B until C` give `From A until C`."""
    zh = first["zh-hans"].partition("后至")[0] + "后至" + second["zh-hans"].partition("后至")[2]
    en = first["en"].partition(" until ")[0] + " until " + second["en"].partition(" until ")[2]
    return {"zh-hans": zh, "en": en}


def terms_of(deposit: Deposit, *, delay: Text | None = None) -> Terms:
    """The full terms of an order with this deposit, in both languages; `delay` are the words of its order policy."""
    clauses = tuple(_clauses(deposit, delay))
    stamp = fingerprint([[clause.code, dict(clause.text)] for clause in clauses])[:12]
    policy = deposit.policy
    return Terms(
        version=f"{policy.code}.{policy.valid_from:%Y%m%d}.{stamp}",
        title={"zh-hans": "订购条款与订金规则", "en": "Terms of order and deposit rules"},
        clauses=clauses,
    )


def _clauses(deposit: Deposit, delay: Text | None) -> Iterable[Clause]:
    policy, amount = deposit.policy, shown(deposit.amount)
    kind = KINDS[deposit.kind]
    yield Clause(
        "amount",
        {
            "zh-hans": f"下单时支付{kind['zh-hans']} {amount}，交车时抵作车款。",
            "en": f"With the order you pay {amount} ({kind['en']}); at handover it counts towards the price.",
        },
    )
    for stage in policy.stages:
        yield Clause(f"stage-{stage.code}", stage.text)
    for number, row in enumerate(refund_rows(deposit), start=1):
        yield Clause(f"refund-{number}", _refund_words(row))
    if policy.cap_text and deposit.cap is not None:
        yield Clause("cap", _cap_words(policy.cap_text, deposit.cap))
    for number, remark in enumerate(policy.remarks, start=1):
        yield Clause(f"remark-{number}", remark)
    if delay:
        yield Clause("delay", delay)
    yield from _house_clauses(policy.refund_days)


def _refund_words(row: Row) -> Text:
    kind, sum_ = KINDS[row.kind], shown(row.returned)
    if row.by == "seller":
        return {
            "zh-hans": f"{row.when['zh-hans']}：向你支付 {sum_}。",
            "en": f"{row.when['en']}: we pay you {sum_}.",
        }
    return {
        "zh-hans": f"{row.when['zh-hans']}取消（此时为{kind['zh-hans']}）：退还 {sum_}。",
        "en": f"{row.when['en']} ({kind['en']}): if you cancel you get back {sum_}.",
    }


def _cap_words(text: Text, cap: Money) -> Text:
    return {
        "zh-hans": f"{text['zh-hans']}本单上限为 {shown(cap)}。",
        "en": f"{text['en']} For this order that is {shown(cap)}.",
    }


def _house_clauses(refund_days: int) -> Iterable[Clause]:
    yield Clause(
        "hold",
        {
            "zh-hans": f"下单后 {HOLD_MINUTES} 分钟内为你保留；逾期未付，订单自动失效，不收取任何费用。",
            "en": f"The order is held for {HOLD_MINUTES} minutes; if it is not paid by then it lapses and "
            "costs nothing.",
        },
    )
    yield Clause(
        "lock",
        {
            "zh-hans": "锁单前须先接受合同并另行确认；不确认，我们不会生产，也不会收取其他款项。",
            "en": "Locking needs an accepted contract and your separate confirmation; without it we do not build "
            "and take no further money.",
        },
    )
    yield Clause(
        "balance",
        {
            "zh-hans": "车辆到达交付地点并可供验收之前，我们不会要求你支付尾款。",
            "en": "We do not ask for the balance before the car has arrived and is ready for your inspection.",
        },
    )
    yield Clause(
        "price",
        {
            "zh-hans": "报价有效期内涨价与你无关，降价按低价付；购置税以开票日的规定为准。",
            "en": "While the quote is valid a rise does not touch you and a fall is yours; purchase tax follows the "
            "rules of the day of the invoice.",
        },
    )
    yield Clause(
        "refund",
        {
            "zh-hans": f"退款在 {refund_days} 个工作日内原路返还。",
            "en": f"Refunds go back the way they came within {refund_days} working days.",
        },
    )


def deposit_json(deposit: Deposit) -> dict[str, Any]:
    """The deposit as the quote's document holds it."""
    policy = deposit.policy
    return {
        "amount": _money(deposit.amount),
        "kind": deposit.kind,
        "kind_name": dict(KINDS[deposit.kind]),
        "policy": policy.code,
        "policy_valid_from": policy.valid_from.isoformat(),
        "legal_amount": _money(deposit.legal),
        "cap": None
        if deposit.cap is None
        else {
            "share": str(policy.cap_share),
            "amount": _money(deposit.cap),
            "text": dict(policy.cap_text or {}),
        },
        "refund_days": policy.refund_days,
        "stages": [_stage_json(deposit, stage) for stage in policy.stages],
        "in_words": [
            {
                "stages": list(row.stages),
                "kind": row.kind,
                "kind_name": dict(KINDS[row.kind]),
                "by": row.by,
                "when": dict(row.when),
                "returned": _money(row.returned),
            }
            for row in refund_rows(deposit)
        ],
    }


def terms_json(terms: Terms) -> dict[str, Any]:
    """The terms as the quote's document holds them."""
    return {
        "version": terms.version,
        "title": dict(terms.title),
        "clauses": [{"code": clause.code, "text": dict(clause.text)} for clause in terms.clauses],
    }


def _stage_json(deposit: Deposit, stage: Stage) -> dict[str, Any]:
    return {
        "code": stage.code,
        "name": dict(_stage_row(deposit, stage).when),
        "kind": stage.kind,
        "kind_name": dict(KINDS[stage.kind]),
        "from": stage.starts,
        "until": stage.ends,
        "text": dict(stage.text),
        "refundable_share": str(stage.refundable_share),
        "amount": _money(deposit.returned(stage)),
        "cooling_off_hours": stage.cooling_off_hours,
        "seller_breach_factor": str(stage.seller_breach_factor),
        "seller_breach_amount": _money(deposit.on_breach(stage)),
    }


def _money(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}
