"""Who buys, read from JSON-like input: every wrong field is named at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkout.errors import BadBuyer

KINDS = ("person", "company")
ADDRESS_PARTS = ("country", "province", "city", "district", "street", "postal_code", "line")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}\.[^@\s,;<>\".]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,24}[0-9]")
_DOCUMENT = re.compile(r"[0-9A-Za-z][0-9A-Za-z /.-]{3,39}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Buyer:
    """A person or a company that can be reached; `document` is an identity or registration number in clear."""

    kind: str
    name: str
    email: str
    phone: str
    address: Mapping[str, str]
    document: str
    document_kind: str

    def __repr__(self) -> str:
        """Without personal data: objects end up in logs."""
        return f"Buyer({self.kind})"


def read_buyer(given: Mapping[str, Any]) -> Buyer:
    """The buyer; raises BadBuyer naming each wrong field.

    `kind` person or company, `name`, `email` or `phone` (or both), `address` one line or a mapping of
    `ADDRESS_PARTS`, `document` a number or `{kind, number}`; the last two may be missing.
    """
    errors: dict[str, str] = {}
    kind = str(given.get("kind") or "person")
    if kind not in KINDS:
        errors["kind"] = "is person or company"
    name = _line(given.get("name"))
    if not 1 <= len(name) <= 120 or _CONTROL.search(name):
        errors["name"] = "is missing, or longer than 120 characters"
    email, phone = _line(given.get("email")).lower(), _line(given.get("phone"))
    errors |= _contact_errors(email, phone)
    address = _address(given.get("address"))
    if address is None:
        errors["address"] = (
            f"is one line, or has lines of at most 200 characters named {', '.join(ADDRESS_PARTS)}"
        )
    document, document_kind = _document(given.get("document"))
    if document and not _DOCUMENT.fullmatch(document):
        errors["document"] = "is a number of 4 to 40 letters and digits"
    if errors:
        raise BadBuyer(
            "; ".join(f"buyer.{field} {reason}" for field, reason in errors.items()),
            facts={"errors": [{"field": f"buyer.{f}", "message": m} for f, m in errors.items()]},
        )
    return Buyer(kind, name, email, phone, address or {}, document, document_kind)


def read_address(given: object) -> Mapping[str, str]:
    """An address by itself, one line or a mapping of `ADDRESS_PARTS`; raises BadBuyer, for an empty one too."""
    address = _address(given)
    if not address:
        message = (
            f"is one line, or has lines of at most 200 characters named {', '.join(ADDRESS_PARTS)}"
        )
        raise BadBuyer(
            f"buyer_address {message}",
            facts={"errors": [{"field": "buyer_address", "message": message}]},
        )
    return address


def address_line(address: Mapping[str, str]) -> str:
    """The address as one line, largest part first."""
    return " ".join(address[part] for part in ADDRESS_PARTS if address.get(part))


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _contact_errors(email: str, phone: str) -> dict[str, str]:
    errors = {}
    if email and not _EMAIL.fullmatch(email):
        errors["email"] = "is not an e-mail address"
    if phone and not _PHONE.fullmatch(phone):
        errors["phone"] = "is not a telephone number"
    if not email and not phone:
        errors["email"] = "or buyer.phone is needed, so that we can reach the buyer"
    return errors


def _address(value: Any) -> Mapping[str, str] | None:
    if value is None:
        return {}
    parts = {"line": value} if isinstance(value, str) else value
    if not isinstance(parts, Mapping) or not set(parts) <= set(ADDRESS_PARTS):
        return None
    lines = {key: _line(text) for key, text in parts.items()}
    if any(len(text) > 200 or _CONTROL.search(text) for text in lines.values()):
        return None
    return {key: text for key, text in lines.items() if text}


def _document(value: Any) -> tuple[str, str]:
    if isinstance(value, Mapping):
        return _line(value.get("number")), _line(value.get("kind"))[:40]
    return _line(value), ""
