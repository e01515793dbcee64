"""When a period of days, working days or months ends by law (`docs/rules/deadlines.md`).

The first day is not counted; a period ends at 24:00 of its last day in the zone of the market, and where that day is a
Saturday, Sunday or public holiday at the place, at 24:00 of the next working day (Civil Code of the PRC, articles 200 to
204; BGB §§ 187 to 193; Regulation 1182/71, article 3). Holidays are rows of the law. Without them no day is stated.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from catalog.domain.law import HOLIDAYS, Law
from checkout.errors import NoCalendar

_DAY = timedelta(days=1)
_SATURDAY = 5
_ENTRY = re.compile(r"(\d\d)-(\d\d)(?:/(\d\d)-(\d\d))?")


class Kind(StrEnum):
    """What a day is at a place; `doubtful`: a day off in a part of it only, or by a reading that is not settled."""

    WORKING = "working"
    OFF = "off"
    DOUBTFUL = "doubtful"


class Whose(StrEnum):
    """Whose act the period is for. In doubt the buyer has longer, and the seller has not."""

    BUYER = "buyer"
    SELLER = "seller"


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year of one market that are not what their weekday says.

    `days` are off everywhere, `regions` further ones of a region; `parts` are off only in some places of a region;
    `working` are weekend days on which people work.
    """

    days: frozenset[date]
    working: frozenset[date]
    regions: Mapping[str, frozenset[date]]
    parts: Mapping[str, frozenset[date]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years that are known, by market and year."""

    years: Mapping[tuple[str, int], Year]

    def kind(self, *, market: str, day: date, region: str | None = None) -> Kind:
        """What `day` is in the market and region; raises NoCalendar for a year without rows.

        A day that is off in some regions only is doubtful where the region is not known.
        """
        year = self.years.get((market, day.year))
        if year is None:
            raise NoCalendar(
                f"no calendar of {market} for {day.year}: load a row `{HOLIDAYS}` of the law for that year; "
                "until then no exact day is stated",
                facts={
                    "market": market,
                    "year": day.year,
                    "mend": f"add the row {HOLIDAYS} ({day.year}) of {market} to the law and publish",
                },
            )
        if day in year.days:
            return Kind.OFF
        if day.weekday() >= _SATURDAY:
            return Kind.DOUBTFUL if day in year.working else Kind.OFF
        return _regional(year, day, region)

    def regions(self, market: str) -> frozenset[str]:
        """Every region of the market that any of its years tells apart."""
        found: set[str] = set()
        for (code, _), year in self.years.items():
            if code == market:
                found |= set(year.regions) | set(year.parts)
        return frozenset(found)


def _regional(year: Year, day: date, region: str | None) -> Kind:
    if region is None:
        somewhere = (*year.regions.values(), *year.parts.values())
        return Kind.DOUBTFUL if any(day in days for days in somewhere) else Kind.WORKING
    if day in year.regions.get(region, frozenset()):
        return Kind.OFF
    return Kind.DOUBTFUL if day in year.parts.get(region, frozenset()) else Kind.WORKING


def calendar_of(law: Law) -> Calendar:
    """Every calendar among the rows of a law; raises ValueError where a row cannot be read."""
    rows = sorted((row for row in law.rows if row.key == HOLIDAYS), key=lambda row: row.valid_from)
    return Calendar(
        MappingProxyType(
            {
                (row.market, int(row.applies_to or 0)): _year(row.applies_to, row.value)
                for row in rows
            }
        )
    )


def _year(applies_to: str | None, value: Mapping[str, Any]) -> Year:
    year = int(applies_to or 0)
    named = {
        part: MappingProxyType(
            {name: _days(year, said) for name, said in (value.get(part) or {}).items()}
        )
        for part in ("regions", "parts")
    }
    return Year(
        days=_days(year, value["days"]),
        working=_days(year, value.get("working") or ()),
        regions=named["regions"],
        parts=named["parts"],
    )


def _days(year: int, said: Iterable[str]) -> frozenset[date]:
    """`05-01` is a day, `05-01/05-05` all from the first to the last."""
    found: set[date] = set()
    for each in said:
        match = _ENTRY.fullmatch(str(each))
        if match is None:
            raise ValueError(f"{HOLIDAYS} ({year}): {each!r} is neither MM-DD nor MM-DD/MM-DD")
        numbers = [int(part) for part in match.groups(default="0")]
        first = date(year, numbers[0], numbers[1])
        last = date(year, numbers[2], numbers[3]) if numbers[2] else first
        if last < first:
            raise ValueError(f"{HOLIDAYS} ({year}): {each!r} ends before it begins")
        found |= {first + _DAY * n for n in range((last - first).days + 1)}
    return frozenset(found)


def is_working(kind: Kind, whose: Whose) -> bool:
    """Whether a day of `kind` counts as a working day in a period for `whose` act."""
    return kind is Kind.WORKING or (kind is Kind.DOUBTFUL and whose is Whose.SELLER)


def last_day(
    *,
    market: str,
    start_on: date,
    days: int,
    calendar: Calendar,
    region: str | None = None,
    whose: Whose = Whose.BUYER,
) -> date:
    """The last day of a period of `days` after `start_on`, which is not counted; raises NoCalendar, ValueError.

    Never earlier than `start_on` + `days`.
    """
    _check(days)
    return next_working_day(
        market=market, day=start_on + _DAY * days, calendar=calendar, region=region, whose=whose
    )


def last_day_of_months(
    *,
    market: str,
    start_on: date,
    months: int,
    days: int = 0,
    calendar: Calendar,
    region: str | None = None,
    whose: Whose = Whose.BUYER,
) -> date:
    """The last day of `months` and then `days` after `start_on`; raises NoCalendar, ValueError.

    A month ends on the day of the same number, or on the last of a month that has no such day.
    """
    _check(days)
    return next_working_day(
        market=market,
        day=same_day_after(start_on, months) + _DAY * days,
        calendar=calendar,
        region=region,
        whose=whose,
    )


def working_day_after(
    *,
    market: str,
    start_on: date,
    days: int,
    calendar: Calendar,
    region: str | None = None,
    whose: Whose = Whose.SELLER,
) -> date:
    """The `days`-th working day after `start_on`, which is not counted; raises NoCalendar, ValueError.

    With 0 the first working day from `start_on` on.
    """
    _check(days)
    day = start_on
    for _ in range(days):
        day = next_working_day(
            market=market, day=day + _DAY, calendar=calendar, region=region, whose=whose
        )
    return next_working_day(market=market, day=day, calendar=calendar, region=region, whose=whose)


def next_working_day(
    *, market: str, day: date, calendar: Calendar, region: str | None, whose: Whose
) -> date:
    """`day` itself where it is a working day, else the next one; raises NoCalendar."""
    while not is_working(calendar.kind(market=market, day=day, region=region), whose):
        day += _DAY
    return day


def same_day_after(day: date, months: int) -> date:
    """The day of the same number `months` later, or the last of that month; raises ValueError for less than none."""
    _check(months)
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ends_at(day: date, zone: str) -> datetime:
    """24:00 of `day` in a time zone: the first moment that is too late."""
    return datetime.combine(day + _DAY, time(), ZoneInfo(zone))


def day_of(moment: datetime, zone: str) -> date:
    """The day on which `moment` falls in a time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _check(count: int) -> None:
    if count < 0:
        raise ValueError(f"a period of {count} ends before it begins")


_LAENDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "BB": ("brandenburg", "勃兰登堡"),
        "BE": ("berlin", "柏林"),
        "BW": ("baden-württemberg", "baden-wuerttemberg", "巴登-符腾堡"),
        "BY": ("bayern", "bavaria", "巴伐利亚"),
        "HB": ("bremen", "freie hansestadt bremen", "bremerhaven", "不来梅"),
        "HE": ("hessen", "hesse", "黑森"),
        "HH": ("hamburg", "汉堡"),
        "MV": ("mecklenburg-vorpommern", "mecklenburg-western pomerania", "梅克伦堡-前波美拉尼亚"),
        "NI": ("niedersachsen", "lower saxony", "下萨克森"),
        "NW": ("nordrhein-westfalen", "north rhine-westphalia", "nrw", "北莱茵-威斯特法伦"),
        "RP": ("rheinland-pfalz", "rhineland-palatinate", "莱茵兰-普法尔茨"),
        "SH": ("schleswig-holstein", "石勒苏益格-荷尔斯泰因"),
        "SL": ("saarland", "萨尔"),
        "SN": ("sachsen", "saxony", "萨克森"),
        "ST": ("sachsen-anhalt", "saxony-anhalt", "萨克森-安哈尔特"),
        "TH": ("thüringen", "thueringen", "thuringia", "图林根"),
    }
)
"""The names of the German Länder by their code in ISO 3166-2."""
_CITY_STATES = ("BE", "HB", "HH")


def region_of(*, market: str, address: Mapping[str, str]) -> str | None:
    """The region whose holidays hold for a buyer's address, as far as the address says it; else None.

    DE: the Land by `province`, in German, English, Chinese or by its code; the three city states also by `city`.
    """
    if market != "DE":
        return None
    province, city = _plain(address.get("province")), _plain(address.get("city"))
    for code, names in _LAENDER.items():
        said = {code.lower(), f"de-{code.lower()}", *names, *(f"{name}州" for name in names)}
        if province in said or (code in _CITY_STATES and not province and city in names):
            return code
    return None


def _plain(text: str | None) -> str:
    return " ".join((text or "").split()).lower()
