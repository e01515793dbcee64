"""Previews are set in a process of their own: the very bytes of an issue, kept by content, bounded in time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO

import pytest

from contracts.domain.documents import ContractDocument
from contracts.errors import RenderingError
from contracts.pdf import preview_worker
from contracts.pdf.previews import PdfPreviews
from contracts.pdf.weasy import WeasyRenderer
from contracts.services.setting import NUMBER, proof_as_pdf, specimen
from tests.factories.contract import demo_template, text
from tests.factories.contract_order import InkRenderer

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
QUITTER = (sys.executable, "-c", "input()")
RAMBLER = (sys.executable, "-c", "input(); print('oops', flush=True)")


@pytest.fixture(scope="module")
def previews() -> Iterator[PdfPreviews]:
    made = PdfPreviews()
    yield made
    made.close()


@pytest.fixture(scope="module")
def document() -> ContractDocument:
    return specimen(demo_template(), order="cash-stock-cn", language="zh-hans")


def test_a_preview_is_the_pdf_byte_for_byte_as_it_would_be_issued(
    previews: PdfPreviews, document: ContractDocument
) -> None:
    shown, issued = previews.preview(document), WeasyRenderer().render(document)
    assert shown.content == issued.content
    assert shown.pages == issued.pages
    assert list(shown.places) == [clause.code for clause in document.clauses]
    assert shown.places["parties"] <= shown.places["law-cn"] <= shown.pages


def test_the_same_words_are_set_once_and_other_words_again(
    previews: PdfPreviews, document: ContractDocument
) -> None:
    first = previews.preview(document)
    assert previews.preview(document) is first
    other = previews.preview(replace(document, title="另一份合同"))
    assert other.content != first.content


def test_a_document_that_cannot_be_set_says_why_and_the_next_one_is_set(
    previews: PdfPreviews, document: ContractDocument
) -> None:
    head, content = preview_worker.answer(b"{}", InkRenderer())
    assert "missing or unknown" in head["error"]
    assert content == b""
    broken = replace(document, annexes=(replace(document.annexes[0], code="no-such-annex"),))
    with pytest.raises(RenderingError, match="annex"):
        previews.preview(broken)
    assert previews.preview(document).pages >= 5
    assert document.number == NUMBER


@pytest.mark.parametrize("command", [SLEEPER, QUITTER, RAMBLER], ids=["late", "dead", "mad"])
def test_a_child_that_is_late_dead_or_mad_is_ended_and_told(
    command: tuple[str, ...], document: ContractDocument
) -> None:
    lame = PdfPreviews(command=command, limit_seconds=1.5)
    with pytest.raises(RenderingError, match="the preview stopped"):
        lame.preview(document)
    assert lame._child is None


def test_the_child_answers_until_the_pipe_ends(document: ContractDocument) -> None:
    import json
    import os

    from contracts.domain.codec import to_json

    read, write = os.pipe()
    os.write(write, json.dumps(to_json(document)).encode() + b"\n")
    os.close(write)
    told = BytesIO()
    with os.fdopen(read, "rb") as asked:
        preview_worker.serve(asked, told, InkRenderer())
    head, _, content = told.getvalue().partition(b"\n")
    assert json.loads(head)["pages"] == 1
    assert content.startswith(b"%PDF-1.7")


def test_the_proof_of_an_approval_sets_every_order_in_every_language() -> None:
    class Asked(PdfPreviews):
        def preview(self, document: ContractDocument):  # type: ignore[no-untyped-def]
            asked.append((document.facts.market, document.language))
            if document.facts.market == "DE":
                raise RenderingError("x", facts={"number": "x", "reason": "no page"})

    asked: list[tuple[str, str]] = []
    template = replace(demo_template(), title=text("合同", "Agreement"))
    from contracts.golden import golden_orders

    faults = proof_as_pdf(Asked())(template, golden_orders())
    assert len(asked) == 6
    assert [(f.order, f.language, f.reason) for f in faults] == [
        ("proof-bound-de", "zh-hans", "no page"),
        ("proof-bound-de", "en", "no page"),
    ]
