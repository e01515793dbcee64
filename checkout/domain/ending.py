"""What the end of an order means in money and words, for every stage and reason (`docs/rules/deposits.md`, "Ends").

Pure. The preview shows an `Ending` and the execution does it, both made by `ending`, so they cannot differ. Law: Civil Code
of the PRC, articles 586 to 588 (deposit and penalty are never owed together); Supreme People's Court on contracts, 2023,
article 68 (no deposit rule where neither side is to blame).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.deposit import Deposit, Stage
from checkout.domain.order import Actor, Move, State
from checkout.errors import BadReason, NotLateEnough, OrderStateConflict
from kernel.money import Money
from kernel.text import Text


class Reason(StrEnum):
    """Why an order ends."""

    CHANGED_MIND = "changed-mind"
    PRICE = "price"
    OTHER = "other"
    LATE = "late"
    CANNOT_DELIVER = "cannot-deliver"
    STOCK_LOST = "stock-lost"
    BREACH = "breach"
    FORCE_MAJEURE = "force-majeure"


REASONS: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.CHANGED_MIND: {"zh-hans": "改变主意", "en": "changed my mind"},
        Reason.PRICE: {"zh-hans": "价格原因", "en": "the price"},
        Reason.OTHER: {"zh-hans": "其他原因", "en": "another reason"},
        Reason.LATE: {"zh-hans": "交付延迟", "en": "the delay"},
        Reason.CANNOT_DELIVER: {"zh-hans": "无法交付", "en": "the car cannot be delivered"},
        Reason.STOCK_LOST: {"zh-hans": "现车灭失或已售出", "en": "the stock car is lost or gone"},
        Reason.BREACH: {"zh-hans": "卖方违约", "en": "a breach by the seller"},
        Reason.FORCE_MAJEURE: {"zh-hans": "不可抗力", "en": "an event beyond both sides' control"},
    }
)
"""Each reason in words."""

BUYER_REASONS = (Reason.CHANGED_MIND, Reason.PRICE, Reason.OTHER, Reason.LATE)
"""What a buyer may say; nobody has to."""
SELLER_REASONS = (
    Reason.CANNOT_DELIVER,
    Reason.STOCK_LOST,
    Reason.BREACH,
    Reason.LATE,
    Reason.FORCE_MAJEURE,
)
"""What the seller may say."""
_BREACH = frozenset({Reason.CANNOT_DELIVER, Reason.STOCK_LOST, Reason.BREACH, Reason.LATE})


class Ground(StrEnum):
    """By which rule the money is shared out."""

    UNPAID = "unpaid"
    FORCE_MAJEURE = "force-majeure"
    BREACH = "breach"
    COOLING_OFF = "cooling-off"
    STAGE = "stage"


MOMENT_OF: Mapping[State, str] = MappingProxyType(
    {
        State.RESERVED: "order-placed",
        State.LOCKED: "order-locked",
        # A car from stock is set aside and not built: the stage of the lock goes on until it is on its way.
        State.ALLOCATED: "order-locked",
        State.IN_PRODUCTION: "in-production",
        State.IN_TRANSIT: "in-production",
        State.INSPECTION_READY: "inspection-ready",
        State.BALANCE_PAID: "inspection-ready",
        State.HANDED_OVER: "handover",
    }
)
"""The moment of a deposit policy that an order in a state has reached."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the car is: `owed` is what the policy pays for it so far, of which `proposed` was proposed before."""

    days: int
    owed: Money
    proposed: Money
    may_rescind: bool
    rescind_from: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands when it ends; `held` is what of the buyer's money is in our hands.

    `before_dispute` where it is disputed; `lateness` None where nobody is late.
    """

    order: str
    state: State
    deposit: Deposit
    held: Money
    locked_at: datetime | None
    before_dispute: State | None = None
    lateness: Lateness | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What the end means: `returned` goes back, `kept` stays with the seller, `compensation` is proposed on top.

    `returned` + `kept` is all that was held, except where a dispute decides about it (`undecided`). `stage` is None where
    nothing was paid.
    """

    move: Move
    reason: Reason
    ground: Ground
    stage: Stage | None
    held: Money
    returned: Money
    kept: Money
    undecided: Money
    compensation: Money
    credited: Money
    """What was proposed for the delay before and counts towards what is owed for the end."""
    penalty: bool
    """Whether the compensation is the one for delay; else it is the deposit's."""

    @property
    def kind(self) -> str:
        """The kind of the deposit in this stage; empty where nothing was paid."""
        return self.stage.kind if self.stage else ""


def reasons_for(by: Actor) -> tuple[Reason, ...]:
    """What `by` may give as a reason; staff also write down what a buyer says on the telephone."""
    if by is Actor.BUYER:
        return BUYER_REASONS
    return tuple(dict.fromkeys((*SELLER_REASONS, *BUYER_REASONS)))


