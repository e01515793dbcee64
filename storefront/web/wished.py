"""What a visitor says beside the car on the quote's page: answers to extras, a code word, a proof, a car to trade in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from storefront.web.api_client import ApiProblem
from storefront.web.formatting import MINOR_DIGITS

Json = Mapping[str, Any]
PROOF = "trade-in-proof"
"""The proof that goes with a car to trade in, as the catalogue's offers name it."""
YES, NO = "yes", "no"
WORDS = {
    "unknown-voucher": ("voucher", "quote.voucher.unknown"),
    "unknown-proof": ("proof", "quote.proof.unknown"),
    "unknown-extra": ("extras", "quote.extras.changed"),
    "extra-changed": ("extras", "quote.extras.changed"),
}
"""Errors of the API that are about a wish: the field they are shown at, and the words."""


@dataclass(frozen=True, slots=True)
class Wished:
    """The form as it stands; `answers` by extra, with the version of the words that were shown."""

    voucher: str = ""
    words: str = ""
    wished: str = ""
    proof: bool = False
    answers: Mapping[str, tuple[bool, str]] = field(default_factory=dict)

    def body(self, currency: str) -> dict[str, Any]:
        """The parts of `POST /quotes`; an amount that is none is left to the API to refuse."""
        found: dict[str, Any] = {
            "extras": [
                {"code": code, "wanted": wanted, "text_version": version}
                for code, (wanted, version) in self.answers.items()
            ]
        }
        if self.voucher:
            found["vouchers"] = self.voucher.replace(",", " ").replace("，", " ").split()
        if self.proof:
            found["proofs"] = [PROOF]
        if self.words or self.wished:
            found["trade_in"] = {"words": self.words} | self._amount(currency)
        return found

    def _amount(self, currency: str) -> dict[str, Any]:
        if not self.wished:
            return {}
        return {"wished": {"amount": minor_of(self.wished, currency), "currency": currency}}


def minor_of(text: str, currency: str) -> int:
    """Minor units of an amount as people write it; -1, which nobody accepts, for what is no amount."""
    plain = text.replace(",", "").replace("，", "").replace(" ", "")
    if not plain.replace(".", "", 1).isdecimal() or len(plain) > 15:
        return -1
    scaled = Decimal(plain).scaleb(MINOR_DIGITS.get(currency, 2))
    return int(scaled) if scaled == int(scaled) else -1


def of_quote(quote: Json) -> Wished:
    """What the quote holds already."""
    extras = {
        one["code"]: (one["wanted"], one["text_version"])
        for one in quote["extras"]["items"]
        if one["wanted"] is not None
    }
    trade_in = quote.get("trade_in") or {}
    wished = trade_in.get("wished")
    shown = ""
    if wished:
        shown = str(Decimal(wished["amount"]).scaleb(-MINOR_DIGITS.get(wished["currency"], 2)))
    return Wished(
        voucher=" ".join(offer["voucher"] for offer in quote["offers"] if offer["voucher"]),
        words=trade_in.get("words", ""),
        wished=shown,
        proof=any(offer["needs"] == PROOF for offer in quote["offers"]),
        answers=extras,
    )


def of_form(post: Mapping[str, str], quote: Json) -> Wished:
    """What the visitor sent, bounded; an extra without a radio pressed stays without an answer."""
    answers = {}
    for one in quote["extras"]["items"]:
        said = post.get(f"extra-{one['code']}")
        if said in {YES, NO}:
            version = post.get(f"version-{one['code']}") or one["text_version"]
            answers[one["code"]] = (said == YES, version[:64])
    return Wished(
        voucher=" ".join(post.get("voucher", "").split())[:200],
        words=" ".join(post.get("words", "").split())[:1000],
        wished=" ".join(post.get("wished", "").split())[:20],
        proof=bool(post.get("proof")),
        answers=answers,
    )


def fault(error: ApiProblem) -> tuple[str, str] | None:
    """The field and the key of the words for a refusal that is about a wish; None for any other."""
    if error.code in WORDS:
        return WORDS[error.code]
    if error.code not in {"bad-wish", "invalid-field", "currency-not-of-market"}:
        return None
    named = [str(row.get("field", "")) for row in error.facts.get("errors") or ()]
    for place in (*named, str(error.facts.get("field", ""))):
        if place.startswith("vouchers"):
            return WORDS["unknown-voucher"]
        if place.startswith("trade_in"):
            key = "quote.wished.bad" if "wished" in place else "quote.words.bad"
            return ("wished" if "wished" in place else "words"), key
    return None


def rows(quote: Json, wished: Wished) -> list[dict[str, Any]]:
    """The extras as the form shows them: `said` is yes, no or nothing."""
    return [
        {
            **one,
            "km": f"{one['km']:,}" if one["km"] else "",
            "said": {True: YES, False: NO}[wished.answers[one["code"]][0]]
            if one["code"] in wished.answers
            else "",
        }
        for one in quote["extras"]["items"]
    ]
