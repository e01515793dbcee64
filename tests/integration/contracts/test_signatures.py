"""Signing a rendered contract: where, what it shows, what tools that are not ours say, and when it refuses."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from shutil import which

import pikepdf
import pytest
from asn1crypto import tsp
from django.utils import timezone
from PIL import Image

from contracts.domain.proofs import SIGNATORIES, Check, Expected, Stage
from contracts.errors import (
    NotSignable,
    SigningMisconfigured,
    SigningUnavailable,
    TimestampUnavailable,
    UnusablePicture,
)
from contracts.signing import open_signer, open_verifier
from contracts.signing.ports import Signatory, Stamp, TimestampAuthority
from tests.conftest import missing
from tests.factories.signing import (
    BUYER,
    LATER,
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


@contextmanager
def fields(pdf: bytes) -> Iterator[dict[str, pikepdf.Object]]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        yield {str(field.T): field for field in opened.Root.AcroForm.Fields}


def certify(pdf: bytes, stamp: Stamp, timestamps: TimestampAuthority | None = None) -> bytes:
    signer = world().signer(timestamps=timestamps)
    return signer.certify_for_buyer(pdf, signatory=BUYER, stamp=stamp, at=SIGNED).content


# ---- Where ----


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_fields_lie_side_by_side_on_one_page_above_their_lines(language: str) -> None:
    with fields(rendered(language)) as found:
        assert set(found) == set(SIGNATORIES)
        assert found["buyer"].P.objgen == found["seller"].P.objgen
        buyer, seller = ([float(edge) for edge in found[side].Rect] for side in SIGNATORIES)
    assert seller[2] < buyer[0]
    assert (buyer[1], buyer[3]) == (seller[1], seller[3])
    wide, high = buyer[2] - buyer[0], buyer[3] - buyer[1]
    assert (wide, high) == pytest.approx((72.65 / 25.4 * 72, 24 / 25.4 * 72), abs=1)


def test_an_empty_field_shows_nothing_and_says_whose_it_is() -> None:
    with fields(rendered("en")) as found:
        assert [str(found[side].TU) for side in SIGNATORIES] == ["Buyer", "Seller"]
        assert all(found[side].AP.N.read_bytes() == b"" for side in SIGNATORIES)


# ---- What signing does to the file ----


def test_each_signature_only_adds_to_the_bytes_before() -> None:
    assert signed_once().startswith(rendered())
    assert signed_twice().startswith(signed_once())


def test_the_buyer_certifies_that_only_signatures_may_follow() -> None:
    with pikepdf.open(BytesIO(signed_twice())) as opened:
        certifying = opened.Root.Perms.DocMDP
        assert certifying.Reference[0].TransformParams.P == 2
        assert certifying.objgen == opened.Root.AcroForm.Fields[0].V.objgen


def test_the_file_carries_what_it_takes_to_check_it_without_any_network() -> None:
    with pikepdf.open(BytesIO(signed_twice())) as opened:
        assert opened.Root.DSS.CRLs[0].read_bytes() == world().folder.crl
        assert len(opened.Root.DSS.Certs) == 3


def test_it_stays_a_pdf_1_7_whose_metadata_nobody_touched() -> None:
    with (
        pikepdf.open(BytesIO(signed_twice())) as signed,
        pikepdf.open(BytesIO(rendered())) as plain,
    ):
        assert "/Version" not in signed.Root
        assert dict(signed.docinfo) == dict(plain.docinfo)
        assert signed.Root.Metadata.read_bytes() == plain.Root.Metadata.read_bytes()


@pytest.mark.parametrize("side", [0, 1])
def test_a_stamp_embeds_its_font_and_uses_no_other(side: int) -> None:
    with pikepdf.open(BytesIO(signed_twice())) as opened:
        form = opened.Root.AcroForm.Fields[side].AP.N
        (font,) = form.Resources.Font.values()
        assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
        assert "/ToUnicode" in font


def test_the_name_in_the_stamp_can_be_read_and_searched(tmp_path: Path) -> None:
    def words(pdf: bytes) -> str:
        path = tmp_path / "contract.pdf"
        path.write_bytes(pdf)
        done = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
        return re.sub(r"\s", "", done.stdout.decode())

    before, after = words(rendered()), words(certify(rendered(), buyer_stamp(b"")))
    for line in ("林䶮㛃", "电子签名·验证码确认", "21:00:00UTC+8"):
        assert after.count(line) == before.count(line) + 1


def test_a_drawn_name_is_printed_as_ink_and_nothing_else() -> None:
    with pikepdf.open(BytesIO(signed_once())) as opened:
        (picture,) = opened.Root.AcroForm.Fields[0].AP.N.Resources.XObject.values()
        assert picture.ImageMask
        dots = picture.read_bytes()
    assert 0.01 < sum(8 - byte.bit_count() for byte in dots) / (8 * len(dots)) < 0.3


def test_a_long_name_is_set_smaller_not_cut() -> None:
    long = replace(seller_stamp(), name="远" * 40)
    signed = (
        world().signer().seal_for_seller(signed_once(), signatory=SELLER, stamp=long, at=SIGNED)
    )
    with pikepdf.open(BytesIO(signed.content)) as opened:
        drawn = opened.Root.AcroForm.Fields[1].AP.N.read_bytes().decode()
    size = float(re.findall(r"/F ([\d.]+) Tf", drawn)[0])
    assert size * 40 <= 46 / 73 * 206


def test_a_note_too_long_for_one_line_takes_two_of_readable_size() -> None:
    stamp = replace(
        buyer_stamp(), note="Signed electronically, confirmed by code · demo key, NOT REAL"
    )
    with pikepdf.open(BytesIO(certify(rendered(), stamp))) as opened:
        drawn = opened.Root.AcroForm.Fields[0].AP.N.read_bytes().decode()
    sizes = [float(size) for size in re.findall(r"/F ([\d.]+) Tf", drawn)]
    assert len(sizes) == 4
    assert min(sizes) > 5


# ---- What it refuses ----


def test_nobody_signs_twice_and_the_seller_never_first() -> None:
    signer = world().signer()
    with pytest.raises(NotSignable):
        certify(signed_once(), buyer_stamp())
    for pdf in (rendered(), signed_twice()):
        with pytest.raises(NotSignable):
            signer.seal_for_seller(pdf, signatory=SELLER, stamp=seller_stamp(), at=SIGNED)
    for pdf in (rendered(), signed_once(), b"no pdf"):
        with pytest.raises(NotSignable):
            signer.renew(pdf, at=SIGNED)


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\nno more", b"<html>"])
def test_what_is_no_contract_is_not_signed(pdf: bytes) -> None:
    with pytest.raises(NotSignable):
        certify(pdf, buyer_stamp())


def picture(colour: str, size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    output = BytesIO()
    Image.new("RGB", size, colour).save(output, kind)
    return output.getvalue()


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        (picture("white"), "empty"),
        (picture("black", (5000, 4)), "too-large"),
        (picture("black", kind="GIF"), "no-png"),
        (picture("black")[:20], "no-png"),
        (b"\0" * 400_001, "too-large"),
    ],
)
def test_a_picture_without_a_drawn_name_is_refused(drawn: bytes, reason: str) -> None:
    with pytest.raises(UnusablePicture) as caught:
        certify(rendered(), buyer_stamp(drawn))
    assert caught.value.facts["reason"] == reason


class Failing:
    """A time-stamping authority that answers `answer`."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.given = answer

    def answer(self, request: bytes) -> bytes:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


