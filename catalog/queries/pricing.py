"""Today's prices of the release on sale, in memory: what a car costs now, for everybody or for a buyer who says more.

The parts that no car changes are kept with the release. Only where a price depends on a quota is the database asked how
much of it is used, at most every `POLL_SECONDS`; who makes a promise asks afresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from catalog.domain.catalogue import Market, Model
from catalog.domain.incentives import NOBODY, Buyer, Incentive, read_incentives
from catalog.domain.lowest import Past
from catalog.domain.pricing import PriceList, Pricer, book_in_force, local_day
from catalog.domain.stock_price import StockPricer
from catalog.domain.terms import Terms
from catalog.queries.claims import taken
from catalog.queries.on_sale import OnSale

POLL_SECONDS = 0.5


def pricer(
    shelf: OnSale, model: Model, market: Market, now: datetime, *, buyer: Buyer = NOBODY
) -> Pricer:
    """What prices any car of the model at this moment; raises NoPriceBook, NoTaxRule, UnknownVoucher, ExpressionError."""
    terms = terms_now(shelf, market, now, buyer=buyer)
    prices = price_list(shelf, model, market.code, now)
    if buyer != NOBODY:
        return Pricer(prices, market, terms, past(shelf, model, market))
    key = ("pricer", model.code, market.code)
    state = (prices.key, terms.day, terms.taken)
    kept: tuple[Any, Pricer] | None = shelf.memo.get(key)
    if kept is None or kept[0] != state:
        kept = state, Pricer(prices, market, terms, past(shelf, model, market))
        shelf.memo[key] = kept
    return kept[1]


def stock_pricer(
    shelf: OnSale, model: Model, market: Market, now: datetime, *, buyer: Buyer = NOBODY
) -> StockPricer:
    """What prices any stock car of the model at this moment; raises NoTaxRule, UnknownVoucher."""
    terms = terms_now(shelf, market, now, buyer=buyer)
    if buyer != NOBODY:
        return StockPricer(model.code, market, terms, past(shelf, model, market))
    key, state = ("stock-pricer", model.code, market.code), (terms.day, terms.taken)
    kept: tuple[Any, StockPricer] | None = shelf.memo.get(key)
    if kept is None or kept[0] != state:
        kept = state, StockPricer(model.code, market, terms, past(shelf, model, market))
        shelf.memo[key] = kept
    return kept[1]


def next_change(shelf: OnSale, market: Market, now: datetime) -> datetime | None:
    """When an offer or a book next starts or ends; None where nothing more is planned."""
    models = list(shelf.catalogue.models.values())
    if not models:
        return None
    changes = past(shelf, models[0], market).changes()
    return min((at for at in changes if at > now), default=None)


def price_list(shelf: OnSale, model: Model, market: str, now: datetime) -> PriceList:
    """The list prices in force at this moment; raises NoPriceBook, ExpressionError."""
    book = book_in_force(shelf.catalogue, market, now)
    key = ("prices", model.code, market, book.code)
    if key not in shelf.memo:
        shelf.memo.setdefault(key, PriceList(model, market, book, shelf.catalogue))
    found: PriceList = shelf.memo[key]
    return found


def past(shelf: OnSale, model: Model, market: Market) -> Past:
    """What the model cost before."""
    key = ("past", model.code, market.code)
    if key not in shelf.memo:
        shelf.memo.setdefault(key, Past(shelf.catalogue, model, market))
    found: Past = shelf.memo[key]
    return found


def terms_now(shelf: OnSale, market: Market, now: datetime, *, buyer: Buyer = NOBODY) -> Terms:
    """Day, law, offers and quotas of a market at this moment; for a buyer who is known, quotas as of this moment."""
    return Terms(
        day=local_day(market, now),
        law=shelf.catalogue.law,
        incentives=_incentives(shelf, market.code),
        buyer=buyer,
        taken=buyer.others(quotas_used(shelf, market.code, known=buyer != NOBODY)),
    )


def quotas_used(shelf: OnSale, market: str, *, known: bool = False) -> Mapping[str, int]:
    """The offers of a market whose quota is used up, and how much of it; empty, without SQL, where no price depends on one.

    For a `known` buyer as of this moment, and of the offers by proof, code word or loan too.
    """
    if not _matters(shelf, market, known):
        return {}
    key = ("quotas", market)
    kept: tuple[float, Mapping[str, int]] | None = shelf.memo.get(key)
    if kept is None or known or monotonic() - kept[0] >= POLL_SECONDS:
        used = taken(shelf.catalogue, market)
        limits = {one.code: one.quota for one in _incentives(shelf, market)}
        full = {code: much for code, much in used.items() if much >= (limits.get(code) or 0)}
        kept = monotonic(), full
        shelf.memo[key] = kept
    return kept[1]


def _incentives(shelf: OnSale, market: str) -> tuple[Incentive, ...]:
    key = ("incentives", market)
    if key not in shelf.memo:
        shelf.memo.setdefault(key, read_incentives(shelf.catalogue.incentives, market))
    found: tuple[Incentive, ...] = shelf.memo[key]
    return found


def _matters(shelf: OnSale, market: str, known: bool) -> bool:
    key = ("quotas-matter", market, known)
    if key not in shelf.memo:
        offers = _incentives(shelf, market)
        shelf.memo[key] = quota_matters([one for one in offers if known or one.public])
    found: bool = shelf.memo[key]
    return found


def quota_matters(offers: Sequence[Incentive]) -> bool:
    """Whether some quota decides a price: of an offer that takes money off, or that keeps such an offer away."""
    limited = [one for one in offers if one.quota is not None]
    pushed = any(one.amount or one.amounts for one in offers if not one.stack)
    return any(one.amount or one.amounts or (pushed and not one.stack) for one in limited)
