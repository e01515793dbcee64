"""Getting an issued PDF out of the archive again."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.archive.ports import Archive
from contracts.errors import ContractNotIssued
from contracts.queries import contract


@dataclass(frozen=True, slots=True)
class ArchivedPdf:
    """The archived bytes, their SHA-256, and a file name for people."""

    content: bytes
    sha256: str
    filename: str


def read_pdf(*, number: str, archive: Archive, issued: bool = False) -> ArchivedPdf:
    """The PDF of a contract, byte for byte: with both signatures once it is complete, else (or with `issued`) as issued.

    Raises NotAContractNumber, UnknownContract, ContractNotIssued before it was rendered, and NotInArchive or
    ArchiveDamaged when the archive fails: bytes that are not the issued ones are never given out.
    """
    found = contract(number)
    if not found.pdf_sha256:
        raise ContractNotIssued(
            f"contract {found.number} is being prepared; ask again in a moment",
            facts={"number": found.number, "state": str(found.state)},
        )
    sha256 = found.pdf_sha256 if issued else found.signed_sha256 or found.pdf_sha256
    return ArchivedPdf(archive.get(sha256), sha256, f"{found.number}.pdf")
