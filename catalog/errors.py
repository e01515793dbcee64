"""What can go wrong with cars, prices and stock.

CatalogError
├── UnknownCode            a code that the release does not have
│   ├── UnknownMarket  UnknownModel  UnknownOption  UnknownRelease  UnknownBuild  UnknownVehicle  UnknownPlace  UnknownVoucher
├── MarketNotOnSale        the market exists but nothing is sold there yet
├── NothingOnSale          no release was ever published
├── NoPriceBook            no price book is in force, or it says no price for this
├── NegativePrice          reductions beyond what the car costs
├── NoLawRow               no dated row says what the law is on this day
│   └── NoTaxRule          how this car is taxed
├── NotBuildable           these choices are no car: the violations say why
├── NoCarInBudget          cars exist, but none at this price
├── NotComparable          these cars cannot stand side by side: too few, too many, twice, two markets
├── ExpressionError        a rule text that cannot be read, with the place
├── RuleError              a rule that names what does not exist or has no meaning
├── ModelFileError         a foreign model file that cannot be read, with line, column and what to mend
├── VehicleNotAvailable    somebody else holds this car, or it is sold
├── QuotaTaken             every place of a limited offer is taken
├── NotTheHolder           a reservation is kept or ended by somebody who does not hold it
├── BadVin  BadFilter  BadCursor    a request that has no meaning
├── PublishedPriceBook     a price buyers were told would change; a change is a new book
├── ImmutableRecord        a release, build or switch would be written a second time
└── ImportRefused  ReleaseRefused  the catalogue has faults; nothing was changed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class CatalogError(Exception):
    """Base of everything the catalog refuses; `code` names the kind for good, `facts` are JSON-able details."""

    code: ClassVar[str] = "catalog-error"

    def __init__(self, message: str, *, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = dict(facts or {})


class UnknownCode(CatalogError):
    """A code that names nothing in this release."""

    code = "unknown-code"


class UnknownMarket(UnknownCode):
    """No market of that code."""

    code = "unknown-market"


class UnknownModel(UnknownCode):
    """No model of that code."""

    code = "unknown-model"


class UnknownOption(UnknownCode):
    """No option or trim of that code on this model; `facts.codes` names them all."""

    code = "unknown-option"


class UnknownRelease(UnknownCode):
    """No release of that code was published."""

    code = "unknown-release"


class UnknownBuild(UnknownCode):
    """No saved build of that code."""

    code = "unknown-build"


class UnknownVehicle(UnknownCode):
    """No stock vehicle of that VIN is sold here."""

    code = "unknown-vehicle"


class UnknownPlace(UnknownCode):
    """No store or delivery centre of that code."""

    code = "unknown-place"


class MarketNotOnSale(CatalogError):
    """The market is prepared but nothing is sold there yet."""

    code = "market-not-on-sale"


class NothingOnSale(CatalogError):
    """No release is on sale; publish one."""

    code = "nothing-on-sale"


class NoPriceBook(CatalogError):
    """No price book is in force at that moment, or none says a price; `facts.code` says for what."""

    code = "no-price-book"


class NegativePrice(CatalogError):
    """Reductions that add up to more than the car costs."""

    code = "negative-price"


class NoLawRow(CatalogError):
    """No dated row of the law covers that day; `facts` name market, key, day and what ended."""

    code = "no-law-row"


class NoTaxRule(NoLawRow):
    """No dated tax row covers that day; the sale waits for one instead of guessing."""

    code = "no-tax-rule"


class NotBuildable(CatalogError):
    """These choices are no buildable car; `facts.violations` lists broken rules and structure."""

    code = "not-buildable"


class NoCarInBudget(CatalogError):
    """Cars fit the choices, but the cheapest costs more than the budget; `facts.cheapest` says how much."""

    code = "no-car-in-budget"


class NotComparable(CatalogError):
    """These builds cannot be compared; `facts.errors` lists field and message."""

    code = "not-comparable"


class ExpressionError(CatalogError):
    """An expression that cannot be read; `facts.position` counts characters from zero."""

    code = "expression-error"


class UnknownVoucher(UnknownCode):
    """A code word that no offer for this car knows; `facts.vouchers` lists them."""

    code = "unknown-voucher"


class RuleError(CatalogError):
    """An authored rule that names an unknown option or misses a part; `facts.rule` is its code."""

    code = "rule-error"


class ModelFileError(CatalogError):
    """A foreign model that cannot be read; `facts` has `line` and `column` (from 1) and `mend`, what to do."""

    code = "model-file-error"


class VehicleNotAvailable(CatalogError):
    """The car is held by another buyer or sold; `facts.free_at` says when a hold ends."""

    code = "vehicle-not-available"


class QuotaTaken(CatalogError):
    """Every place in a limited offer is taken; `facts` name incentive, name, market, quota and what is left."""

    code = "quota-taken"


class NotTheHolder(CatalogError):
    """There is no live reservation of this car for this holder."""

    code = "not-the-holder"


class BadVin(CatalogError):
    """Not a vehicle identification number: wrong length, letter or check digit (ISO 3779)."""

    code = "bad-vin"


class BadFilter(CatalogError):
    """A search filter or sort order that does not exist; `facts.field` names it."""

    code = "bad-filter"


class BadCursor(CatalogError):
    """A page cursor that is damaged or belongs to another search."""

    code = "bad-cursor"


class ImportRefused(CatalogError):
    """The folder has faults; `facts.faults` lists them, nothing was imported."""

    code = "import-refused"


class ReleaseRefused(CatalogError):
    """The checks found errors; `facts.findings` lists them, nothing was published."""

    code = "release-refused"


class PublishedPriceBook(CatalogError):
    """A price book that was part of a release would change; `facts.price_book` names it."""

    code = "published-price-book"


class ImmutableRecord(CatalogError):
    """A record that is written once would be changed or deleted."""

    code = "immutable-record"


class DamagedRelease(CatalogError):
    """A stored release cannot be unpacked or is not what was published; `facts.release` names it."""

    code = "damaged-release"
