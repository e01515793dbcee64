"""The way of a car to its buyer as a table of stages (`docs/rules/delivery.md`, "Stages").

A stage that goes with a move of the order is reached by making that move, in one transaction; the others only say where
the car is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.order import Move, State
from checkout.errors import StageNotPossible
from kernel.text import Text


class Stage(StrEnum):
    """Where a car can be on its way."""

    PRODUCTION_STARTED = "production_started"
    ALLOCATED = "allocated"
    BUILT = "built"
    DEPARTED = "departed"
    AT_PLACE = "at_place"
    ARRIVED = "arrived"
    DEFECT_FOUND = "defect_found"
    INSPECTED = "inspected"
    READY = "ready"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: the move it goes with, the states in which it can be reached, whether it can come again, in words."""

    stage: Stage
    move: Move | None
    states: tuple[State, ...]
    again: bool
    text: Text


_S, _M = State, Move
_AFTER_PLANT = (_S.ALLOCATED, _S.IN_TRANSIT)

STAGES: Mapping[Stage, Row] = MappingProxyType(
    {
        row.stage: row
        for row in (
            Row(
                Stage.PRODUCTION_STARTED,
                _M.START_PRODUCTION,
                (_S.LOCKED,),
                False,
                {"zh-hans": "开始生产", "en": "Production has begun"},
            ),
            Row(
                Stage.ALLOCATED,
                _M.ALLOCATE,
                (_S.LOCKED,),
                False,
                {"zh-hans": "已为你配车", "en": "A car is yours"},
            ),
            Row(
                Stage.BUILT,
                None,
                (_S.IN_PRODUCTION,),
                False,
                {"zh-hans": "车辆下线", "en": "The car is built"},
            ),
            Row(
                Stage.DEPARTED,
                _M.DISPATCH,
                (_S.IN_PRODUCTION, _S.ALLOCATED),
                False,
                {"zh-hans": "车辆已发运", "en": "The car is on its way"},
            ),
            Row(
                Stage.AT_PLACE,
                None,
                (_S.IN_TRANSIT,),
                True,
                {"zh-hans": "途经", "en": "The car passed"},
            ),
            Row(
                Stage.ARRIVED,
                None,
                _AFTER_PLANT,
                False,
                {
                    "zh-hans": "车辆已到交付地点",
                    "en": "The car has come to the place of handover",
                },
            ),
            Row(
                Stage.DEFECT_FOUND,
                None,
                _AFTER_PLANT,
                True,
                {
                    "zh-hans": "交付前检查发现问题，正在处理",
                    "en": "The inspection found something, which is being mended",
                },
            ),
            Row(
                Stage.INSPECTED,
                None,
                _AFTER_PLANT,
                True,
                {"zh-hans": "交付前检查合格", "en": "The car passed its inspection"},
            ),
            Row(
                Stage.READY,
                _M.MAKE_READY,
                _AFTER_PLANT,
                False,
                {"zh-hans": "可以验车", "en": "The car is ready for you to inspect"},
            ),
            Row(
                Stage.HANDED_OVER,
                _M.HAND_OVER,
                (_S.BALANCE_PAID,),
                False,
                {"zh-hans": "已交车", "en": "Handed over"},
            ),
        )
    }
)
"""Every stage, in the order of the way."""

STAGE_OF_MOVE: Mapping[Move, Stage] = MappingProxyType(
    {row.move: row.stage for row in STAGES.values() if row.move is not None}
)
"""The stage that each move of the way reaches."""


def possible(state: State, reached: Collection[Stage] = ()) -> tuple[Stage, ...]:
    """The stages that can be reached from `state`, those of `reached` that do not come again left out."""
    return tuple(
        row.stage
        for row in STAGES.values()
        if state in row.states and (row.again or row.stage not in reached)
    )


def check_stage(*, order: str, state: State, stage: Stage, reached: Collection[Stage]) -> Row:
    """The row of `stage` if the car can reach it now; raises StageNotPossible with those it can."""
    can = possible(state, reached)
    if stage not in can:
        raise StageNotPossible(
            f"the order is {state}; its car cannot reach {stage} now",
            facts={
                "order": order,
                "state": str(state),
                "stage": str(stage),
                "stages": [str(each) for each in can],
            },
        )
    return STAGES[stage]


def stage_text(stage: str) -> Text:
    """The stage in words; one that is not listed shows its code."""
    known = stage in {str(each) for each in Stage}
    return STAGES[Stage(stage)].text if known else {"zh-hans": stage, "en": stage}
