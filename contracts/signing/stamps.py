"""What is printed in a signature field: the drawn name or the name in type, what it is, and when.

The signature stands at the left of the field, the date at the right. Fonts are embedded and colours are device RGB, as
PDF/A asks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStampStyle

from contracts.signing.glyphs import Subset, open_font
from contracts.signing.pictures import Mask, mask_of
from contracts.signing.ports import Stamp

SIGNATURE, DATE = 46 / 73, 50 / 73
"""Where the signature ends and the date begins, as shares of the field's width."""
LARGEST, SMALLEST, NOTE, DAY = 19.0, 7.0, 6.4, 9.0
LEADING, BREAK = 7.6, " · "
INK, SEAL, SOFT = b"0.055 0.106 0.133 rg", b"0.647 0.165 0.122 rg", b"0.275 0.329 0.361 rg"


@dataclass(frozen=True)
class ContractStampStyle(BaseStampStyle):  # type: ignore[misc]
    """What pyHanko is given to draw a Stamp with; `sealed` prints the name in the red of a seal."""

    stamp: Stamp = field(default_factory=lambda: Stamp("", "", "", ""))
    font: Path = Path()
    sealed: bool = False

    def create_stamp(
        self, writer: BasePdfFileWriter, box: BoxConstraints, text_params: dict[str, object]
    ) -> AppearanceContent:
        """The appearance of one field; raises UnusablePicture."""
        return _Drawn(writer, box, self)


