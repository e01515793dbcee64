"""A change of a placed order: what differs by area, and the one move of money it makes now (`docs/rules/amendments.md`).

Pure: it compares two documents of one order and knows no database, clock or release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from checkout.domain.amounts import Json, difference, money_json, money_of
from checkout.domain.delivery import PREPARATION_DAYS, Window
from checkout.domain.order import Contract, State
from kernel.money import Money
from kernel.text import Text

FEE = "amendment-fee"
"""The code of a fee's line on the price sheet; a service, so no tax, premium or loan is worked out from it."""
FEE_NAME: Text = {"zh-hans": "变更费", "en": "Fee for the change"}


def fee_in(document: Mapping[str, Any]) -> Money:
    """The fees for changes that a document carries."""
    sheet = document["price_sheet"]
    paid = sum(line["amount"]["amount"] for line in sheet["lines"] if line["code"] == FEE)
    return Money(paid, sheet["currency"])


class Net(StrEnum):
    """What a change makes move now."""

    NOTHING = "nothing"
    CHARGE = "charge"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class NetMove:
    """One charge, one refund, or nothing; `amount` is never negative."""

    kind: Net
    amount: Money


def needed(*, price: Money, financed: Money, deposit: Money) -> Money:
    """What the buyer has to pay the seller in all: the price less the loan, and never less than the deposit."""
    return max(price - financed, deposit)


def net_move(*, state: State, need: Money, held: Money) -> NetMove:
    """What moves when `need` becomes true while `held` is in our hands.

    A charge only where everything was paid already; before that a difference waits for the balance.
    """
    if need < held:
        return NetMove(Net.REFUND, held - need)
    if state is State.BALANCE_PAID and held < need:
        return NetMove(Net.CHARGE, need - held)
    return NetMove(Net.NOTHING, Money.zero(need.currency))


class ContractEffect(StrEnum):
    """What becomes of the contract."""

    NONE = "none"
    ANEW = "anew"
    SUPPLEMENT = "supplement"


def contract_effect(*, state: State, contract: Contract, changed: bool) -> ContractEffect:
    """Before the lock the buyer accepts a new contract; after it, the amendment is what was accepted."""
    if not changed or contract in {Contract.NONE, Contract.VOID}:
        return ContractEffect.NONE
    return ContractEffect.ANEW if state is State.RESERVED else ContractEffect.SUPPLEMENT


class LoanEffect(StrEnum):
    """What becomes of the loan and its application."""

    NONE = "none"
    UNCHANGED = "unchanged"
    QUOTED = "quoted"
    SURVIVES = "survives"
    AGAIN = "again"
    GIVEN_UP = "given-up"


def loan_effect(
    *,
    was: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    same_model: bool,
    applied: bool,
    survives: bool | None,
) -> LoanEffect:
    """`applied`: an application is under way or approved; `survives`: whether its approval does, None without one."""
    if was is None and now is None:
        return LoanEffect.NONE
    if now is None:
        return LoanEffect.GIVEN_UP if applied else LoanEffect.NONE
    if was == now and (same_model or not applied):
        return LoanEffect.UNCHANGED
    if not applied:
        return LoanEffect.QUOTED
    return LoanEffect.SURVIVES if survives else LoanEffect.AGAIN


class CoverEffect(StrEnum):
    """What becomes of the cover and its policy."""

    NONE = "none"
    UNCHANGED = "unchanged"
    QUOTED = "quoted"
    REBIND = "rebind"
    GIVEN_UP = "given-up"


def cover_effect(
    *,
    was: Mapping[str, Any] | None,
    now: Mapping[str, Any] | None,
    insured: bool,
    fits: bool,
) -> CoverEffect:
    """`insured`: a policy is asked for or in force; `fits`: it still covers the car. An insurer binds anew, it endorses nothing."""
    if was is None and now is None and (fits or not insured):
        return CoverEffect.NONE
    if insured and now is None and was is not None:
        return CoverEffect.GIVEN_UP
    if insured and (not fits or was != now):
        return CoverEffect.REBIND
    return CoverEffect.UNCHANGED if was == now else CoverEffect.QUOTED


