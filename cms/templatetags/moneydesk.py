"""Template filters of the finance desk."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import ngettext

from kernel.money import Money, exponent, shown

register = template.Library()


@register.filter
def age(since: datetime | date, now: datetime) -> str:
    """How long ago, in the largest whole unit: `3 days`, `5 hours`, `1 minute`."""
    if isinstance(since, datetime):
        seconds = max(int((now - since).total_seconds()), 0)
        if seconds < 3600:
            minutes = seconds // 60
            return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
        if seconds < 2 * 86400:
            hours = seconds // 3600
            return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
        days = seconds // 86400
    else:
        days = max((timezone.localtime(now).date() - since).days, 0)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


@register.filter
def day(moment: datetime | date) -> str:
    """A day, or a moment to the minute, in the desk's time zone."""
    if isinstance(moment, datetime):
        return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
    return moment.isoformat()


@register.filter
def wordlist(words: str) -> list[str]:
    """The words of a string, to go through one by one."""
    return words.split()


@register.filter
def minor(units: int, currency: str) -> str:
    """Minor units as money."""
    return shown(Money(units, currency))


@register.filter
def minor_plain(units: int, currency: str) -> str:
    """Minor units as a form takes them."""
    return str(Money(units, currency).decimal)


@register.filter
def digits(currency: str) -> int:
    """The decimals of a currency."""
    return exponent(currency)
