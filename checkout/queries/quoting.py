"""Works a quote out: the car and its price from the catalog, loan, cover, deposit and delivery from the release.

Reads only. The same request worked out at another moment gives the document of that moment; comparing the two
is how a quote passes a fall of the price on and explains itself after its expiry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from catalog.domain.catalogue import Catalogue, Market, Model
from catalog.domain.duties import duties
from catalog.domain.incentives import Buyer, Incentive, read_incentives
from catalog.domain.pricing import PriceLine, PriceSheet
from catalog.domain.stock import AVAILABLE
from catalog.domain.terms import vat_rate
from catalog.errors import VehicleNotAvailable
from catalog.queries.builds import SavedCar, saved_car
from catalog.queries.configuring import car_facts, selling
from catalog.queries.on_sale import OnSale, on_sale
from catalog.queries.on_sale import release as release_of
from catalog.queries.pricing import quotas_used
from catalog.queries.stock import VehicleFacts, todays_sheet, vehicle
from checkout.domain.amounts import Json
from checkout.domain.asking import Asked
from checkout.domain.delivery import Window, day_in, stock_days, window
from checkout.domain.deposit import Deposit, deposit_for, policy_in_force
from checkout.domain.driver import driver_facts
from checkout.domain.extras import Asked as Extra
from checkout.domain.extras import offered, read_extras, with_extras
from checkout.domain.financing import Loan, loan, product_of
from checkout.domain.insurance import Premium, Risk, chosen_covers, seats_of
from checkout.domain.order_policy import policy_row
from checkout.domain.quotation import (
    Equipment,
    Parts,
    QuotedCar,
    Selling,
    quote_document,
    refused_by,
)
from checkout.domain.sheets import at_most, with_line
from checkout.domain.vouchers import VoucherAnswer, told_vouchers
from checkout.errors import NothingToQuote, UnknownPlace, UnknownProof
from checkout.queries.offers import (
    campaign_for,
    covers_of,
    finance_products,
    first_class,
    subject_of,
    usual_down_payment,
)
from kernel.money import Money

KINDS = frozenset({"option", "package", "included", "standard"})
"""Lines of a price sheet that are equipment of the car."""
OFFERS = frozenset({"incentive", "benefit"})
"""Lines of a price sheet that are incentives."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A car with its price sheet, the release that made them, and when and where it can be handed over."""

    release: str
    car: QuotedCar
    sheet: PriceSheet
    window: Window
    place: str | None


@dataclass(frozen=True, slots=True)
class At:
    """A release and the moment at which it is asked."""

    shelf: OnSale
    moment: datetime


@dataclass(frozen=True, slots=True)
class Basis:
    """Under what each part of a document is worked out: the same for a quote; an order's amendment keeps what it was promised."""

    car: At
    """The car with its extras, taxes, deposit and place."""
    loan: At
    cover: At
    deposit: tuple[At, Money] | None = None
    """What was paid already and stays the deposit, under the policy of that release and moment."""
    lent: Money | None = None
    """What of the price the lender is to finance, whatever the price; None follows the down payment asked for."""
    fee: PriceLine | None = None
    """A fee for the change, a line of its own."""
    promised: Mapping[str, int] = field(default_factory=dict)
    """The most that a line may cost, by code, in minor units."""
    holds: frozenset[str] = frozenset()
    """The limited offers in which the order has its place."""


def selling_market(market: str) -> tuple[OnSale, Market]:
    """The release on sale and the market in it; raises UnknownMarket, MarketNotOnSale, NothingOnSale."""
    shelf = on_sale()
    return shelf, selling(shelf.catalogue, market)


def worked_out(*, asked: Asked, now: datetime) -> Json:
    """The quote's document for a request at this moment.

    Raises UnknownBuild, UnknownVehicle, VehicleNotAvailable, NotBuildable, NothingToQuote, UnknownPlace, UnknownFinanceProduct,
    FinanceNotEligible, UnknownCover, CoverNotOffered, NoDepositPolicy, NoOrderPolicy, NoPriceBook, NoTaxRule, MarketNotOnSale,
    UnknownExtra, ExtraChanged, UnknownProof, UnknownVoucher.
    """
    shelf, market = selling_market(asked.market)
    at = At(shelf, now)
    priced = priced_car(asked, shelf, market, now)
    return document_of(asked=asked, priced=priced, market=market, basis=Basis(at, at, at))


