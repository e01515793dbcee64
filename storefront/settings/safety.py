"""What a shop that takes money must never start with. Pure: settings in, refusals out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

STRIPE_HOST = "api.stripe.com"
STRIPE_JS_HOST = "js.stripe.com"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SHORTEST_KEY = 50
MARK_OF_A_DEMO_KEY = "demo-"
"""How every key begins that settings/demo.py made; it outlives the file that the demo kept it in."""
SEALS = "SIGNING_CERTIFICATE or a seller in FORECOURT_SIGNING"
SIGNING_PARTS = ("buyer", "seller", "timestamps", "trust")
MARKS_OF_A_TEST_CERTIFICATE = ("test", "demo", "example", "dummy")


def refusals(values: Mapping[str, Any]) -> list[str]:
    """One sentence per reason not to start, each naming the setting and the mend; empty when all is well."""
    return [
        *_keys(values),
        *_payments(values),
        *_further_payment_doors(values),
        *_lenders(values),
        *_insurers(values),
        *_carriers(values),
        *_sms(values),
        *_signing(values),
        *_database(values),
        *_certificate(values),
        *_addresses(values),
    ]


def _made_at_first_run(values: Mapping[str, Any]) -> list[str]:
    path = Path(values.get("DATA", "")) / "keys.json"
    if not path.is_file():
        return []
    made = json.loads(path.read_text())
    return [made.get("secret_key", ""), *made.get("field_keys", [])]


def _keys(values: Mapping[str, Any]) -> list[str]:
    found = []
    secret, field_keys = values.get("SECRET_KEY", ""), list(values.get("FIELD_KEYS", []))
    made = _made_at_first_run(values)
    insecure = secret.startswith(("django-insecure", MARK_OF_A_DEMO_KEY)) or secret in made
    if len(secret) < SHORTEST_KEY or insecure:
        found.append(
            f"SECRET_KEY is missing, shorter than {SHORTEST_KEY} characters or made by the demo: set one of your own"
        )
    if not field_keys or any(
        key in made or key.startswith(MARK_OF_A_DEMO_KEY) or len(key) < 32 for key in field_keys
    ):
        found.append(
            "FORECOURT_FIELD_KEYS is missing, too short or made by the demo: set keys of your own"
        )
    return found


def _payments(values: Mapping[str, Any]) -> list[str]:
    if values.get("PAYMENT_DOOR") == "sandbox":
        return ["FORECOURT_PAYMENT_DOOR is sandbox, which takes no real money: set it to stripe"]
    found = []
    key, base = values.get("STRIPE_SECRET_KEY", ""), values.get("STRIPE_API_BASE", "")
    live = key.startswith(("sk_live_", "rk_live_"))
    if not key:
        found.append("STRIPE_SECRET_KEY is missing")
    if not values.get("STRIPE_WEBHOOK_SECRETS"):
        found.append("STRIPE_WEBHOOK_SECRETS is missing: without it no payment can be believed")
    if live and base and urlsplit(base).hostname != STRIPE_HOST:
        found.append(
            "STRIPE_API_BASE points at a test address beside a live STRIPE_SECRET_KEY: remove one of them"
        )
    script = urlsplit(values.get("STRIPE_JS_URL", ""))
    if live and script.netloc and (script.scheme, script.hostname) != ("https", STRIPE_JS_HOST):
        found.append(
            "STRIPE_JS_URL is another script than Stripe's beside a live STRIPE_SECRET_KEY: remove it"
        )
    if live != bool(values.get("STRIPE_LIVEMODE")):
        found.append(
            "STRIPE_LIVEMODE and the kind of STRIPE_SECRET_KEY disagree: set STRIPE_LIVEMODE=1 with a live key only"
        )
    return found


def _further_payment_doors(values: Mapping[str, Any]) -> list[str]:
    return [
        f"FORECOURT_PAYMENT_DOORS opens the sandbox for {name}, which takes no real money"
        for name, door in values.get("PAYMENT_DOORS", {}).items()
        if door.get("door") == "sandbox"
    ]


def _lenders(values: Mapping[str, Any]) -> list[str]:
    allowed = bool(values.get("SANDBOX_LENDERS_ALLOWED"))
    return _doors("LENDER", values.get("LENDER_DOORS", {}), allowed, "lends nothing")


def _insurers(values: Mapping[str, Any]) -> list[str]:
    allowed = bool(values.get("SANDBOX_INSURERS_ALLOWED"))
    return _doors("INSURER", values.get("INSURER_DOORS", {}), allowed, "pays for nothing")


def _carriers(values: Mapping[str, Any]) -> list[str]:
    allowed = bool(values.get("SANDBOX_CARRIERS_ALLOWED"))
    return _doors("CARRIER", values.get("CARRIER_DOORS", {}), allowed, "moves no car")


def _sms(values: Mapping[str, Any]) -> list[str]:
    door = values.get("SMS_DOOR", {})
    if door.get("door") == "console":
        return ["FORECOURT_SMS_DOOR is console, which prints sign-in codes and sends nothing"]
    if door.get("door") == "http" and urlsplit(str(door.get("base", ""))).scheme != "https":
        return ["FORECOURT_SMS_DOOR: the base is without https"]
    return []


def _signing(values: Mapping[str, Any]) -> list[str]:
    """Nothing named: contracts are accepted, not signed. Something named: nothing of it may be the demo's."""
    named, found = values.get("CONTRACT_SIGNING", {}), []
    for part in SIGNING_PARTS if named else ():
        door = named.get(part, {"door": "demo"})
        address = door.get("base") or door.get("url") or "https:"
        if door.get("door") == "demo":
            found.append(
                f"FORECOURT_SIGNING leaves {part} to the demo, which is NOT REAL: name a key or an authority"
            )
        elif part != "timestamps" and urlsplit(str(address)).scheme != "https":
            # A timestamp request carries a hash and the answer is signed; authorities speak plain HTTP.
            found.append(f"FORECOURT_SIGNING: the address of {part} is without https")
    return found


