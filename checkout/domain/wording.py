"""What an order says to its buyer: the next step, and each event in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from checkout.domain.delivery_words import DELIVERY_EVENTS
from checkout.domain.order import Contract, State
from kernel.money import Money, shown
from kernel.text import Text


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next; `by` is who has to do it: buyer, seller, or nobody."""

    code: str
    text: Text
    by: str


_SELLER_STEPS: Mapping[State, NextStep] = MappingProxyType(
    {
        State.LOCKED: NextStep(
            "build",
            {"zh-hans": "已锁单，等待排产", "en": "Locked. Next we schedule production"},
            "seller",
        ),
        State.IN_PRODUCTION: NextStep(
            "transport",
            {"zh-hans": "正在生产，下线后发运", "en": "In production. It ships when built"},
            "seller",
        ),
        State.ALLOCATED: NextStep(
            "transport",
            {"zh-hans": "已配车，准备发运", "en": "A car is allocated and about to ship"},
            "seller",
        ),
        State.IN_TRANSIT: NextStep(
            "arrive",
            {"zh-hans": "在途，到店后请你验车", "en": "On its way. You inspect it on arrival"},
            "seller",
        ),
        State.BALANCE_PAID: NextStep(
            "hand-over",
            {"zh-hans": "尾款已付，等待交车", "en": "All paid. Next is handover"},
            "seller",
        ),
        State.DISPUTED: NextStep(
            "dispute",
            {"zh-hans": "付款有争议，订单暂停", "en": "The payment is disputed; the order rests"},
            "seller",
        ),
        State.HANDED_OVER: NextStep("none", {"zh-hans": "已交车", "en": "Handed over"}, "nobody"),
        State.EXPIRED: NextStep(
            "none",
            {
                "zh-hans": "订金未按时支付，订单已失效，没有收取费用",
                "en": "The deposit did not come in time; nothing was taken",
            },
            "nobody",
        ),
        State.CANCELLED: NextStep(
            "none", {"zh-hans": "订单已取消", "en": "The order is cancelled"}, "nobody"
        ),
        State.WITHDRAWN: NextStep(
            "none", {"zh-hans": "已撤销购买", "en": "The purchase is withdrawn"}, "nobody"
        ),
    }
)


_LOCK = "lock"
_OR_BY_ITSELF: Text = {
    "zh-hans": "锁定订单，逾期将自动锁单",
    "en": "Lock your order, or it locks by itself",
}


def next_step(
    *,
    state: State,
    contract: Contract,
    deposit: Money,
    balance: Money,
    locks_itself: bool = False,
) -> NextStep:
    """What the order waits for; every state and contract axis has an answer.

    `locks_itself`: the buyer was reminded, and without a lock by then the order locks by itself.
    """
    if state in _SELLER_STEPS:
        return _SELLER_STEPS[state]
    if state is State.AWAITING_DEPOSIT:
        sum_ = shown(deposit, cents=False)
        return NextStep(
            "pay-deposit",
            {"zh-hans": f"支付订金 {sum_}", "en": f"Pay the deposit of {sum_}"},
            "buyer",
        )
    if state is State.INSPECTION_READY:
        sum_ = shown(balance)
        return NextStep(
            "inspect-and-pay",
            {
                "zh-hans": f"验车，合格后支付尾款 {sum_}",
                "en": f"Inspect the car, then pay the balance of {sum_}",
            },
            "buyer",
        )
    step = _RESERVED[contract]
    return replace(step, text=_OR_BY_ITSELF) if locks_itself and step.code == _LOCK else step


_RESERVED: Mapping[Contract, NextStep] = MappingProxyType(
    {
        Contract.NONE: NextStep(
            "await-contract",
            {
                "zh-hans": "订金已到，合同正在生成",
                "en": "Deposit received; your contract is being drawn up",
            },
            "seller",
        ),
        Contract.ISSUED: NextStep(
            "accept-contract",
            {"zh-hans": "阅读并接受合同", "en": "Read and accept the contract"},
            "buyer",
        ),
        Contract.BUYER_SIGNED: NextStep(
            "await-seal",
            {
                "zh-hans": "你已签署，合同正在盖章存档",
                "en": "You have signed; we are sealing and archiving the contract",
            },
            "seller",
        ),
        Contract.ACCEPTED: NextStep(
            _LOCK,
            {
                "zh-hans": "锁定订单，锁单后才开始生产",
                "en": "Lock your order; we build only after you lock",
            },
            "buyer",
        ),
        Contract.SIGNED: NextStep(
            _LOCK,
            {
                "zh-hans": "锁定订单，锁单后才开始生产",
                "en": "Lock your order; we build only after you lock",
            },
            "buyer",
        ),
        Contract.VOID: NextStep(
            "await-contract",
            {
                "zh-hans": "合同已作废，新合同正在生成",
                "en": "The contract is void; a new one is being drawn up",
            },
            "seller",
        ),
    }
)

