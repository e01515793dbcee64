"""What can go wrong at the checkout.

CheckoutError
├── QuoteError
│   ├── UnknownQuote            no quote of that code
│   ├── NotYourQuote            the quote belongs to another account or guest
│   ├── QuoteExpired            its time is over; carries the difference to today, line by line
│   ├── QuoteAlreadyOrdered     one quote, one order
│   ├── NothingToQuote          neither or both of build and VIN, or a car that this market does not sell
│   ├── UnknownPlace            no place of handover of that code in the market
│   ├── CurrencyNotOfMarket     an amount in a currency that the market does not use
│   ├── UnknownExtra            no extra of that code is sold in the market
│   ├── ExtraChanged            the answer is to other words than those on sale
│   ├── UnknownProof            no offer for the car asks for that proof
│   └── BadWish                 a word, an answer or the car to trade in is missing, too long or wrong
├── OfferError
│   ├── UnknownFinanceProduct   no such product in the market
│   ├── FinanceNotEligible      the product is not for this car, down payment or amount
│   │   └── CampaignNotRunning   the product's campaign is over, not yet, or not for this car
│   ├── UnknownCover            no such insurance product in the market
│   ├── CoverNotOffered         the premium table has no row for these facts
│   └── NoDepositPolicy         the release has no deposit policy in force for this market and model
├── OrderError
│   ├── UnknownOrder            no order of that code, or the asker may not know of it
│   ├── NotYourOrder            the token or the account belongs to somebody else
│   ├── TermsNotAccepted        the full terms shown with the quote were not accepted in that version
│   ├── BadBuyer                a field of the buyer is missing or wrong
│   └── OrderStateConflict      the move is not allowed in the order's present state
├── PaymentError
│   ├── UnknownPayment          no payment of that code or at that vendor
│   ├── BadAmount               an amount that no vendor may be asked for
│   ├── UnknownMethod           a way to pay that the open door does not offer
│   ├── PaymentNotPossible      the order has nothing to pay for this purpose now
│   ├── PaymentMismatch         the vendor's amount or currency is not ours
│   ├── RefundTooLarge          more than was paid and not yet refunded
│   └── GatewayError            what a door may raise
│       ├── GatewayDeclined     the buyer's means of payment said no; final for this attempt
│       ├── GatewayUnavailable  no answer: whether it happened is not known
│       ├── GatewayRefused      the vendor will not do this; nothing happened
│       └── WebhookRejected     not a message of the vendor for us
├── CreditSheetError
│   ├── UnknownCreditSheet      no sheet of that code
│   ├── NoCreditSheet           the quote has no loan, or its market asks for no sheet
│   ├── CreditSheetTooEarly     confirmed before there was time to read it
│   ├── CreditSheetChanged      another sheet than the one that was shown
│   └── CreditSheetNeeded       an order with a loan whose sheet nobody has confirmed
├── FinanceError
│   ├── UnknownApplication          the order has no application for a loan
│   ├── ApplicationStateConflict    the move is not allowed in the application's present state
│   ├── ApplicationNotPossible      the order cannot apply now, or not for this loan
│   ├── BadApplicant                a field of the applicant is missing or wrong
│   ├── ConsentMissing              a receiver of the facts was not agreed to
│   ├── BadFinanceDocument          a kind, type or size that is not taken
│   └── LenderError                 what a lender's door may raise
│       ├── LenderUnavailable       no answer: whether it happened is not known
│       ├── LenderRefused           the lender will not do this; nothing happened
│       └── LenderMismatch          a decision that does not fit what was asked for
├── InsuranceError
│   ├── UnknownPolicy               the order has no policy
│   ├── PolicyStateConflict         the move is not allowed in the policy's present state
│   ├── PolicyNotPossible           the order cannot take this policy out now
│   ├── CoversOfTwoInsurers         one policy has one insurer
│   ├── BadCoverProof               the proof of a policy bound elsewhere cannot be read
│   ├── CoverNotCancellable         the law holds the cover while the car is registered
│   ├── CompulsoryCoverMissing      no key without the cover that the law requires
│   └── InsurerError                what an insurer's door may raise
│       ├── InsurerUnavailable      no answer: whether it happened is not known
│       ├── InsurerRefused          the insurer will not do this; nothing happened
│       └── InsurerMismatch         a premium or proof that does not fit what the buyer was shown
└── LedgerError
    └── UnbalancedEntry  UnknownAccount
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar


class CheckoutError(Exception):
    """Any refusal of the checkout; `code` is stable, `facts` can be written as JSON."""

    code: ClassVar[str] = "checkout-error"

    def __init__(self, message: str, *, facts: Mapping[str, Any] | None = None) -> None:
        """`message`: plain English that names the field and the mend."""
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = MappingProxyType(dict(facts or {}))


class QuoteError(CheckoutError):
    """A quote cannot be made, found or used."""

    code = "quote-error"


class UnknownQuote(QuoteError):
    """There is no quote of that code."""

    code = "unknown-quote"


class NotYourQuote(QuoteError):
    """The quote belongs to another account or to a guest with another token."""

    code = "not-your-quote"


class QuoteExpired(QuoteError):
    """The quote's time is over; facts: `expired_at`, `difference` (lines with `was` and `now`), `total`."""

    code = "quote-expired"


