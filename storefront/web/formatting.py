"""How sums, dates and ranges are written, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

SIGNS: Mapping[str, str] = {"CNY": "¥", "EUR": "€"}
MINOR_DIGITS: Mapping[str, int] = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS_ZH = "一二三四五六日"
MINUS = "−"


def sign_of(currency: str) -> str:
    """The currency's sign, or its code and a gap."""
    return SIGNS.get(currency, currency + "\u00a0")


def figure(money: Mapping[str, Any], *, cents: bool) -> str:
    """The bare figure with thousands marks: 395,300 or, with `cents`, 395,300.00.

    Without `cents` a sum that has cents shows them all the same: no figure is ever rounded here.
    """
    digits = MINOR_DIGITS.get(str(money["currency"]), 2)
    unit = 10**digits
    whole, rest = divmod(abs(int(money["amount"])), unit)
    return f"{whole:,}.{rest:0{digits}d}" if digits and (cents or rest) else f"{whole:,}"


def minor(whole_units: int, currency: str) -> int:
    """Whole units as minor units of a currency: what somebody typed, as the API reads it."""
    return int(whole_units * 10 ** MINOR_DIGITS.get(currency, 2))


def plain(money: Mapping[str, Any], *, cents: bool = False, plus: bool = False) -> str:
    """The sum as text, for sentences and for labels that are read out."""
    amount = int(money["amount"])
    lead = MINUS if amount < 0 else "+" if plus and amount > 0 else ""
    return f"{lead}{sign_of(str(money['currency']))}{figure(money, cents=cents)}"


def markup(money: Mapping[str, Any], *, cents: bool = False, plus: bool = False) -> SafeString:
    """The sum as the one element every price of the store uses."""
    amount = int(money["amount"])
    lead = MINUS if amount < 0 else "+" if plus and amount > 0 else ""
    sign = sign_of(str(money["currency"]))
    return format_html(
        '{}<span class="num"><span class="yen">{}</span>{}</span>',
        lead,
        sign,
        figure(money, cents=cents),
    )


def whole(money: Mapping[str, Any]) -> dict[str, Any]:
    """A sum rounded to whole units, for a monthly amount before there is a quote: halves go up."""
    unit = 10 ** MINOR_DIGITS.get(str(money["currency"]), 2)
    return {**money, "amount": (int(money["amount"]) + unit // 2) // unit * unit}


def parse_moment(value: str | datetime) -> datetime:
    """The moment in the shop's time zone; a text is RFC 3339."""
    moment = (
        value
        if isinstance(value, datetime)
        else datetime.fromisoformat(value.replace("Z", "+00:00"))
    )
    return timezone.localtime(moment)


def parse_day(value: str | date) -> date:
    """The day of an ISO text."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value[:10])


def day(value: str | date, lang: str) -> str:
    """11 月 28 日, 28 Nov."""
    d = parse_day(value)
    return f"{d.month} 月 {d.day} 日" if lang == "zh" else f"{d.day} {MONTHS[d.month - 1]}"


def weekday(value: str | date, lang: str) -> str:
    """11 月 28 日 周六, Sat 28 Nov."""
    d = parse_day(value)
    if lang == "zh":
        return f"{day(d, lang)} 周{WEEKDAYS_ZH[d.weekday()]}"
    return f"{WEEKDAYS[d.weekday()]} {day(d, lang)}"


def full_day(value: str | date, lang: str) -> str:
    """2027 年 11 月 28 日, 28 Nov 2027: a day that may be far off."""
    d = parse_day(value)
    return f"{d.year} 年 {day(d, lang)}" if lang == "zh" else f"{day(d, lang)} {d.year}"


def moment(value: str | datetime, lang: str) -> str:
    """11 月 28 日 20:00, 28 Nov, 20:00; in the shop's time zone."""
    m = parse_moment(value)
    join = " " if lang == "zh" else ", "
    return f"{day(m.date(), lang)}{join}{m:%H:%M}"


def day_range(first: str | date, last: str | date, lang: str) -> str:
    """1 月 2–15 日, 2–15 Jan; across months both are named."""
    a, b = parse_day(first), parse_day(last)
    if a == b:
        return day(a, lang)
    if (a.year, a.month) != (b.year, b.month):
        return f"{day(a, lang)} – {day(b, lang)}"
    if lang == "zh":
        return f"{a.month} 月 {a.day}–{b.day} 日"
    return f"{a.day}–{b.day} {MONTHS[a.month - 1]}"


def rate(share: str | float, digits: int = 2) -> str:
    """A yearly share as percent without trailing zeros: 0.0388 -> 3.88, 0.04 -> 4."""
    return f"{float(share) * 100:.{digits}f}".rstrip("0").rstrip(".")


def spec(value: Any) -> str:
    """A technical figure: thousands marked, no trailing zero."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.1f}"
    return f"{int(value):,}"
