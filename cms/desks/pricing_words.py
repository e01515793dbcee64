"""Why a price cannot be shown, in the language of the admin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from catalog.errors import CatalogError, NotBuildable, UnknownVoucher
from checkout.errors import CheckoutError
from cms.words import language
from kernel.text import pick

_ = gettext_lazy
SENTENCES = {
    "unknown-market": _("This market is not in the catalogue."),
    "unknown-model": _("This model is not in the catalogue."),
    "unknown-option": _("The catalogue does not have all of these options."),
    "market-not-on-sale": _("This model is not offered in this market."),
    "no-price-book": _("No price book is in force on this day, or it has no price for this car."),
    "no-law-row": _("No row of law and tax covers this day: the sale would stop."),
    "no-tax-rule": _("No row of law and tax covers this day: the sale would stop."),
    "negative-price": _("The reductions are more than the car costs."),
    "finance-not-eligible": _("This loan cannot be had for this car and price."),
    "unknown-finance-product": _("This loan is not in the catalogue."),
}


def in_words(error: CatalogError | CheckoutError) -> str:
    """One sentence; of a car that cannot be built the rules it breaks, in their author's words."""
    if isinstance(error, NotBuildable):
        why = gettext("; ").join(_violations(error.facts.get("violations", ())))
        return gettext("This car cannot be built: %(why)s") % {"why": why}
    if isinstance(error, UnknownVoucher):
        said = gettext(", ").join(error.facts["vouchers"])
        return gettext("No offer for this car knows the word %(words)s.") % {"words": said}
    return str(SENTENCES.get(error.code, error.message))


def _violations(found: Any) -> Iterator[str]:
    for one in found:
        if "structure" in one:
            kind, _colon, code = one["structure"].partition(":")
            yield str(_STRUCTURE[kind]) % {"code": code} if kind in _STRUCTURE else code
        else:
            yield pick(one["text"], language()) or one["code"]


_STRUCTURE = {
    "availability": _("this trim cannot have %(code)s"),
    "group": _("exactly one of the group %(code)s is needed"),
}
