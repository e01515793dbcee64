"""What each movement in a vendor's books posts, and what a lost dispute pays (`docs/rules/ledger.md`)."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.domain.ledger import (
    BALANCE,
    DEPOSITS,
    DISPUTE_FEES,
    DISPUTE_LOSSES,
    DISPUTES_HELD,
    EXCHANGE,
    FEES,
    IN_TRANSIT,
    REFUNDS_PAYABLE,
    UNIDENTIFIED,
    Leg,
    check_entry,
)
from checkout.domain.tie_out import (
    CHARGE,
    DISPUTE,
    DISPUTE_BACK,
    FEE,
    PAYOUT,
    PAYOUT_BACK,
    REFUND,
    REFUND_FAILURE,
)
from kernel.money import Money

_AGAINST = {
    PAYOUT: IN_TRANSIT,
    PAYOUT_BACK: IN_TRANSIT,
    DISPUTE: DISPUTES_HELD,
    DISPUTE_BACK: DISPUTES_HELD,
    FEE: FEES,
}
_OWNED = {CHARGE: DEPOSITS, REFUND: REFUNDS_PAYABLE, REFUND_FAILURE: REFUNDS_PAYABLE}


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose a movement is: `amount` is what the buyer paid (a charge) or gets back (a refund), never negative."""

    amount: Money


def vendor_legs(*, kind: str, gross: Money, fee: Money, owned: Owned | None) -> tuple[Leg, ...]:
    """The entry of one movement; empty for one that moves nothing.

    `owned` says that a charge is an order's, or a refund one of ours; where the amount is in another currency than the
    balance account 7000 stands between. Raises UnbalancedEntry for a charge or refund of another amount than `owned`.
    """
    account = _AGAINST.get(kind, UNIDENTIFIED)
    other = -gross
    if owned is not None and kind in _OWNED:
        account = _OWNED[kind]
        other = owned.amount if gross.minor < 0 else -owned.amount
    legs = [
        Leg(BALANCE, gross - fee),
        Leg(DISPUTE_FEES if account == DISPUTES_HELD else FEES, fee),
        Leg(account, other),
        *_exchanged(gross, other),
    ]
    found = [leg for leg in legs if leg.amount]
    return check_entry(found) if found else ()


def identified_legs(*, held: Money, paid: Money) -> tuple[Leg, ...]:
    """Money that stood on unidentified receipts as `held` is an order's, which paid `paid`."""
    return check_entry((Leg(UNIDENTIFIED, held), Leg(DEPOSITS, -paid), *_exchanged(held, -paid)))


@dataclass(frozen=True, slots=True)
class Lost:
    """What a lost dispute pays: `waiting` of refunds that waited, `deposits` off customer deposits, `loss` nobody owed."""

    waiting: Money
    deposits: Money
    loss: Money


def lost(*, contested: Money, waiting: Money, deposits: Money) -> Lost:
    """How `contested` is spread over refunds that waited for the outcome and what the order has on customer deposits."""
    none = Money.zero(contested.currency)
    refunds = min(contested, max(waiting, none))
    owed = min(contested - refunds, max(deposits, none))
    return Lost(refunds, owed, contested - refunds - owed)


def lost_legs(*, held: Money, parts: Lost) -> tuple[Leg, ...]:
    """The entry of a lost dispute: `held` is what the vendor took, in the balance's currency."""
    contested = parts.waiting + parts.deposits + parts.loss
    legs = (
        Leg(DISPUTES_HELD, -held),
        Leg(REFUNDS_PAYABLE, parts.waiting),
        Leg(DEPOSITS, parts.deposits),
        Leg(DISPUTE_LOSSES, parts.loss),
        *_exchanged(-held, contested),
    )
    return check_entry(leg for leg in legs if leg.amount)


def strangers_lost_legs(held: Money) -> tuple[Leg, ...]:
    """A lost dispute of money that was nobody's: what stood on unidentified receipts is its payer's again."""
    return check_entry((Leg(DISPUTES_HELD, -held), Leg(UNIDENTIFIED, held)))


def _exchanged(moved: Money, other: Money) -> tuple[Leg, ...]:
    """Account 7000 between a balance in one currency and a debt in another."""
    if moved.currency == other.currency:
        return ()
    return (Leg(EXCHANGE, -moved), Leg(EXCHANGE, -other))
