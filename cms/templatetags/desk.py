"""Template filters of the desks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext

from checkout.domain.inspecting import CHECKLIST
from cms import tables
from cms.words import language
from cms.words import said as words_for
from kernel.money import Money, shown
from kernel.text import pick

register = template.Library()


@register.filter
def money(amount: Money | Mapping[str, Any] | None) -> str:
    """`¥5,000.00` for money or its JSON; an en dash where there is no amount."""
    if not amount and not isinstance(amount, Money):
        return tables.NOTHING
    if isinstance(amount, Mapping):
        return shown(Money(amount["amount"], amount["currency"]))
    return shown(amount)


@register.filter
def number(count: int | None) -> str:
    """`1,234,567`; an en dash for none."""
    return tables.NOTHING if count is None else f"{count:,}"


@register.filter
def credit(amount: Money) -> str:
    """A credit without its sign, for a column of its own."""
    return shown(-amount)


@register.filter
def words(text: Mapping[str, str] | None) -> str:
    """The text in the language of the admin."""
    return pick(text or {}, language())


@register.filter
def said(value: Any, vocabulary: str) -> str:
    """A stored value in words, e.g. `{{ order.state|said:"order" }}`."""
    return words_for(vocabulary, value)


@register.filter
def fields(names: Sequence[str]) -> str:
    """Names of fields as the forms call them."""
    return gettext(", ").join(gettext(capfirst(name.replace("_", " "))) for name in names)


@register.filter
def checked(code: str) -> str:
    """What is looked at in an inspection, in words."""
    return pick(CHECKLIST.get(code, {}), language())


@register.filter
def percent(share: Any) -> str:
    """`13 %` for `0.13`."""
    return f"{(Decimal(str(share)) * 100).normalize():f} %"


@register.filter
def actor(name: str) -> str:
    """Who did something: a role in words, staff by their sign-in."""
    kind, _colon, who = name.partition(":")
    return f"{words_for('actor', kind)} {who}".strip() if name else gettext("the shop")


@register.filter
def tone(state: str) -> str:
    """How a state is coloured: `good`, `bad`, or nothing while something is still to come."""
    if state in GOOD:
        return "good"
    return "bad" if state in BAD else "open"


GOOD = frozenset({"succeeded", "accepted", "signed", "handed_over", "done", "available", "in_stock", "ordered", "balance_paid", "locked", "all"})  # fmt: skip
BAD = frozenset({"failed", "canceled", "cancelled", "expired", "withdrawn", "disputed", "void", "unknown"})  # fmt: skip
