"""The end of an order in words, and the preview that its buyer confirms: one frozen document in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from checkout.domain.amounts import Json, money_json
from checkout.domain.deposit import KINDS, LEGAL
from checkout.domain.ending import REASONS, Ending, Ground, Standing
from checkout.domain.order import Move
from kernel.money import Money, shown
from kernel.text import Text, fingerprint


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the end brings; `amount` None where it is no money."""

    code: str
    text: Text
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """What else ends with the order: an agreed contract, a loan asked for, cover in force; and a loan paid out, which does not."""

    contract: bool = False
    loan: bool = False
    cover: bool = False
    loan_drawn: bool = False


GROUNDS: Mapping[Ground, Text] = MappingProxyType(
    {
        Ground.UNPAID: {
            "zh-hans": "尚未付款，取消不收取任何费用。",
            "en": "Nothing was paid; cancelling costs nothing.",
        },
        Ground.FORCE_MAJEURE: {
            "zh-hans": "因不可抗力终止，双方均无过错：不适用定金规则，已付款项全部退还。",
            "en": "Neither side is to blame: nothing is forfeited or doubled, and everything paid goes back.",
        },
        Ground.BREACH: {
            "zh-hans": "因我们的原因终止，已付款项全部退还。",
            "en": "The order ends because of us; everything paid goes back.",
        },
        Ground.COOLING_OFF: {
            "zh-hans": "仍在锁单后的冷静期内，取消全额退还。",
            "en": "The cooling-off hours after the lock still run; everything paid goes back.",
        },
    }
)
"""By which rule the money is shared out; for `stage` the stage's own frozen words say it."""

_BOUND: Mapping[str, Text] = MappingProxyType(
    {
        "contract": {
            "zh-hans": "购车合同随订单一并终止。",
            "en": "The purchase contract ends with the order.",
        },
        "loan": {
            "zh-hans": "贷款申请同时撤销，并通知金融机构。",
            "en": "The loan application is cancelled, and the lender is told.",
        },
        "cover": {
            "zh-hans": "保险同时退保，未满期保费由保险公司按日退还。",
            "en": "The insurance is cancelled; the insurer gives the premium back by days.",
        },
        "loan_drawn": {
            "zh-hans": "已放款的贷款由我们与金融机构结清，具体办法由专员与你联系。",
            "en": "The loan was paid out; we settle it with the lender and get in touch with you.",
        },
    }
)


def lines_of(ended: Ending, *, due_on: date, bound: Bound) -> tuple[Line, ...]:
    """Everything that the end brings, the rule first, then money, then what ends with the order."""
    return (*_rule(ended), *_sums(ended, due_on), *_with_it(bound))


def _rule(ended: Ending) -> Iterable[Line]:
    if ended.ground is Ground.STAGE and ended.stage is not None:
        yield Line(f"stage-{ended.stage.code}", ended.stage.text)
    else:
        yield Line(f"ground-{ended.ground}", GROUNDS[ended.ground])


def _sums(ended: Ending, due_on: date) -> Iterable[Line]:
    if ended.returned:
        yield Line("returned", _returned(ended.returned, due_on), ended.returned)
    if ended.kept:
        yield Line("kept", _kept(ended), ended.kept)
    if ended.undecided:
        yield Line("undecided", _undecided(ended.undecided), ended.undecided)
    if ended.compensation:
        code = "compensation-delay" if ended.penalty else "compensation-deposit"
        yield Line(code, _compensation(ended), ended.compensation)


def _with_it(bound: Bound) -> Iterable[Line]:
    for code, words in _BOUND.items():
        if getattr(bound, code):
            yield Line(code, words)


def _returned(amount: Money, due_on: date) -> Text:
    return {
        "zh-hans": f"退还 {shown(amount)}，原路退回，最迟 {due_on} 前退出。",
        "en": f"{shown(amount)} go back the way they came, by {due_on} at the latest.",
    }


def _kept(ended: Ending) -> Text:
    amount, name = shown(ended.kept), KINDS[ended.kind]
    if ended.kind == LEGAL:
        return {
            "zh-hans": f"{name['zh-hans']} {amount} 不予退还。",
            "en": f"The {name['en']} of {amount} is forfeited.",
        }
    return {
        "zh-hans": f"从{name['zh-hans']}中扣除 {amount}；你能证明我们的实际损失更低的，按更低的扣。",
        "en": f"We keep {amount} of the {name['en']}, and less if you show that our loss is lower.",
    }


def _undecided(amount: Money) -> Text:
    return {
        "zh-hans": f"已付的 {shown(amount)} 正在支付争议中，由支付机构裁决，我们不另行退款。",
        "en": f"{shown(amount)} are disputed at the payment provider, which decides; we do not send them a second time.",
    }


def _compensation(ended: Ending) -> Text:
    words = _on_top(ended, shown(ended.compensation))
    if not ended.credited:
        return words
    before = shown(ended.credited)
    return {
        "zh-hans": f"{words['zh-hans']}此前已提议的延迟补偿 {before} 计入其中，不重复支付。",
        "en": f"{words['en']} The {before} proposed for the delay before count towards it and are not paid twice.",
    }


def _on_top(ended: Ending, amount: str) -> Text:
    if ended.penalty:
        return {
            "zh-hans": f"另付延迟交付补偿 {amount}，复核后支付。",
            "en": f"{amount} on top for the delay, paid once a second person has approved it.",
        }
    return {
        "zh-hans": f"双倍返还定金：另付 {amount}，复核后支付。",
        "en": f"The legal deposit is paid back twice: {amount} on top, once a second person has approved it.",
    }


def preview_document(*, standing: Standing, ended: Ending, due_on: date, bound: Bound) -> Json:
    """What is shown and confirmed before the end; `fingerprint` is that of everything else in it.

    Holds no moment: it changes with state, stage, day and money only.
    """
    stage = ended.stage
    document: Json = {
        "order": standing.order,
        "state": str(standing.state),
        "by": "seller" if ended.move is Move.CANCEL_BY_SELLER else "buyer",
        "reason": {"code": str(ended.reason), "text": dict(REASONS[ended.reason])},
        "ground": str(ended.ground),
        "stage": None
        if stage is None
        else {
            "code": stage.code,
            "kind": stage.kind,
            "kind_name": dict(KINDS[stage.kind]),
            "text": dict(stage.text),
        },
        "held": money_json(ended.held),
        "returned": money_json(ended.returned),
        "kept": money_json(ended.kept),
        "undecided": money_json(ended.undecided),
        "compensation": money_json(ended.compensation),
        "credited": money_json(ended.credited),
        "due_on": due_on.isoformat() if ended.returned else None,
        "policy": standing.deposit.policy.code,
        "lines": [_line_json(line) for line in lines_of(ended, due_on=due_on, bound=bound)],
    }
    return document | {"fingerprint": fingerprint(document)}


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "text": dict(line.text),
        "amount": None if line.amount is None else money_json(line.amount),
    }
