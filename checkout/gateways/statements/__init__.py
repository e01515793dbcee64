"""Statement files of banks: CSV, MT940 and camt.053, told apart by what is in them.

A file is read whole or refused whole; nothing of a broken one is kept. Raises BadStatement naming row and field,
StatementDoesNotAdd, UnknownCurrency, CurrencyMismatch.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from checkout.domain.bank import Statement, checked
from checkout.errors import BadStatement
from checkout.gateways.statements.camt_file import read_camt
from checkout.gateways.statements.csv_file import read_csv
from checkout.gateways.statements.mt940_file import read_mt940

LARGEST = 50_000_000
"""Bytes of a file, packed or not; a year of a busy account is a tenth of it."""
MEMBERS = 400
"""Files that a ZIP of a bank may hold: a year of days, with room."""

_BROKEN = (
    *(zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError),
    *(zlib.error, lzma.LZMAError, struct.error, LookupError),
)
"""What the reader of ZIP files raises over damaged ones, its unpackers included."""


def read_statements(body: bytes, *, account: str = "", currency: str = "") -> tuple[Statement, ...]:
    """The statements of a file, each checked to add up.

    `account` and `currency` are what a CSV file does not say itself; other formats carry theirs.
    """
    if len(body) > LARGEST:
        raise BadStatement(f"the file is larger than {LARGEST // 1_000_000} MB", facts={})
    found = [one for part in _parts(body) for one in _read(part, account, currency)]
    if not found:
        raise BadStatement("the file holds no statement", facts={})
    return tuple(checked(statement) for statement in found)


def _parts(body: bytes) -> Iterator[bytes]:
    """The files of a ZIP as German banks send them, or the file itself."""
    if not body.startswith(b"PK\x03\x04"):
        yield body
        return
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            members = [each for each in packed.infolist() if not each.is_dir()]
            if len(members) > MEMBERS or sum(each.file_size for each in members) > LARGEST:
                raise BadStatement("the ZIP file unfolds to more than we read", facts={})
            for member in sorted(members, key=lambda each: each.filename):
                # The directory may lie about the size; reading one byte more than allowed finds out.
                with packed.open(member) as stream:
                    plain = stream.read(LARGEST + 1)
                if len(plain) > LARGEST:
                    raise BadStatement("the ZIP file unfolds to more than we read", facts={})
                yield plain
    except _BROKEN as error:
        raise BadStatement("the ZIP file is broken or locked by a password", facts={}) from error


def _read(body: bytes, account: str, currency: str) -> tuple[Statement, ...]:
    start = body[:2000].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"<"):
        return read_camt(body)
    if b":20:" in start and b":25:" in body[:10_000]:
        return read_mt940(body)
    return (read_csv(body, account=account, currency=currency),)
