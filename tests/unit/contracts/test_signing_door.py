"""The signing door stands, and nothing pretends to sign."""

import pkgutil
from dataclasses import FrozenInstanceError

import pytest

import contracts.signing
from contracts.signing.ports import SignatureBox, SignedPdf, SigningUnavailable


def test_there_is_a_port_and_no_signer_behind_it() -> None:
    names = {module.name for module in pkgutil.iter_modules(contracts.signing.__path__)}
    assert names == {"ports"}
    assert "nothing here signs yet" in str(contracts.signing.__doc__)


def test_what_a_signer_is_given_and_gives_back_cannot_be_changed() -> None:
    box = SignatureBox("buyer", page=3, left=40, bottom=100, right=200, top=160)
    signed = SignedPdf(b"%PDF-1.7", "0" * 64, "B-LTA")
    for frozen, name in ((box, "page"), (signed, "level")):
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, name, None)
    assert issubclass(SigningUnavailable, Exception)
