"""What a move of an order asks of its axes, beside the table of moves (`docs/rules/orders.md`, "What a move asks").

The axes never move an order by themselves; a move asks them, and a refusal names everything that is missing at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from checkout.domain.order import Contract, Move
from kernel.money import Money, shown
from kernel.text import Text

AGREED = frozenset({Contract.ACCEPTED, Contract.SIGNED})
"""The contract that a lock needs: accepted where nothing is signed, else signed by both sides and verified."""
BOUND = AGREED | {Contract.BUYER_SIGNED}
"""The buyer has agreed to it, whatever is still missing on the seller's side."""


@dataclass(frozen=True, slots=True)
class Axes:
    """How an order stands: its contract, its car's VIN, what the buyer still owes us, whether a lender still has to pay."""

    contract: Contract
    vin: str
    due: Money
    loan_open: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that keeps a move from being made."""

    code: str
    text: Text


def _contract(axes: Axes) -> Missing | None:
    if axes.contract in AGREED:
        return None
    return Missing(
        "contract",
        {"zh-hans": "合同尚未接受", "en": "The contract is not accepted yet"},
    )


def _no_car(axes: Axes) -> Missing | None:
    if not axes.vin:
        return None
    return Missing(
        "car-exists",
        {
            "zh-hans": "该订单对应一辆现有车辆，无需排产",
            "en": "The order has a car that is built already; allocate it",
        },
    )


def _car(axes: Axes) -> Missing | None:
    if axes.vin:
        return None
    return Missing(
        "car",
        {"zh-hans": "尚未登记车辆识别代号", "en": "The car has no VIN yet"},
    )


def _money(axes: Axes) -> Missing | None:
    if not axes.due:
        return None
    due = shown(axes.due)
    return Missing("money", {"zh-hans": f"尚欠 {due}", "en": f"{due} are still to be paid"})


def _loan(axes: Axes) -> Missing | None:
    if not axes.loan_open:
        return None
    return Missing(
        "loan",
        {"zh-hans": "贷款尚未放款", "en": "The loan is not paid out yet"},
    )


_ASKS = MappingProxyType(
    {
        Move.LOCK: (_contract,),
        Move.START_PRODUCTION: (_no_car,),
        Move.MAKE_READY: (_car,),
        Move.PAY_BALANCE: (_money, _loan),
        Move.HAND_OVER: (_car, _money, _loan),
    }
)
"""What each move asks; a move that is not listed asks nothing of these axes."""

ABOUT_MONEY: Mapping[Move, bool] = MappingProxyType(
    {move: _money in asks for move, asks in _ASKS.items()}
)
"""Whether a move asks about money, which takes the database to answer."""


def missing_for(move: Move, axes: Axes) -> tuple[Missing, ...]:
    """Everything that keeps `move` from being made; empty where nothing does."""
    found = (ask(axes) for ask in _ASKS.get(move, ()))
    return tuple(each for each in found if each is not None)
