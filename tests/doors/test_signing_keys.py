"""One suite for every door to a signing key: a file, a token, a certificate authority over HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from contracts.domain.proofs import Expected, Stage
from contracts.errors import SigningError, SigningMisconfigured, SigningUnavailable
from contracts.signing.keys import FileKeys
from contracts.signing.ports import KeySource, Trust
from contracts.signing.remote import RemoteKeys
from contracts.signing.token import TokenKeys
from contracts.signing.verifying import StrictVerifier
from tests.factories.signing import (
    BUYER,
    LATER,
    SELLER,
    SIGNED,
    World,
    buyer_stamp,
    new_world,
    rendered,
)
from tests.factories.signing_keys import SigningServer, soft_slot, soft_token

DIGEST = hashlib.sha256(b"what is signed").digest()


@pytest.fixture(scope="module")
def authority() -> World:
    return new_world()


@pytest.fixture(scope="module", params=["file", "token", "http"])
def party(
    request: pytest.FixtureRequest, authority: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[KeySource, Trust]]:
    """Every source of keys and who believes it; a new one is added here and nowhere else."""
    if request.param == "file":
        yield authority.keys("buyer"), authority.trust
    elif request.param == "token":
        yield soft_token(authority, tmp_path_factory.mktemp("token")), authority.trust
    else:
        with SigningServer() as server:
            yield RemoteKeys(server.base, server.token, "buyer"), server.trust


@pytest.fixture
def keys(party: tuple[KeySource, Trust]) -> KeySource:
    return party[0]


def test_a_signature_fits_the_certificate_that_comes_with_the_key(keys: KeySource) -> None:
    key = keys.key_for(BUYER)
    public = x509.load_der_x509_certificate(key.certificates[0]).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(key.sign_digest(DIGEST), DIGEST, ec.ECDSA(Prehashed(hashes.SHA256())))


def test_the_root_is_never_among_the_certificates(party: tuple[KeySource, Trust]) -> None:
    keys, trust = party
    assert not set(trust.roots) & set(keys.key_for(BUYER).certificates)


def test_the_same_person_gets_the_same_certificate_again(keys: KeySource) -> None:
    assert keys.key_for(BUYER).certificates == keys.key_for(BUYER).certificates


def test_a_contract_signed_with_the_key_verifies(
    party: tuple[KeySource, Trust], authority: World
) -> None:
    keys, theirs = party
    ours = authority.trust
    trust = replace(ours, roots=(*ours.roots, *theirs.roots), crls=(*ours.crls, *theirs.crls))
    signed = authority.signer(buyer=keys, trust=trust).certify_for_buyer(
        rendered(), signatory=BUYER, stamp=buyer_stamp(), at=SIGNED
    )
    report = StrictVerifier(trust).verify(
        signed.content, expected=Expected(stage=Stage.BUYER_SIGNED), at=LATER
    )
    assert report.failed == ()
    assert report.valid


# ---- What only some of them promise ----


def test_an_authority_gives_every_person_a_certificate_of_their_own(authority: World) -> None:
    with SigningServer() as server:
        keys = RemoteKeys(server.base, server.token, "buyer")
        one, other = keys.key_for(BUYER), keys.key_for(SELLER)
        assert one.certificates != other.certificates
        subject = x509.load_der_x509_certificate(one.certificates[0]).subject
        assert BUYER.name in subject.rfc4514_string()


def test_revocation_lists_are_fetched_while_signing_and_never_while_verifying(
    authority: World,
) -> None:
    """Validity is asked of the real clock here: what is fetched is of today."""
    ours = authority.trust
    with SigningServer() as server:
        roots = (*ours.roots, *server.trust.roots)
        asking = replace(ours, roots=roots, fetch=True)
        signed = authority.signer(
            buyer=RemoteKeys(server.base, server.token, "buyer"), trust=asking
        ).certify_for_buyer(rendered(), signatory=BUYER, stamp=buyer_stamp(), at=SIGNED)
        fetched = [path for path, _ in server.asked if path == "/crl"]
        assert fetched
    report = StrictVerifier(replace(ours, roots=roots)).verify(
        signed.content, expected=Expected(stage=Stage.BUYER_SIGNED), at=LATER
    )
    assert report.failed == ()


@pytest.mark.parametrize("broken", ["down", "refuses", "nonsense", "other-key"])
def test_an_authority_that_fails_signs_nothing(authority: World, broken: str) -> None:
    with SigningServer() as server:
        key = RemoteKeys(server.base, server.token, "buyer").key_for(BUYER)
        server.broken = broken
        with pytest.raises(SigningUnavailable):
            key.sign_digest(DIGEST)


def test_a_wrong_token_for_the_authority_is_told(authority: World) -> None:
    with SigningServer() as server, pytest.raises(SigningUnavailable, match="401"):
        RemoteKeys(server.base, "wrong", "buyer").key_for(BUYER)


@pytest.mark.parametrize("content", [None, b"", b"not a file of keys"])
def test_a_file_without_a_key_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key.p12"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SigningMisconfigured):
        FileKeys(path).key_for(BUYER)


def test_a_token_that_is_not_there_is_told(authority: World, tmp_path: Path) -> None:
    slot = soft_slot(authority, tmp_path)
    for wrong in (replace(slot, token="absent"), replace(slot, pin="000000")):
        with pytest.raises(SigningError):
            TokenKeys(wrong).key_for(BUYER).sign_digest(DIGEST)
