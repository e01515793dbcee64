"""An order as its contract quotes it: frozen, in both languages, nothing looked up anew.

Field names follow the facts of a contract; personal numbers are masked here, so a contract never sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from checkout.domain.amounts import money_of
from checkout.domain.buyer import address_line
from checkout.domain.schedules import ANNUITY, schedule
from checkout.errors import UnknownOrder
from checkout.models.orders import Order
from kernel.money import Money
from kernel.text import Text

NO_TEXT: Text = {"zh-hans": "", "en": ""}


@dataclass(frozen=True, slots=True)
class Seller:
    """The selling company; address and registration may be empty."""

    name: Text
    address: Text
    registration: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys; `document` is masked."""

    kind: str
    name: str
    document: str
    email: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Equipment:
    """One line of the build list; `origin`: chosen, included or standard."""

    group: Text
    code: str
    name: Text
    origin: str


@dataclass(frozen=True, slots=True)
class Car:
    """`vin` is empty until the car is built."""

    model: Text
    trim: Text
    vin: str
    equipment: tuple[Equipment, ...]


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the price sheet."""

    code: str
    kind: str
    name: Text
    amount: Money


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that the buyer pays to the office."""

    code: str
    name: Text
    text: Text
    amount: Money


@dataclass(frozen=True, slots=True)
class Price:
    """`balance` is what the buyer still pays the seller: total less deposit, less the loan."""

    price_book: str
    lines: tuple[PriceLine, ...]
    total: Money
    vat: Money
    vat_rate: str
    taxes: tuple[Tax, ...]
    on_the_road: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class DepositStage:
    """What comes back when the buyer cancels in this stage, and what the seller pays when it fails."""

    code: str
    kind: str
    name: Text
    text: Text
    refund: Money
    seller_breach: Money
    cooling_off_hours: int


