"""The doors to those who move money, lend it, insure or carry; which ones are open is decided here, from settings, once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from checkout.domain.payment_methods import BANK
from checkout.domain.payments import METHODS
from checkout.gateways.books import VendorBooks
from checkout.gateways.carrier_http import HttpCarrier
from checkout.gateways.carrier_sandbox import CarrierWorld, SandboxCarrier
from checkout.gateways.carriers import Carrier
from checkout.gateways.doors import Doors
from checkout.gateways.insurer_http import HttpInsurer
from checkout.gateways.insurer_sandbox import InsurerWorld, SandboxInsurer
from checkout.gateways.insurers import Insurer
from checkout.gateways.lender_http import HttpLender
from checkout.gateways.lender_sandbox import LenderWorld, SandboxLender
from checkout.gateways.lenders import Lender
from checkout.gateways.ports import PaymentGateway
from checkout.gateways.sandbox import SandboxGateway, SandboxWorld
from checkout.gateways.sandbox_books import SandboxBooks

_STRIPE_BOOKS = "checkout.gateways.stripe_books.StripeBooks"
_NAME = re.compile(r"[a-z][a-z0-9_]{1,15}")
"""Of a door: it stands on every payment and in the address of its webhook."""


def open_gateway(settings: Any) -> PaymentGateway:
    """The payment door that `settings.PAYMENT_DOOR` names, one object per process and set of settings.

    Reads SANDBOX_DIR or the STRIPE_* settings; raises ImproperlyConfigured with the setting to mend.
    """
    make = _DOORS.get(settings.PAYMENT_DOOR)
    if make is None:
        raise ImproperlyConfigured(
            f"PAYMENT_DOOR: {settings.PAYMENT_DOOR!r} is none of {', '.join(_DOORS)}"
        )
    return make(settings)


def open_doors(settings: Any) -> Doors:
    """Every open payment door: the main one, and those that `settings.PAYMENT_DOORS` names beside it.

    A further door is `{"door": "sandbox", "methods": [...]}` or `{"door": "package.module.Door", ...}`, whose class is
    called with its `name` and what else is said; it takes the ways to pay whose rows name it. Raises
    ImproperlyConfigured with the setting to mend.
    """
    main = open_gateway(settings)
    further = getattr(settings, "PAYMENT_DOORS", {})
    return Doors(main, *(_further(settings, main, name) for name in further))


def _further(settings: Any, main: PaymentGateway, name: str) -> PaymentGateway:
    said = dict(settings.PAYMENT_DOORS[name])
    kind = str(said.pop("door", ""))
    if not _NAME.fullmatch(name) or name in {BANK, main.provider}:
        raise ImproperlyConfigured(
            f"PAYMENT_DOORS: {name!r} is taken, or not 2 to 16 small letters, digits and _"
        )
    if kind == "sandbox":
        world = SandboxWorld(Path(settings.SANDBOX_DIR) / "doors" / name)
        return SandboxGateway(world, provider=name, methods=tuple(said.get("methods", METHODS)))
    if "." not in kind:
        raise ImproperlyConfigured(
            f"PAYMENT_DOORS: the door of {name!r} is `sandbox`, or a class by its dotted name"
        )
    return _own_door(kind, name, json.dumps(said, sort_keys=True))


@lru_cache(maxsize=16)
def _own_door(kind: str, name: str, said: str) -> PaymentGateway:
    # One per process: it keeps its connections open between calls.
    door: PaymentGateway = import_string(kind)(name=name, **json.loads(said))
    if door.provider != name:
        raise ImproperlyConfigured(
            f"PAYMENT_DOORS: {kind} calls itself {door.provider!r}, not {name!r}"
        )
    return door


def open_books(settings: Any) -> tuple[VendorBooks, ...]:
    """The books behind every open payment door, one per vendor; a door without books is left out.

    A door of its own class brings them by a method `books`. Raises ImproperlyConfigured with the setting to mend.
    """
    found = (_books(door) for door in open_doors(settings))
    return tuple(books for books in found if books is not None)


def _books(door: Any) -> VendorBooks | None:
    if isinstance(door, SandboxGateway):
        return SandboxBooks(door.world, provider=door.provider)
    if door.provider == "stripe":  # by name, as the door itself
        stripe: Callable[[Any], VendorBooks] = import_string(_STRIPE_BOOKS)
        return stripe(door)
    own: Callable[[], VendorBooks] | None = getattr(door, "books", None)
    return own() if own else None


def open_lender(settings: Any, lender: str) -> Lender | None:
    """The door to the lender of that code, from `settings.LENDER_DOORS`; None where none is open.

    A door is `{"door": "sandbox"}` or `{"door": "http", "base", "token", "secrets"}`; the code `*` is for every lender that
    is not named. Raises ImproperlyConfigured with the setting to mend.
    """
    doors = settings.LENDER_DOORS
    door = doors.get(lender, doors.get("*"))
    if door is None:
        return None
    if door.get("door") == "sandbox":
        return SandboxLender(lender, LenderWorld(Path(settings.SANDBOX_DIR) / "lenders" / lender))
    if door.get("door") != "http" or "*" in doors and lender not in doors:
        raise ImproperlyConfigured(
            f"LENDER_DOORS: the door of {lender!r} is `sandbox`, or `http` with a name of its own"
        )
    missing = [name for name in ("base", "token", "secrets") if not door.get(name)]
    if missing:
        raise ImproperlyConfigured(f"LENDER_DOORS: {lender!r} needs {', '.join(missing)}")
    return _http_lender(lender, door["base"], door["token"], tuple(door["secrets"]))


@lru_cache(maxsize=16)
def _http_lender(lender: str, base: str, token: str, secrets: tuple[str, ...]) -> Lender:
    # One per process: it keeps its connections open between calls.
    return HttpLender(lender=lender, base=base, token=token, secrets=secrets)


def open_insurer(settings: Any, insurer: str) -> Insurer | None:
    """The door to the insurer of that code, from `settings.INSURER_DOORS`; None where none is open.

    A door is `{"door": "sandbox"}` or `{"door": "http", "base", "token", "secrets"}`; the code `*` is for every insurer
    that is not named, and only a sandbox. Raises ImproperlyConfigured with the setting to mend.
    """
    doors = settings.INSURER_DOORS
    door = doors.get(insurer, doors.get("*"))
    if door is None:
        return None
    if door.get("door") == "sandbox":
        folder = Path(settings.SANDBOX_DIR) / "insurers" / insurer
        return SandboxInsurer(insurer, InsurerWorld(folder))
    if door.get("door") != "http" or insurer not in doors:
        raise ImproperlyConfigured(
            f"INSURER_DOORS: the door of {insurer!r} is `sandbox`, or `http` with a name of its own"
        )
    missing = [name for name in ("base", "token", "secrets") if not door.get(name)]
    if missing:
        raise ImproperlyConfigured(f"INSURER_DOORS: {insurer!r} needs {', '.join(missing)}")
    return _http_insurer(insurer, door["base"], door["token"], tuple(door["secrets"]))


@lru_cache(maxsize=16)
def _http_insurer(insurer: str, base: str, token: str, secrets: tuple[str, ...]) -> Insurer:
    # One per process: it keeps its connections open between calls.
    return HttpInsurer(insurer=insurer, base=base, token=token, secrets=secrets)


def open_carrier(settings: Any, carrier: str) -> Carrier | None:
    """The door to the carrier of that code, from `settings.CARRIER_DOORS`; None where none is open.

    A door is `{"door": "sandbox"}`, with `day_seconds` where its days are shorter than ours, or `{"door": "http", "base",
    "token", "secrets"}`; every carrier has a name. Raises ImproperlyConfigured with the setting to mend.
    """
    door = settings.CARRIER_DOORS.get(carrier)
    if door is None:
        return None
    if door.get("door") == "sandbox":
        folder = Path(settings.SANDBOX_DIR) / "carriers" / carrier
        day = timedelta(seconds=int(door.get("day_seconds", 86_400)))
        return SandboxCarrier(carrier, CarrierWorld(folder, day=day))
    if door.get("door") != "http":
        raise ImproperlyConfigured(f"CARRIER_DOORS: the door of {carrier!r} is `sandbox` or `http`")
    missing = [name for name in ("base", "token", "secrets") if not door.get(name)]
    if missing:
        raise ImproperlyConfigured(f"CARRIER_DOORS: {carrier!r} needs {', '.join(missing)}")
    return _http_carrier(carrier, door["base"], door["token"], tuple(door["secrets"]))


@lru_cache(maxsize=16)
def _http_carrier(carrier: str, base: str, token: str, secrets: tuple[str, ...]) -> Carrier:
    # One per process: it keeps its connections open between calls.
    return HttpCarrier(carrier=carrier, base=base, token=token, secrets=secrets)


def _sandbox(settings: Any) -> PaymentGateway:
    return SandboxGateway(SandboxWorld(Path(settings.SANDBOX_DIR)))


def _stripe(settings: Any) -> PaymentGateway:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS"):
        if not getattr(settings, name):
            raise ImproperlyConfigured(f"{name}: the stripe door needs it")
    live = settings.STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
    if live is not bool(settings.STRIPE_LIVEMODE):
        raise ImproperlyConfigured(
            "STRIPE_LIVEMODE: must say what STRIPE_SECRET_KEY is, live or test"
        )
    if live and settings.STRIPE_API_BASE:
        raise ImproperlyConfigured("STRIPE_API_BASE: a live key is never sent to a test address")
    return _stripe_gateway(
        settings.STRIPE_SECRET_KEY,
        settings.STRIPE_PUBLISHABLE_KEY,
        tuple(settings.STRIPE_WEBHOOK_SECRETS),
        live,
        settings.STRIPE_API_BASE,
    )


@lru_cache(maxsize=4)
def _stripe_gateway(
    secret_key: str,
    publishable_key: str,
    webhook_secrets: tuple[str, ...],
    livemode: bool,
    api_base: str,
) -> PaymentGateway:
    # By name: the library takes 40 MB and a second, and a process with another door open never pays for it.
    door: Callable[..., PaymentGateway] = import_string("checkout.gateways.stripe.StripeGateway")
    return door(
        secret_key=secret_key,
        publishable_key=publishable_key,
        webhook_secrets=webhook_secrets,
        livemode=livemode,
        api_base=api_base,
    )


_DOORS: Mapping[str, Callable[[Any], PaymentGateway]] = {"sandbox": _sandbox, "stripe": _stripe}
