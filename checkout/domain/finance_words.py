"""Words about loans in every language of the store: rates, why a product cannot be had, what is paid in cash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout.domain.apr import SIMPLE, shown_rate
from checkout.domain.financing import Loan
from kernel.money import Money, shown
from kernel.text import Text

_CONVENTIONS = {
    True: ("单利，月内部收益率乘以 12", "monthly internal rate of return times 12, not compounded"),
    False: ("有效年利率，按复利计", "effective annual rate, compounded"),
}
_REASONS: Mapping[str, tuple[str, str]] = {
    "model": ("这款车不在该产品范围内。", "Not offered for this model."),
    "months": ("该产品为 {limit} 期。", "This product runs {limit} months."),
    "min_down_payment": ("首付至少 {limit}。", "The down payment is at least {limit}."),
    "max_down_payment": ("首付不低于车价，无需贷款。", "The down payment leaves nothing to finance."),
    "min_amount": ("贷款金额至少 {limit}。", "At least {limit} has to be financed."),
    "max_amount": ("贷款金额最多 {limit}。", "At most {limit} can be financed."),
    "monthly": ("月供至少 {limit}。", "The smallest monthly amount is {limit}."),
    "campaign-over": ("活动已结束。", "Its campaign is over."),
    "campaign-not-yet": ("活动尚未开始。", "Its campaign has not begun."),
    "campaign-quota": ("活动名额已用完。", "Its campaign has no place left."),
    "campaign-not-combinable": ("不与这台车已享的优惠同享。", "Not together with an offer that this car already has."),
    "campaign-voucher": ("凭口令参加。", "It needs a code word."),
    "campaign-proof": ("凭证明参加。", "It needs a proof."),
    "campaign-model": ("活动不含这款车。", "Its campaign is not for this model."),
    "campaign-option": ("活动要求选装指定配置。", "Its campaign needs an option that this car does not have."),
}  # fmt: skip
_CASH: Mapping[str, tuple[str, str]] = {
    "accessory": ("附件不进贷款，另付现金", "Accessories are not financed; they are paid in cash"),
    "service": ("服务不进贷款，另付现金", "Services are not financed; they are paid in cash"),
    "insurance": (
        "保险不进贷款，直接付给保险公司",
        "Insurance is not financed; it is paid to the insurer",
    ),
    "option": ("选装不进贷款，另付现金", "Options are not financed; they are paid in cash"),
    "package": ("套装不进贷款，另付现金", "Packages are not financed; they are paid in cash"),
    "car": ("车价不进贷款", "The car itself is not financed"),
}


def _text(pair: tuple[str, str], **parts: str) -> Text:
    return {"zh-hans": pair[0].format(**parts), "en": pair[1].format(**parts)}


def apr_words(loan: Loan) -> Text:
    """The annual rate with the convention it was worked out by, as it has to stand beside every offer."""
    chinese, english = _CONVENTIONS[loan.product.law.convention == SIMPLE]
    rate = shown_rate(loan.apr, loan.product.law.decimals)
    return {"zh-hans": f"年化利率 {rate}%（{chinese}）", "en": f"APR {rate} % ({english})"}


def reason_words(reason: str, limit: Any = None) -> Text:
    """Why a product cannot be had; `limit` is money as JSON, a number, or nothing."""
    words = (
        shown(Money(limit["amount"], limit["currency"]))
        if isinstance(limit, Mapping)
        else str(limit)
    )
    return _text(_REASONS[reason], limit=words)


def cash_words(kind: str) -> Text:
    """What happens to a kind of thing that the lender does not finance."""
    return _text(_CASH[kind])
