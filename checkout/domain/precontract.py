"""The European standard information about consumer credit, filled in for one quote (`docs/rules/credit-duties.md`).

Sections and order follow the form of Directive 2008/48/EC, Annex II, as kept by Directive (EU) 2023/2225, Annex I. The
words are our own and for demonstration: a lawyer has to confirm them before a real loan is offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from checkout.domain.amounts import Json, money_of
from checkout.domain.apr import shown_rate
from checkout.domain.credit_law import PRECONTRACT
from checkout.domain.schedules import EQUAL_PRINCIPAL, LEASE, Schedule
from kernel.money import shown

FORMAT = 1
_TITLE = {
    "zh-hans": "消费信贷合同前信息（欧洲标准格式）",
    "en": "Standard European Consumer Credit Information",
}
_DEMO = {
    "zh-hans": "演示文本，上线前须由律师确认。",
    "en": "Demonstration texts: to be confirmed by a lawyer before any loan is offered.",
}
_FORMS = {
    "written": ("须签署纸质合同（书面形式）。", "The credit agreement is made in writing, signed by hand."),
    "text": ("可以文本形式订立，例如电子文件。", "The credit agreement may be made in text form, such as a file."),
}  # fmt: skip
_METHODS = {
    LEASE: ("租赁，到期还车", "lease; the car goes back at its end"),
    EQUAL_PRINCIPAL: ("等额本金贷款，为这台车而贷", "loan with equal principal, tied to this car"),
}
_LOAN = ("等额分期贷款，为这台车而贷", "loan with equal instalments, tied to this car")
_NONE = ("没有", "none")


def _words(chinese: str, english: str) -> Json:
    return {"zh-hans": chinese, "en": english}


def _row(label: tuple[str, str], value: tuple[str, str] | Mapping[str, str]) -> Json:
    text = dict(value) if isinstance(value, Mapping) else _words(*value)
    return {"label": _words(*label), "text": text}


def _section(number: int, title: tuple[str, str], *rows: Json) -> Json:
    return {"number": number, "title": _words(*title), "rows": list(rows)}


def _both(text: str) -> tuple[str, str]:
    return text, text


def precontract_sheet(document: Mapping[str, Any], plan: Schedule) -> Json:
    """The form for the loan of a quote's document, every text in every language of the store."""
    finance = document["finance"]
    return {
        "format": FORMAT,
        "kind": PRECONTRACT,
        "title": dict(_TITLE),
        "demo": dict(_DEMO),
        "warning": finance.get("warning"),
        "product": {"code": finance["product"], "name": finance["name"]},
        "lender": finance["lender"],
        "sections": [
            _who(document),
            _features(document, plan),
            _costs(finance),
            _rights(finance),
            _distance(finance),
        ],
    }


def _who(document: Mapping[str, Any]) -> Json:
    return _section(
        1,
        ("贷款人与中介", "Who lends, and through whom"),
        _row(("贷款人", "Lender"), document["finance"]["lender"]["name"]),
        _row(("信贷中介", "Credit intermediary"), document["seller"]["name"]),
    )


def _features(document: Mapping[str, Any], plan: Schedule) -> Json:
    finance = document["finance"]
    months = str(finance["months"])
    repaid = finance["fee"] if not finance.get("fee_financed") else None
    payable = plan.repaid + money_of(repaid) if repaid else plan.repaid
    return _section(
        2,
        ("贷款的主要内容", "Main features of the credit"),
        _row(("种类", "Type"), _METHODS.get(finance.get("method"), _LOAN)),
        _row(("贷款总额", "Total amount of credit"), _both(shown(plan.principal))),
        _row(
            ("发放", "Drawdown"),
            ("交车前一次付给卖方。", "Once, to the seller, before the car is handed over."),
        ),
        _row(("期限", "Duration"), (f"{months} 个月", f"{months} months")),
        _row(("分期", "Instalments"), _instalments(finance, plan)),
        _row(("应还总额", "Total amount to be paid"), _both(shown(payable))),
        _row(("所购商品", "Goods"), document["car"]["names"]["title"]),
        _row(
            ("现金价", "Cash price"),
            _both(shown(money_of(document["price_sheet"]["total"]))),
        ),
        _row(
            ("担保", "Security"),
            ("车辆所有权让与担保，还清后归还。", "The car, until all is repaid."),
        ),
    )


def _instalments(finance: Mapping[str, Any], plan: Schedule) -> tuple[str, str]:
    count, first, last = finance["months"], shown(plan.instalment), shown(plan.last_instalment)
    if first == last:
        return (
            f"{count} 期，每期 {first}，月末支付",
            f"{count} of {first}, at the end of each month",
        )
    return (
        f"{count} 期，第一期 {first}，最后一期 {last}，月末支付",
        f"{count}, the first {first}, the last {last}, at the end of each month",
    )


def _costs(finance: Mapping[str, Any]) -> Json:
    nominal = shown_rate(Decimal(finance["nominal_rate"]))
    fee = money_of(finance["fee"])
    default = [
        _row((row["name"]["zh-hans"], row["name"]["en"]), row["standard"])
        for row in finance.get("default_costs") or ()
    ]
    return _section(
        3,
        ("贷款的费用", "Costs of the credit"),
        _row(
            ("借款利率", "Borrowing rate"),
            (f"年 {nominal}%，整个期限不变", f"{nominal} % a year, fixed for the whole term"),
        ),
        _row(("有效年利率", "Annual percentage rate of charge"), finance["apr_text"]),
        _row(
            ("是否须另购保险或服务", "Insurance or other services that are compulsory"),
            ("不需要", "none"),
        ),
        _row(("其他费用", "Other costs"), _both(shown(fee)) if fee else _NONE),
        *default,
    )


def _rights(finance: Mapping[str, Any]) -> Json:
    days = str(finance.get("withdrawal_days") or 0)
    form = _FORMS.get(str(finance.get("form")), _FORMS["written"])
    return _section(
        4,
        ("其他重要权利", "Other legal matters"),
        _row(
            ("撤销权", "Right of withdrawal"),
            (f"有，{days} 天，自合同订立且信息齐备起。", f"Yes: {days} days from the agreement and all its information."),
        ),
        _row(
            ("提前还款", "Early repayment"),
            (
                "随时可以；补偿不超过提前还款额的 1%，剩余不足一年时 0.5%。",
                "At any time; compensation of at most 1 % of the amount repaid early, 0.5 % in the last year.",
            ),
        ),
        _row(
            ("查询数据库", "Consultation of a database"),
            ("因查询结果拒贷的，立即免费告知。", "If a database leads to a refusal you are told at once, free of charge."),
        ),
        _row(
            ("合同草案", "Draft agreement"),
            ("可免费索取一份。", "You may ask for a copy free of charge."),
        ),
        _row(("合同形式", "Form of the agreement"), form),
        _row(
            ("有效期", "How long this holds"),
            ("与报价单同时到期。", "As long as the quote it belongs to."),
        ),
    )  # fmt: skip


def _distance(finance: Mapping[str, Any]) -> Json:
    return _section(
        5,
        ("远程订立", "Concluded at a distance"),
        _row(("合同语言", "Language of the agreement"), ("德语；本演示用英语。", "German; English in this demonstration.")),
        _row(
            ("投诉与法律途径", "Complaints and redress"),
            ("可向贷款人投诉，或申请调解。", "To the lender, or to its ombudsman."),
        ),
        _row(("贷款人", "Lender"), finance["lender"]["name"]),
    )  # fmt: skip
