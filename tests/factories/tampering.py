"""Ways to change a signed contract: one random byte, or one of fourteen things that somebody would do on purpose.

Each attack is real: a library that is not ours writes the forged file, as an attacker's would.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Attack = Callable[[bytes], bytes]


def flips(pdf: bytes, count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    """`count` files with one byte changed to another one, each with the place of the change."""
    dice = random.Random(seed)
    for _ in range(count):
        place = dice.randrange(len(pdf))
        other = pdf[place] ^ dice.randrange(1, 256)
        yield place, pdf[:place] + bytes([other]) + pdf[place + 1 :]


def gap(pdf: bytes) -> tuple[int, int]:
    """Where the last container's digits begin and end."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    return start, pdf.index(b">", start)


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with one more revision."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def _page(writer: IncrementalPdfFileWriter, number: int) -> generic.DictionaryObject:
    return writer.root["/Pages"]["/Kids"][number]


def page_content(pdf: bytes) -> bytes:
    """A line drawn through the first page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        line = generic.StreamObject(stream_data=b"q 1 0 0 RG 4 w 60 500 m 500 500 l S Q")
        writer.add_stream_to_page(0, writer.add_object(line))

    return updated(pdf, change)


def note_over_the_price(pdf: bytes) -> bytes:
    """A text box laid over the price."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        box = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Rect"): generic.ArrayObject(
                    [generic.NumberObject(n) for n in (200, 560, 400, 600)]
                ),
                pdf_name("/Contents"): generic.TextStringObject("¥1.00"),
                pdf_name("/DA"): generic.TextStringObject("/Helv 20 Tf 0 g"),
                pdf_name("/F"): generic.NumberObject(4),
            }
        )
        page = _page(writer, 0)
        notes = page.setdefault("/Annots", generic.ArrayObject())
        notes.append(writer.add_object(box))
        writer.update_container(notes)

    return updated(pdf, change)


def title(pdf: bytes) -> bytes:
    """Another title in the information dictionary."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        information = writer.prev.trailer["/Info"]
        information[pdf_name("/Title")] = generic.TextStringObject("Lease")
        writer.update_container(information)

    return updated(pdf, change)


def script(pdf: bytes) -> bytes:
    """JavaScript that runs when the file is opened."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(
            {
                pdf_name("/S"): pdf_name("/JavaScript"),
                pdf_name("/JS"): generic.TextStringObject("app.alert('x')"),
            }
        )
        writer.update_root()

    return updated(pdf, change)


def facts(pdf: bytes) -> bytes:
    """Other facts attached."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        held = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]["/EF"]
        other = generic.StreamObject(stream_data=b'{"price":1}')
        held[pdf_name("/F")] = writer.add_object(other)
        writer.update_container(held)

    return updated(pdf, change)


def missing_page(pdf: bytes) -> bytes:
    """The last page taken out."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        pages["/Kids"].pop()
        pages[pdf_name("/Count")] = generic.NumberObject(int(pages["/Count"]) - 1)
        writer.update_container(pages)

    return updated(pdf, change)


def _fields(writer: IncrementalPdfFileWriter) -> generic.ArrayObject:
    return writer.root["/AcroForm"]["/Fields"]


def appearance(pdf: bytes) -> bytes:
    """Another picture where the buyer signed."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _fields(writer)[0]
        form = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject(
                    [generic.NumberObject(n) for n in (0, 0, 100, 50)]
                ),
            },
            stream_data=b"1 0 0 rg 0 0 100 50 re f",
        )
        field["/AP"][pdf_name("/N")] = writer.add_object(form)
        writer.update_container(field)

    return updated(pdf, change)


def emptied_field(pdf: bytes) -> bytes:
    """The first signature taken out of its field."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        field = _fields(writer)[0]
        del field["/V"]
        writer.update_container(field)

    return updated(pdf, change)


def garbage(pdf: bytes) -> bytes:
    """A line after the end."""
    return pdf + b"% harmless\n"


def spaces(pdf: bytes) -> bytes:
    """Blanks after the end."""
    return pdf + b"  \n"


def rewritten_by_qpdf(pdf: bytes) -> bytes:
    """All objects written anew by qpdf."""
    with TemporaryDirectory() as folder:
        given, made = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        given.write_bytes(pdf)
        subprocess.run(["qpdf", "--object-streams=disable", given, made], check=True)
        return made.read_bytes()


def rewritten_by_pikepdf(pdf: bytes) -> bytes:
    """All objects written anew by pikepdf."""
    output = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(output)
    return output.getvalue()


def printed_again(pdf: bytes) -> bytes:
    """The pages printed into a new file."""
    with TemporaryDirectory() as folder:
        given, made = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        given.write_bytes(pdf)
        subprocess.run(["pdftocairo", "-pdf", given, made], check=True)
        return made.read_bytes()


def truncated(pdf: bytes) -> bytes:
    """The last revision cut off."""
    end = b"%%EOF\n"
    return pdf[: pdf.rindex(end, 0, len(pdf) - len(end)) + len(end)]


ATTACKS: dict[str, Attack] = {
    "edit page content": page_content,
    "text over the price": note_over_the_price,
    "change the title": title,
    "JavaScript on opening": script,
    "replace the attached facts": facts,
    "delete a page": missing_page,
    "replace the signature's appearance": appearance,
    "take the signature out": emptied_field,
    "append garbage": garbage,
    "append spaces": spaces,
    "rewrite by qpdf": rewritten_by_qpdf,
    "rewrite by pikepdf": rewritten_by_pikepdf,
    "print again": printed_again,
    "cut the last revision": truncated,
}
"""What each does, in the order of docs/rules/contracts.md."""
