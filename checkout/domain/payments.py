"""The life of a payment as a table, and what may be asked of a vendor (`docs/rules/payments.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from checkout.errors import BadAmount, RefundTooLarge
from kernel.money import Money, exponent


class State(StrEnum):
    """Where a payment stands."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUNDED = "refunded"


_S = State

MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        _S.CREATED: frozenset(
            {_S.REQUIRES_ACTION, _S.PROCESSING, _S.SUCCEEDED, _S.FAILED, _S.CANCELED}
        ),
        _S.REQUIRES_ACTION: frozenset({_S.PROCESSING, _S.SUCCEEDED, _S.FAILED, _S.CANCELED}),
        _S.PROCESSING: frozenset({_S.REQUIRES_ACTION, _S.SUCCEEDED, _S.FAILED, _S.CANCELED}),
        # A vendor lets a buyer try again on a declined payment, so money may still arrive.
        _S.FAILED: frozenset({_S.REQUIRES_ACTION, _S.PROCESSING, _S.SUCCEEDED, _S.CANCELED}),
        _S.SUCCEEDED: frozenset({_S.REFUNDED}),
        # A refund that fails later brings the money back.
        _S.REFUNDED: frozenset({_S.SUCCEEDED}),
        # Canceled by us without a word to the vendor, or a race: money that arrived is never denied.
        _S.CANCELED: frozenset({_S.SUCCEEDED}),
    }
)
"""From a state, where a payment may go; what the vendor reports and is not listed is ignored."""

OPEN = frozenset({State.CREATED, State.REQUIRES_ACTION, State.PROCESSING})
"""Nothing is decided; the buyer may still pay."""

PAID = frozenset({State.SUCCEEDED, State.REFUNDED})
"""Money has arrived."""

METHODS = ("card", "alipay", "wechat_pay")
"""Ways to pay that a buyer may choose, whichever door is open."""

LARGEST = 99_999_999
"""Minor units; vendors take eight digits (Stripe), dearer cars are paid in parts or by bank transfer."""


def may_move(present: State, to: State) -> bool:
    """Whether a payment goes from `present` to `to`."""
    return to in MOVES[present]


def check_amount(amount: Money) -> Money:
    """`amount` if a vendor may be asked for it; raises BadAmount.

    Above zero, at most `LARGEST`, and in currencies of three decimals a multiple of ten minor units (card
    networks move two decimals there: KWD 5.001 does not exist).
    """
    facts = {"amount": amount.minor, "currency": amount.currency}
    if not 0 < amount.minor <= LARGEST:
        raise BadAmount(
            f"amount: {amount} must be above zero and at most {LARGEST} minor units", facts=facts
        )
    if exponent(amount.currency) == 3 and amount.minor % 10:
        raise BadAmount(
            f"amount: {amount} must end in 0, its last digit cannot be paid", facts=facts
        )
    return amount


def check_refund(*, amount: Money, paid: Money, refunded: Money) -> Money:
    """`amount` if it is still there to refund; `refunded` counts refunds under way.

    Raises BadAmount, RefundTooLarge, CurrencyMismatch.
    """
    check_amount(amount)
    left = paid - refunded
    if left < amount:
        raise RefundTooLarge(
            f"amount: {amount} is more than the {left} that can be refunded",
            facts={"amount": amount.minor, "refundable": left.minor, "currency": amount.currency},
        )
    return amount
