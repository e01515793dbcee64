"""Refusals of loans: what has to be read before, and applications."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


class CreditSheetError(CheckoutError):
    """A sheet of a loan cannot be made, found or confirmed."""

    code = "cost-sheet-error"


class UnknownCreditSheet(CreditSheetError):
    """There is no sheet of that code."""

    code = "unknown-cost-sheet"


class NoCreditSheet(CreditSheetError):
    """The quote has no loan, or the law of its market asks for no sheet; facts: `quote`, `reason` (loan, market)."""

    code = "no-cost-sheet"


class CreditSheetTooEarly(CreditSheetError):
    """The time to read the sheet is not over; facts: `cost_sheet`, `readable_at`, `seconds`."""

    code = "cost-sheet-too-early"


class CreditSheetChanged(CreditSheetError):
    """Another sheet was shown than the one confirmed; facts: `cost_sheet`, `fingerprint`."""

    code = "cost-sheet-changed"


class CreditSheetNeeded(CreditSheetError):
    """The loan's sheet has to be confirmed first; facts: `quote`, `cost_sheet` (null: none made yet), `reason`."""

    code = "cost-sheet-needed"


class FinanceError(CheckoutError):
    """An application for a loan cannot be made, found or moved."""

    code = "finance-error"


class UnknownApplication(FinanceError):
    """The order has no application for a loan; facts: `order`."""

    code = "unknown-application"


class ApplicationStateConflict(FinanceError):
    """The move is not allowed now; facts: `application`, `state`, `move`, `moves` that are allowed."""

    code = "application-state-conflict"


class ApplicationNotPossible(FinanceError):
    """The order cannot apply for this loan now; facts: `order`, `reason` (state, loan, product, lender, cost_sheet)."""

    code = "application-not-possible"


class BadApplicant(FinanceError):
    """Facts of the applicant are missing or wrong; facts: `errors` = [{field, message}]."""

    code = "bad-applicant"


class ConsentMissing(FinanceError):
    """A receiver of personal facts was not agreed to; facts: `receivers`, `missing`."""

    code = "consent-missing"


class BadFinanceDocument(FinanceError):
    """The document's kind, type or size is not taken; facts: `reason` and the limit."""

    code = "bad-finance-document"


class LenderError(FinanceError):
    """What a lender's door may raise; facts: `lender` and its own `reason` where it gave one."""

    code = "lender-error"


class LenderUnavailable(LenderError):
    """The lender did not answer; whether it acted is not known and is found out later."""

    code = "lender-unavailable"


class LenderRefused(LenderError):
    """The lender will not do this, for good; nothing happened there."""

    code = "lender-refused"


class LenderMismatch(LenderError):
    """The lender's decision does not fit what was asked for; facts: `reason`, `decision`."""

    code = "lender-mismatch"