@dataclass(frozen=True, slots=True)
class Deposit:
    """The deposit policy of the order; `in_words` is the refund table as it was shown and accepted."""

    policy: str
    amount: Money
    kind_name: Text
    stages: tuple[DepositStage, ...]
    in_words: tuple[tuple[Text, Money], ...]


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment to the lender."""

    number: int
    payment: Money
    interest: Money
    principal: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Finance:
    """The loan in the quote; rates as decimal strings a year."""

    lender: Text
    product: Text
    months: int
    nominal_rate: str
    apr: str
    down_payment: Money
    amount: Money
    interest: Money
    total: Money
    schedule: tuple[Instalment, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """One insurance product of the first year."""

    code: str
    name: Text
    mandatory: bool
    premium: Money


@dataclass(frozen=True, slots=True)
class Insurance:
    """The covers in the quote."""

    insurer: Text
    covers: tuple[Cover, ...]
    total: Money


@dataclass(frozen=True, slots=True)
class Delivery:
    """The promised days, both included, and the place."""

    first_day: date
    last_day: date
    place: Text
    address: Text


@dataclass(frozen=True, slots=True)
class OrderForContract:
    """Everything a purchase agreement says about an order; `agreed_at` is when the deposit arrived, or None."""

    order: str
    quote: str
    release: str
    state: str
    market: str
    timezone: str
    language: str
    terms_version: str
    terms_accepted_at: datetime
    agreed_at: datetime | None
    seller: Seller
    buyer: Buyer
    car: Car
    price: Price
    deposit: Deposit
    finance: Finance | None
    insurance: Insurance | None
    delivery: Delivery
    refund_days: int


def order_facts_for_contract(code: str) -> OrderForContract:
    """What the contract of that order quotes; raises UnknownOrder."""
    row = Order.objects.select_related("quote").filter(code=code).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {code!r}", facts={"order": code})
    document = row.document
    return OrderForContract(
        order=row.code,
        quote=row.quote.code,
        release=row.release,
        state=row.state,
        market=row.market,
        timezone=document["market"]["timezone"],
        language=row.language,
        terms_version=row.terms_version,
        terms_accepted_at=row.terms_accepted_at,
        agreed_at=row.reserved_at,
        seller=Seller(document["seller"]["name"], document["seller"].get("address") or NO_TEXT, ""),
        buyer=Buyer(
            kind=row.buyer_kind,
            name=row.buyer_name,
            document=row.buyer_document_masked,
            email=row.buyer_email,
            phone=row.buyer_phone,
            address=address_line(row.buyer_address),
        ),
        car=_car(document["car"], row.vin),
        price=_price(document),
        deposit=_deposit(document["deposit"]),
        finance=_finance(document["finance"]),
        insurance=_insurance(document["insurance"]),
        delivery=_delivery(document["delivery"]),
        refund_days=document["deposit"]["refund_days"],
    )


def _car(car: Mapping[str, Any], vin: str) -> Car:
    origins = {"option": "chosen", "package": "chosen"}
    return Car(
        model=car["names"]["model"],
        trim=car["names"]["trim"],
        vin=vin,
        equipment=tuple(
            Equipment(o["group_name"], o["code"], o["name"], origins.get(o["kind"], o["kind"]))
            for o in car["options"]
        ),
    )


def _price(document: Mapping[str, Any]) -> Price:
    sheet = document["price_sheet"]
    return Price(
        price_book=sheet["price_book"],
        lines=tuple(
            PriceLine(line["code"], line["kind"], line["name"], money_of(line["amount"]))
            for line in sheet["lines"]
        ),
        total=money_of(sheet["total"]),
        vat=money_of(sheet["vat"]),
        vat_rate=sheet["vat_rate"],
        taxes=tuple(
            Tax(tax["code"], tax["name"], tax["text"], money_of(tax["amount"]))
            for tax in document["taxes"]
        ),
        on_the_road=money_of(document["on_the_road"]),
        balance=money_of(document["balance"]["cash_balance"]),
    )


def _deposit(deposit: Mapping[str, Any]) -> Deposit:
    return Deposit(
        policy=deposit["policy"],
        amount=money_of(deposit["amount"]),
        kind_name=deposit["kind_name"],
        stages=tuple(
            DepositStage(
                code=stage["code"],
                kind=stage["kind"],
                name=stage["name"],
                text=stage["text"],
                refund=money_of(stage["amount"]),
                seller_breach=money_of(stage["seller_breach_amount"]),
                cooling_off_hours=stage["cooling_off_hours"],
            )
            for stage in deposit["stages"]
        ),
        in_words=tuple((row["when"], money_of(row["returned"])) for row in deposit["in_words"]),
    )


def _finance(finance: Mapping[str, Any] | None) -> Finance | None:
    if finance is None:
        return None
    amount = money_of(finance["amount"])
    # The schedule follows from the frozen terms by a pure function, so it need not be stored.
    plan = schedule(
        principal=amount,
        annual_rate=Decimal(finance["nominal_rate"]),
        months=finance["months"],
        method=finance.get("method") or ANNUITY,
        balloon=money_of(finance["balloon"]),
        residual=money_of(finance["residual"]) if finance.get("residual") else None,
    )
    return Finance(
        lender=finance["lender"]["name"],
        product=finance["name"],
        months=finance["months"],
        nominal_rate=finance["nominal_rate"],
        apr=finance["apr"],
        down_payment=money_of(finance["down_payment"]),
        amount=amount,
        interest=money_of(finance["interest"]),
        total=money_of(finance["total"]),
        schedule=tuple(
            Instalment(i.number, i.amount, i.interest, i.principal, i.balance)
            for i in plan.instalments
        ),
    )


def _insurance(insurance: Mapping[str, Any] | None) -> Insurance | None:
    if insurance is None:
        return None
    lines = insurance["lines"]
    return Insurance(
        insurer=lines[0]["insurer"]["name"],
        covers=tuple(
            Cover(x["product"], x["name"], x["mandatory"], money_of(x["premium"])) for x in lines
        ),
        total=money_of(insurance["total"]),
    )


def _delivery(delivery: Mapping[str, Any]) -> Delivery:
    place = delivery["place"] or {}
    return Delivery(
        first_day=date.fromisoformat(delivery["from"]),
        last_day=date.fromisoformat(delivery["until"]),
        place=place.get("name") or NO_TEXT,
        address=place.get("address") or NO_TEXT,
    )