WORDS: Mapping[str, Text] = {
    "contract-none": {
        "zh-hans": "合同按变更后的内容出具。",
        "en": "The contract will be drawn up with the change in it.",
    },
    "contract-anew": {
        "zh-hans": "原合同由新合同取代，请重新阅读并接受。",
        "en": "A new contract replaces the old one; you read and accept it anew.",
    },
    "contract-supplement": {
        "zh-hans": "本变更单是合同的补充，订单保持锁定。",
        "en": "This amendment supplements your contract; the order stays locked.",
    },
    "loan-none": {"zh-hans": "没有贷款。", "en": "No loan."},
    "loan-unchanged": {"zh-hans": "贷款不变。", "en": "The loan stays as it is."},
    "loan-quoted": {
        "zh-hans": "贷款按变更后的价格重新计算，尚未申请。",
        "en": "The loan is worked out anew; you have not applied for it yet.",
    },
    "loan-survives": {
        "zh-hans": "已有批复仍然有效，无需重新申请。",
        "en": "Your approval still holds; you need not apply again.",
    },
    "loan-again": {
        "zh-hans": "现有的贷款申请或批复不再适用，将被撤销，需重新申请。",
        "en": "Your application or approval does not fit any more: it is cancelled, and you apply again.",
    },
    "loan-given-up": {
        "zh-hans": "不再贷款，现有申请将被撤销。",
        "en": "No loan any more; your application is cancelled.",
    },
    "cover-none": {"zh-hans": "没有通过我们投保。", "en": "No cover through us."},
    "cover-unchanged": {"zh-hans": "保险不变。", "en": "The cover stays as it is."},
    "cover-quoted": {
        "zh-hans": "保费按变更后的内容重新计算，尚未投保。",
        "en": "The premium is worked out anew; nothing is bound yet.",
    },
    "cover-rebind": {
        "zh-hans": "现有保单不再适用，将退保，请重新投保。",
        "en": "Your policy does not fit any more: it is cancelled by days, and you insure anew.",
    },
    "cover-given-up": {
        "zh-hans": "不再通过我们投保，现有保单将退保。",
        "en": "No cover through us any more; your policy is cancelled by days.",
    },
    "net-nothing": {
        "zh-hans": "现在不收款也不退款；差额计入尾款。",
        "en": "Nothing to pay or refund now; the difference goes into the balance.",
    },
    "net-charge": {"zh-hans": "需补款一次。", "en": "One payment is due."},
    "net-refund": {"zh-hans": "将原路退款一次。", "en": "One refund goes back the way it came."},
    "prices-promised": {
        "zh-hans": "按下单时的价格计算。",
        "en": "At the prices your order was promised.",
    },
    "prices-today": {
        "zh-hans": "新选的内容下单时尚未发售，按今天的价格；未变的项目不高于原价。",
        "en": "What you add was not sold when you ordered, so it has today's price; what stays costs no more than before.",
    },
    "prices-returned": {
        "zh-hans": "与之前的约定相同，恢复当时的价格和条件。",
        "en": "This is what was agreed before; its price and terms are back.",
    },
}
"""What a change means, in words."""


def promise_after(*, window: Window, drift: int, today: date) -> tuple[date, date]:
    """The range to promise for a document's own `window`: `drift` days from it, as the promise before was.

    Never before a car could be made ready from `today`.
    """
    wanted = window.from_on + timedelta(days=drift)
    first = max(wanted, today + timedelta(days=PREPARATION_DAYS))
    return first, first + (window.until_on - window.from_on)


def difference_of(was: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    """How two documents of one order differ: car, price, tax, cover and loan line by line, and the sums they lead to."""
    whole = difference(was=was, now=now)
    lines = whole["lines"]
    return {
        "car": _car(was, now),
        "price": {**whole["price"], "lines": _of(lines, "car", "incentive", "extra")},
        "tax": {**_sum(was, now, "taxes"), "lines": _of(lines, "tax")},
        "insurance": {**_sum(was, now, "insurance"), "lines": _of(lines, "cover")},
        "finance": {"was": _loan(was), "now": _loan(now), "lines": _of(lines, "finance")},
        "deposit": {"amount": now["deposit"]["amount"], **_legal(was, now)},
        "on_the_road": whole["on_the_road"],
        "in_all": whole["in_all"],
        "cash_balance": _sum(was, now, "cash_balance"),
        "before_handover": _sum(was, now, "before_handover"),
    }


def _of(lines: Iterable[Json], *parts: str) -> list[Json]:
    return [line for line in lines if line["part"] in parts]


def _sum(was: Mapping[str, Any], now: Mapping[str, Any], name: str) -> Json:
    before, after = money_of(was["balance"][name]), money_of(now["balance"][name])
    return {
        "was": money_json(before),
        "now": money_json(after),
        "change": money_json(after - before),
    }


def _legal(was: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    return {
        "legal_was": was["deposit"]["legal_amount"],
        "legal_now": now["deposit"]["legal_amount"],
    }


def _loan(document: Mapping[str, Any]) -> Json | None:
    loan = document["finance"]
    if loan is None:
        return None
    names = (
        "product",
        "name",
        "months",
        "down_payment",
        "amount",
        "instalment",
        "apr",
        "apr_shown",
    )
    return {name: loan[name] for name in names}


def _car(was: Mapping[str, Any], now: Mapping[str, Any]) -> Json:
    before, after = _options(was), _options(now)
    return {
        "was": _title(was),
        "now": _title(now),
        "added": [one for code, one in after.items() if code not in before],
        "removed": [one for code, one in before.items() if code not in after],
    }


def _title(document: Mapping[str, Any]) -> Json:
    car = document["car"]
    return {
        "model": car["model"],
        "trim": car["trim"],
        "title": dict(car["names"]["title"]),
    }


def _options(document: Mapping[str, Any]) -> dict[str, Json]:
    return {
        one["code"]: {"code": one["code"], "name": dict(one["name"]), "kind": one["kind"]}
        for one in document["car"]["options"]
    }


def same_terms(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents agree on everything but the moments of answers and what was recorded beside them."""
    return _bare(one) == _bare(other)


def _bare(document: Mapping[str, Any]) -> Json:
    bare = {key: part for key, part in document.items() if key not in {"credit"}}
    items = [{**item, "answered_at": None} for item in document["extras"]["items"]]
    bare["extras"] = {**document["extras"], "items": items}
    bare["car"] = {**document["car"], "build": None}
    return bare