class _Drawn(AppearanceContent):  # type: ignore[misc]
    """One stamp in one field."""

    def __init__(
        self, writer: BasePdfFileWriter, box: BoxConstraints, style: ContractStampStyle
    ) -> None:
        super().__init__(writer=writer, box=box)
        self.stamp, self.sealed = style.stamp, style.sealed
        self.mask = mask_of(style.stamp.picture_png) if style.stamp.picture_png else None
        self.font = open_font(style.font)
        shown = (self.stamp.name, self._note(), self.stamp.day, self.stamp.time)
        self.subset = self.font.subset("".join(shown))

    def render(self) -> bytes:
        """The page operators; colours and places in points of the field."""
        self.set_resource(
            category=ResourceType.FONT, name=pdf_name("/F"), value=self._embedded_font()
        )
        wide, high = self.box.width, self.box.height
        notes = self._notes(wide * SIGNATURE)
        raised = (len(notes) - 1) * LEADING
        lines = [b"q", *self._signature(wide * SIGNATURE, high, raised), SOFT]
        for place, note in enumerate(reversed(notes)):
            lines.append(self._line(note, NOTE, 0, 3 + place * LEADING, wide * SIGNATURE))
        lines += [INK, self._line(self.stamp.day, DAY, wide * DATE, 11.5, wide * (1 - DATE))]
        lines += [SOFT, self._line(self.stamp.time, NOTE, wide * DATE, 3, wide * (1 - DATE)), b"Q"]
        return b"\n".join(lines)

    def _note(self) -> str:
        """Below a drawn name also who drew it."""
        return f"{self.stamp.name}{BREAK}{self.stamp.note}" if self.mask else self.stamp.note

    def _notes(self, wide: float) -> list[str]:
        """The note on one line, or where that would be too small to read, on two."""
        note = self._note()
        first, _, last = note.rpartition(BREAK)
        return [first, last] if first and self.subset.width(note) * NOTE > wide else [note]

    def _signature(self, wide: float, high: float, raised: float) -> list[bytes]:
        if self.mask:
            return [INK, self._picture(self.mask, wide, high - 15 - raised, 12 + raised)]
        size = min(LARGEST, wide / max(self.subset.width(self.stamp.name), 0.01))
        place = 14 + raised + max((high - 14 - raised - size) / 2, 0)
        colour = SEAL if self.sealed else INK
        return [colour, self._line(self.stamp.name, size, 0, place, wide)]

    def _line(self, text: str, size: float, left: float, bottom: float, wide: float) -> bytes:
        """One line of text, smaller where it would not fit."""
        fits = min(size, wide / max(self.subset.width(text), 0.01))
        return b"BT /F %.2f Tf %.2f %.2f Td <%s> Tj ET" % (
            max(fits, 1),
            left,
            bottom,
            self.subset.codes(text),
        )

    def _picture(self, mask: Mask, wide: float, high: float, bottom: float) -> bytes:
        """The drawn name as large as it fits above the note."""
        image = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Image"),
                pdf_name("/Width"): generic.NumberObject(mask.width),
                pdf_name("/Height"): generic.NumberObject(mask.height),
                pdf_name("/ImageMask"): generic.BooleanObject(True),
                pdf_name("/BitsPerComponent"): generic.NumberObject(1),
                pdf_name("/Filter"): pdf_name("/FlateDecode"),
            },
            encoded_data=zlib.compress(mask.bits, 9),
        )
        self.set_resource(
            category=ResourceType.XOBJECT,
            name=pdf_name("/I"),
            value=self._ensure_writer.add_object(image),
        )
        scale = min(wide / mask.width, high / mask.height)
        size = (mask.width * scale, mask.height * scale, bottom)
        return b"q %.3f 0 0 %.3f 0 %.2f cm /I Do Q" % size

    # ---- The font as PDF objects ----

    def _embedded_font(self) -> generic.IndirectObject:
        add, subset, font = self._ensure_writer.add_object, self.subset, self.font
        name = pdf_name(f"/{_tag(subset)}+{font.name}")
        program = generic.StreamObject(
            {
                pdf_name("/Length1"): generic.NumberObject(len(subset.program)),
                pdf_name("/Filter"): pdf_name("/FlateDecode"),
            },
            encoded_data=zlib.compress(subset.program, 9),
        )
        descriptor = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/FontDescriptor"),
                pdf_name("/FontName"): name,
                pdf_name("/Flags"): generic.NumberObject(4),
                pdf_name("/FontBBox"): _numbers(font.box),
                pdf_name("/ItalicAngle"): generic.NumberObject(0),
                pdf_name("/Ascent"): generic.NumberObject(font.ascent),
                pdf_name("/Descent"): generic.NumberObject(font.descent),
                pdf_name("/CapHeight"): generic.NumberObject(font.ascent),
                pdf_name("/StemV"): generic.NumberObject(80),
                pdf_name("/FontFile2"): add(program),
            }
        )
        system = generic.DictionaryObject(
            {
                pdf_name("/Registry"): generic.TextStringObject("Adobe"),
                pdf_name("/Ordering"): generic.TextStringObject("Identity"),
                pdf_name("/Supplement"): generic.NumberObject(0),
            }
        )
        inner = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Font"),
                pdf_name("/Subtype"): pdf_name("/CIDFontType2"),
                pdf_name("/BaseFont"): name,
                pdf_name("/CIDSystemInfo"): system,
                pdf_name("/CIDToGIDMap"): pdf_name("/Identity"),
                pdf_name("/FontDescriptor"): add(descriptor),
                pdf_name("/DW"): generic.NumberObject(1000),
                pdf_name("/W"): generic.ArrayObject(
                    [generic.NumberObject(0), _numbers(subset.widths)]
                ),
            }
        )
        return add(
            generic.DictionaryObject(
                {
                    pdf_name("/Type"): pdf_name("/Font"),
                    pdf_name("/Subtype"): pdf_name("/Type0"),
                    pdf_name("/BaseFont"): name,
                    pdf_name("/Encoding"): pdf_name("/Identity-H"),
                    pdf_name("/DescendantFonts"): generic.ArrayObject([add(inner)]),
                    pdf_name("/ToUnicode"): add(_to_unicode(subset)),
                }
            )
        )


def _numbers(values: tuple[int, ...]) -> generic.ArrayObject:
    return generic.ArrayObject([generic.NumberObject(value) for value in values])


def _tag(subset: Subset) -> str:
    """Six capitals that name this subset, as the format asks."""
    number = zlib.crc32(subset.program)
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _to_unicode(subset: Subset) -> generic.StreamObject:
    """So that the name can be searched and read aloud."""
    pairs = sorted({glyph: letter for letter, glyph in subset.glyphs.items()}.items())
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        lines.append(f"{len(part)} beginbfchar")
        lines += [f"<{glyph:04X}> <{letter.encode('utf-16-be').hex()}>" for glyph, letter in part]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    stream = generic.StreamObject(stream_data="\n".join(lines).encode("ascii"))
    stream.compress()
    return stream
