"""Secrets: encrypted database fields with key rotation, blind indexes, masks, codes and tokens.

Keys are `settings.FIELD_KEYS`: url-safe base64 of at least 32 random bytes each, newest first. The
newest encrypts, every key decrypts; drop an old key only after `manage.py rotate_field_keys`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What a person can read out: no 0 O, no 1 I L, and no U (Crockford)."""
_NONCE = 12


class CannotDecrypt(Exception):
    """A stored value was tampered with, or its key is not in settings.FIELD_KEYS any more."""


@dataclass(frozen=True, slots=True)
class _Key:
    code: str
    cipher: AESGCM = field(repr=False)
    index: bytes = field(repr=False)


@lru_cache(maxsize=8)
def _keys(texts: tuple[str, ...]) -> tuple[_Key, ...]:
    if not texts:
        raise ImproperlyConfigured("settings.FIELD_KEYS is empty; give at least one key")
    return tuple(_key(text) for text in texts)


def _key(text: str) -> _Key:
    try:
        secret = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured("settings.FIELD_KEYS: a key is not url-safe base64") from error
    if len(secret) < 32:
        raise ImproperlyConfigured("settings.FIELD_KEYS: a key has fewer than 32 bytes")

    def derived(purpose: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)

    return _Key(
        code=derived(b"forecourt key code").hex()[:8],
        cipher=AESGCM(derived(b"forecourt field encryption")),
        index=derived(b"forecourt blind index"),
    )


def _ring() -> tuple[_Key, ...]:
    return _keys(tuple(settings.FIELD_KEYS))


def newest_prefix() -> str:
    """How every value begins that the newest key encrypted, e.g. `v1.3fa2b8c1.`."""
    return f"v1.{_ring()[0].code}."


def encrypt(clear: str) -> str:
    """`clear` under the newest key: `v1.<key>.<url-safe base64 of nonce and ciphertext>`; never the same twice."""
    prefix = newest_prefix()
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + _ring()[0].cipher.encrypt(nonce, clear.encode(), prefix.encode())
    return prefix + base64.urlsafe_b64encode(sealed).decode()


def decrypt(stored: str) -> str:
    """What `encrypt` was given, under any key of the ring; raises CannotDecrypt."""
    version, _, rest = stored.partition(".")
    code, _, body = rest.partition(".")
    key = next((key for key in _ring() if key.code == code), None)
    if version != "v1" or key is None:
        raise CannotDecrypt(f"no key {code!r} in settings.FIELD_KEYS")
    try:
        sealed = base64.urlsafe_b64decode(body)
        clear = key.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], f"v1.{code}.".encode())
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise CannotDecrypt("the stored value was changed") from error
    return clear.decode()


class EncryptedTextField(models.TextField[str | None, str | None]):
    """Text that is in clear in Python and AES-256-GCM in the database; can only be looked up by `isnull`.

    To find rows by value, keep `blind_index(value)` in a column beside it.
    """

    def get_prep_value(self, value: Any) -> str | None:
        """The stored form."""
        text = super().get_prep_value(value)
        return None if text is None else encrypt(text)

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        """The clear text; raises CannotDecrypt."""
        return None if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: two encryptions of one value are never equal."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> Any:
        """None: a ciphertext has no parts."""
        return


def blind_index(value: str) -> str:
    """A keyed fingerprint (HMAC-SHA-256, newest key, 64 hexadecimal digits) to find an encrypted value by."""
    return hmac.new(_ring()[0].index, value.encode(), hashlib.sha256).hexdigest()


def blind_indexes(value: str) -> list[str]:
    """The fingerprint under every key, newest first: look up with `__in` while keys rotate."""
    return [hmac.new(key.index, value.encode(), hashlib.sha256).hexdigest() for key in _ring()]


def mask(value: str) -> str:
    """What may be shown of a personal value: `z***@example.com`, `**************1234`, `王**`."""
    if "@" in value:
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    if len(value) >= 8:
        return "*" * (len(value) - 4) + value[-4:]
    return value[:1] + "*" * (len(value) - 1)


def new_code(length: int = 8) -> str:
    """A random code that can be read out on the phone, e.g. `K7Q2M4XW`; unique only by a constraint."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_token() -> str:
    """128 random bits, url-safe, 22 characters: proof that its bearer may see something."""
    return secrets.token_urlsafe(16)


def token_digest(token: str) -> str:
    """SHA-256 of a token, 64 hexadecimal digits: what is stored, never the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()