def document_of(*, asked: Asked, priced: Priced, market: Market, basis: Basis) -> Json:
    """The document of a car that is priced already; raises what `worked_out` raises of anything but the car."""
    shelf, now = basis.car.shelf, basis.car.moment
    day = day_in(market.timezone, now)
    catalogue = shelf.catalogue
    selling_facts = _selling(catalogue, market, priced.release, now)
    rate = selling_facts.vat_rate
    priced = replace(priced, sheet=at_most(priced.sheet, basis.promised, rate))
    price = priced.sheet.total
    extras = extras_of(catalogue, market, asked)
    whole = at_most(with_extras(priced.sheet, extras, rate), basis.promised, rate)
    whole = whole if basis.fee is None else with_line(whole, basis.fee, rate)
    driver = driver_facts(
        age=asked.driver_age,
        no_claims_class=asked.no_claims_class,
        first_class=first_class(catalogue, market.code, day),
    )
    risk = Risk(
        model=priced.car.model,
        seats=asked.seats or priced.car.seats,
        price=price,
        driver_age=driver.age,
        no_claims_class=driver.no_claims_class,
    )
    return quote_document(
        Parts(
            selling=selling_facts,
            car=priced.car,
            sheet=whole,
            duties=duties(market, catalogue.law, price, day),
            loan=_loan(asked, basis, priced.car, whole),
            premiums=_premiums(asked, basis.cover.shelf.catalogue, risk),
            risk=risk,
            driver=driver,
            deposit=_deposit(market, basis, priced.car.model, price),
            window=priced.window,
            place=place_of(catalogue, market.code, priced.place or asked.place),
            extras=extras,
            order_policy=_order_policy(market, basis),
            offers=_offers(catalogue, market, asked, priced),
            vouchers=_vouchers(shelf, market, asked, priced, day),
            trade_in=asked.trade_in,
        )
    )


def _order_policy(market: Market, basis: Basis) -> Mapping[str, Any]:
    """As the deposit's: that of the order's own moment, so that its words in the terms stay through amendments."""
    at, _ = basis.deposit or (basis.car, None)
    policies = at.shelf.catalogue.order_policies
    return policy_row(policies=policies, market=market.code, day=day_in(market.timezone, at.moment))


def _deposit(market: Market, basis: Basis, model: str, price: Money) -> Deposit:
    at, paid = basis.deposit or (basis.car, None)
    policy = policy_in_force(
        policies=at.shelf.catalogue.deposit_policies,
        market=market.code,
        currency=market.currency,
        day=day_in(market.timezone, at.moment),
    )
    return deposit_for(policy=policy, model=model, price=price, paid=paid)


def priced_car(asked: Asked, shelf: OnSale, market: Market, now: datetime) -> Priced:
    """The car asked for with its price sheet, without extras; raises what `worked_out` raises of a car."""
    return _vehicle(asked, market, now) if asked.vin else _build(asked, shelf, market, now)


def extras_of(catalogue: Catalogue, market: Market, asked: Asked) -> tuple[Extra, ...]:
    """Every extra of the market with the buyer's answer; raises UnknownExtra, ExtraChanged."""
    known = read_extras(catalogue.services, market=market.code, currency=market.currency)
    return offered(known, asked.extras)


def _offers(
    catalogue: Catalogue, market: Market, asked: Asked, priced: Priced
) -> tuple[Incentive, ...]:
    """The incentives that the price sheet shows; raises UnknownProof for a proof that none for this model asks for."""
    mine = [
        one
        for one in read_incentives(catalogue.incentives, market.code)
        if priced.car.model in one.models
    ]
    known = {one.needs for one in mine if one.needs}
    strange = [proof for proof in asked.proofs if proof not in known]
    if strange:
        raise UnknownProof(
            f"proofs: no offer for this car asks for {', '.join(strange)}",
            facts={"proofs": strange, "known": sorted(known)},
        )
    shown = {line.code for line in priced.sheet.lines if line.kind in OFFERS}
    return tuple(one for one in mine if one.code in shown)


def _vouchers(
    shelf: OnSale, market: Market, asked: Asked, priced: Priced, day: date
) -> tuple[VoucherAnswer, ...]:
    if not asked.vouchers:
        return ()
    return told_vouchers(
        read_incentives(shelf.catalogue.incentives, market.code),
        subject=subject_of(priced.car, priced.sheet),
        day=day,
        buyer=buyer_of(asked),
        taken=quotas_used(shelf, market.code, known=True),
        shown={line.code for line in priced.sheet.lines if line.kind in OFFERS},
    )


def place_of(catalogue: Catalogue, market: str, code: str | None) -> Mapping[str, Any] | None:
    """The place of handover; without a code the market's first delivery centre; raises UnknownPlace."""
    places = [row for row in catalogue.places if row["market"] == market]
    if code is None:
        centres = [row for row in places if row["kind"] == "delivery_centre"]
        return next(iter([*centres, *places]), None)
    for row in places:
        if row["code"] == code:
            return row
    raise UnknownPlace(
        f"place: there is no {code!r} in this market",
        facts={"place": code, "places": [row["code"] for row in places]},
    )


