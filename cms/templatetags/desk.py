"""Template filters of the desks."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import get_language

from kernel.money import Money, shown
from kernel.text import pick

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """`¥5,000.00`; an en dash where there is no amount."""
    return "–" if amount is None else shown(amount)


@register.filter
def words(text: Mapping[str, str]) -> str:
    """The text in the language of the admin."""
    return pick(text, "zh-hans" if (get_language() or "").startswith("zh") else "en")
