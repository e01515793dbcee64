"""What a borrower is shown before ordering with a loan, built from the frozen quote alone (`docs/rules/credit-duties.md`).

The same quote gives the same sheet, byte for byte, so that its fingerprint says what was read and confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from checkout.domain.amounts import Json, money_json, money_of
from checkout.domain.apr import RATE_DIGITS, annual_rate, shown_rate
from checkout.domain.credit_law import COST_SHEET
from checkout.domain.precontract import precontract_sheet
from checkout.domain.schedules import ANNUITY, Schedule, schedule
from kernel.money import Money

FORMAT = 1
_NO_OTHER = {
    "zh-hans": "除以上列明的费用外，不收取任何其他费用。",
    "en": "Beside the costs listed here nothing else is charged.",
}
_TITLE = {"zh-hans": "贷款综合融资成本明示表", "en": "All costs of your loan"}
_SUM = {"zh-hans": "正常履约的综合融资成本", "en": "All costs if you pay as agreed"}
_INTEREST = {"zh-hans": "利息", "en": "Interest"}
_FEE = {"zh-hans": "手续费", "en": "Arrangement fee"}
_MONTHLY = {"zh-hans": "每期随月供支付", "en": "with every instalment"}
_AT_START = {"zh-hans": "放款时与首付一并支付，一次", "en": "once, with the down payment"}
_FINANCED = {
    "zh-hans": "计入贷款本金，随月供支付",
    "en": "added to the amount, paid with the instalments",
}
_ON_BALANCE = {
    "zh-hans": "按剩余本金，年利率 {0}%",
    "en": "{0} % a year of what is still owed",
}
_FIXED = {"zh-hans": "固定金额", "en": "a fixed sum"}


def plan_of(finance: Mapping[str, Any]) -> Schedule:
    """The schedule of a loan in a quote's document; it follows from its terms by a pure function."""
    residual = finance.get("residual")
    return schedule(
        principal=money_of(finance["amount"]),
        annual_rate=Decimal(finance["nominal_rate"]),
        months=finance["months"],
        method=finance.get("method") or ANNUITY,
        balloon=money_of(finance["balloon"]),
        residual=money_of(residual) if residual else None,
    )


def sheet_of(*, kind: str, document: Mapping[str, Any]) -> Json:
    """The sheet of that kind for the loan of a quote's document."""
    plan = plan_of(document["finance"])
    if kind == COST_SHEET:
        return cost_sheet(document["finance"], plan)
    return precontract_sheet(document, plan)


def cost_sheet(finance: Mapping[str, Any], plan: Schedule) -> Json:
    """Every cost with its way, standard, collector and annual level, their sum, and what only a default costs."""
    fee = money_of(finance["fee"])
    cost = plan.interest + fee
    return {
        "format": FORMAT,
        "kind": COST_SHEET,
        "title": dict(_TITLE),
        "product": {"code": finance["product"], "name": finance["name"]},
        "lender": finance["lender"],
        "principal": finance["amount"],
        "down_payment": finance["down_payment"],
        "method": finance.get("method") or ANNUITY,
        "months": finance["months"],
        "instalment": finance["instalment"],
        "last_instalment": finance["last_instalment"],
        "balloon": finance["balloon"],
        "residual": money_json(plan.residual),
        "costs": [_interest(finance, plan), *([_fee(finance, plan, fee)] if fee else [])],
        "sum": {
            "name": dict(_SUM),
            "amount": money_json(cost),
            "annual": finance["apr"],
            "annual_shown": finance["apr_shown"],
            "text": finance["apr_text"],
        },
        "contingent": [_contingent(row, finance) for row in finance.get("default_costs") or ()],
        "no_other_charges": dict(_NO_OTHER),
    }


def _interest(finance: Mapping[str, Any], plan: Schedule) -> Json:
    payments = [line.amount.minor for line in plan.instalments]
    return {
        "code": "interest",
        "name": dict(_INTEREST),
        "way": dict(_MONTHLY),
        "standard": _filled(_ON_BALANCE, shown_rate(Decimal(finance["nominal_rate"]))),
        "collector": finance["lender"]["name"],
        "amount": money_json(plan.interest),
        **_level(finance, plan.principal.minor, payments, plan.residual),
    }


def _fee(finance: Mapping[str, Any], plan: Schedule, fee: Money) -> Json:
    payments = [line.principal.minor for line in plan.instalments]
    return {
        "code": "fee",
        "name": dict(_FEE),
        "way": dict(_FINANCED if finance.get("fee_financed") else _AT_START),
        "standard": dict(_FIXED),
        "collector": finance["lender"]["name"],
        "amount": money_json(fee),
        **_level(finance, plan.principal.minor - fee.minor, payments, plan.residual),
    }


def _level(finance: Mapping[str, Any], received: int, payments: list[int], residual: Money) -> Json:
    """The annual level of one cost taken alone: as if the others were nothing."""
    payments[-1] += residual.minor
    rate = annual_rate(convention=finance["apr_convention"], received=received, payments=payments)
    return {"annual": str(rate), "annual_shown": shown_rate(rate)}


def _contingent(row: Mapping[str, Any], finance: Mapping[str, Any]) -> Json:
    surcharge = row.get("rate_surcharge")
    rate = None
    if surcharge is not None:
        exact = (1 + Decimal(surcharge)) * Decimal(finance["nominal_rate"])
        rate = exact.quantize(RATE_DIGITS, ROUND_HALF_UP)
    return {
        "code": row["code"],
        "name": row["name"],
        "way": row["way"],
        "standard": row["standard"],
        "collector": finance["lender"]["name"],
        "annual": None if rate is None else str(rate),
        "annual_shown": None if rate is None else shown_rate(rate),
    }


def _filled(words: Mapping[str, str], *parts: str) -> Json:
    return {language: text.format(*parts) for language, text in words.items()}
