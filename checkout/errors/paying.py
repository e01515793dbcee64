"""Refusals of payments and of the ledger."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


class PaymentError(CheckoutError):
    """A payment cannot be started, found or settled."""

    code = "payment-error"


class UnknownPayment(PaymentError):
    """No payment of ours has that code or is that object at the vendor."""

    code = "unknown-payment"


class UnknownReceipt(PaymentError):
    """The order has no receipt of that number: no money moved so; facts: `order`, `receipt`."""

    code = "unknown-receipt"


class BadAmount(PaymentError):
    """Zero, negative, too large, or with digits that the vendor cannot move; facts: `amount`, `currency`."""

    code = "bad-amount"


class UnknownMethod(PaymentError):
    """This way to pay is not offered here for that; facts: `method`, `methods` that are."""

    code = "unknown-payment-method"


class MethodLimit(PaymentError):
    """The way to pay takes no such sum; facts: `method`, `why`, `amount`, `limit`, `methods` that take it."""

    code = "payment-method-limit"


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


class LedgerError(CheckoutError):
    """The ledger refuses an entry."""

    code = "ledger-error"


class UnbalancedEntry(LedgerError):
    """An entry whose legs do not add up to zero in each currency, or with fewer than two legs."""

    code = "unbalanced-entry"


class UnknownAccount(LedgerError):
    """An account that the list of accounts does not have; facts: `account`."""

    code = "unknown-account"
