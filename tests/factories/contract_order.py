"""Orders whose deposit has arrived, as checkout stores them, and a renderer for tests without typesetting."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from checkout.domain.order import State
from checkout.models import DeliveryPromise, Order, Quote
from contracts.domain.boxes import SignatureBox
from contracts.domain.codec import to_json
from contracts.domain.documents import ContractDocument
from contracts.domain.facts import ContractFacts, Deposit, Finance, Insurance
from contracts.pdf.ports import RenderedPdf
from kernel.text import fingerprint
from tests.factories.contract import NOW, text

KINDS = {"chosen": "option", "included": "included", "standard": "standard"}


def quote_document(facts: ContractFacts) -> dict[str, Any]:
    """The frozen quote document of an order whose contract says `facts`, as checkout writes it."""
    price, sheet = facts.price, to_json(facts.price)
    return {
        "format": 1,
        "release": facts.release,
        "market": {
            "code": facts.market,
            "currency": "CNY",
            "timezone": facts.timezone,
            "vat_rate": price.vat_rate,
        },
        "seller": {"name": dict(facts.seller.name), "brand": text("鹭行", "Egretta")},
        "car": {
            "names": {"model": facts.car.model, "trim": facts.car.trim},
            "options": [
                {
                    "code": one.code,
                    "name": one.name,
                    "group": one.code,
                    "group_name": one.group,
                    "kind": KINDS[one.origin],
                }
                for one in facts.car.equipment
            ],
            "vin": facts.car.vin or None,
            "model_year": facts.car.model_year or None,
            "mileage_km": facts.car.mileage_km,
        },
        "price_sheet": {
            key: sheet[key] for key in ("price_book", "lines", "total", "vat", "vat_rate")
        },
        "taxes": sheet["taxes"],
        "on_the_road": sheet["on_the_road"],
        "finance": _loan_document(facts.finance),
        "insurance": _insurance_document(facts.insurance),
        "deposit": _deposit_document(facts.deposit),
        "delivery": {
            "days": 41,
            "from": facts.delivery.first_day.isoformat(),
            "until": facts.delivery.last_day.isoformat(),
            "place": {
                "code": "xm-home",
                "name": facts.delivery.place,
                "address": facts.delivery.address,
            },
        },
        "balance": {
            "cash_balance": sheet["balance"],
            "before_handover": sheet["before_handover"],
            "financed": to_json(facts.finance.amount)
            if facts.finance
            else {"amount": 0, "currency": "CNY"},
        },
    }


def _loan_document(loan: Finance | None) -> dict[str, Any] | None:
    if loan is None:
        return None
    facts = to_json(loan)
    return {
        **{
            key: facts[key]
            for key in (
                "months",
                "nominal_rate",
                "apr",
                "down_payment",
                "amount",
                "interest",
                "fee",
                "total",
            )
        },
        "product": "luyin-60",
        "name": loan.product,
        "lender": {"code": "luyin", "name": loan.lender},
        "balloon": {"amount": 0, "currency": "CNY"},
    }


def _insurance_document(cover: Insurance | None) -> dict[str, Any] | None:
    if cover is None:
        return None
    return {
        "lines": [
            {
                **to_json(one),
                "product": one.code,
                "insurer": {"code": "qinghe", "name": cover.insurer},
            }
            for one in cover.covers
        ],
        "total": to_json(cover.total),
    }


def _deposit_document(policy: Deposit) -> dict[str, Any]:
    return {
        "policy": policy.policy,
        "amount": to_json(policy.amount),
        "kind": "dingjin-refundable",
        "kind_name": policy.kind_name,
        "cap": {"amount": to_json(policy.cap), "text": policy.rules[-1]},
        "refund_days": policy.refund_days,
        "stages": [
            {
                "code": f"stage-{number}",
                "name": text("阶段", "stage"),
                "kind": "dingjin-legal",
                "text": rule,
                "amount": to_json(policy.amount),
                "seller_breach_amount": to_json(policy.amount),
                "cooling_off_hours": 0,
            }
            for number, rule in enumerate(policy.rules[:-1])
        ],
        "in_words": [
            {
                "when": r.when,
                "kind": r.kind,
                "kind_name": r.kind_name,
                "by": r.by,
                "returned": to_json(r.amount),
            }
            for r in policy.rows
        ],
    }


def reserved_order(facts: ContractFacts, *, code: str = "C26-N4X8R2KQ") -> Order:
    """An order whose deposit has arrived, with everything its contract quotes."""
    document = quote_document(facts)
    vin = facts.car.vin
    quote = Quote.objects.create(
        code=f"Q-{code[-8:]}",
        state=Quote.State.ORDERED,
        market="CN",
        currency="CNY",
        release=facts.release,
        vin=vin,
        request={},
        document=document,
        fingerprint=fingerprint(document),
        created_at=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(days=7),
    )
    order = Order.objects.create(
        code=code,
        quote=quote,
        state=State.RESERVED,
        payment_state="deposit",
        market="CN",
        currency="CNY",
        language=facts.language,
        release=facts.release,
        vin=vin,
        document=document,
        price=facts.price.total.minor,
        on_the_road=facts.price.on_the_road.minor,
        deposit=facts.deposit.amount.minor,
        token_digest=hashlib.sha256(code.encode()).hexdigest(),
        buyer_kind=facts.buyer.kind,
        buyer_name=facts.buyer.name,
        buyer_email=facts.buyer.email,
        buyer_phone=facts.buyer.phone,
        buyer_address={"line": facts.buyer.address},
        buyer_document_masked=facts.buyer.document,
        terms_version=facts.terms.version,
        terms_accepted_at=facts.terms.accepted_at,
        placed_at=NOW - timedelta(minutes=4),
        expires_at=NOW + timedelta(minutes=26),
        reserved_at=facts.agreed_at,
    )
    DeliveryPromise.objects.create(
        order=order,
        number=1,
        from_on=facts.delivery.first_day,
        until_on=facts.delivery.last_day,
        actor="system",
        at=order.placed_at,
    )
    return order


INK_BOXES = (
    SignatureBox("seller", page=0, left=60.0, bottom=100.0, right=260.0, top=170.0),
    SignatureBox("buyer", page=0, left=320.0, bottom=100.0, right=520.0, top=170.0),
)


class InkRenderer:
    """A renderer for tests of everything but typesetting: a few bytes that depend on the document alone."""

    def __init__(self) -> None:
        self.rendered: list[str] = []

    def render(self, document: ContractDocument) -> RenderedPdf:
        """Bytes that begin like a PDF."""
        self.rendered.append(document.number)
        return RenderedPdf(
            f"%PDF-1.7\n{document.number} {document.fingerprint}\n".encode(), 1, "ink 1", INK_BOXES
        )
