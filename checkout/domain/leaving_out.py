"""A request for a quote less what cannot be had any more, for working an old quote out again. Pure."""

from __future__ import annotations

from dataclasses import replace

from catalog.errors import UnknownVoucher
from checkout.domain.asking import Asked
from checkout.errors import (
    CoverNotOffered,
    ExtraChanged,
    FinanceNotEligible,
    UnknownCover,
    UnknownExtra,
    UnknownFinanceProduct,
    UnknownPlace,
    UnknownProof,
)


def without_offers(asked: Asked, error: Exception) -> Asked | None:
    """The request less the words or proofs that `error` says no offer knows; None for any other error."""
    if isinstance(error, UnknownVoucher):
        gone = set(error.facts["vouchers"])
        return replace(asked, vouchers=tuple(word for word in asked.vouchers if word not in gone))
    if isinstance(error, UnknownProof):
        gone = set(error.facts["proofs"])
        return replace(asked, proofs=tuple(proof for proof in asked.proofs if proof not in gone))
    return None


def without_what_is_gone(asked: Asked, error: Exception) -> Asked | None:
    """The request less what `error` says is not sold any more beside the car; None where it is the car itself."""
    if isinstance(error, UnknownExtra | ExtraChanged):
        gone = error.facts["extra"]
        return replace(asked, extras=tuple(one for one in asked.extras if one.code != gone))
    if isinstance(error, UnknownFinanceProduct | FinanceNotEligible):
        return replace(asked, finance=None) if asked.finance else None
    if isinstance(error, UnknownCover | CoverNotOffered):
        return _without_cover(asked, error.facts.get("product"))
    if isinstance(error, UnknownPlace):
        return replace(asked, place=None) if asked.place else None
    return without_offers(asked, error)


def _without_cover(asked: Asked, product: object) -> Asked | None:
    """Less that cover; where it is the compulsory one, or none is named, without cover through us."""
    if asked.insurance == ():
        return None
    kept = tuple(code for code in asked.insurance or () if code != product)
    return replace(asked, insurance=kept if len(kept) < len(asked.insurance or ()) else ())