_EVENTS: Mapping[str, Text] = MappingProxyType(
    {
        "order-placed": {"zh-hans": "已下单", "en": "Order placed"},
        "deposit-paid": {"zh-hans": "收到订金 {amount}", "en": "Deposit of {amount} received"},
        "payment-failed": {
            "zh-hans": "付款未成功，没有扣款",
            "en": "A payment failed; nothing was taken",
        },
        "payment-refunded": {
            "zh-hans": "已原路退款 {amount}",
            "en": "{amount} went back the way it came",
        },
        "order-amended": {
            "zh-hans": "变更单 {number} 已确认，合同价 {price}",
            "en": "Amendment {number} agreed; the price is now {price}",
        },
        "order-expired": {
            "zh-hans": "订金未按时支付，订单失效",
            "en": "The deposit did not come in time; the order lapsed",
        },
        "order-cancelled": {"zh-hans": "订单已取消", "en": "Order cancelled"},
        "refund-planned": {
            "zh-hans": "退款 {amount}，最迟 {due_on} 前原路退出",
            "en": "{amount} go back the way they came, by {due_on} at the latest",
        },
        "deposit-forfeited": {
            "zh-hans": "{amount} 按约定不予退还",
            "en": "{amount} of the deposit are kept, as agreed",
        },
        "compensation-proposed": {
            "zh-hans": "另付补偿 {amount}，待复核",
            "en": "{amount} on top are proposed to you and await approval",
        },
        "compensation-approved": {
            "zh-hans": "补偿 {amount} 已复核，将汇入你的账户",
            "en": "{amount} on top are approved and will be paid to your account",
        },
        "compensation-refused": {
            "zh-hans": "补偿 {amount} 未获批准：{note}",
            "en": "{amount} on top were not approved: {note}",
        },
        "order-withdrawn": {
            "zh-hans": "已撤销购车合同，回执 {receipt}",
            "en": "Purchase withdrawn from, receipt {receipt}",
        },
        "car-returned": {"zh-hans": "车辆已退回", "en": "The car is back"},
        "contract-issued": {
            "zh-hans": "合同 {contract} 已出具",
            "en": "Contract {contract} issued",
        },
        "contract-accepted": {
            "zh-hans": "合同 {contract} 已接受",
            "en": "Contract {contract} accepted",
        },
        "contract-buyer-signed": {
            "zh-hans": "你已签署合同 {contract}",
            "en": "You signed contract {contract}",
        },
        "contract-signed": {
            "zh-hans": "合同 {contract} 双方已签署并存档",
            "en": "Contract {contract} signed by both sides and archived",
        },
        "finance-sent": {
            "zh-hans": "贷款申请已送达金融机构",
            "en": "The lender has the loan application",
        },
        "finance-referred": {
            "zh-hans": "贷款申请转人工审核",
            "en": "A person at the lender looks at the loan application",
        },
        "finance-approved": {
            "zh-hans": "贷款 {amount} 已批准，{valid_until} 前有效",
            "en": "Loan of {amount} approved, valid until {valid_until}",
        },
        "finance-counter-offer": {
            "zh-hans": "金融机构另行报价：贷款 {amount}",
            "en": "The lender offers a loan of {amount} instead",
        },
        "finance-accepted": {
            "zh-hans": "已接受金融机构的报价：贷款 {amount}",
            "en": "The offered loan of {amount} was accepted",
        },
        "finance-declined": {"zh-hans": "贷款未获批准", "en": "The loan was declined"},
        "finance-expired": {"zh-hans": "贷款批复已过期", "en": "The loan's approval has expired"},
        "finance-cancelled": {
            "zh-hans": "贷款申请已撤销",
            "en": "The loan application was cancelled",
        },
        "cover-bound": {
            "zh-hans": "保险已承保，保单凭证 {proof}",
            "en": "Cover bound, proof {proof}",
        },
        "cover-active": {"zh-hans": "保险开始生效", "en": "The cover has begun"},
        "cover-vehicle": {
            "zh-hans": "车架号已告知保险公司",
            "en": "The insurer knows the car's VIN now",
        },
        "cover-cancelled": {"zh-hans": "保险已退保", "en": "The cover was cancelled"},
        "cover-lapsed": {"zh-hans": "保险未生效或已到期", "en": "The cover lapsed"},
        "cover-proven": {
            "zh-hans": "已登记在 {insurer} 投保的保单",
            "en": "A policy at {insurer} was shown",
        },
        "lock-reminded": {"zh-hans": "已提醒锁单", "en": "Reminded to lock the order"},
        "order-locked": {"zh-hans": "已锁单", "en": "Order locked"},
        "production-started": {"zh-hans": "已开始生产", "en": "Production has begun"},
        "car-allocated": {"zh-hans": "已配车：{vin}", "en": "Car allocated: {vin}"},
        "car-named": {
            "zh-hans": "车辆识别代号已登记：{vin}",
            "en": "The car has its VIN: {vin}",
        },
        "car-dispatched": {"zh-hans": "车辆已发运", "en": "The car is on its way"},
        "car-ready": {
            "zh-hans": "车辆已可供验收，尾款 {balance}",
            "en": "The car is ready for your inspection; the balance is {balance}",
        },
        "payment-received": {"zh-hans": "收到付款 {amount}", "en": "{amount} received"},
        "balance-paid": {
            "zh-hans": "车款已付清，其中尾款 {amount}",
            "en": "Everything is paid, {amount} of it as the balance",
        },
        "order-disputed": {
            "zh-hans": "付款有争议，订单暂停",
            "en": "The payment is disputed; the order rests",
        },
        "order-resumed": {
            "zh-hans": "争议已了结，订单继续",
            "en": "The dispute is over; the order goes on",
        },
        "payment-contested": {
            "zh-hans": "付款 {amount} 被付款人提出异议",
            "en": "The payment of {amount} is contested",
        },
        "dispute-won": {
            "zh-hans": "付款 {amount} 的争议已了结，款项仍归本店",
            "en": "The dispute over {amount} is over; the payment stands",
        },
        "dispute-lost": {
            "zh-hans": "付款 {amount} 的争议已了结，款项已退回付款人",
            "en": "The dispute over {amount} is over; the money went back to its payer",
        },
        "handed-over": {"zh-hans": "已交车", "en": "Handed over"},
        "finance-undone": {
            "zh-hans": "贷款已随购车撤销",
            "en": "The loan was undone with the purchase",
        },
        "finance-drawn": {"zh-hans": "贷款 {amount} 已放款", "en": "Loan of {amount} paid out"},
    }
)
"""The history of an order in words; a kind that is not listed shows its code."""

