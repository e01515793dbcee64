"""finance.yaml, insurance.yaml, insurance_premiums.csv, services.yaml, deposits.yaml, incentives.yaml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.services.imports_fields import Fields
from catalog.services.imports_folder import Folder
from catalog.services.imports_markets import in_order

LINE_KINDS = ("car", "option", "package", "accessory", "service", "insurance")
DEPOSIT_KINDS = ("dingjin-refundable", "dingjin-legal", "advance")
MOMENTS = (
    "order-placed",
    "order-locked",
    "in-production",
    "inspection-ready",
    "handover",
    "handover+14d",
)
"""What happens to an order, in this order: a stage of a deposit lies between two of them."""
METHODS = ("annuity", "equal-principal", "lease")
ENDS = {"balloon_share": "annuity", "residual_share": "lease"}
"""How a loan may end, and the method that ends so."""
AGES = ("any", "18-24", "25-59", "60+")


def read_finance(folder: Folder) -> None:
    """Reads finance.yaml."""
    top = folder.yaml("finance.yaml", "the file", "lenders", "finance_products")
    if top is None:
        return
    currencies: dict[str | None, str | None] = {}
    for lender in top.rows("lenders", "a lender"):
        row: dict[str, Any] = {
            "code": lender.code("code"),
            "market": _market(folder, lender),
            "name": lender.text("name"),
            "finances_kinds": lender.words("finances_kinds", LINE_KINDS),
            "refuses_kinds": lender.words("refuses_kinds", LINE_KINDS),
            "default_costs": _default_costs(lender),
        }
        currencies[row["code"]] = folder.currency(row["market"])
        folder.add("lenders", lender, row)
    for product in top.rows("products", "a finance product"):
        _finance_product(folder, product, currencies)
    top.close()


def _default_costs(lender: Fields) -> list[dict[str, Any]]:
    """What the lender takes of who does not pay as agreed: when, how much, and what the rate rises by, if it does."""
    found = []
    for cost in lender.rows("default_costs", "a cost of default", required=False):
        row = {
            "code": cost.code("code"),
            "name": cost.text("name"),
            "way": cost.text("way"),
            "standard": cost.text("standard"),
            "rate_surcharge": cost.share("rate_surcharge", required=False),
        }
        cost.close()
        found.append({name: value for name, value in row.items() if value is not None})
    return found


def _market(folder: Folder, fields: Fields) -> str | None:
    return folder.need(fields, "market", fields.word("market"), "markets", "market")


def _finance_product(
    folder: Folder, product: Fields, currencies: dict[str | None, str | None]
) -> None:
    lender = folder.need(product, "lender", product.code("lender"), "lenders", "lender")
    currency = currencies.get(lender)
    row: dict[str, Any] = {
        "code": product.code("code"),
        "lender": lender,
        "method": product.one_of("method", METHODS, required=False) or METHODS[0],
        "months": product.whole("months", low=1, high=120),
        "annual_rate": product.share("annual_rate"),
        "min_down_share": product.share("min_down_share"),
        "min_amount": product.money("min_amount", currency),
        "max_amount": product.money("max_amount", currency),
        "balloon_share": product.share("balloon_share"),
        "residual_share": product.share("residual_share", required=False) or "0",
        "fee": product.money("fee", currency),
        "fee_financed": product.flag("fee_financed", default=False),
        "approval_valid_days": product.whole("approval_valid_days", low=1, high=1000),
        "amount_tolerance": product.share("amount_tolerance"),
        "for_models": need_models(folder, product),
        "name": product.text("name"),
        "text": product.text("text", required=False),
    }
    low, high = row["min_amount"], row["max_amount"]
    if isinstance(low, int) and isinstance(high, int) and low > high:
        product.fault("`max_amount` is below `min_amount`", product.line_of("max_amount"))
    for share, method in ENDS.items():
        if row[share] not in (None, "0") and row["method"] != method:
            product.fault(f"`{share}` is for the method {method} only", product.line_of(share))
    folder.add("finance_products", product, row)


def need_models(folder: Folder, fields: Fields) -> list[str]:
    """The list `models`; faults each that is not there."""
    found = fields.codes("models", required=True)
    for code in found:
        folder.need(fields, "models", code, "models", "model")
    return found


def read_insurance(folder: Folder) -> None:
    """Reads insurance.yaml and insurance_premiums.csv."""
    top = folder.yaml("insurance.yaml", "the file", "insurers", "insurance_products")
    if top is None:
        return
    for insurer in top.rows("insurers", "an insurer"):
        row = {
            "code": insurer.code("code"),
            "market": _market(folder, insurer),
            "name": insurer.text("name"),
        }
        folder.add("insurers", insurer, row)
    currencies: dict[str | None, str | None] = {}
    for product in top.rows("products", "an insurance product"):
        code, market = _insurance_product(folder, product)
        currencies[code] = folder.currency(market)
    top.close()
    _premiums(folder, currencies)


def _insurance_product(folder: Folder, product: Fields) -> tuple[str | None, str | None]:
    """Keeps the product; gives its code and market."""
    row: dict[str, Any] = {
        "code": product.code("code"),
        "insurer": folder.need(product, "insurer", product.code("insurer"), "insurers", "insurer"),
        "market": _market(folder, product),
        "kind": product.one_of("kind", ("compulsory", "commercial")),
        "gate": product.one_of("gate", ("handover",), required=False) or "",
        "per_seat": product.flag("per_seat", default=False),
        "name": product.text("name"),
        "text": product.text("text", required=False),
    }
    folder.add("insurance_products", product, row)
    return row["code"], row["market"]


def _premiums(folder: Folder, currencies: dict[str | None, str | None]) -> None:
    file = "insurance_premiums.csv"
    columns = (
        "product,model,seats,period,driver_age,no_claims_class,fixed_premium,share_of_car_price"
    )
    for line in folder.csv(file, columns, "premiums"):
        fields = folder.fields(line, file, "premium")
        product = folder.need(
            fields, "product", fields.code("product"), "insurance_products", "insurance product"
        )
        row: dict[str, Any] = {
            "product": product,
            "model": folder.need(fields, "model", fields.code("model"), "models", "model"),
            "seats": fields.one_of("seats", ("lt6", "ge6", "any")),
            "period": fields.word("period", longest=30),
            "driver_age": fields.one_of("driver_age", AGES),
            "no_claims_class": fields.word("no_claims_class", longest=10),
            "fixed_premium": fields.money("fixed_premium", currencies.get(product)),
            "share_of_car_price": fields.share("share_of_car_price"),
        }
        folder.add("premiums", fields, row)


def read_services(folder: Folder) -> None:
    """Reads services.yaml."""
    top = folder.yaml("services.yaml", "the file", "services")
    if top is None:
        return
    for service in top.rows("services", "a service"):
        markets = _markets(folder, service)
        row: dict[str, Any] = {
            "code": service.code("code"),
            "kind": service.one_of(
                "kind", ("service_plan", "warranty", "gap", "service", "connectivity")
            ),
            "markets": markets,
            "years": service.whole("years", high=50),
            "km": service.whole("km", required=False),
            "prices": service.amounts("prices", folder.currency),
            "name": service.text("name"),
            "text": service.text("text", required=False),
        }
        if row["prices"] and set(row["prices"]) != set(markets):
            service.fault(
                "`prices` must give a price for each of `markets`", service.line_of("prices")
            )
        folder.add("services", service, row)
    top.close()


def _markets(folder: Folder, service: Fields) -> list[str]:
    found = service.several("markets", required=True)
    for market in found:
        folder.need(service, "markets", market, "markets", "market")
    return found


def read_deposits(folder: Folder) -> None:
    """Reads deposits.yaml."""
    top = folder.yaml("deposits.yaml", "the file", "deposit_policies")
    if top is None:
        return
    for policy in top.rows("policies", "a deposit policy"):
        market = _market(folder, policy)
        currency = folder.currency(market)
        row: dict[str, Any] = {
            "code": policy.code("code"),
            "market": market,
            "valid_from": policy.day("valid_from"),
            "legal_cap": _legal_cap(policy),
            "withdrawal": _withdrawal(policy),
            "note": policy.text("note", required=False) or None,
            "amounts": policy.amounts("amounts", _always(currency)),
            "stages": _stages(policy),
        }
        for code in row["amounts"]:
            folder.need(policy, "amounts", code, "models", "model")
        folder.add("deposit_policies", policy, row)
    top.close()


def _always(currency: str | None) -> Callable[[str], str | None]:
    """Every amount is in that currency."""
    return lambda _code: currency


def _legal_cap(policy: Fields) -> dict[str, Any] | None:
    cap = policy.sub("legal_cap", "the legal cap", required=False)
    if cap is None:
        return None
    row = {"share_of_price": cap.share("share_of_price"), "text": cap.text("text")}
    cap.close()
    return row


def _withdrawal(policy: Fields) -> dict[str, Any] | None:
    right = policy.sub("withdrawal", "the right of withdrawal", required=False)
    if right is None:
        return None
    row: dict[str, Any] = {
        "right": right.flag("right"),
        "days": right.whole("days", high=365),
        "starts": right.one_of("starts", MOMENTS),
        "text": right.text("text"),
    }
    right.close()
    return row


def _stages(policy: Fields) -> list[dict[str, Any]]:
    """The stages, which cover the life of an order without gap or overlap, from placing on."""
    at = MOMENTS[0]
    found = []
    for stage in policy.rows("stages", "a stage"):
        row = _stage(stage)
        if not stage.broken and (
            row["from"] != at or MOMENTS.index(row["until"]) <= MOMENTS.index(at)
        ):
            stage.fault(
                f"stage `{row['code']}` runs from {row['from']} to {row['until']}; it must start at {at}"
            )
        at = row.get("until") or at
        found.append(row)
    return found


def _stage(stage: Fields) -> dict[str, Any]:
    row: dict[str, Any] = {
        "code": stage.code("code"),
        "kind": stage.one_of("kind", DEPOSIT_KINDS),
        "from": stage.one_of("from", MOMENTS),
        "until": stage.one_of("until", MOMENTS),
        "refundable_share": stage.share("refundable_share"),
        "seller_breach_factor": stage.whole("seller_breach_factor", high=10),
        "cooling_off_hours": stage.whole("cooling_off_hours", low=1, high=10_000, required=False),
        "text": stage.text("text"),
    }
    stage.close()
    return {name: value for name, value in row.items() if value is not None}


def read_incentives(folder: Folder) -> None:
    """Reads incentives.yaml."""
    top = folder.yaml("incentives.yaml", "the file", "incentives")
    if top is None:
        return
    for incentive in top.rows("incentives", "an incentive"):
        _incentive(folder, incentive)
    top.close()


def _incentive(folder: Folder, fields: Fields) -> None:
    kind = fields.one_of(
        "kind", ("price_bonus", "finance_campaign", "benefit", "limited_edition", "option_bonus")
    )
    market = fields.word("market")
    every = market == "*"
    if not every:
        folder.need(fields, "market", market, "markets", "market")
    currency = folder.currency(market)
    bonus = kind == "price_bonus"
    amounts = fields.amounts("models", _always(currency)) if bonus else {}
    for code in amounts:
        folder.need(fields, "models", code, "models", "model")
    row: dict[str, Any] = {
        "code": fields.code("code"),
        "kind": kind,
        "market": None if every else market,
        "for_models": [] if bonus else need_models(folder, fields),
        "amounts": amounts,
        "product": fields.code("product", required=kind == "finance_campaign") or "",
        "option": fields.code("option", required=kind in ("limited_edition", "option_bonus")) or "",
        "amount": fields.money("amount", currency, required=kind == "option_bonus"),
        "value": fields.free("value", required=kind == "benefit"),
        "quota": fields.whole("quota", low=1, required=kind == "limited_edition"),
        "quota_by_market": _quotas(folder, fields),
        "valid_from": fields.day("from"),
        "valid_until": fields.day("until", required=False),
        "stack": fields.flag("stack"),
        "needs": fields.code("needs", required=False) or "",
        "voucher": fields.voucher("voucher"),
        "name": fields.text("name"),
        "text": fields.text("text", required=False),
    }
    if bonus and every:
        fields.fault("an amount needs a currency: name one `market`", fields.line_of("market"))
    in_order(fields, row["valid_from"], row["valid_until"], "until")
    _names_exist(folder, fields, row)
    folder.add("incentives", fields, row)


def _quotas(folder: Folder, fields: Fields) -> dict[str, int]:
    quotas = fields.sub("quota_by_market", "the quotas", required=False)
    if quotas is None:
        return {}
    found = {market: quotas.whole(market, low=1, required=False) for market in folder.currencies}
    quotas.close()
    return {market: quota for market, quota in found.items() if quota is not None}


def _names_exist(folder: Folder, fields: Fields, row: dict[str, Any]) -> None:
    folder.need(fields, "product", row["product"], "finance_products", "finance product")
    option = row["option"]
    for model in row["for_models"] if option else ():
        if not folder.knows("options", model, option, model=model):
            fields.fault(
                f"`option`: model {model} has no option `{option}`", fields.line_of("option")
            )
    if (
        row["quota"]
        and row["quota_by_market"]
        and sum(row["quota_by_market"].values()) > row["quota"]
    ):
        fields.fault("`quota_by_market` adds up to more than `quota`", fields.line_of("quota"))