REFUSAL = bytes.fromhex("30053003020102")
"""A TimeStampResp whose status is 2, rejection, and that has no token."""


@pytest.mark.parametrize(
    "answer", [TimestampUnavailable("down"), b"", b"nonsense", REFUSAL], ids=lambda a: str(a)[:8]
)
def test_without_a_timestamp_nothing_is_signed(answer: bytes | Exception) -> None:
    with pytest.raises(TimestampUnavailable):
        certify(rendered(), buyer_stamp(), Failing(answer))


class Replaying:
    """Answers every request with a token over other bytes."""

    def answer(self, request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        asked["message_imprint"]["hashed_message"] = bytes(32)
        return world().timestamps.answer(asked.dump(force=True))


def test_a_token_over_other_bytes_is_no_timestamp() -> None:
    with pytest.raises(TimestampUnavailable, match="other bytes"):
        certify(rendered(), buyer_stamp(), Replaying())


def test_a_key_that_nobody_here_believes_does_not_sign() -> None:
    stranger = new_world()
    signer = world().signer(buyer=stranger.keys("buyer"))
    with pytest.raises(SigningUnavailable):
        signer.certify_for_buyer(rendered(), signatory=BUYER, stamp=buyer_stamp(), at=SIGNED)


# ---- A timestamp that grows old ----


def test_a_renewed_timestamp_covers_everything_once_more() -> None:
    renewed = world().signer().renew(signed_twice(), at=LATER).content
    assert renewed.startswith(signed_twice())
    report = world().verifier.verify(renewed, expected=Expected(Stage.COMPLETE), at=LATER)
    assert report.failed == ()
    assert [one.field for one in report.signatures] == [*SIGNATORIES, "timestamp-1", "timestamp-2"]


# ---- What tools that are not ours say ----


@pytest.fixture(scope="module")
def nss(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate database that holds the demo's root and nothing else."""
    if which("certutil") is None:
        missing("certutil", "apt-get install libnss3-tools")
    folder = tmp_path_factory.mktemp("nss")
    root = world().folder.path / "root.pem"
    database = f"sql:{folder}"
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-i", root], check=True
    )
    return folder


def test_pdfsig_calls_both_signatures_valid_and_trusted(nss: Path, tmp_path: Path) -> None:
    path = tmp_path / "contract.pdf"
    path.write_bytes(signed_twice())
    done = subprocess.run(
        ["pdfsig", "-nssdir", nss, path], capture_output=True, text=True, check=False
    )
    assert done.stdout.count("Signature Validation: Signature is Valid.") == 2
    assert done.stdout.count("Certificate Validation: Certificate is Trusted.") == 2
    assert "Total document signed" in done.stdout.split("timestamp-1")[1]


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "contract.pdf"
    path.write_bytes(signed_twice())
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=True)
    assert "No syntax or stream encoding errors found" in done.stdout


