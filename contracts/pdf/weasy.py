"""WeasyPrint as a renderer: PDF/A-3a (tagged), bundled fonts, facts attached, nothing fetched, bytes repeatable."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from weasyprint import CSS, HTML, VERSION, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from contracts.domain.boxes import SIDES, SignatureBox
from contracts.domain.documents import ContractDocument
from contracts.domain.facts import facts_bytes
from contracts.errors import RenderingError
from contracts.pdf.fields import signature_fields
from contracts.pdf.layout import TEMPLATES, contract_html
from contracts.pdf.ports import FACTS_FILE, RenderedPdf

FONTS = Path(__file__).parent / "fonts"
FONT_FILES = (
    "NotoSansSC_Core_400Regular.ttf",
    "NotoSansSC_Core_700Bold.ttf",
    "NotoSansSC_400Regular.ttf",
    "NotoSansSC_700Bold.ttf",
)
LAYOUT = "5"
"""Raised when template or style change, so that stored contracts say what set them."""
RENDERER = f"WeasyPrint {VERSION}, pydyf {version('pydyf')}, layout {LAYOUT}"
VARIANT = "pdf/a-3a"
POINTS = 0.75
"""PDF points a CSS pixel."""

log = logging.getLogger("contracts.pdf")


class ForbiddenAddress(FatalURLFetchingError):  # type: ignore[misc]
    """The page source names an address that is neither a bundled font nor inline data."""


class BundledOnly(URLFetcher):  # type: ignore[misc]
    """Serves the bundled fonts and `data:` addresses; everything else ends the rendering."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The response for an allowed address; raises ForbiddenAddress."""
        if not url.startswith("data:") and url not in _font_addresses():
            raise ForbiddenAddress(f"a contract may not load {url[:80]}")
        return super().fetch(url, headers)


@lru_cache(maxsize=1)
def _font_addresses() -> frozenset[str]:
    return frozenset((FONTS / name).as_uri() for name in FONT_FILES)


@lru_cache(maxsize=1)
def _style() -> tuple[CSS, FontConfiguration]:
    """The style sheet and its fonts, parsed once a process: loading 20 MB of fonts costs more than a page."""
    fonts = FontConfiguration()
    sheet = CSS(
        filename=str(TEMPLATES / "contract.css"),
        base_url=FONTS.as_uri() + "/",
        font_config=fonts,
        url_fetcher=BundledOnly(),
    )
    return sheet, fonts


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """A layout makes a million objects and drops few of them: looking for cycles meanwhile costs an eighth of the time.

    They are looked for once, afterwards; what stood before the first document (fonts, style) is never looked at again.
    """
    if not gc.get_freeze_count():
        _style()
        gc.collect()
        gc.freeze()
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
        gc.collect()


class WeasyRenderer:
    """A Renderer; keep one a process, it is not meant for two threads at once."""

    def render(self, document: ContractDocument) -> RenderedPdf:
        """The PDF of `document`; raises RenderingError with WeasyPrint's reason."""
        with _collector_at_rest():
            return self._render(document)

    def _render(self, document: ContractDocument) -> RenderedPdf:
        sheet, fonts = _style()
        try:
            page = HTML(
                string=contract_html(document),
                base_url=FONTS.as_uri() + "/",
                url_fetcher=BundledOnly(),
            )
            laid_out = page.render(font_config=fonts, stylesheets=[sheet], pdf_variant=VARIANT)
            boxes = tuple(_boxes(laid_out))
            content = laid_out.write_pdf(
                attachments=[_facts_attachment(document)],
                pdf_variant=VARIANT,
                pdf_tags=True,
                # In digits: a raw carriage return in a PDF string would be read back as another byte.
                pdf_identifier=document.fingerprint[:32].encode(),
                finisher=signature_fields(boxes, document.language),
            )
        except (Exception, FatalURLFetchingError) as error:  # the latter is a BaseException
            raise RenderingError(
                f"contract {document.number} could not be set: {error}",
                facts={
                    "number": document.number,
                    "reason": f"{type(error).__name__}: {error}"[:500],
                },
            ) from error
        log.info(
            "contract=%s pages=%s bytes=%s", document.number, len(laid_out.pages), len(content)
        )
        return RenderedPdf(
            content=content,
            pages=len(laid_out.pages),
            renderer=RENDERER,
            boxes=boxes,
            places=tuple(_places(laid_out)),
        )


def _places(laid_out: Document) -> Iterator[tuple[str, int]]:
    """The clauses in their order with the page on which each begins."""
    seen: set[str] = set()
    for number, page in enumerate(laid_out.pages, start=1):
        for anchor in page.anchors:
            if anchor.startswith("clause-") and anchor not in seen:
                seen.add(anchor)
                yield anchor.removeprefix("clause-"), number


def _boxes(laid_out: Document) -> Iterator[SignatureBox]:
    """The boxes left free for signatures, in the order of SIDES; a page is measured in CSS pixels from its top."""
    for side in SIDES:
        for number, page in enumerate(laid_out.pages):
            if (spot := page.anchors.get(f"field-{side}")) is None:
                continue
            left, top, right, bottom = spot
            yield SignatureBox(
                field=side,
                page=number,
                left=round(left * POINTS, 2),
                bottom=round((page.height - bottom) * POINTS, 2),
                right=round(right * POINTS, 2),
                top=round((page.height - top) * POINTS, 2),
            )


def _facts_attachment(document: ContractDocument) -> Attachment:
    # Without these dates WeasyPrint writes the present moment, and no two renders are equal.
    return Attachment(
        string=facts_bytes(document.facts).decode(),
        name=FACTS_FILE,
        description=f"Facts of contract {document.number}, canonical JSON, SHA-256 {document.fingerprint}",
        created=document.dated_at.astimezone(UTC),
        modified=document.dated_at.astimezone(UTC),
        relationship="Source",
    )
