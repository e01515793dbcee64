"""One suite for every door to a time-stamping authority; the HTTP one is tried with OpenSSL behind a real server."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import tsp

from contracts.errors import TimestampUnavailable
from contracts.signing.ports import TimestampAuthority
from contracts.signing.timestamps import HttpTimestamps
from tests.factories.signing import SIGNED, World, new_world
from tests.factories.timestamps import StampServer

DIGEST = hashlib.sha256(b"what is stamped").digest()


def request(digest: bytes = DIGEST, nonce: int = 7_654_321) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = {"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": nonce}
    return bytes(tsp.TimeStampReq(asked).dump())


@pytest.fixture(scope="module")
def authority() -> World:
    return new_world()


@pytest.fixture(params=["demo", "http"])
def stamps(
    request: pytest.FixtureRequest, authority: World, tmp_path: Path
) -> Iterator[TimestampAuthority]:
    """Every authority; a new one is added here and nowhere else."""
    if request.param == "demo":
        yield authority.timestamps
    else:
        with StampServer(authority, tmp_path) as server:
            yield HttpTimestamps(server.url, f"Bearer {server.token}")


def test_a_token_names_the_digest_the_nonce_and_a_moment(stamps: TimestampAuthority) -> None:
    answer = tsp.TimeStampResp.load(stamps.answer(request()), strict=True)
    assert answer["status"]["status"].native == "granted"
    info = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == DIGEST
    assert info["nonce"].native == 7_654_321
    assert info["gen_time"].native.tzinfo is not None


def test_openssl_accepts_the_token(
    stamps: TimestampAuthority, authority: World, tmp_path: Path
) -> None:
    answer = tmp_path / "answer.tsr"
    answer.write_bytes(stamps.answer(request()))
    command = ["openssl", "ts", "-verify", "-digest", DIGEST.hex(), "-in", answer, "-CAfile", authority.folder.path / "root.pem"]  # fmt: skip
    done = subprocess.run([*command, "-no_check_time"], capture_output=True, text=True)
    assert "Verification: OK" in done.stdout + done.stderr


def test_the_demo_stamps_by_its_clock(authority: World) -> None:
    answer = tsp.TimeStampResp.load(authority.timestamps.answer(request()))
    info = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert info["gen_time"].native == SIGNED


def test_what_is_no_request_gets_no_token(authority: World) -> None:
    with pytest.raises(TimestampUnavailable):
        authority.timestamps.answer(b"stamp this")


@pytest.mark.parametrize("broken", ["down", "refuses", "endless"])
def test_an_authority_that_fails_is_told(authority: World, tmp_path: Path, broken: str) -> None:
    server = StampServer(authority, tmp_path, broken=broken)
    with server, pytest.raises(TimestampUnavailable):
        HttpTimestamps(server.url).answer(request())


def test_nobody_there_is_told() -> None:
    with pytest.raises(TimestampUnavailable):
        HttpTimestamps("http://127.0.0.1:9").answer(request())
