"""What a signed contract proves by itself: every change is found, and nothing that nobody touched is refused.

A sample every day; `make prove` (FORECOURT_PROVE=1) runs the 1,000 changes of one byte that the issue asks for, on a
file with one signature and on a complete one. The attacks are run in full on both.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from contracts.domain.proofs import (
    CHECKED_AT,
    SIGNATORIES,
    Check,
    Expected,
    Report,
    Stage,
    read_report,
    report_document,
)
from contracts.pdf.ports import FACTS_FILE
from contracts.signing.authority import LASTS
from contracts.signing.containers import container_fault
from contracts.signing.pades import PlainWriter
from contracts.signing.verifying import StrictVerifier
from tests.factories.rulebook import table
from tests.factories.signing import (
    BUYER,
    LATER,
    MADE,
    SELLER,
    SIGNED,
    buyer_stamp,
    new_world,
    rendered,
    seller_stamp,
    signed_once,
    signed_twice,
    world,
)
from tests.factories.tampering import ATTACKS, flips, gap

FULL = os.environ.get("FORECOURT_PROVE") == "1"
FLIPS = 1_000 if FULL else 40
EITHER: dict[str, tuple[Callable[[], bytes], Stage]] = {
    "one signature": (signed_once, Stage.BUYER_SIGNED),
    "complete": (signed_twice, Stage.COMPLETE),
}


def verified(pdf: bytes, expected: Expected | None = None) -> Report:
    return world().verifier.verify(pdf, expected=expected or Expected(), at=LATER)


def reasons(report: Report) -> dict[Check, str]:
    return {outcome.check: outcome.reason for outcome in report.failed}


# ---- Untouched ----


@pytest.mark.parametrize("name", EITHER)
def test_a_file_nobody_touched_passes_every_check(name: str) -> None:
    made, stage = EITHER[name]
    with pikepdf.open(BytesIO(made())) as opened:
        facts = opened.attachments[FACTS_FILE].get_file().read_bytes()
    sha256 = hashlib.sha256(made()).hexdigest()
    facts_sha256 = hashlib.sha256(facts).hexdigest()
    report = verified(made(), Expected(stage, sha256, facts_sha256))
    assert report.failed == ()
    assert (report.valid, report.stage, report.sha256) == (True, stage, sha256)
    assert report.complete is (stage is Stage.COMPLETE)
    assert (report.facts_sha256, report.size) == (facts_sha256, len(made()))


def test_the_report_names_who_signed_and_when_a_timestamp_says_so() -> None:
    found = verified(signed_twice()).signatures
    assert [one.field for one in found] == [*SIGNATORIES, "timestamp-1"]
    assert {one.at for one in found} == {SIGNED}
    assert all(one.sound and one.signer.startswith("NOT REAL") for one in found)


def test_a_contract_as_rendered_is_unsigned_not_broken() -> None:
    report = verified(rendered())
    assert (report.stage, report.valid, reasons(report)) == (
        Stage.UNSIGNED,
        False,
        {Check.COVERED: "unsigned"},
    )


def test_a_report_survives_being_told_to_another_process() -> None:
    report = verified(signed_twice(), Expected(sha256="0"))
    assert read_report(report_document(report)) == report


# ---- One byte ----


@pytest.mark.prove
@pytest.mark.parametrize("name", EITHER)
def test_one_changed_byte_is_found_by_cryptography_alone(name: str) -> None:
    made, stage = EITHER[name]
    missed = [
        place
        for place, pdf in flips(made(), FLIPS, seed=20261122)
        if verified(pdf, Expected(stage)).valid
    ]
    assert missed == []


@pytest.mark.prove
def test_no_byte_of_the_last_container_is_loose() -> None:
    pdf = signed_twice()
    first, last = gap(pdf)
    places = range(first - 1, last + 1, 1 if FULL else 193)
    changes = [(place, 0x20 if place % 3 else 0x01) for place in places]
    missed = [
        (place, bit)
        for place, bit in changes
        if verified(pdf[:place] + bytes([pdf[place] ^ bit]) + pdf[place + 1 :]).valid
    ]
    assert missed == []


@pytest.mark.parametrize("name", EITHER)
def test_the_archive_s_fingerprint_finds_any_change_at_once(name: str) -> None:
    made, stage = EITHER[name]
    expected = Expected(stage, sha256=hashlib.sha256(made()).hexdigest())
    place, changed = next(flips(made(), 1, seed=1))
    assert changed[place] != made()[place]
    assert Check.ARCHIVED in reasons(verified(changed, expected))


# ---- Fourteen things somebody would do on purpose ----


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", EITHER)
def test_an_attack_is_found_by_cryptography_alone(name: str, attack: str) -> None:
    made, _ = EITHER[name]
    changed = ATTACKS[attack](made())
    assert changed != made()
    assert not verified(changed).valid


@pytest.mark.parametrize("row", table("contracts.md", "attacks"), ids=lambda row: row["attack"])
def test_the_attacks_fail_the_checks_that_the_rules_name(row: dict[str, str]) -> None:
    failed = reasons(verified(ATTACKS[row["attack"]](signed_twice())))
    named = {part.strip(" `") for part in row["fails"].split(",")}
    assert {f"{check}: {reason}" for check, reason in failed.items()} >= named


def test_the_rules_list_every_attack_and_every_check() -> None:
    assert [row["attack"] for row in table("contracts.md", "attacks")] == list(ATTACKS)
    assert [row["check"].strip("`") for row in table("contracts.md", "checks")] == list(Check)


# ---- Somebody who can have timestamps made, and somebody who can sign ----


def stamped(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """A change in a revision of its own, and a trusted timestamp over all of it."""
    writer = PlainWriter(BytesIO(pdf))
    change(writer)
    output = BytesIO()
    writer.write(output)
    return world().signer().renew(output.getvalue(), at=SIGNED).content


def other_title(writer: IncrementalPdfFileWriter) -> None:
    information = writer.prev.trailer["/Info"]
    information[pdf_name("/Title")] = generic.TextStringObject("Lease")
    writer.update_container(information)


def other_seller_picture(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"][1]
    del field["/AP"]
    writer.update_container(field)


@pytest.mark.parametrize("change", [other_title, other_seller_picture])
def test_a_trusted_timestamp_over_a_change_does_not_make_it_good(
    change: Callable[[IncrementalPdfFileWriter], None],
) -> None:
    forged = stamped(signed_twice(), change)
    assert reasons(verified(forged)) == {Check.CHANGES: "revisions"}


class _Slipping(PlainWriter):  # type: ignore[misc]
    """Changes the title in the very revision that a timestamp is added in."""

    def _update_meta(self) -> None:
        other_title(self)


def test_a_change_inside_the_timestamp_s_own_revision_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer = world().signer()
    monkeypatch.setattr("contracts.signing.pades.PlainWriter", _Slipping)
    forged = signer.renew(signed_twice(), at=SIGNED).content
    assert reasons(verified(forged)) == {Check.CHANGES: "changed"}


def test_the_seller_cannot_change_what_the_buyer_signed_while_sealing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer = world().signer()
    monkeypatch.setattr("contracts.signing.pades.PlainWriter", _Slipping)
    forged = signer.seal_for_seller(
        signed_once(), signatory=SELLER, stamp=seller_stamp(), at=SIGNED
    ).content
    assert reasons(verified(forged)) == {Check.CHANGES: "changed"}


def test_only_the_seller_s_own_certificate_may_seal() -> None:
    forged = (
        world()
        .signer(seller=world().keys("buyer"))
        .seal_for_seller(signed_once(), signatory=BUYER, stamp=seller_stamp(), at=SIGNED)
        .content
    )
    assert reasons(verified(forged)) == {Check.SELLER_KNOWN: "unknown-certificate"}


def test_signatures_of_an_authority_nobody_here_believes_prove_nothing() -> None:
    stranger = new_world()
    report = StrictVerifier(stranger.trust).verify(signed_twice(), expected=Expected(), at=LATER)
    failed = reasons(report)
    assert not report.valid
    assert {failed[Check.BUYER], failed[Check.SELLER], failed[Check.TIMESTAMPS]} <= {
        "not-trusted",
        "timestamp",
    }


# ---- Time ----


def test_ten_years_later_the_proof_needs_a_younger_timestamp() -> None:
    late = MADE + LASTS + timedelta(days=1)
    failed = reasons(world().verifier.verify(signed_twice(), expected=Expected(), at=late))
    assert failed == {Check.TIMESTAMPS: "expired"}


def test_a_timestamp_from_before_the_certificates_existed_proves_nothing() -> None:
    other = new_world()
    other.clock.now = MADE - timedelta(days=400)
    signed = other.signer().certify_for_buyer(
        rendered(), signatory=BUYER, stamp=buyer_stamp(), at=SIGNED
    )
    report = other.verifier.verify(signed.content, expected=Expected(), at=LATER)
    assert Check.BUYER in reasons(report)


# ---- What is asked of a report ----


@pytest.mark.parametrize("stage", CHECKED_AT)
def test_a_report_that_asked_less_than_its_stage_needs_is_not_valid(stage: Stage) -> None:
    full = verified(signed_once() if stage is Stage.BUYER_SIGNED else signed_twice())
    assert full.valid
    for left_out in CHECKED_AT[stage]:
        kept = tuple(one for one in full.outcomes if one.check is not left_out)
        assert not replace(full, outcomes=kept).valid


def test_another_stage_than_expected_is_told() -> None:
    assert reasons(verified(signed_once(), Expected(Stage.COMPLETE))) == {Check.FIELDS: "stage"}


def test_other_facts_than_the_archive_s_are_told() -> None:
    failed = reasons(verified(signed_twice(), Expected(facts_sha256="0" * 64)))
    assert failed == {Check.FACTS: "other-facts"}


@pytest.mark.parametrize(
    ("byte_range", "fault"),
    [
        ([0, 10, 20], "byte-range"),
        ([1, 10, 20, 5], "byte-range"),
        ([0, 20, 10, 5], "byte-range"),
        ([0, 10, 20, 10**9], "byte-range"),
        ([0, 10, 20, 5], "not-hexadecimal"),
    ],
)
def test_a_byte_range_that_is_no_gap_is_told(byte_range: list[int], fault: str) -> None:
    assert container_fault(bytes(100), byte_range) == fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not-der"),
        (b"\x31\x00", "not-der"),
        (b"\x30\x80\x00\x00", "not-der"),  # of no definite length
        (b"\x30\x81\x05" + bytes(5), "not-der"),  # a length longer than it need be
        (b"\x30\x05\x00", "not-der"),
        (b"\x30\x03\x02\x01\x01\x07", "not-padded-with-zeros"),
        (b"\x30\x03\x02\x01\x01", "not-cms"),
    ],
)
def test_a_container_has_one_form_only(content: bytes, fault: str) -> None:
    digits = b"<" + content.hex().upper().encode() + b">"
    assert container_fault(b"0" + digits + b"0", [0, 1, 1 + len(digits), 1]) == fault


@pytest.mark.prove
@pytest.mark.skipif(not FULL, reason="pyHanko's own analysis of a tagged file takes seconds")
def test_pyhanko_s_own_analysis_finds_nothing_either() -> None:
    reader = PdfFileReader(BytesIO(signed_twice()), strict=True)
    for one in reader.embedded_regular_signatures:
        one.compute_integrity_info()
        assert one.summarise_integrity_info()["docmdp_ok"]
