"""The delivery promise: a range of days whose history only grows, and the day it binds the seller to.

`docs/rules/delivery.md`, "Reasons" and "The day that counts".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.delivery import PREPARATION_DAYS
from checkout.errors import BadPromise
from kernel.text import Text

LONGEST_DAYS = 42
"""A wider range promises nothing."""
FURTHEST_DAYS = 730
"""Nobody promises a day further away."""
ARRIVAL_DAYS = 7
"""How long a promise is that follows from a carrier's day of arrival."""


class Reason(StrEnum):
    """Why a promise stands or was changed."""

    ORDERED = "ordered"
    LOCKED = "locked"
    PRIORITY = "priority"
    PRIORITY_GIVEN_UP = "priority_given_up"
    PRODUCTION = "production"
    SUPPLIER = "supplier"
    TRANSPORT = "transport"
    INSPECTION = "inspection"
    WEATHER = "weather"
    EARLIER = "earlier"
    AMENDED = "amended"
    BUYER_ASKED = "buyer_asked"


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason in words; `by_buyer`: a later day is the buyer's own wish; `desk`: a person may give it."""

    text: Text
    by_buyer: bool = False
    desk: bool = True


REASONS: Mapping[Reason, ReasonRow] = MappingProxyType(
    {
        Reason.ORDERED: ReasonRow(
            {"zh-hans": "下单时的承诺", "en": "The promise of your order"}, desk=False
        ),
        Reason.LOCKED: ReasonRow(
            {
                "zh-hans": "交付时间从锁单之日算起",
                "en": "The days are counted from the day you locked your order",
            },
            by_buyer=True,
            desk=False,
        ),
        Reason.PRIORITY: ReasonRow(
            {"zh-hans": "你选择了优先交付", "en": "You chose priority delivery"}, desk=False
        ),
        Reason.PRIORITY_GIVEN_UP: ReasonRow(
            {"zh-hans": "你取消了优先交付", "en": "You gave priority delivery up"},
            by_buyer=True,
            desk=False,
        ),
        Reason.PRODUCTION: ReasonRow(
            {"zh-hans": "生产排期有变", "en": "Production takes longer than planned"}
        ),
        Reason.SUPPLIER: ReasonRow({"zh-hans": "零部件到货晚了", "en": "A part came late"}),
        Reason.TRANSPORT: ReasonRow({"zh-hans": "运输晚点", "en": "The transport is late"}),
        Reason.INSPECTION: ReasonRow(
            {
                "zh-hans": "交付前检查发现的问题需要处理",
                "en": "What the inspection found has to be mended first",
            }
        ),
        Reason.WEATHER: ReasonRow(
            {"zh-hans": "恶劣天气影响运输", "en": "The weather holds the transport up"}
        ),
        Reason.EARLIER: ReasonRow(
            {"zh-hans": "车辆会提前到", "en": "Your car comes earlier than planned"}
        ),
        Reason.AMENDED: ReasonRow(
            {"zh-hans": "订单变更后重新计算", "en": "Counted anew after your order was changed"},
            by_buyer=True,
            desk=False,
        ),
        Reason.BUYER_ASKED: ReasonRow(
            {"zh-hans": "按你的要求改期", "en": "Moved because you asked for it"}, by_buyer=True
        ),
    }
)
"""Every reason; a change always has one."""


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise of the history: the car comes on one of the days `from_on` to `until_on`, both included."""

    from_on: date
    until_on: date
    reason: Reason
    at: datetime


def check_change(*, order: str, from_on: date, until_on: date, today: date) -> None:
    """Return if the range can be promised today; raises BadPromise."""
    wrong = None
    if until_on < from_on:
        wrong = ("range", "from: the first day is after the last")
    elif until_on < today:
        wrong = ("past", f"until: {until_on} is over")
    elif (until_on - from_on).days >= LONGEST_DAYS:
        wrong = ("length", f"until: a promise is at most {LONGEST_DAYS} days long")
    elif (until_on - today).days > FURTHEST_DAYS:
        wrong = ("length", f"until: nothing is promised more than {FURTHEST_DAYS} days ahead")
    if wrong:
        raise BadPromise(wrong[1], facts={"order": order, "reason": wrong[0]})


def shifted(last: Promised, days: int) -> tuple[date, date]:
    """The range of `last`, `days` later, or earlier where `days` is negative."""
    by = timedelta(days=days)
    return last.from_on + by, last.until_on + by


def after_arrival(last: Promised, arrives_on: date) -> tuple[date, date] | None:
    """The range that a carrier's day of arrival leaves; None while the promise of `last` can still be kept."""
    ready = arrives_on + timedelta(days=PREPARATION_DAYS)
    if ready <= last.until_on:
        return None
    return ready, ready + timedelta(days=ARRIVAL_DAYS - 1)


def day_that_counts(history: Sequence[Promised], locked_at: datetime | None) -> date | None:
    """The last day of the promise as it stood at the lock, later only by what the buyer asked for since.

    `history` is oldest first. None before the lock: until then nobody is late.
    """
    if locked_at is None:
        return None
    stood = [each for each in history if each.at <= locked_at]
    if not stood:
        return None
    counts, before = stood[-1].until_on, stood[-1]
    for each in history[len(stood) :]:
        if REASONS[each.reason].by_buyer:
            counts += max(each.until_on - before.until_on, timedelta(0))
        before = each
    return counts
