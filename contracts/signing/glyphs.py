"""A TrueType font cut down to the glyphs of one stamp, as bytes that a PDF embeds.

A stamp has two dozen glyphs of a font with thirty thousand. They are copied out of the tables as they are, which costs
a hundredth of a general subsetter's work and gives the same bytes for the same text every time.
Tables and their fields: Apple's TrueType Reference Manual and ISO/IEC 14496-22.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

HAS_MORE, HAS_WORDS = 0x20, 0x01
SCALES = ((0x08, 2), (0x40, 4), (0x80, 8))
"""Flags of a part of a composite glyph: more parts follow, arguments are words, bytes of its scale."""
KEPT = ("cvt ", "fpgm", "prep")
"""Tables of hints, copied where the font has them."""


@dataclass(frozen=True, slots=True)
class Subset:
    """`glyphs`: character to glyph number in the subset. `widths` by glyph number, in thousandths of the size."""

    program: bytes
    glyphs: dict[str, int]
    widths: tuple[int, ...]

    def width(self, text: str) -> float:
        """How wide a line is at size 1."""
        return sum(self.widths[self.glyphs[letter]] for letter in text) / 1000

    def codes(self, text: str) -> bytes:
        """A line as the operand of Tj: two bytes a glyph, in hexadecimal digits."""
        return b"".join(b"%04X" % self.glyphs[letter] for letter in text)


class Font:
    """An open TrueType font; keep one a process."""

    def __init__(self, path: Path) -> None:
        self._font = font = TTFont(path, lazy=True)
        self.name: str = str(font["name"].getDebugName(6))
        self.units: int = font["head"].unitsPerEm
        self.box: tuple[int, ...] = tuple(
            self._em(getattr(font["head"], edge)) for edge in ("xMin", "yMin", "xMax", "yMax")
        )
        self.ascent, self.descent = self._em(font["hhea"].ascent), self._em(font["hhea"].descent)
        self._letters: dict[int, str] = font.getBestCmap()
        self._tables = {
            tag: font.reader[tag]
            for tag in ("head", "hhea", "maxp", "hmtx", "loca", "glyf", *KEPT)
            if tag in font.reader
        }
        self._long = struct.unpack(">h", self._tables["head"][50:52])[0] == 1
        self._metrics = struct.unpack(">H", self._tables["hhea"][34:36])[0]

    def subset(self, text: str) -> Subset:
        """The font with the letters of `text`; one that it lacks becomes the empty box (glyph 0)."""
        wanted = sorted(set(text))
        old = {letter: self._number(letter) for letter in wanted}
        order = [0, *sorted({number for number in old.values() if number})]
        outlines = [self._outline(number) for number in order]
        position = 0
        while position < len(order):  # parts of composite glyphs join at the end
            for part in _parts(outlines[position]):
                if part not in order:
                    order.append(part)
                    outlines.append(self._outline(part))
            position += 1
        new = {number: place for place, number in enumerate(order)}
        program = self._program(order, [_renumbered(outline, new) for outline in outlines])
        return Subset(
            program,
            {letter: new[number] for letter, number in old.items()},
            tuple(self._em(self._metric(number)[0]) for number in order),
        )

    def _em(self, value: int) -> int:
        return round(value * 1000 / self.units)

    def _number(self, letter: str) -> int:
        name = self._letters.get(ord(letter))
        return int(self._font.getGlyphID(name)) if name else 0

    def _outline(self, number: int) -> bytes:
        size, form = (4, ">2I") if self._long else (2, ">2H")
        loca = self._tables["loca"][number * size : number * size + 2 * size]
        first, last = struct.unpack(form, loca)
        scale = 1 if self._long else 2
        return bytes(self._tables["glyf"][first * scale : last * scale])

    def _metric(self, number: int) -> tuple[int, int]:
        """Advance and left side bearing; glyphs past the last full entry share its advance."""
        hmtx, full = self._tables["hmtx"], self._metrics
        last = min(number, full - 1)
        advance, bearing = struct.unpack(">Hh", hmtx[last * 4 : last * 4 + 4])
        if number >= full:
            place = full * 4 + (number - full) * 2
            bearing = struct.unpack(">h", hmtx[place : place + 2])[0]
        return advance, bearing

    def _program(self, order: list[int], outlines: list[bytes]) -> bytes:
        padded = [outline + b"\0" * (-len(outline) % 4) for outline in outlines]
        places = [0]
        for outline in padded:
            places.append(places[-1] + len(outline))
        head = bytearray(self._tables["head"])
        head[8:12], head[50:52] = b"\0\0\0\0", struct.pack(">h", 1)
        hhea = bytearray(self._tables["hhea"])
        hhea[34:36] = struct.pack(">H", len(order))
        maxp = bytearray(self._tables["maxp"])
        maxp[4:6] = struct.pack(">H", len(order))
        tables = {
            "head": bytes(head),
            "hhea": bytes(hhea),
            "maxp": bytes(maxp),
            "hmtx": b"".join(struct.pack(">Hh", *self._metric(number)) for number in order),
            "loca": struct.pack(f">{len(places)}I", *places),
            "glyf": b"".join(padded),
            **{tag: self._tables[tag] for tag in KEPT if tag in self._tables},
        }
        return _container(tables)


@lru_cache(maxsize=4)
def open_font(path: Path) -> Font:
    """The font at `path`, read once a process."""
    return Font(path)


def _parts(outline: bytes) -> list[int]:
    """The glyphs that a composite glyph is made of; none for a simple one."""
    return [number for _, number in _references(outline)]


def _references(outline: bytes) -> list[tuple[int, int]]:
    """Where in a composite glyph a part's number stands, and the number."""
    if len(outline) < 10 or struct.unpack(">h", outline[:2])[0] >= 0:
        return []
    found, at, more = [], 10, True
    while more:
        flags, number = struct.unpack(">2H", outline[at : at + 4])
        found.append((at + 2, number))
        at += 4 + (4 if flags & HAS_WORDS else 2)
        at += next((size for flag, size in SCALES if flags & flag), 0)
        more = bool(flags & HAS_MORE)
    return found


def _renumbered(outline: bytes, new: dict[int, int]) -> bytes:
    changed = bytearray(outline)
    for place, number in _references(outline):
        changed[place : place + 2] = struct.pack(">H", new[number])
    return bytes(changed)


def _container(tables: dict[str, bytes]) -> bytes:
    """An sfnt file with checksums."""
    count = len(tables)
    power = count.bit_length() - 1
    header = struct.pack(
        ">IHHHH", 0x00010000, count, 16 << power, power, (count << 4) - (16 << power)
    )
    offset, records, body = 12 + 16 * count, b"", b""
    for tag in sorted(tables):
        data = tables[tag]
        records += struct.pack(
            ">4sIII", tag.encode(), _checksum(data), offset + len(body), len(data)
        )
        body += data + b"\0" * (-len(data) % 4)
    font = bytearray(header + records + body)
    head = offset + _place(tables, "head")
    font[head + 8 : head + 12] = struct.pack(">I", (0xB1B0AFBA - _checksum(bytes(font))) % 2**32)
    return bytes(font)


def _place(tables: dict[str, bytes], wanted: str) -> int:
    """Where a table's bytes begin in the body."""
    before = [data for tag, data in tables.items() if tag < wanted]
    return sum(len(data) + (-len(data) % 4) for data in before)


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (-len(data) % 4)
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words) % 2**32
