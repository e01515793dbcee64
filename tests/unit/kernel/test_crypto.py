"""Secrets stay secret, rotate, and are never guessable."""

import base64
import secrets
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from kernel import crypto

OLD, NEW = (secrets.token_urlsafe(32) for _ in range(2))


@given(st.text())
def test_what_was_encrypted_is_read_back(clear: str) -> None:
    assert crypto.decrypt(crypto.encrypt(clear)) == clear


def test_one_value_is_never_encrypted_the_same_twice() -> None:
    assert crypto.encrypt("110101199003071234") != crypto.encrypt("110101199003071234")


def test_the_clear_text_does_not_show_in_the_stored_form() -> None:
    assert "1101" not in crypto.encrypt("1101")


def test_a_changed_ciphertext_is_refused() -> None:
    prefix, _, body = crypto.encrypt("secret").rpartition(".")
    sealed = bytearray(base64.urlsafe_b64decode(body))
    for position in (0, len(sealed) // 2, len(sealed) - 1):
        changed = sealed.copy()
        changed[position] ^= 1
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(f"{prefix}.{base64.urlsafe_b64encode(changed).decode()}")


@pytest.mark.parametrize("stored", ["", "plain", "v1.", "v2.00000000.AAAA", "v1.00000000.AAAA"])
def test_what_is_no_ciphertext_of_ours_is_refused(stored: str) -> None:
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(stored)


def test_a_body_that_is_no_base64_is_refused() -> None:
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(crypto.newest_prefix() + "ü")


def test_the_newest_key_encrypts_and_the_old_one_still_reads(settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    before = crypto.encrypt("secret")
    settings.FIELD_KEYS = [NEW, OLD]
    assert crypto.decrypt(before) == "secret"
    after = crypto.encrypt("secret")
    settings.FIELD_KEYS = [NEW]
    assert crypto.decrypt(after) == "secret"
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(before)


def test_blind_indexes_find_a_value_while_keys_rotate(settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    stored = crypto.blind_index("110101199003071234")
    settings.FIELD_KEYS = [NEW, OLD]
    assert crypto.blind_index("110101199003071234") != stored
    assert crypto.blind_indexes("110101199003071234")[0] == crypto.blind_index("110101199003071234")
    assert stored in crypto.blind_indexes("110101199003071234")
    assert stored not in crypto.blind_indexes("110101199003071235")


@pytest.mark.parametrize(
    "keys", [[], ["short"], ["ü" * 50], [base64.urlsafe_b64encode(b"x" * 31).decode()]]
)
def test_a_store_without_good_keys_does_not_start_to_encrypt(
    settings: Any, keys: list[str]
) -> None:
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt("secret")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("110101199003071234", "**************1234"),
        ("zhang.wei@example.com", "z***@example.com"),
        ("王小明", "王**"),
        ("", ""),
        ("1234567", "1******"),
    ],
)
def test_a_mask_shows_just_enough_to_recognise(value: str, shown: str) -> None:
    assert crypto.mask(value) == shown


def test_codes_can_be_read_out_and_tokens_cannot_be_guessed() -> None:
    codes = {crypto.new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 8 and not set(code) & set("0O1ILU") for code in codes)
    assert len(crypto.new_code(12)) == 12
    assert len({crypto.new_token() for _ in range(500)}) == 500
    assert len(base64.urlsafe_b64decode(crypto.new_token() + "==")) == 16


def test_a_token_is_stored_as_its_digest() -> None:
    assert (
        crypto.token_digest("token") == crypto.token_digest("token") != crypto.token_digest("Token")
    )
    assert len(crypto.token_digest("token")) == 64


def test_a_key_never_shows_in_a_traceback() -> None:
    assert "index=" not in repr(crypto._ring()[0])