_FINANCE: Mapping[str, Text] = MappingProxyType(
    {
        "draft": {"zh-hans": "正在送交金融机构", "en": "On its way to the lender"},
        "sent": {"zh-hans": "金融机构已收到，等待审批", "en": "The lender has it and will decide"},
        "referred": {
            "zh-hans": "金融机构人工审核中",
            "en": "A person at the lender looks at it",
        },
        "approved": {"zh-hans": "已批准", "en": "Approved"},
        "counter_offer": {
            "zh-hans": "金融机构另有报价，等你确认",
            "en": "The lender makes another offer; it is for you to say yes",
        },
        "declined": {
            "zh-hans": "未获批准，可以改付全款或换一款贷款",
            "en": "Declined. You can pay in full or choose another loan",
        },
        "expired": {"zh-hans": "批复已过期，可以重新申请", "en": "Expired. You can apply again"},
        "drawn": {"zh-hans": "已放款", "en": "Paid out"},
        "cancelled": {"zh-hans": "已撤销，可以重新申请", "en": "Cancelled. You can apply again"},
    }
)
"""Where an application for a loan stands, to its buyer."""


def finance_text(state: str) -> Text:
    """Where an application for a loan stands, in words; a state that is not listed shows itself."""
    return _FINANCE.get(state, {"zh-hans": state, "en": state})


def event_text(kind: str, facts: Mapping[str, Any]) -> Text:
    """One event in words; `facts` fill the braces, money as `{amount, currency}`."""
    words = _EVENTS.get(kind) or DELIVERY_EVENTS.get(kind)
    if words is None:
        return {"zh-hans": kind, "en": kind}
    filled = {key: _shown(value) for key, value in facts.items()}
    return {language: _fill(text, filled) for language, text in words.items()}


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) and {"amount", "currency"} <= set(value):
        return shown(Money(value["amount"], value["currency"]))
    return str(value)


def _fill(text: str, facts: Mapping[str, str]) -> str:
    for key, value in facts.items():
        text = text.replace("{" + key + "}", value)
    return text