def _doors(
    kind: str, doors: Mapping[str, Mapping[str, Any]], allowed: bool, does: str
) -> list[str]:
    found = []
    for code, door in doors.items():
        if door.get("door") == "sandbox" and not allowed:
            found.append(
                f"FORECOURT_{kind}_DOORS opens the sandbox for {code}, which {does}: "
                f"name a real door, or set FORECOURT_SANDBOX_{kind}S=1 to say that you mean it"
            )
        if door.get("door") == "http" and urlsplit(str(door.get("base", ""))).scheme != "https":
            found.append(f"FORECOURT_{kind}_DOORS: the base of {code} is without https")
    return found


def _database(values: Mapping[str, Any]) -> list[str]:
    engine = values["DATABASES"]["default"]["ENGINE"]
    if engine.endswith("sqlite3") and values.get("WEB_WORKERS", 1) > 1:
        return ["DATABASE_URL is SQLite with WEB_WORKERS above 1: use PostgreSQL, or one worker"]
    return []


def _certificate(values: Mapping[str, Any]) -> list[str]:
    trust = values.get("CONTRACT_SIGNING", {}).get("trust", {})
    named = [values.get("SIGNING_CERTIFICATE", ""), *trust.get("sellers", ())]
    return [reason for path in named if path for reason in _test_certificate(str(path))]


def _test_certificate(path: str) -> list[str]:
    try:
        certificate = x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        return [f"{SEALS}: {path} cannot be read ({error}): give a PEM certificate"]
    name = f"{certificate.subject.rfc4514_string()} {certificate.issuer.rfc4514_string()}".lower()
    if certificate.subject == certificate.issuer or any(
        mark in name for mark in MARKS_OF_A_TEST_CERTIFICATE
    ):
        return [f"{SEALS}: {path} is a test certificate: use one of a licensed authority"]
    return []


def _addresses(values: Mapping[str, Any]) -> list[str]:
    found = []
    if not values.get("ALLOWED_HOSTS") or "*" in values["ALLOWED_HOSTS"]:
        found.append("ALLOWED_HOSTS is missing or allows every host: name the shop's hosts")
    if values.get("DEBUG"):
        found.append("DEBUG is on: it shows secrets to strangers")
    base = urlsplit(values.get("WAGTAILADMIN_BASE_URL", ""))
    if base.scheme != "https" or not base.hostname or base.hostname in LOOPBACK:
        found.append(
            "FORECOURT_BASE_URL is missing, without https or this machine: it is printed in mails and contracts for good"
        )
    return found
