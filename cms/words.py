"""How the CMS calls stored values and fields: every state, kind and column in the language of the admin.

Tables store short codes; staff read words. `said` never fails: a value nobody named is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Field, Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy

from cms.money_words import MONEY_ACTION, MONEY_WORDS
from cms.order_words import (
    AMENDMENT,
    APPLICATION,
    APPOINTMENT,
    CARRIER,
    COMPENSATION,
    DELIVERY,
    DIFFERS,
    FINANCE_AXIS,
    INSPECTION,
    INSURANCE_AXIS,
    INSURER_CALL,
    ORDER,
    ORDER_ACTION,
    ORDER_CONTRACT,
    PAID,
    POLICY,
    PRIORITY,
    PURPOSE,
    TRANSPORT,
    Words,
)

_ = gettext_lazy


def language() -> str:
    """The language of the admin as texts name it: `zh-hans` or `en`."""
    return "zh-hans" if (get_language() or "zh").startswith("zh") else "en"


QUOTED: Words = {"none": _("none"), "quoted": _("quoted")}
CONTRACT: Words = {
    "draft": _("being drawn up"),
    "issued": _("issued"),
    "viewed": _("read by the buyer"),
    "accepted": _("accepted"),
    "buyer_signed": _("signed by the buyer"),
    "countersigned": _("signed by both"),
    "declined": _("declined"),
    "expired": _("expired"),
    "withdrawn": _("withdrawn"),
    "void": _("void"),
    "superseded": _("superseded"),
}
CONTRACT_EVENT: Words = {
    **CONTRACT,
    "drafted": _("drafted"),
    "code-sent": _("code sent"),
    "reminded": _("reminded"),
    "exported": _("case taken out"),
}
PAYMENT: Words = {
    "created": _("created"),
    "requires_action": _("waits for the buyer"),
    "processing": _("processing"),
    "succeeded": _("succeeded"),
    "failed": _("failed"),
    "canceled": _("cancelled"),
    "refunded": _("refunded"),
}
METHOD: Words = {
    "card": _("card"),
    "alipay": _("Alipay"),
    "wechat_pay": _("WeChat Pay"),
    "sandbox": _("sandbox"),
    "stripe": "Stripe",
}
OPERATION: Words = {
    "create": _("create the payment"),
    "cancel": _("cancel the payment"),
    "refund": _("refund"),
    "planned": _("planned"),
    "sent": _("sent"),
    "done": _("done"),
    "failed": _("failed"),
    "unknown": _("answer unknown"),
}
ENTRY: Words = {
    "charge": _("payment received"),
    "refund-approved": _("refund approved"),
    "refund": _("refund paid out"),
    "refund-refused": _("refund came back"),
    "deposit-forfeited": _("deposit kept"),
    "compensation-approved": _("compensation approved"),
    "reversal": _("reversal"),
}
VEHICLE: Words = {
    "in_stock": _("in stock"),
    "in_transit": _("in transit"),
    "demo": _("demonstration car"),
    "reserved": _("reserved"),
    "sold": _("sold"),
    "available": _("available"),
    "held": _("held"),
}
RESERVATION: Words = {"released": _("released"), "expired": _("expired"), "sold": _("sold")}
QUOTE: Words = {"open": _("open"), "ordered": _("ordered"), "expired": _("expired")}
LINE: Words = {
    "base": _("trim"),
    "trim": _("trim"),
    "option": _("option"),
    "package": _("package"),
    "included": _("included"),
    "standard": _("standard"),
    "delivery": _("delivery fee"),
    "discount": _("discount"),
    "incentive": _("offer"),
    "benefit": _("benefit"),
}
RULE: Words = {
    "requires": _("requires"),
    "excludes": _("excludes"),
    "includes": _("includes"),
    "exactly": _("exactly so many"),
    "at_most": _("at most so many"),
    "at_least": _("at least so many"),
    "boolean": _("condition"),
    "lead": _("longer delivery"),
}
INCENTIVE: Words = {
    "price_bonus": _("price bonus"),
    "finance_campaign": _("finance campaign"),
    "benefit": _("benefit"),
    "limited_edition": _("limited edition"),
    "option_bonus": _("option bonus"),
}
WHY: Words = {
    "market": _("not in this market"),
    "model": _("not for this model"),
    "not-yet": _("has not begun on this day"),
    "over": _("is over on this day"),
    "option": _("its option is not on the car, or costs nothing"),
    "proof": _("needs a proof that the buyer does not bring"),
    "voucher": _("needs its code word"),
    "product": _("its finance product is not asked for"),
    "quota": _("every place is taken"),
    "not-combinable": _("does not combine with another that is worth more"),
}
PROOF: Words = {"trade-in-proof": _("proof of the car traded in")}
PAID_TO: Words = {
    "tax-office": _("to the tax office"),
    "registration-office": _("to the registration office"),
}
BUYER: Words = {"person": _("person"), "company": _("company")}
MARKET: Words = {"CN": _("Mainland China"), "DE": _("Germany")}
LANGUAGE: Words = {"zh-hans": "简体中文", "en": "English"}
SWITCH: Words = {"publish": _("published"), "roll_back": _("rolled back")}
ACTOR: Words = {
    "guest": _("buyer"),
    "buyer": _("buyer"),
    "system": _("the shop"),
    "worker": _("the shop"),
    "staff": _("staff"),
}
ACTION: Words = {
    "order-placed": _("order placed"),
    "deposit-paid": _("deposit paid"),
    "contract-drafted": _("contract drafted"),
    "contract-issued": _("contract issued"),
    "contract-viewed": _("contract read"),
    "contract-accepted": _("contract accepted"),
    "contract-code-sent": _("code to sign sent"),
    "contract-buyer_signed": _("contract signed by the buyer"),
    "contract-buyer-signed": _("contract signed by the buyer"),
    "contract-countersigned": _("contract sealed and archived"),
    "contract-signed": _("contract signed by both"),
    "contract-declined": _("contract declined"),
    "contract-expired": _("contract expired"),
    "contract-reminded": _("buyer reminded of the contract"),
    "contract-withdrawn": _("contract withdrawn from"),
    "contract-exported": _("case of the contract taken out"),
    "contract-void": _("contract void"),
    "contract-superseded": _("contract superseded"),
    "order-expired": _("order expired"),
    "order-cancelled": _("order cancelled"),
    "refund-planned": _("refund planned"),
    "deposit-forfeited": _("deposit kept"),
    "compensation-proposed": _("compensation proposed"),
    "compensation-approved": _("compensation approved"),
    "compensation-refused": _("compensation refused"),
    "refund-approved": _("refund approved"),
    "publish": _("published"),
    "roll-back": _("rolled back"),
    **ORDER_ACTION,
    **MONEY_ACTION,
}
TABLE: Words = {
    "brand": _("brand"),
    "markets": _("markets"),
    "models": _("models"),
    "model_years": _("model years"),
    "trims": _("trims"),
    "groups": _("option groups"),
    "options": _("options"),
    "availability": _("availability"),
    "rules": _("rules"),
    "prices": _("prices"),
    "lead_times": _("lead times"),
    "reference_cars": _("reference cars"),
    "price_books": _("price books"),
    "deposit_policies": _("deposit policies"),
    "order_policies": _("order policies"),
    "payment_methods": _("payment methods"),
    "lenders": _("lenders"),
    "finance_products": _("finance products"),
    "insurers": _("insurers"),
    "insurance_products": _("insurance products"),
    "premiums": _("premiums"),
    "services": _("services"),
    "incentives": _("incentives"),
    "places": _("places"),
    "law": _("law and tax"),
    "pictures": _("pictures"),
}
CHANGE: Words = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}

VOCABULARIES: Mapping[str, Words] = {
    "order": ORDER,
    "paid": PAID,
    "order_contract": ORDER_CONTRACT,
    "delivery": DELIVERY,
    "quoted": QUOTED,
    "contract": CONTRACT,
    "contract_event": CONTRACT_EVENT,
    "payment": PAYMENT,
    "purpose": PURPOSE,
    "policy": POLICY,
    "insurer_call": INSURER_CALL,
    "application": APPLICATION,
    "method": METHOD,
    "operation": OPERATION,
    "entry": ENTRY,
    "vehicle": VEHICLE,
    "reservation": RESERVATION,
    "quote": QUOTE,
    "line": LINE,
    "market": MARKET,
    "language": LANGUAGE,
    "switch": SWITCH,
    "actor": ACTOR,
    "action": ACTION,
    "buyer": BUYER,
    "table": TABLE,
    "change": CHANGE,
    "why": WHY,
    "proof": PROOF,
    "paid_to": PAID_TO,
    "incentive": INCENTIVE,
    "finance_axis": FINANCE_AXIS,
    "insurance_axis": INSURANCE_AXIS,
    "compensation": COMPENSATION,
    "inspection": INSPECTION,
    "transport": TRANSPORT,
    "carrier": CARRIER,
    "differs": DIFFERS,
    "appointment": APPOINTMENT,
    "priority": PRIORITY,
    "amendment": AMENDMENT,
    **MONEY_WORDS,
}
FIELDS: Mapping[str, Words] = {
    "checkout.order.state": ORDER,
    "checkout.order.payment_state": PAID,
    "checkout.order.contract_state": ORDER_CONTRACT,
    "checkout.order.delivery_state": DELIVERY,
    "checkout.order.market": MARKET,
    "checkout.quote.state": QUOTE,
    "checkout.quote.market": MARKET,
    "checkout.insurancepolicy.state": POLICY,
    "checkout.financeapplication.state": APPLICATION,
    "checkout.payment.state": PAYMENT,
    "checkout.payment.purpose": PURPOSE,
    "checkout.payment.method": METHOD,
    "checkout.payment.provider": METHOD,
    "checkout.webhookmessage.provider": METHOD,
    "checkout.ledgerentry.kind": ENTRY,
    "contracts.contract.state": CONTRACT,
    "contracts.contract.market": MARKET,
    "contracts.contract.language": LANGUAGE,
    "contracts.templateversion.state": {
        "draft": _("draft"),
        "legal_review": _("in legal review"),
        "approved": _("approved"),
        "retired": _("retired"),
    },
    "contracts.clauseversion.condition": {
        "always": _("always"),
        "financed": _("with financing"),
        "not-financed": _("without financing"),
        "insured": _("with insurance"),
        "with-extras": _("with extras"),
        "proof-bound": _("with an offer that asks for a proof"),
        "to-build": _("built to order"),
        "from-stock": _("car from stock"),
        "company": _("company"),
        "person": _("person"),
    },
    "catalog.stockvehicle.status": VEHICLE,
    "catalog.rule.kind": RULE,
    "catalog.price.kind": LINE,
    "catalog.leadtime.kind": LINE,
    "catalog.incentive.kind": INCENTIVE,
    "catalog.financeproduct.method": {
        "annuity": _("equal instalments"),
        "equal-principal": _("equal principal"),
        "lease": _("lease"),
    },
    "catalog.legalrow.by": {
        "invoice_date": _("day of the invoice"),
        "contract_date": _("day of the contract"),
        "delivery_date": _("day of delivery"),
        "application_date": _("day of the application"),
        "display_date": _("day it is shown"),
    },
    "catalog.legalrow.confidence": {
        "statute": _("text of the law"),
        "secondary": _("press or law firm"),
        "general": _("general knowledge"),
    },
    "catalog.optiongroup.choose": {"one": _("exactly one"), "any": _("any number")},
    "catalog.availability.value": {"S": _("standard"), "O": _("optional")},
    "catalog.place.kind": {"store": _("store"), "delivery_centre": _("delivery centre")},
    "catalog.referencecar.expect": {"valid": _("buildable"), "invalid": _("not buildable")},
    "catalog.insuranceproduct.kind": {
        "compulsory": _("compulsory"),
        "commercial": _("commercial"),
    },
    "catalog.premium.seats": {
        "lt6": _("below six"),
        "ge6": _("six or more"),
        "any": _("any number"),
    },
    "catalog.market.steering": {"left": _("left-hand drive"), "right": _("right-hand drive")},
    "catalog.model.steering": {"left": _("left-hand drive"), "right": _("right-hand drive")},
}


NAMES = {
    "Account": "Ledger account",
    "Vin": "VIN",
    "Vin letter": "VIN letter",
    "Vin digit": "VIN digit",
    "Vat rate": "VAT rate",
    "Vat included": "VAT included",
    "Wmi": "WMI",
    "Dimensions mm": "Dimensions (mm)",
    "Event id": "Event",
    "Lat": "Latitude",
    "Lon": "Longitude",
}
"""Fields whose name in the table is an abbreviation."""


def said(vocabulary: str, value: Any) -> str:
    """The words for a stored value, e.g. `said("order", "reserved")`; an unknown value is shown as it is."""
    return str(VOCABULARIES.get(vocabulary, {}).get(str(value), value))


def words_of(model: type[Model], field: str) -> Words:
    """The words for the values of a field; empty where it holds no codes."""
    return FIELDS.get(f"{model._meta.label_lower}.{field}", {})


def field_name(field: Field[Any, Any]) -> Promise:
    """A field's name for people, translated when it is shown."""
    name = capfirst(str(field.verbose_name))
    return gettext_lazy(NAMES.get(name, name))


def column_name(model: type[Model], name: str) -> Promise:
    """A column's name for people: of a field, or of whatever attribute is shown."""
    fields = {field.name: field for field in model._meta.get_fields() if isinstance(field, Field)}
    if name in fields:
        return field_name(fields[name])
    return gettext_lazy(capfirst(name.replace("_", " ")))
