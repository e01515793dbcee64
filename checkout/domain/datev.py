"""The journal as a DATEV batch (EXTF 700, category 21, version 13), and a reader that finds what DATEV would refuse.

Facts of the format: developer.datev.de, "Buchungsstapel". Text in Windows-1252, lines ending in CR LF, `;` between
fields, texts in quotes with inner quotes doubled, decimal comma, amounts always positive with S or H for the account.
Which of our accounts is which of the chart is data (`Chart`), to be confirmed by the tax adviser.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from checkout.domain.ledger import Leg
from checkout.errors import BadExport
from kernel.money import Money

COLUMNS = (
    "Umsatz (ohne Soll/Haben-Kz)",
    "Soll/Haben-Kennzeichen",
    "WKZ Umsatz",
    "Kurs",
    "Basis-Umsatz",
    "WKZ Basis-Umsatz",
    "Konto",
    "Gegenkonto (ohne BU-Schlüssel)",
    "BU-Schlüssel",
    "Belegdatum",
    "Belegfeld 1",
    "Belegfeld 2",
    "Skonto",
    "Buchungstext",
)
"""The fields we fill; DATEV takes a batch whose last fields are left out."""
SKR03: Mapping[str, str] = MappingProxyType(
    {
        "1000": "1200",
        "1010": "1360",
        "1100": "1361",
        "1150": "1362",
        "1200": "1400",
        "2000": "1718",
        "2010": "1701",
        "2090": "1590",
        "2100": "1776",
        "4000": "8400",
        "4100": "2709",
        "5000": "4970",
        "5010": "4971",
        "5020": "2400",
        "5100": "4900",
        "7000": "2150",
    }
)
"""Our accounts in the standard chart 03; a proposal, `needs_review` by the tax adviser."""
TEXT, DOCUMENT = 60, 36
"""Characters of a booking text and of a document field."""
BASE = "EUR"
_DOCUMENT = re.compile(r"[^A-Za-z0-9$&%*+\-/]")
_AMOUNT = re.compile(r"\d{1,10},\d{2}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Whose books, which period; `account_length` digits an account has (4 to 8); `created` aware."""

    consultant: int
    client: int
    year_starts: date
    first: date
    last: date
    created: datetime
    name: str
    account_length: int = 4
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry of the ledger to be exported."""

    key: str
    on: date
    text: str
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """The file, how many lines of bookings it has and what they add up to, debits only."""

    body: bytes
    rows: int
    total: Money


def export(batch: Batch, bookings: Sequence[Booking], chart: Mapping[str, str] = SKR03) -> Export:
    """The file of a period; raises BadExport for a day outside it, another currency, or an account not in the chart."""
    _check(batch)
    lines = [line for booking in bookings for line in _lines(batch, booking, chart)]
    rows = [";".join(_header(batch)), ";".join(COLUMNS), *(line for line, _ in lines)]
    text = "".join(f"{row}\r\n" for row in rows)
    total = Money(sum(minor for _, minor in lines), BASE)
    return Export(text.encode("cp1252", errors="replace"), len(lines), total)


def _check(batch: Batch) -> None:
    if not 1001 <= batch.consultant <= 9_999_999 or not 1 <= batch.client <= 99_999:
        raise BadExport(
            "consultant: 1001 to 9999999, client: 1 to 99999", facts={"field": "consultant"}
        )
    if not 4 <= batch.account_length <= 8:
        raise BadExport("account_length: 4 to 8 digits", facts={"field": "account_length"})
    if batch.first > batch.last or batch.first < batch.year_starts:
        raise BadExport(
            "period: begins after its end or before its year", facts={"field": "period"}
        )


def _header(batch: Batch) -> list[str]:
    created = f"{batch.created:%Y%m%d%H%M%S}{batch.created.microsecond // 1000:03d}"
    return [
        *('"EXTF"', "700", "21", '"Buchungsstapel"', "13", created, "", '"RE"', '""', '""'),
        *(str(batch.consultant), str(batch.client), f"{batch.year_starts:%Y%m%d}"),
        *(str(batch.account_length), f"{batch.first:%Y%m%d}", f"{batch.last:%Y%m%d}"),
        *(
            _quoted(batch.name.replace(";", ","), 30),
            '""',
            "1",
            "0",
            "1" if batch.locked else "0",
            f'"{BASE}"',
        ),
        *("", '""', "", "", '"03"', "", "", '""', '""'),
    ]


def _lines(batch: Batch, booking: Booking, chart: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    if not batch.first <= booking.on <= batch.last:
        raise BadExport(
            f"{booking.key}: {booking.on} is outside the period", facts={"entry": booking.key}
        )
    for account, contra, amount in pairs(booking):
        if amount.currency != BASE:
            raise BadExport(
                f"{booking.key}: {amount.currency} is not the currency of the books",
                facts={"entry": booking.key, "currency": amount.currency},
            )
        names = [_account(chart, code, batch.account_length) for code in (account, contra)]
        yield _line(booking, names, amount), abs(amount.minor)


def pairs(booking: Booking) -> Iterator[tuple[str, str, Money]]:
    """The entry as account, contra account and signed amount: in each currency all legs against the largest one."""
    by_currency: dict[str, list[Leg]] = defaultdict(list)
    for leg in booking.legs:
        by_currency[leg.amount.currency].append(leg)
    for legs in by_currency.values():
        largest = max(legs, key=lambda leg: abs(leg.amount.minor))
        for leg in legs:
            if leg is not largest:
                yield leg.account, largest.account, leg.amount


def _account(chart: Mapping[str, str], code: str, length: int) -> str:
    try:
        return chart[code].ljust(length, "0")
    except KeyError as error:
        raise BadExport(
            f"account {code} is not in the chart of accounts", facts={"account": code}
        ) from error


def _line(booking: Booking, accounts: Sequence[str], amount: Money) -> str:
    side = "S" if amount.minor > 0 else "H"
    document = _DOCUMENT.sub("-", booking.key.rsplit(":", 1)[-1])[:DOCUMENT]
    fields = [f"{abs(amount.decimal):.2f}".replace(".", ","), f'"{side}"', f'"{BASE}"', "", "", ""]
    fields += [*accounts, "", f"{booking.on:%d%m}", f'"{document}"', '""', ""]
    return ";".join([*fields, _quoted(booking.text, TEXT)])


def _quoted(text: str, longest: int) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return '"' + plain[:longest].replace('"', '""') + '"'


def faults(body: bytes) -> tuple[str, ...]:
    """What DATEV would refuse about a file, line by line; nothing for a right one. It shares no code with `export`."""
    try:
        text = body.decode("cp1252")
    except UnicodeDecodeError:
        return ("the file is not Windows-1252",)
    found = [] if text.endswith("\r\n") else ["the last line does not end in CR LF"]
    lines = text.removesuffix("\r\n").split("\r\n")
    if any(re.search(r"[\x00-\x1f]", line) for line in lines):
        found.append("there are control characters in the file")
    found += _header_faults(lines[0].split(";"))
    if len(lines) < 2 or not lines[1].startswith("Umsatz (ohne Soll/Haben-Kz);"):
        return (*found, "line 2 does not name the columns")
    period = list(lines[0].split(";")[14:16])
    for number, line in enumerate(lines[2:], start=3):
        found += [f"line {number}: {fault}" for fault in _line_faults(line, period)]
    return tuple(found)


def _header_faults(fields: Sequence[str]) -> Iterable[str]:
    if len(fields) != 31:
        return [f"the header has {len(fields)} fields, not 31"]
    shapes = {0: '"EXTF"', 1: "700", 2: "21", 3: '"Buchungsstapel"', 4: "13"}
    found = [
        f"header field {at + 1} is {fields[at]}"
        for at, shape in shapes.items()
        if fields[at] != shape
    ]
    if not re.fullmatch(r"\d{17}", fields[5]):
        found.append("header field 6 is no moment")
    days = [at + 1 for at in (12, 14, 15) if not re.fullmatch(r"20\d{6}", fields[at])]
    return [*found, *(f"header field {at} is no day" for at in days)]


def _line_faults(line: str, period: Sequence[str]) -> Iterator[str]:
    fields = _split(line)
    if len(fields) != len(COLUMNS):
        yield f"{len(fields)} fields, not {len(COLUMNS)}"
        return
    if not _AMOUNT.fullmatch(fields[0]) or fields[0].strip("0,") == "":
        yield f"amount {fields[0]}"
    if fields[1] not in {'"S"', '"H"'}:
        yield f"side {fields[1]}"
    if not all(re.fullmatch(r"\d{4,9}", account) for account in fields[6:8]):
        yield f"accounts {fields[6]} and {fields[7]}"
    if fields[6] == fields[7]:
        yield "an account against itself"
    if not re.fullmatch(r"\d{4}", fields[9]) or not _within(fields[9], period):
        yield f"day {fields[9]}"
    if len(fields[10]) - 2 > DOCUMENT or len(fields[13].replace('""', '"')) - 2 > TEXT:
        yield "a text is too long"


def _within(day: str, period: Sequence[str]) -> bool:
    dated = [f"{year}{day[2:]}{day[:2]}" for year in {period[0][:4], period[1][:4]}]
    return any(period[0] <= one <= period[1] for one in dated)


def _split(line: str) -> list[str]:
    """Fields of a line; a `;` inside quotes is text."""
    return re.findall(r'(?:^|(?<=;))("(?:[^"]|"")*"|[^;]*)(?:;|$)', line)[: len(COLUMNS) + 5]
