"""The price preview: this car, this day, this buyer; by the release on sale beside the rows as they are edited now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from catalog.domain.catalogue import Catalogue, read_catalogue
from catalog.domain.incentives import Buyer
from catalog.domain.preview import Preview, Wish, noon, preview
from catalog.errors import CatalogError, NothingOnSale
from catalog.queries.builds import build as saved_build
from catalog.queries.claims import taken
from catalog.queries.on_sale import on_sale
from catalog.services.releases import compile_document
from checkout.domain.finance_words import apr_words
from checkout.domain.financing import Loan, loan, product_of
from checkout.errors import CheckoutError
from checkout.queries.offers import finance_products, usual_down_payment
from cms.desks.changes import changes
from cms.desks.pricing_choices import Choices, choices_of
from cms.desks.pricing_words import in_words
from cms.queries import picture_addresses
from kernel.money import Money
from kernel.text import Text

PLAIN = frozenset({"included", "standard"})
"""Lines that cost nothing and stand folded away."""


@dataclass(frozen=True, slots=True)
class Side:
    """The wish by one catalogue: what it costs, or `error` in the language of the admin."""

    found: Preview | None = None
    loan: Loan | None = None
    error: str = ""

    @property
    def rate(self) -> Text | None:
        """The annual rate of the loan with its convention."""
        return apr_words(self.loan) if self.loan else None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of both sheets side by side; an amount is None where that sheet has no such line."""

    code: str
    kind: str
    name: Text
    before: Money | None
    after: Money | None

    @property
    def changed(self) -> bool:
        """Whether publishing would change it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer by both catalogues; `before` and `after` are None where that catalogue does not have it."""

    told: Any
    before: Any
    after: Any

    @property
    def changed(self) -> bool:
        """Whether publishing would change what this buyer has of it."""
        return _state(self.before) != _state(self.after)


def _state(told: Any) -> tuple[Any, ...] | None:
    return None if told is None else (told.why, told.off)


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """The form and, side by side, what it costs now and as the rows are edited."""
    if not request.user.has_perm("catalog.view_pricebook"):
        raise PermissionDenied
    code = request.GET.get("build", "").strip()
    if code:
        return _opened(request, code)
    now = timezone.now()
    document = compile_document(pictures=picture_addresses())
    edited, selling = _catalogue(document), _selling()
    shown = edited or selling
    if shown is None or not shown.models or not shown.markets:
        return render(request, "cms/desks/pricing.html", {"nothing": True})
    asked = choices_of(shown, request.GET, now)
    before, after = _side(selling, asked), _side(edited, asked)
    context = {
        "asked": asked,
        "release": on_sale().code if selling else "",
        "waiting": len(changes(on_sale().document if selling else {}, document)),
        "before": before,
        "after": after,
        **_compared(before, after),
    }
    return render(request, "cms/desks/pricing.html", context)


def _opened(request: HttpRequest, code: str) -> HttpResponse:
    """A saved build becomes the form filled in."""
    try:
        saved = saved_build(code, timezone.now())
    except CatalogError:
        messages.error(request, gettext("There is no saved build %(code)s.") % {"code": code})
        return redirect("price_preview")
    options = [choice for choice in saved.choices if not choice.startswith("trim:")]
    told = {
        name: request.GET.getlist(name) for name in ("day", "proof", "words", "product", "down")
    }
    car = {"market": saved.market, "car": f"{saved.model}/{saved.trim}", "o": options}
    return redirect(f"{reverse('price_preview')}?{urlencode(car | told, doseq=True)}")


def _catalogue(document: Mapping[str, Any]) -> Catalogue | None:
    try:
        return read_catalogue(document, code="", fingerprint="")
    except (KeyError, ValueError, TypeError):
        return None


def _selling() -> Catalogue | None:
    try:
        return on_sale().catalogue
    except NothingOnSale:
        return None


def _side(catalogue: Catalogue | None, asked: Choices) -> Side:
    if catalogue is None:
        return Side(error=gettext("Nothing can be read here: see the release check."))
    buyer = Buyer(asked.proofs, asked.words, asked.product or None)
    wish = Wish(asked.market, asked.model, asked.clicks, asked.day, buyer)
    try:
        found = preview(catalogue, wish, taken=taken(catalogue, asked.market))
    except CatalogError as error:
        return Side(error=in_words(error))
    if not asked.product:
        return Side(found)
    try:
        return Side(found, _loan(catalogue, asked, found.sheet.total))
    except (CatalogError, CheckoutError) as error:
        return Side(found, error=in_words(error))


def _loan(catalogue: Catalogue, asked: Choices, price: Money) -> Loan:
    at = noon(catalogue.markets[asked.market], asked.day)
    product = product_of(finance_products(catalogue, asked.market, at), asked.product)
    return loan(
        product=product,
        model=asked.model,
        price=price,
        down_payment=asked.down or usual_down_payment(product, price),
    )


def _compared(before: Side, after: Side) -> dict[str, Any]:
    """Lines, offers and duties of both sides, each once, in the order of the edited catalogue."""
    sides = [side.found for side in (before, after)]
    lines = [_lines(found) for found in sides]
    return {
        "rows": _rows(lines[0], lines[1]),
        "plain": _plain(after.found or before.found),
        "offers": _offers(before.found, after.found),
        "duties": _rows(*(_duties(found) for found in sides)),
    }


def _lines(found: Preview | None) -> dict[str, tuple[str, Text, Money]]:
    lines = found.sheet.lines if found else ()
    return {
        line.code: (line.kind, line.name, line.amount) for line in lines if line.kind not in PLAIN
    }


def _duties(found: Preview | None) -> dict[str, tuple[str, Text, Money]]:
    duties = found.duties if found else ()
    return {duty.code: (duty.paid_to, duty.name, duty.amount) for duty in duties}


def _rows(
    before: Mapping[str, tuple[str, Text, Money]], after: Mapping[str, tuple[str, Text, Money]]
) -> list[Row]:
    rows = []
    for code in _order(before, after):
        kind, name, _amount = after.get(code) or before[code]
        was, now = before.get(code), after.get(code)
        rows.append(Row(code, kind, name, was and was[2], now and now[2]))
    return rows


def _order(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """The codes of `after`, and each that only `before` has behind the one it followed there."""
    codes = list(after)
    place = 0
    for code in before:
        if code in codes:
            place = codes.index(code) + 1
        else:
            codes.insert(place, code)
            place += 1
    return codes


def _plain(found: Preview | None) -> list[Text]:
    return [line.name for line in found.sheet.lines if line.kind in PLAIN] if found else []


def _offers(before: Preview | None, after: Preview | None) -> dict[str, list[Offer]]:
    """Those of this market, and in a fold those of others."""
    was, now = (
        {one.offer.code: one for one in found.offers} if found else {} for found in (before, after)
    )
    all_ = [Offer(now.get(c) or was[c], was.get(c), now.get(c)) for c in _order(was, now)]
    return {
        "here": [one for one in all_ if one.told.why != "market"],
        "elsewhere": [one for one in all_ if one.told.why == "market"],
    }