@pytest.mark.parametrize("field", [0, 1])
def test_openssl_verifies_the_signature_over_its_bytes(field: int, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(signed_twice())) as opened:
        value = opened.Root.AcroForm.Fields[field].V
        start, before, after, rest = (int(number) for number in value.ByteRange)
        (tmp_path / "cms.der").write_bytes(bytes(value.Contents).rstrip(b"\0"))
    covered = signed_twice()[start:before] + signed_twice()[after : after + rest]
    (tmp_path / "covered").write_bytes(covered)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "cms.der", "-content", tmp_path / "covered", "-CAfile", world().folder.path / "root.pem", "-purpose", "any", "-no_check_time", "-out", "/dev/null"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verification successful" in done.stderr


# ---- Opened from settings ----


@pytest.fixture
def opened() -> Iterator[None]:
    for door in (open_signer, open_verifier):
        door.cache_clear()
    yield
    for door in (open_signer, open_verifier):
        door.cache_clear()


def test_a_demo_signs_and_verifies_with_keys_it_makes_itself(
    settings: object, opened: None, tmp_path: Path
) -> None:
    settings.SIGNING_DIR = tmp_path
    now = timezone.now()
    signed = open_signer().certify_for_buyer(
        rendered(), signatory=Signatory("林", "FC-1"), stamp=buyer_stamp(), at=now
    )
    report = open_verifier().verify(
        signed.content, expected=Expected(Stage.BUYER_SIGNED), at=timezone.now()
    )
    assert report.valid
    assert "NOT REAL" in report.signatures[0].signer
    assert (tmp_path / "NOT-REAL" / "buyer.p12").stat().st_mode & 0o077 == 0
    assert not [path for path in tmp_path.rglob("*") if "root" in path.name and "key" in path.name]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"DEMO": False}, "NOT REAL"),
        ({"CONTRACT_SIGNING": {"buyer": {"door": "paper"}}}, "no such door"),
        ({"CONTRACT_SIGNING": {"buyer": {"door": "file"}}}, "'path' is missing"),
        ({"CONTRACT_SIGNING": {"buyer": "demo"}}, "not an object"),
        ({"CONTRACT_SIGNING": {"trust": {"roots": ["/nowhere.pem"]}}}, "FileNotFoundError"),
    ],
)
def test_settings_that_cannot_sign_say_which_and_why(
    settings: object, opened: None, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    settings.SIGNING_DIR = tmp_path
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(SigningMisconfigured, match=told):
        open_signer()


def test_every_check_of_the_verifier_is_asked_of_a_complete_contract() -> None:
    report = world().verifier.verify(signed_twice(), expected=Expected(sha256="0"), at=LATER)
    assert [outcome.check for outcome in report.outcomes] == list(Check)