def _build(asked: Asked, shelf: OnSale, market: Market, now: datetime) -> Priced:
    saved = saved_car(asked.build)
    if saved.market != market.code:
        raise NothingToQuote(
            f"build {asked.build} is for market {saved.market}, not {market.code}",
            facts={"build": asked.build, "market": saved.market},
        )
    return built(saved, at=At(shelf, now), market=market, buyer=buyer_of(asked))


def built(saved: SavedCar, *, at: At, market: Market, buyer: Buyer) -> Priced:
    """A car to be built, priced under a release at a moment; raises what `configuring.car_facts` raises."""
    facts = car_facts(
        model=saved.model,
        market=market.code,
        choices=saved.choices,
        release=at.shelf.code,
        buyer=buyer,
        now=at.moment,
    )
    model = at.shelf.catalogue.models[saved.model]
    car = _car(model, facts.car.trim, facts.car.choices, facts.sheet, build=saved.code)
    today = day_in(market.timezone, at.moment)
    return Priced(at.shelf.code, car, facts.sheet, window(today=today, days=facts.days), None)


def _vehicle(asked: Asked, market: Market, now: datetime) -> Priced:
    found = vehicle(asked.vin, now)
    if found.market != market.code:
        raise NothingToQuote(
            f"vehicle {asked.vin} is sold in market {found.market}, not {market.code}",
            facts={"vin": asked.vin, "market": found.market},
        )
    if found.status != AVAILABLE:
        raise VehicleNotAvailable(
            f"vehicle {asked.vin} is {found.status}; choose another, or try again when it may be free",
            facts={"vin": asked.vin, "free_at": found.free_at and found.free_at.isoformat()},
        )
    release = release_of(found.release)
    sheet = todays_sheet(found, now, buyer=buyer_of(asked))
    model = release.catalogue.models[found.model]
    today = day_in(market.timezone, now)
    days = stock_days(today=today, available_on=found.available_on)
    car = _car(model, found.trim, found.choices, sheet, stock=found)
    return Priced(release.code, car, sheet, window(today=today, days=days), found.place)


def buyer_of(asked: Asked) -> Buyer:
    """What the request says that a price may depend on."""
    return Buyer(
        proofs=frozenset(asked.proofs),
        vouchers=asked.vouchers,
        product=asked.finance.product if asked.finance else None,
    )


def _car(
    model: Model,
    trim: str,
    choices: Iterable[str],
    sheet: PriceSheet,
    *,
    build: str = "",
    stock: VehicleFacts | None = None,
) -> QuotedCar:
    groups = {group.code: group for group in model.groups}
    options = {option.code: option for option in model.options}
    equipment = tuple(
        Equipment(
            code=line.code,
            name=line.name,
            group=options[line.code].group,
            group_name=groups[options[line.code].group].name,
            kind=line.kind,
        )
        for line in sheet.lines
        if line.kind in KINDS
    )
    return QuotedCar(
        model=model.code,
        model_name=model.name,
        trim=trim,
        trim_name=model.trim(trim).name,
        choices=tuple(choices),
        equipment=equipment,
        seats=seats_of(model, trim, [thing.code for thing in equipment]),
        build=build,
        vin=stock.vin if stock else "",
        model_year=stock.model_year if stock else "",
        mileage_km=stock.mileage_km if stock else None,
    )


def _selling(catalogue: Catalogue, market: Market, release: str, now: datetime) -> Selling:
    return Selling(
        market=market.code,
        market_name=market.name,
        currency=market.currency,
        timezone=market.timezone,
        vat_rate=vat_rate(market, catalogue.law, day_in(market.timezone, now)),
        seller=catalogue.brand["legal_name"],
        brand=catalogue.brand["name"],
        release=release,
        quoted_at=now,
    )


def _loan(asked: Asked, basis: Basis, car: QuotedCar, sheet: PriceSheet) -> Loan | None:
    if asked.finance is None:
        return None
    catalogue, now = basis.loan.shelf.catalogue, basis.loan.moment
    product = product_of(
        finance_products(catalogue, asked.market, now),
        asked.finance.product,
        months=asked.finance.months,
    )
    buyer = replace(buyer_of(asked), holds=basis.holds)
    campaign_for(catalogue, product, subject=subject_of(car, sheet), now=now, buyer=buyer)
    price = sheet.total
    refused = refused_by(product.finances_kinds, sheet=sheet, car=car)
    down = asked.finance.down_payment if basis.lent is None else price - basis.lent
    return loan(
        product=product,
        model=car.model,
        price=price,
        down_payment=usual_down_payment(product, price, refused) if down is None else down,
        refused=refused,
    )


def _premiums(asked: Asked, catalogue: Catalogue, risk: Risk) -> tuple[Premium, ...]:
    covers = covers_of(catalogue, asked.market)
    return tuple(
        covers.premium(cover=cover, risk=risk)
        for cover in chosen_covers(covers=covers, wanted=asked.insurance)
    )
