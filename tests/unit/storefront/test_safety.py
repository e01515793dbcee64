"""What a shop that takes money refuses to start with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kernel.crypto import decrypt, encrypt
from storefront.settings.safety import refusals

POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


def good(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    """Settings that may start, with `changes`."""
    return {
        "DATA": tmp_path,
        "SECRET_KEY": "k" * 60,
        "FIELD_KEYS": ["f" * 43],
        "PAYMENT_DOOR": "stripe",
        "STRIPE_SECRET_KEY": "sk_live_1",
        "STRIPE_API_BASE": "",
        "STRIPE_LIVEMODE": True,
        "STRIPE_WEBHOOK_SECRETS": ["whsec"],
        "DATABASES": POSTGRES,
        "WEB_WORKERS": 4,
        "ALLOWED_HOSTS": ["shop.example"],
        "WAGTAILADMIN_BASE_URL": "https://shop.example",
        "DEBUG": False,
    } | changes


def test_a_well_configured_shop_starts(tmp_path: Path) -> None:
    assert refusals(good(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PAYMENT_DOOR": "sandbox"}, "FORECOURT_PAYMENT_DOOR"),
        ({"PAYMENT_DOORS": {"alipay_cn": {"door": "sandbox"}}}, "FORECOURT_PAYMENT_DOORS"),
        ({"STRIPE_JS_URL": "http://js.stripe.com/v3/"}, "STRIPE_JS_URL"),
        ({"STRIPE_JS_URL": "https://js.example/v3/"}, "STRIPE_JS_URL"),
        ({"INSURER_DOORS": {"*": {"door": "sandbox"}}}, "FORECOURT_SANDBOX_INSURERS=1"),
        ({"INSURER_DOORS": {"qinghe": {"door": "http", "base": "http://x"}}}, "without https"),
        ({"CARRIER_DOORS": {"luxing": {"door": "sandbox"}}}, "FORECOURT_SANDBOX_CARRIERS=1"),
        ({"CARRIER_DOORS": {"luxing": {"door": "http", "base": "http://x"}}}, "without https"),
        ({"CONTRACT_SIGNING": {"buyer": {"door": "file"}}}, "FORECOURT_SIGNING leaves seller"),
        (
            {"CONTRACT_SIGNING": {"buyer": {"door": "http", "base": "http://x"}}},
            "address of buyer is without https",
        ),
        ({"SMS_DOOR": {"door": "console"}}, "FORECOURT_SMS_DOOR"),
        ({"SMS_DOOR": {"door": "http", "base": "http://x"}}, "without https"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": "demo-" + "x" * 60}, "SECRET_KEY"),
        ({"FIELD_KEYS": []}, "FORECOURT_FIELD_KEYS"),
        ({"FIELD_KEYS": ["f" * 43, "demo-" + "f" * 43]}, "FORECOURT_FIELD_KEYS"),
        ({"FIELD_KEYS": ["short"]}, "FORECOURT_FIELD_KEYS"),
        ({"DATABASES": SQLITE}, "DATABASE_URL"),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8430"}, "STRIPE_API_BASE"),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY"),
        ({"STRIPE_LIVEMODE": False}, "STRIPE_LIVEMODE"),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_LIVEMODE"),
        ({"STRIPE_WEBHOOK_SECRETS": []}, "STRIPE_WEBHOOK_SECRETS"),
        ({"ALLOWED_HOSTS": []}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
        ({"DEBUG": True}, "DEBUG"),
        ({"WAGTAILADMIN_BASE_URL": "http://localhost:8000"}, "FORECOURT_BASE_URL"),
        ({"WAGTAILADMIN_BASE_URL": "http://shop.example"}, "FORECOURT_BASE_URL"),
        ({"WAGTAILADMIN_BASE_URL": ""}, "FORECOURT_BASE_URL"),
        ({"SIGNING_CERTIFICATE": "/nowhere.pem"}, "SIGNING_CERTIFICATE"),
        ({"CONTRACT_SIGNING": {"trust": {"sellers": ["/nowhere.pem"]}}}, "/nowhere.pem cannot"),
    ],
)
def test_each_danger_is_refused_by_name(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    found = refusals(good(tmp_path, **changes))
    assert any(named in line for line in found), found


def test_sqlite_with_one_worker_may_start(tmp_path: Path) -> None:
    assert refusals(good(tmp_path, DATABASES=SQLITE, WEB_WORKERS=1)) == []


def test_keys_made_by_the_demo_are_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(
        json.dumps({"secret_key": "k" * 60, "field_keys": ["f" * 43]})
    )
    found = refusals(good(tmp_path))
    assert len(found) == 2


def made_by_the_demo(data: Path) -> dict[str, Any]:
    """What the demo's settings write at their first run in that folder, in a process of their own."""
    settings = {"FORECOURT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "storefront.settings.demo"}
    asked = "import storefront.settings.demo"
    subprocess.run([sys.executable, "-c", asked], env=os.environ | settings, check=True)
    found: dict[str, Any] = json.loads((data / "keys.json").read_text())
    return found


def test_keys_of_the_demo_are_refused_far_from_its_folder_and_still_encrypt(
    tmp_path: Path, settings: Any
) -> None:
    made = made_by_the_demo(tmp_path / "demo")
    found = refusals(
        good(tmp_path / "shop", SECRET_KEY=made["secret_key"], FIELD_KEYS=made["field_keys"])
    )
    assert len(found) == 2
    settings.FIELD_KEYS = made["field_keys"]
    assert decrypt(encrypt("13800000000")) == "13800000000"


def certificate(tmp_path: Path, *, subject: str, issuer: str) -> str:
    """The path of a PEM certificate with those common names."""
    key = ec.generate_private_key(ec.SECP256R1())
    day = datetime(2026, 11, 22, tzinfo=UTC)

    def name(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    made = (
        x509.CertificateBuilder()
        .subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(7).not_valid_before(day).not_valid_after(day + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "seal.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return str(path)


@pytest.mark.parametrize(
    ("subject", "issuer", "refused"),
    [
        ("Egretta Seal", "Forecourt Test CA", True),
        ("Egretta Seal", "Egretta Seal", True),
        ("Egretta Seal", "Licensed Authority G2", False),
    ],
)
def test_a_test_certificate_is_refused(
    tmp_path: Path, subject: str, issuer: str, refused: bool
) -> None:
    path = certificate(tmp_path, subject=subject, issuer=issuer)
    assert bool(refusals(good(tmp_path, SIGNING_CERTIFICATE=path))) is refused
