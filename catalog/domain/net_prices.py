"""What cars cost after the offers of a moment, so that "cheapest" means what the buyer pays (`docs/rules/configurator.md`). Pure.

Every offer takes off the same of every car, of every car with an option, or off the price of an option as far as that goes.
All that stack apply together, so they go into every way; of the others a car has the one that takes most, so each of them
is a way of its own. The cheapest car of the cheapest way is the cheapest car.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.domain.configuration.car import Car
from catalog.domain.configuration.costs import NOTHING_OFF, Off, Row
from catalog.domain.incentives import OPTION_BONUS, PRICE_BONUS, Incentive
from catalog.domain.price_list import PriceList
from catalog.domain.pricer import Offers


class NetPrices:
    """A price list less the offers that some car of the model can have; a total is this and the market's delivery fee."""

    def __init__(self, listed: PriceList, offers: Offers) -> None:
        """Keeps both; they are of one model and market."""
        self._listed = listed
        self._offers = offers
        trims = [trim.atom for trim in listed.model.trims]
        self.ways = ways(offers.possible, model=listed.model.code, trims=trims)
        self._listed_only = self.ways == (NOTHING_OFF,)

    @property
    def key(self) -> str:
        """That of the price list: offers change no row of it."""
        return self._listed.key

    def rows(self, code: str, trim: str) -> tuple[Row, ...]:
        """The rows of the price list."""
        return self._listed.rows(code, trim)

    def __call__(self, car: Car) -> int:
        """List price less offers in minor units; raises NoPriceBook."""
        if self._listed_only:
            return self._listed(car)
        charges = {code: amount for code, _, _, amount in self._listed.charges(car)}
        taken = self._offers.applied(car.options, charges)
        return sum(charges.values()) - sum(one.off for one in taken)


def ways(offers: Sequence[Incentive], *, model: str, trims: Sequence[str]) -> tuple[Off, ...]:
    """What these offers may take off a car of the model: one way where no two of them exclude each other."""
    reducing = [one for one in offers if one.kind in (PRICE_BONUS, OPTION_BONUS)]
    stacked = [one for one in reducing if one.stack]
    alone = [one for one in reducing if not one.stack]
    everybody = [one for one in alone if one.kind == PRICE_BONUS and not one.option]
    best = max(everybody, key=lambda one: one.amounts[model], default=None)
    some = [one for one in alone if one not in everybody]
    rivals = [[one] for one in some] + [[best] if best is not None else []]
    return tuple(_together([*stacked, *rival], model, trims) for rival in rivals)


def _together(offers: Iterable[Incentive], model: str, trims: Sequence[str]) -> Off:
    capped: dict[str, int] = {}
    fixed: dict[str, int] = {}
    for one in offers:
        if one.kind == OPTION_BONUS:
            capped[one.option] = capped.get(one.option, 0) + one.amount
            continue
        for code in [one.option] if one.option else trims:
            fixed[code] = fixed.get(code, 0) + one.amounts[model]
    return Off(tuple(sorted(capped.items())), tuple(sorted(fixed.items())))