class QuoteAlreadyOrdered(QuoteError):
    """The quote has become an order already."""

    code = "quote-already-ordered"


class NothingToQuote(QuoteError):
    """The request names no car, two cars, or a car that is not sold in this market."""

    code = "nothing-to-quote"


class UnknownPlace(QuoteError):
    """There is no place of handover of that code in the market; facts: `places`."""

    code = "unknown-place"


class CurrencyNotOfMarket(QuoteError):
    """An amount came in a currency that the market does not use; facts: `currency`, `expected`."""

    code = "currency-not-of-market"


class UnknownExtra(QuoteError):
    """No extra of that code is sold in the market; facts: `field`, `extra`, `extras` that are."""

    code = "unknown-extra"


class ExtraChanged(QuoteError):
    """The extra's words are others than those answered; facts: `field`, `extra`, `text_version` on sale."""

    code = "extra-changed"


class UnknownProof(QuoteError):
    """No offer for this car asks for that proof; facts: `proofs`, `known`."""

    code = "unknown-proof"


class BadWish(QuoteError):
    """What the buyer said beside the car is missing, too long or wrong; facts: `errors` = [{field, message}]."""

    code = "bad-wish"


class OfferError(CheckoutError):
    """A loan, a cover or a deposit cannot be offered."""

    code = "offer-error"


class UnknownFinanceProduct(OfferError):
    """No finance product of that code is offered in the market; facts: `products`."""

    code = "unknown-finance-product"


class FinanceNotEligible(OfferError):
    """The product does not fit the car, the down payment or the amount; facts: `reason` and the limit."""

    code = "finance-not-eligible"


class CampaignNotRunning(FinanceNotEligible):
    """The product lives by a campaign that does not apply; facts: `campaign`, `reason`, `from`, `until`."""

    code = "campaign-not-running"


class UnknownCover(OfferError):
    """No insurance product of that code is offered in the market; facts: `products`."""

    code = "unknown-cover"


class CoverNotOffered(OfferError):
    """The premium table has no row for this car, driver and class; facts: what was asked."""

    code = "cover-not-offered"


class NoDepositPolicy(OfferError):
    """The release on sale has no deposit policy in force for the market and model."""

    code = "no-deposit-policy"


class OrderError(CheckoutError):
    """An order cannot be placed, found or moved."""

    code = "order-error"


class UnknownOrder(OrderError):
    """There is no order of that code."""

    code = "unknown-order"


class NotYourOrder(OrderError):
    """The token or the account does not belong to this order."""

    code = "not-your-order"


class TermsNotAccepted(OrderError):
    """The terms were not accepted in the version that was shown; facts: `version` to show and accept."""

    code = "terms-not-accepted"


class BadBuyer(OrderError):
    """Fields of the buyer are missing or wrong; facts: `errors` = [{field, message}]."""

    code = "bad-buyer"


class OrderStateConflict(OrderError):
    """The move is not allowed now; facts: `order`, `state`, `move`, `moves` that are allowed."""

    code = "order-state-conflict"


class PaymentError(CheckoutError):
    """A payment cannot be started, found or settled."""

    code = "payment-error"


class UnknownPayment(PaymentError):
    """No payment of ours has that code or is that object at the vendor."""

    code = "unknown-payment"


class BadAmount(PaymentError):
    """Zero, negative, too large, or with digits that the vendor cannot move; facts: `amount`, `currency`."""

    code = "bad-amount"


class UnknownMethod(PaymentError):
    """The open door does not offer this way to pay; facts: `method`, `methods` that it offers."""

    code = "unknown-payment-method"


class PaymentNotPossible(PaymentError):
    """The order has nothing to pay for this purpose now; facts: `order`, `purpose`, `state`."""

    code = "payment-not-possible"


class PaymentMismatch(PaymentError):
    """The vendor took another amount or currency than we asked for; facts: `expected`, `found`."""

    code = "payment-mismatch"


class RefundTooLarge(PaymentError):
    """More than was paid and not yet refunded; facts: `amount`, `refundable`, `currency`."""

    code = "refund-too-large"


class GatewayError(PaymentError):
    """What a door may raise; facts: `provider` and the vendor's own `reason` where it gave one."""

    code = "payment-provider-error"


class GatewayDeclined(GatewayError):
    """The buyer's means of payment said no; facts: `failure_code`. Try again with another."""

    code = "payment-declined"


class GatewayUnavailable(GatewayError):
    """The vendor did not answer; whether it acted is not known and is found out later."""

    code = "payment-provider-unavailable"


class GatewayRefused(GatewayError):
    """The vendor will not do this, for good; nothing happened there."""

    code = "payment-provider-refused"


class WebhookRejected(GatewayError):
    """Not signed by the vendor, too old, altered, unreadable, or of the other mode (live, test)."""

    code = "webhook-rejected"


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


class LedgerError(CheckoutError):
    """The ledger refuses an entry."""

    code = "ledger-error"


class UnbalancedEntry(LedgerError):
    """An entry whose legs do not add up to zero in each currency, or with fewer than two legs."""

    code = "unbalanced-entry"


class UnknownAccount(LedgerError):
    """An account that the list of accounts does not have; facts: `account`."""

    code = "unknown-account"
