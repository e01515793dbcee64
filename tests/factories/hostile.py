"""Files that somebody uploads to hurt whoever reads them; all made here, none larger than an upload may be."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

import pikepdf

from tests.factories.signing import rendered, signed_twice

MEBI = 1024 * 1024


class Endless(io.RawIOBase):
    """A file of 500 MB that begins like a PDF; counts what is read of it."""

    size = 500 * MEBI

    def __init__(self) -> None:
        self.given = 0

    def read(self, count: int = -1) -> bytes:
        """The next bytes."""
        count = min(count if count >= 0 else self.size, self.size - self.given)
        begin = b"%PDF-1.7\n" if self.given == 0 else b""
        self.given += count
        return (begin + b"0" * count)[:count]


def plain_pdf(objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A file of these objects with a table that fits them."""
    content, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(content), max(objects) + 1
    table = b"0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 00000 f \n"
        for n in range(1, size)
    )
    content += b"xref\n0 %d\n%s" % (size, table)
    return content + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        trailer,
        start,
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


CATALOG = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"


def _encrypted() -> bytes:
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(rendered())) as opened:
        opened.save(output, encryption=pikepdf.Encryption(owner="o", user="u"))
    return output.getvalue()


def _signature(byte_range: bytes, contents: bytes) -> bytes:
    """A file whose buyer's field holds this signature."""
    value = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [%s] /Contents <%s> >>"
    return plain_pdf(
        {
            1: CATALOG % b"/AcroForm << /Fields [3 0 R] /SigFlags 3 >>",
            2: PAGES,
            3: b"<< /FT /Sig /T (buyer) /V 4 0 R >>",
            4: value % (byte_range, contents),
        }
    )


def _bomb(layers: int) -> bytes:
    """Half a gigabyte of zeros in half a megabyte or in two kilobytes, as attached facts."""
    compressor = zlib.compressobj(9)
    zeros = bytes(MEBI)
    data = b"".join(compressor.compress(zeros) for _ in range(512)) + compressor.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = b"/Type /EmbeddedFile /Filter [%s]" % (b"/FlateDecode " * layers)
    names = b"/Names << /EmbeddedFiles << /Names [(contract.json) 3 0 R] >> >>"
    return plain_pdf(
        {
            1: CATALOG % names,
            2: PAGES,
            3: b"<< /Type /Filespec /F (contract.json) /EF << /F 4 0 R >> >>",
            4: stream(data, filters),
        },
        b"/Root 1 0 R /ID [<00> <00>]",
    )


def _object_stream_bomb() -> bytes:
    data = zlib.compress(b"1 0 " + b" " * (300 * MEBI), 9)
    entries = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    content = b"%PDF-1.7\n"
    place = len(content)
    content += b"5 0 obj\n%s\nendobj\n" % stream(data, entries)
    start = len(content)
    rows = b"\x02\x00\x00\x00\x05\x00" + b"\x01" + place.to_bytes(4, "big") + b"\x00"
    table = b"/Type /XRef /Size 7 /W [1 4 1] /Index [1 1 5 1] /Root 1 0 R"
    content += b"6 0 obj\n%s\nendobj\n" % stream(rows, table)
    return content + b"startxref\n%d\n%%%%EOF\n" % start


def _huge_table() -> bytes:
    """A cross-reference stream that announces four thousand million objects."""
    data = zlib.compress(bytes(200 * MEBI), 9)
    entries = b"/Type /XRef /Size 4000000000 /W [0 1 0] /Index [0 4000000000] /Root 1 0 R /Filter /FlateDecode"
    content = b"%PDF-1.7\n6 0 obj\n" + stream(data, entries) + b"\nendobj\n"
    return content + b"startxref\n9\n%%EOF\n"


def _loop_of_tables() -> bytes:
    """A table whose predecessor is itself."""
    found = plain_pdf({1: CATALOG % b"", 2: PAGES})
    start = found.rindex(b"startxref\n") + len(b"startxref\n")
    place = found[start : found.index(b"\n", start)]
    return found.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %s" % place)


def _many_revisions() -> bytes:
    """Forty thousand empty revisions."""
    content = plain_pdf({1: CATALOG % b"", 2: PAGES})
    previous = content.rindex(b"xref\n0")
    parts, size = [content], len(content)
    for _ in range(40_000):
        part = b"xref\n0 0\ntrailer\n<</Size 3/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            previous,
            size,
        )
        previous, size = size, size + len(part)
        parts.append(part)
    return b"".join(parts)


def _zip_bomb() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("contract.pdf", bytes(200 * MEBI))
    return output.getvalue()


def _zip_behind_a_header() -> bytes:
    return b"%PDF-1.7\n" + _zip_bomb()


def _nested(opening: bytes, closing: bytes) -> bytes:
    deep = opening * 400_000 + closing * 400_000
    return plain_pdf({1: CATALOG % (b"/Deep " + deep), 2: PAGES})


def _fields_in_fields() -> bytes:
    fields = b"/AcroForm << /Fields [3 0 R] >>"
    return plain_pdf({1: CATALOG % fields, 2: PAGES, 3: b"<< /T (a) /Kids [3 0 R 3 0 R] >>"})


def _forked_fields() -> bytes:
    """Thirty fields, each the parent of the next one twice: a thousand million paths."""
    kids = {n: b"<< /T (a) /Kids [%d 0 R %d 0 R] >>" % (n + 1, n + 1) for n in range(3, 33)}
    fields = b"/AcroForm << /Fields [3 0 R] >>"
    return plain_pdf({1: CATALOG % fields, 2: PAGES, **kids, 33: b"<< /FT /Sig /T (z) >>"})


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a web page": lambda: b"<!doctype html><title>contract</title>",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "a zip bomb": _zip_bomb,
    "a zip bomb behind a header": _zip_behind_a_header,
    "a header and no more": lambda: b"%PDF-1.7\n",
    "half a contract": lambda: signed_twice()[: len(signed_twice()) // 2],
    "all but the end of a contract": lambda: signed_twice()[:-40],
    "an encrypted contract": _encrypted,
    "an object that is itself": lambda: plain_pdf({1: b"1 0 R"}),
    "a table that follows itself": _loop_of_tables,
    "forty thousand revisions": _many_revisions,
    "arrays in arrays": partial(_nested, b"[", b"]"),
    "dictionaries in dictionaries": partial(_nested, b"<</A", b">>"),
    "a field inside itself": _fields_in_fields,
    "fields that fork": _forked_fields,
    "a deflated bomb": partial(_bomb, 1),
    "a bomb deflated twice": partial(_bomb, 2),
    "a bomb of objects": _object_stream_bomb,
    "a table of four thousand million": _huge_table,
    "a byte range beyond the file": lambda: _signature(b"0 10 999999999999 5", b"30" * 4000),
    "a negative byte range": lambda: _signature(b"0 -5 -3 -1", b"30" * 4000),
    "a signature that is nothing": lambda: _signature(b"0 10 20 30", b""),
    "a structure deeper than any": lambda: _signature(b"0 10 20 30", b"3080" * 500_000),
}
"""What it is, and how it is made."""
