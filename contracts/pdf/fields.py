"""Empty signature fields in a rendered contract, exactly on the boxes that the layout drew for them.

They are written with the pages, not added later: the buyer then fills a field that was there when the contract was
shown, and no revision of the file does more than sign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pydyf

from contracts.domain.boxes import SignatureBox
from contracts.domain.proofs import SIGNATORIES
from contracts.errors import RenderingError
from contracts.pdf.labels import Labels

PRINTED_AND_LOCKED = 4 + 128
"""Flags of the annotation: it is printed, and nobody drags it about."""

Finisher = Callable[[Any, pydyf.PDF], None]


def signature_fields(boxes: tuple[SignatureBox, ...], language: str) -> Finisher:
    """What WeasyPrint calls before it writes the file; `language` names the fields for screen readers.

    Raises RenderingError where the layout has no box for a side.
    """
    by_side = {box.field: box for box in boxes}
    missing = set(SIGNATORIES) - set(by_side)
    if missing:
        raise RenderingError(
            "the layout has no place for a signature",
            facts={"reason": f"no box: {', '.join(sorted(missing))}"},
        )
    labels = Labels(language)

    def finish(laid_out: Any, pdf: pydyf.PDF) -> None:
        fields = [_field(pdf, by_side[side], labels.say(side)) for side in SIGNATORIES]
        form = pydyf.Dictionary({"Fields": pydyf.Array(fields)})
        pdf.add_object(form)
        pdf.catalog["AcroForm"] = form.reference

    return finish


def _field(pdf: pydyf.PDF, box: SignatureBox, words: str) -> bytes:
    """Adds the field of one side with its widget; gives the reference."""
    # PDF/A wants an appearance for every annotation; a field that nobody filled shows nothing.
    size = [0, 0, round(box.right - box.left, 2), round(box.top - box.bottom, 2)]
    empty = pydyf.Stream(
        extra=pydyf.Dictionary(
            {
                "Type": "/XObject",
                "Subtype": "/Form",
                "BBox": pydyf.Array(size),
                "Resources": pydyf.Dictionary(),
            }
        )
    )
    pdf.add_object(empty)
    page = pdf.page_references[box.page]
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(box.field),
            "TU": pydyf.String(words),
            "F": PRINTED_AND_LOCKED,
            "P": page,
            "Rect": pydyf.Array([box.left, box.bottom, box.right, box.top]),
            "AP": pydyf.Dictionary({"N": empty.reference}),
        }
    )
    pdf.add_object(field)
    sheet = pdf.objects[int(page.split()[0])]
    sheet.setdefault("Annots", pydyf.Array()).append(field.reference)
    return bytes(field.reference)
