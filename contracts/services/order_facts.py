"""An order's frozen facts as contract facts: field by field, nothing looked up anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkout.queries.orders import OrderForContract
from contracts.domain.facts import (
    FORMAT,
    AcceptedTerms,
    Buyer,
    Car,
    ContractFacts,
    Cover,
    Delivery,
    Deposit,
    Equipment,
    Finance,
    Instalment,
    Insurance,
    Price,
    PriceLine,
    RefundRow,
    Seller,
    Tax,
    masked_document,
)
from contracts.domain.templates import Template, reference
from contracts.errors import OrderNotReady
from kernel.money import Money
from kernel.text import Text


def frozen_facts(
    *, order: OrderForContract, document: Mapping[str, Any], template: Template
) -> ContractFacts:
    """What the contract of an order says in the words of `template`.

    `document`: the order's frozen quote (`docs/rules/quotes.md`), for what the typed facts leave out. Raises
    OrderNotReady without a deposit, or when the repayment plan does not add up to the loan.
    """
    if order.agreed_at is None:
        raise OrderNotReady(
            f"order {order.order}: the deposit has not arrived, so there is nothing to put under contract",
            facts={"order": order.order, "reason": "deposit-missing"},
        )
    return ContractFacts(
        format=FORMAT,
        template=reference(template),
        market=order.market,
        timezone=order.timezone,
        language=order.language,
        order=order.order,
        quote=order.quote,
        release=order.release,
        agreed_at=order.agreed_at,
        terms=AcceptedTerms(order.terms_version, order.terms_accepted_at),
        seller=_seller(order, template),
        buyer=_buyer(order),
        car=_car(order, document["car"]),
        price=_price(order, document),
        deposit=_deposit(order, document["deposit"]),
        finance=_finance(order, document["finance"]),
        insurance=_insurance(order),
        delivery=Delivery(
            order.delivery.first_day,
            order.delivery.last_day,
            _text(order.delivery.place),
            _text(order.delivery.address),
        ),
    )


def _text(text: Text) -> Text:
    return dict(text)


def _money(value: Mapping[str, Any]) -> Money:
    return Money(value["amount"], value["currency"])


def _seller(order: OrderForContract, template: Template) -> Seller:
    """The company that the template names for the market, else the one on the quote."""
    named = template.sellers.get(order.market)
    return named or Seller(
        _text(order.seller.name), _text(order.seller.address), order.seller.registration
    )


def _buyer(order: OrderForContract) -> Buyer:
    buyer = order.buyer
    # Masked once more: whoever hands facts over, a personal number never gets into a contract in clear.
    document = masked_document(buyer.document)
    return Buyer(buyer.kind, buyer.name, document, buyer.email, buyer.phone, buyer.address)


def _car(order: OrderForContract, car: Mapping[str, Any]) -> Car:
    return Car(
        model=_text(order.car.model),
        trim=_text(order.car.trim),
        model_year=str(car.get("model_year") or ""),
        vin=order.car.vin,
        mileage_km=car.get("mileage_km"),
        equipment=tuple(
            Equipment(_text(one.group), one.code, _text(one.name), one.origin)
            for one in order.car.equipment
        ),
    )


def _price(order: OrderForContract, document: Mapping[str, Any]) -> Price:
    price = order.price
    conditions = {one["code"]: one["condition"] for one in document.get("offers") or ()}
    estimates = {tax["code"] for tax in document["taxes"] if tax.get("estimate")}
    return Price(
        price_book=price.price_book,
        lines=tuple(
            PriceLine(
                code=line.code,
                kind=line.kind,
                name=_text(line.name),
                amount=line.amount,
                condition=conditions.get(line.code),
            )
            for line in price.lines
        ),
        total=price.total,
        vat=price.vat,
        vat_rate=price.vat_rate,
        taxes=tuple(
            Tax(tax.code, _text(tax.name), _text(tax.text), tax.amount, tax.code in estimates)
            for tax in price.taxes
        ),
        on_the_road=price.on_the_road,
        balance=price.balance,
        before_handover=_money(document["balance"]["before_handover"]),
    )


def _deposit(order: OrderForContract, deposit: Mapping[str, Any]) -> Deposit:
    cap = deposit["cap"]
    rules = [*(stage["text"] for stage in deposit["stages"]), *([cap["text"]] if cap else [])]
    return Deposit(
        policy=deposit["policy"],
        amount=order.deposit.amount,
        kind_name=_text(order.deposit.kind_name),
        cap=_money(cap["amount"]) if cap else None,
        refund_days=order.refund_days,
        rows=tuple(
            RefundRow(
                _text(row["when"]),
                row["kind"],
                _text(row["kind_name"]),
                row["by"],
                _money(row["returned"]),
            )
            for row in deposit["in_words"]
        ),
        rules=tuple(_text(rule) for rule in rules if rule),
    )


def _finance(order: OrderForContract, document: Mapping[str, Any] | None) -> Finance | None:
    loan = order.finance
    if loan is None or document is None:
        return None
    facts = Finance(
        lender=_text(loan.lender),
        product=_text(loan.product),
        months=loan.months,
        nominal_rate=loan.nominal_rate,
        apr=loan.apr,
        down_payment=loan.down_payment,
        amount=loan.amount,
        interest=loan.interest,
        fee=_money(document["fee"]),
        total=loan.total,
        schedule=tuple(
            Instalment(line.number, line.payment, line.interest, line.principal, line.balance)
            for line in loan.schedule
        ),
        apr_shown=document.get("apr_shown", ""),
    )
    residual = document.get("residual")
    _check_schedule(order.order, facts, _money(residual).minor if residual else 0)
    return facts


def _check_schedule(order: str, loan: Finance, residual: int) -> None:
    """A plan that does not add up to the loan and its interest must never be printed; a lease leaves its residual."""
    principal = residual + sum(line.principal.minor for line in loan.schedule)
    interest = sum(line.interest.minor for line in loan.schedule)
    if (principal, interest, len(loan.schedule)) != (
        loan.amount.minor,
        loan.interest.minor,
        loan.months,
    ):
        raise OrderNotReady(
            f"order {order}: the repayment plan does not add up to the loan in the quote",
            facts={
                "order": order,
                "reason": "plan-does-not-add-up",
                "principal": principal,
                "interest": interest,
            },
        )


def _insurance(order: OrderForContract) -> Insurance | None:
    cover = order.insurance
    if cover is None:
        return None
    return Insurance(
        insurer=_text(cover.insurer),
        covers=tuple(
            Cover(one.code, _text(one.name), one.mandatory, one.premium) for one in cover.covers
        ),
        total=cover.total,
    )
