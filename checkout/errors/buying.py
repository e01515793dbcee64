"""Refusals of quotes, offers and orders."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


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
    """The premium table has no row for this car, driver and class; facts: what was asked, the `field` against it, `allowed`."""

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
