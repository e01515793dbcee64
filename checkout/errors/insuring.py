"""Refusals of policies and of whoever insures."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


class InsuranceError(CheckoutError):
    """A policy cannot be taken out, found or moved."""

    code = "insurance-error"


class UnknownPolicy(InsuranceError):
    """The order has no policy; facts: `order`."""

    code = "unknown-policy"


class PolicyStateConflict(InsuranceError):
    """The move is not allowed now; facts: `policy`, `state`, `move`, `moves` that are allowed."""

    code = "policy-state-conflict"


class PolicyNotPossible(InsuranceError):
    """The order cannot take this policy out now; facts: `order`, `reason` (state, covers, insurer, start, car)."""

    code = "policy-not-possible"


class CoversOfTwoInsurers(InsuranceError):
    """The covers asked for are sold by different insurers; facts: `insurers`, each with its `products`."""

    code = "covers-of-two-insurers"


class BadCoverProof(InsuranceError):
    """The proof of a policy bound elsewhere cannot be read; facts: `errors` = [{field, message}]."""

    code = "bad-cover-proof"


class CoverNotCancellable(InsuranceError):
    """The law holds the cover; facts: `policy`, `reason`."""

    code = "cover-not-cancellable"


class CompulsoryCoverMissing(InsuranceError):
    """The key cannot be handed over; facts: `order`, `reason` (missing, not_bound, vehicle, not_begun, ended)."""

    code = "compulsory-cover-missing"


class InsurerError(InsuranceError):
    """What an insurer's door may raise; facts: `insurer` and its own `reason` where it gave one."""

    code = "insurer-error"


class InsurerUnavailable(InsurerError):
    """The insurer did not answer; whether it acted is not known and is found out later."""

    code = "insurer-unavailable"


class InsurerRefused(InsurerError):
    """The insurer will not do this, for good; nothing happened there."""

    code = "insurer-refused"


class InsurerMismatch(InsurerError):
    """The insurer's premium or proof does not fit what was shown; facts: `reason`, `expected`, `found`."""

    code = "insurer-mismatch"