def read_reason(said: str | None, by: Actor) -> Reason:
    """The reason of that name; without one the buyer's plain change of mind. Raises BadReason."""
    allowed = reasons_for(by)
    if said is None and by is Actor.BUYER:
        return Reason.CHANGED_MIND
    for reason in allowed:
        if reason == said:
            return reason
    names = [str(reason) for reason in allowed]
    raise BadReason(
        f"reason: {said!r} is none of {', '.join(names)}", facts={"reason": said, "reasons": names}
    )


def move_for(reason: Reason, by: Actor) -> Move:
    """Whose cancellation it is: the seller's for a reason of the seller, given by staff or system; else the buyer's."""
    sellers = by is not Actor.BUYER and reason in SELLER_REASONS
    return Move.CANCEL_BY_SELLER if sellers else Move.CANCEL_BY_BUYER


def in_cooling_off(standing: Standing, now: datetime) -> bool:
    """Whether the hours after the lock in which cancelling costs nothing still run; their end is too late."""
    hours = standing.deposit.policy.cooling_off_hours
    locked = standing.locked_at
    return bool(hours) and locked is not None and now < locked + timedelta(hours=hours)


def ending(*, standing: Standing, reason: Reason, by: Actor, now: datetime) -> Ending:
    """What ending the order for `reason` means now.

    Raises NotLateEnough where a buyer ends it for a delay that is not long enough yet, OrderStateConflict for an order
    that cannot be cancelled any more.
    """
    state = standing.before_dispute if standing.state is State.DISPUTED else standing.state
    if standing.state is State.AWAITING_DEPOSIT or state is None:
        return _ending(standing, reason, by, Ground.UNPAID, None)
    if state not in MOMENT_OF or state is State.HANDED_OVER:
        raise OrderStateConflict(
            f"the order is {state}; it cannot be cancelled",
            facts={"order": standing.order, "state": str(state), "moves": []},
        )
    stage = standing.deposit.policy.stage_at(MOMENT_OF[state])
    return _ending(standing, reason, by, _ground(standing, reason, by, now), stage)


def _ground(standing: Standing, reason: Reason, by: Actor, now: datetime) -> Ground:
    if reason is Reason.FORCE_MAJEURE:
        return Ground.FORCE_MAJEURE
    late = standing.lateness
    rescindable = late is not None and late.may_rescind
    if move_for(reason, by) is Move.CANCEL_BY_SELLER or rescindable:
        # So late a car ends as on a breach whatever the buyer says: no wrong tick makes it dearer.
        return Ground.BREACH
    if reason is Reason.LATE:
        raise NotLateEnough(
            "the car is not so late that the order can be ended for it",
            facts={
                "order": standing.order,
                "late_days": late.days if late else 0,
                "rescind_from": late.rescind_from if late else None,
            },
        )
    return Ground.COOLING_OFF if in_cooling_off(standing, now) else Ground.STAGE


def _ending(
    standing: Standing, reason: Reason, by: Actor, ground: Ground, stage: Stage | None
) -> Ending:
    nothing = Money.zero(standing.held.currency)
    disputed = standing.state is State.DISPUTED
    kept = nothing if disputed or stage is None else _kept(standing, ground, stage)
    owed, penalty = _owed_on_top(standing, ground, stage)
    credited = min(standing.lateness.proposed if standing.lateness else nothing, owed)
    return Ending(
        move=move_for(reason, by),
        reason=reason,
        ground=ground,
        stage=stage,
        held=standing.held,
        returned=nothing if disputed else standing.held - kept,
        kept=kept,
        undecided=standing.held if disputed else nothing,
        compensation=owed - credited,
        credited=credited,
        penalty=penalty,
    )


def _kept(standing: Standing, ground: Ground, stage: Stage) -> Money:
    """What of the deposit the buyer loses; never more than is held."""
    deposit = standing.deposit
    if ground not in {Ground.STAGE, Ground.COOLING_OFF}:
        return Money.zero(standing.held.currency)
    returned = deposit.returned(stage, cooling_off=ground is Ground.COOLING_OFF)
    return min(deposit.amount - returned, standing.held)


def _owed_on_top(standing: Standing, ground: Ground, stage: Stage | None) -> tuple[Money, bool]:
    """What the seller owes on top: the deposit's second time or the penalty for delay, whichever is more, never both."""
    nothing = Money.zero(standing.held.currency)
    if stage is None or ground is Ground.FORCE_MAJEURE:
        return nothing, False
    penalty = standing.lateness.owed if standing.lateness else nothing
    doubled = nothing
    if ground is Ground.BREACH:
        doubled = max(standing.deposit.on_breach(stage) - standing.deposit.amount, nothing)
    return (penalty, True) if doubled < penalty else (doubled, False)
