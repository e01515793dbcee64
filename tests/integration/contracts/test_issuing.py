"""From a draft to an issued contract: only after the archived bytes were read back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from checkout.models import Order
from contracts import events
from contracts.archive import FileArchive
from contracts.domain.documents import ContractDocument
from contracts.domain.states import State
from contracts.errors import (
    ArchiveDamaged,
    ContractNotIssued,
    NotInArchive,
    RenderingError,
    UnknownContract,
)
from contracts.models import Contract, ContractEvent
from contracts.pdf.ports import RenderedPdf
from contracts.queries import ContractSummary, contract, history, signature_boxes
from contracts.services import issuing
from contracts.services.archiving import read_pdf
from contracts.services.issuing import issue_contract
from kernel import audit
from tests.factories.contract import NOW
from tests.factories.contract_order import INK_BOXES, InkRenderer
from tests.integration.contracts.conftest import ORDER

pytestmark = pytest.mark.django_db
Draft = Callable[[], ContractSummary]


class LyingArchive(FileArchive):
    """Takes bytes and gives back others, as a broken disk would."""

    def get(self, sha256: str) -> bytes:
        """Always something else."""
        return b"%PDF-1.7 something else"


class NoRenderer(InkRenderer):
    """Gives something that is no PDF."""

    def render(self, document: ContractDocument) -> RenderedPdf:
        """An error page."""
        return RenderedPdf(b"<html>502</html>", 0, "none")


def test_an_issued_contract_names_the_bytes_in_the_archive(
    issued: ContractSummary, archive: FileArchive
) -> None:
    assert issued.state is State.ISSUED
    assert issued.issued_at == NOW
    content = archive.get(issued.pdf_sha256)
    assert hashlib.sha256(content).hexdigest() == issued.pdf_sha256
    assert issued.pdf_bytes == len(content)
    assert issued.number.encode() in content


def test_an_issued_contract_knows_where_each_side_signs(draft: Draft, archive: FileArchive) -> None:
    number = draft().number
    with pytest.raises(ContractNotIssued):
        signature_boxes(number)
    issue_contract(number=number, renderer=InkRenderer(), archive=archive, now=NOW)
    assert signature_boxes(number) == INK_BOXES


def test_the_order_and_other_packages_learn_of_it(
    draft: Draft, archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(issuing, "publish", told.append)
    done = issue_contract(number=draft().number, renderer=InkRenderer(), archive=archive, now=NOW)
    assert told == [events.ContractIssued(done.number, ORDER, done.pdf_sha256, NOW)]
    order = Order.objects.get()
    assert (order.contract_number, order.contract_state) == (done.number, "issued")
    assert [event["kind"] for event in history(done.number)] == ["drafted", "issued"]
    assert audit.verify_chain() == []


def test_issuing_again_renders_nothing_and_changes_nothing(
    issued: ContractSummary, archive: FileArchive
) -> None:
    renderer = InkRenderer()
    again = issue_contract(
        number=issued.number, renderer=renderer, archive=archive, now=NOW + timedelta(days=1)
    )
    assert again == issued
    assert renderer.rendered == []


def test_a_contract_stays_a_draft_when_the_archive_gives_back_other_bytes(
    draft: Draft, archive: FileArchive
) -> None:
    number = draft().number
    with pytest.raises(ArchiveDamaged):
        issue_contract(
            number=number, renderer=InkRenderer(), archive=LyingArchive(archive.root), now=NOW
        )
    assert contract(number).state is State.DRAFT
    assert (
        issue_contract(number=number, renderer=InkRenderer(), archive=archive, now=NOW).state
        is State.ISSUED
    )


def test_something_that_is_no_pdf_is_never_archived(draft: Draft, archive: FileArchive) -> None:
    with pytest.raises(RenderingError):
        issue_contract(number=draft().number, renderer=NoRenderer(), archive=archive, now=NOW)
    assert not archive.root.exists()


def test_a_crash_after_archiving_is_repeated_with_the_same_bytes(
    draft: Draft, archive: FileArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = draft().number

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(issuing, "record", crash)
    with pytest.raises(RuntimeError):
        issue_contract(number=number, renderer=InkRenderer(), archive=archive, now=NOW)
    monkeypatch.undo()
    assert contract(number).state is State.DRAFT
    kept = [path for path in archive.root.rglob("*") if path.is_file()]
    done = issue_contract(number=number, renderer=InkRenderer(), archive=archive, now=NOW)
    assert [path.name for path in kept] == [done.pdf_sha256]


def test_a_contract_superseded_while_it_was_rendered_is_not_issued(
    draft: Draft, archive: FileArchive
) -> None:
    number = draft().number

    class Slow(InkRenderer):
        def render(self, document: ContractDocument) -> RenderedPdf:
            """Meanwhile the order changes."""
            Contract.objects.filter(number=number).update(state=State.SUPERSEDED)
            return super().render(document)

    assert (
        issue_contract(number=number, renderer=Slow(), archive=archive, now=NOW).state
        is State.SUPERSEDED
    )
    assert ContractEvent.objects.count() == 1


def test_a_number_that_does_not_exist_cannot_be_issued(db: None, archive: FileArchive) -> None:
    with pytest.raises(UnknownContract):
        issue_contract(number="FC-2026-K7Q2M4XW", renderer=InkRenderer(), archive=archive, now=NOW)


def test_the_pdf_is_read_byte_for_byte(issued: ContractSummary, archive: FileArchive) -> None:
    pdf = read_pdf(number=issued.number.lower(), archive=archive)
    assert (pdf.sha256, pdf.filename) == (issued.pdf_sha256, f"{issued.number}.pdf")
    assert hashlib.sha256(pdf.content).hexdigest() == issued.pdf_sha256


def test_a_draft_has_no_pdf_yet(draft: Draft, archive: FileArchive) -> None:
    with pytest.raises(ContractNotIssued):
        read_pdf(number=draft().number, archive=archive)


def test_an_archive_that_lost_the_bytes_says_so(
    issued: ContractSummary, archive: FileArchive
) -> None:
    with pytest.raises(NotInArchive):
        read_pdf(number=issued.number, archive=FileArchive(archive.root / "elsewhere"))
