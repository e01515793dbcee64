"""The signing door: keys, timestamps and trust are opened here, from `settings.CONTRACT_SIGNING`.

`contracts.signing.ports` says what is promised. pyHanko and the token's library are loaded by name when the first
contract is signed or verified, which only the worker does: the web process never carries them.

`CONTRACT_SIGNING` (environment: FORECOURT_SIGNING, JSON) has four parts; docs/guide/signing-authority.md explains them:

    {"buyer": KEYS, "seller": KEYS, "timestamps": AUTHORITY, "trust": TRUST}

KEYS: `{"door": "demo"}`, `{"door": "file", "path", "passphrase"}`, `{"door": "token", "library", "token", "key", "pin",
"certificates"}` or `{"door": "http", "base", "token"}`. AUTHORITY: `{"door": "demo"}` or `{"door": "http", "url",
"authorization"}`. TRUST: `{"door": "demo"}` or `{"roots": [PEM files], "others": [PEM files], "crls": [DER files],
"sellers": [PEM files], "fetch": true}`. What is missing is the demo's in a demo, which is NOT REAL, and an error elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from contracts.errors import SigningMisconfigured
from contracts.signing.ports import (
    KeySource,
    Signatory,
    Signer,
    TimestampAuthority,
    Trust,
    Verifier,
)

__all__ = ["Signer", "Trust", "Verifier", "demo_keys", "open_signer", "open_trust", "open_verifier"]

DEMO: dict[str, Any] = {"door": "demo"}
SIGNER = "contracts.signing.pades.PadesSigner"
VERIFIER = "contracts.signing.verifying.StrictVerifier"
FONT = Path(__file__).resolve().parents[1] / "pdf" / "fonts" / "NotoSansSC_400Regular.ttf"
NOBODY = Signatory("", "")


@lru_cache(maxsize=1)
def open_signer() -> Signer:
    """The signer of this installation, one a process; raises SigningMisconfigured."""
    signer: Signer = import_string(SIGNER)(
        buyer=open_keys("buyer"),
        seller=open_keys("seller"),
        timestamps=open_timestamps(),
        trust=open_trust(),
        font=FONT,
    )
    return signer


@lru_cache(maxsize=1)
def open_verifier() -> Verifier:
    """The verifier of this installation, one a process; raises SigningMisconfigured."""
    verifier: Verifier = import_string(VERIFIER)(open_trust())
    return verifier


def demo_keys() -> bool:
    """Whether either side signs with a key of the demo, which is NOT REAL."""
    return any(_chosen(side).get("door") == "demo" for side in ("buyer", "seller"))


def open_keys(side: str) -> KeySource:
    """Where the key of `buyer` or `seller` comes from; raises SigningMisconfigured."""
    chosen = _chosen(side)
    doors: dict[str, Callable[[], KeySource]] = {
        "demo": lambda: _file_keys(_demo().pkcs12(side), ""),
        "file": lambda: _file_keys(Path(chosen["path"]), str(chosen.get("passphrase", ""))),
        "token": lambda: _token_keys(chosen),
        "http": lambda: _remote_keys(chosen, side),
    }
    keys: KeySource = _opened(side, chosen, doors)
    return keys


def open_timestamps() -> TimestampAuthority:
    """The time-stamping authority of this installation; raises SigningMisconfigured."""
    chosen = _chosen("timestamps")
    doors: dict[str, Callable[[], TimestampAuthority]] = {
        "demo": lambda: _demo_timestamps(timezone.now),  # noqa: TID251 - an authority has its own clock
        "http": lambda: _http_timestamps(chosen),
    }
    authority: TimestampAuthority = _opened("timestamps", chosen, doors)
    return authority


def open_trust() -> Trust:
    """Whom this installation believes; raises SigningMisconfigured."""
    chosen = _chosen("trust")
    if chosen.get("door") == "demo":
        folder = _demo()
        own = _file_keys(folder.pkcs12("seller"), "").key_for(NOBODY).certificates[0]
        return Trust((folder.root,), crls=(folder.crl,), sellers=frozenset({_fingerprint(own)}))
    try:
        return Trust(
            roots=_pem_files(chosen["roots"]),
            others=_pem_files(chosen.get("others", ())),
            crls=tuple(Path(one).read_bytes() for one in chosen.get("crls", ())),
            sellers=frozenset(map(_fingerprint, _pem_files(chosen.get("sellers", ())))),
            fetch=bool(chosen.get("fetch")),
        )
    except (KeyError, OSError, ValueError) as error:
        raise _wrong("trust", f"{type(error).__name__}: {error}") from error


def _chosen(part: str) -> Mapping[str, Any]:
    found = getattr(settings, "CONTRACT_SIGNING", {}).get(part, DEMO)
    if not isinstance(found, Mapping):
        raise _wrong(part, "not an object")
    if found.get("door") == "demo" and not getattr(settings, "DEMO", False):
        raise _wrong(part, "it is left to the demo, which is NOT REAL; name a key or an authority")
    return found


def _opened(part: str, chosen: Mapping[str, Any], doors: Mapping[str, Callable[[], Any]]) -> Any:
    try:
        door = doors[str(chosen.get("door"))]
    except KeyError:
        raise _wrong(part, f"no such door; there are: {', '.join(sorted(doors))}") from None
    try:
        return door()
    except KeyError as error:
        raise _wrong(part, f"{error} is missing") from error


def _wrong(part: str, reason: str) -> SigningMisconfigured:
    return SigningMisconfigured(
        f"CONTRACT_SIGNING[{part!r}]: {reason}",
        facts={"setting": f"CONTRACT_SIGNING.{part}", "reason": reason[:200]},
    )


def _demo() -> Any:
    """The demo's own authority, made at first use."""
    make = import_string("contracts.signing.authority.make_authority")
    return make(Path(settings.SIGNING_DIR) / "NOT-REAL", now=timezone.now())  # noqa: TID251 - certificates are made once


def _file_keys(path: Path, passphrase: str) -> KeySource:
    keys: KeySource = import_string("contracts.signing.keys.FileKeys")(path, passphrase)
    return keys


def _token_keys(chosen: Mapping[str, Any]) -> KeySource:
    names = ("library", "token", "key", "pin")
    slot = import_string("contracts.signing.token.TokenSlot")(
        **{name: str(chosen[name]) for name in names}, certificates=Path(chosen["certificates"])
    )
    keys: KeySource = import_string("contracts.signing.token.TokenKeys")(slot)
    return keys


def _remote_keys(chosen: Mapping[str, Any], side: str) -> KeySource:
    remote = import_string("contracts.signing.remote.RemoteKeys")
    keys: KeySource = remote(str(chosen["base"]), str(chosen["token"]), side)
    return keys


def _demo_timestamps(clock: Callable[[], datetime]) -> TimestampAuthority:
    key = _file_keys(_demo().pkcs12("timestamps"), "").key_for(NOBODY)
    authority: TimestampAuthority = import_string("contracts.signing.timestamps.DemoTimestamps")(
        key, clock
    )
    return authority


def _http_timestamps(chosen: Mapping[str, Any]) -> TimestampAuthority:
    authority: TimestampAuthority = import_string("contracts.signing.timestamps.HttpTimestamps")(
        str(chosen["url"]), str(chosen.get("authorization", ""))
    )
    return authority


def _pem_files(paths: Any) -> tuple[bytes, ...]:
    """Every certificate in these PEM files, in DER."""
    found = [
        one for path in paths for one in x509.load_pem_x509_certificates(Path(path).read_bytes())
    ]
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def _fingerprint(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
