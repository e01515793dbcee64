"""Who applies for a loan: only what a lender needs, read strictly, never printed.

`docs/rules/finance-applications.md` lists the facts, the bands of income and what becomes of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from checkout.errors import BadApplicant, BadFinanceDocument, ConsentMissing
from kernel.text import Text, pick

FIELDS = (
    "name",
    "document_number",
    "birth_date",
    "income_band",
    "employment",
    "phone",
    "email",
)
EMPLOYMENTS = ("employed", "public-service", "self-employed", "retired", "student", "other")
BANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CNY": ("0-5000", "5000-10000", "10000-20000", "20000-50000", "50000+"),
        "EUR": ("0-1500", "1500-2500", "2500-4000", "4000-7000", "7000+"),
    }
)
"""Monthly net income in whole units of the currency; bands, because no lender needs the exact figure to begin."""
ADULT, OLDEST = 18, 110
DOCUMENT_KINDS = ("identity", "income", "address", "other")
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/webp")
LARGEST_DOCUMENT = 700_000
"""Bytes; as base64 it fits the API's largest body."""

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,39}")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}\.[^@\s,;<>\".]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{5,24}[0-9]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAGIC: Mapping[str, bytes] = MappingProxyType(
    {
        "application/pdf": b"%PDF-",
        "image/jpeg": b"\xff\xd8\xff",
        "image/png": b"\x89PNG\r\n\x1a\n",
        "image/webp": b"RIFF",
    }
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person of age who can be reached; everything in it is personal."""

    name: str
    document_number: str
    birth_date: str
    income_band: str
    employment: str
    phone: str
    email: str

    def __repr__(self) -> str:
        """Without personal data: objects end up in logs."""
        return "Applicant()"

    def stored(self) -> dict[str, str]:
        """As JSON for the encrypted column and for the lender."""
        return asdict(self)


def bands_of(currency: str) -> tuple[str, ...]:
    """The bands of income of a currency; raises BadApplicant where none are written down."""
    bands = BANDS.get(currency)
    if bands is None:
        raise _bad({"income_band": f"has no bands in {currency} yet"})
    return bands


def read_applicant(given: Mapping[str, Any], *, currency: str, today: date) -> Applicant:
    """The applicant; raises BadApplicant naming each wrong field, and each that no lender needs."""
    texts = {name: _line(given.get(name)) for name in FIELDS}
    errors = {name: "is not asked for" for name in given if name not in FIELDS}
    name = texts["name"]
    if not 1 <= len(name) <= 120 or _CONTROL.search(name):
        errors["name"] = "is missing, or longer than 120 characters"
    if not _NUMBER.fullmatch(texts["document_number"]):
        errors["document_number"] = "is a number of 4 to 40 letters and digits"
    if not _of_age(texts["birth_date"], today):
        errors["birth_date"] = f"is YYYY-MM-DD, of somebody of {ADULT} to {OLDEST} years"
    errors |= _choice_errors(texts, currency) | _contact_errors(texts)
    if errors:
        raise _bad(errors)
    return Applicant(**texts | {"email": texts["email"].lower()})


def _choice_errors(texts: Mapping[str, str], currency: str) -> dict[str, str]:
    known = {"income_band": bands_of(currency), "employment": EMPLOYMENTS}
    return {
        field: f"is one of {', '.join(values)}"
        for field, values in known.items()
        if texts[field] not in values
    }


def _contact_errors(texts: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if not _PHONE.fullmatch(texts["phone"]):
        errors["phone"] = "is not a telephone number"
    if not _EMAIL.fullmatch(texts["email"]):
        errors["email"] = "is not an e-mail address"
    return errors


def _bad(errors: Mapping[str, str]) -> BadApplicant:
    return BadApplicant(
        "; ".join(f"applicant.{field} {reason}" for field, reason in errors.items()),
        facts={"errors": [{"field": f"applicant.{f}", "message": m} for f, m in errors.items()]},
    )


def _line(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _of_age(text: str, today: date) -> bool:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return False
    birthday_to_come = (today.month, today.day) < (born.month, born.day)
    return ADULT <= today.year - born.year - birthday_to_come <= OLDEST


CONSENT_VERSION = "2026-11"


def consent_text(lender_name: Text) -> Text:
    """What the buyer agrees to for one receiver, in both languages; a change of it is a new `CONSENT_VERSION`."""
    return {
        "zh-hans": (
            f"我同意将姓名、证件号码、出生日期、收入区间、就业情况、电话和邮箱提供给"
            f"{pick(lender_name, 'zh-hans')}，仅用于审批本订单的贷款。"
        ),
        "en": (
            "I agree that my name, document number, birth date, band of income, employment, telephone and "
            f"e-mail are given to {pick(lender_name, 'en')}, only to decide on the loan for this order."
        ),
    }


def check_consents(given: Mapping[str, bool], *, receivers: Sequence[str]) -> None:
    """Every receiver was agreed to, one by one, and nobody else was; raises ConsentMissing."""
    missing = [receiver for receiver in receivers if given.get(receiver) is not True]
    strangers = [receiver for receiver in given if receiver not in receivers]
    if missing or strangers:
        raise ConsentMissing(
            "consents: agree to each receiver by itself, and to nobody else: "
            + ", ".join(receivers),
            facts={"receivers": list(receivers), "missing": missing, "unknown": strangers},
        )


def check_document(*, kind: str, media_type: str, content: bytes) -> None:
    """A document that a lender takes; raises BadFinanceDocument with `reason` kind, media_type, size or content."""
    if kind not in DOCUMENT_KINDS:
        raise _unfit("kind", f"kind: one of {', '.join(DOCUMENT_KINDS)}")
    if media_type not in MEDIA_TYPES:
        raise _unfit("media_type", f"media_type: one of {', '.join(MEDIA_TYPES)}")
    if not 0 < len(content) <= LARGEST_DOCUMENT:
        raise _unfit("size", f"content: 1 to {LARGEST_DOCUMENT} bytes, not {len(content)}")
    if not content.startswith(_MAGIC[media_type]):
        raise _unfit("content", f"content: these bytes are no {media_type}")


def _unfit(reason: str, message: str) -> BadFinanceDocument:
    return BadFinanceDocument(message, facts={"reason": reason, "largest": LARGEST_DOCUMENT})
