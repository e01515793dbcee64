"""The right to withdraw from a purchase at a distance, read from rows of the law (`docs/rules/withdrawal.md`).

Whether there is one, from when until when, in which words it is offered, what goes back by which day, and what the seller
may wait for. Germany: BGB §§ 312g, 355 to 358; mainland China: consumer protection law, article 25.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from catalog.domain.law import Law
from checkout.domain.calendars import (
    Calendar,
    Whose,
    ends_at,
    last_day,
    last_day_of_months,
    same_day_after,
)
from checkout.errors import NoCalendar
from kernel.text import Text

CONFIGURED, STOCK = "configured", "stock"
"""What a car is to the law: made to the buyer's choice, or there already."""

STATEMENT_LIFE = timedelta(minutes=30)
"""How long a statement may wait for its confirmation."""


class Reason(StrEnum):
    """Why there is no right, or none now."""

    NO_LAW = "no_law"
    COMPANY = "company"
    MADE_TO_ORDER = "made_to_order"
    EXCEPTION_CONFIRMED = "exception_confirmed"
    NOT_YET = "not_yet"
    TOO_LATE = "too_late"


WHY: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.NO_LAW: {
            "zh-hans": "这个市场的法律没有规定无理由撤销权。",
            "en": "The law of this market gives no right to withdraw without a reason.",
        },
        Reason.COMPANY: {
            "zh-hans": "无理由撤销权只给消费者；这份订单由公司购买。",
            "en": "The right to withdraw is for consumers; a company placed this order.",
        },
        Reason.MADE_TO_ORDER: {
            "zh-hans": "这台车按你的选配定制，依法不适用无理由退货；可以按订单条款取消。",
            "en": "This car is made to your choice, so the law gives no right to return it without a reason; "
            "you can cancel by the terms of your order.",
        },
        Reason.EXCEPTION_CONFIRMED: {
            "zh-hans": "购买时你确认过这台车不适用无理由退货；可以按订单条款取消。",
            "en": "When you bought this car you confirmed that it cannot be returned without a reason; "
            "you can cancel by the terms of your order.",
        },
        Reason.NOT_YET: {
            "zh-hans": "无理由退货从收到车辆之日起算；收车之前，可以按订单条款取消。",
            "en": "The right begins when you receive the car; until then you can cancel by the terms of your order.",
        },
        Reason.TOO_LATE: {
            "zh-hans": "撤销期已过。质量问题仍受质保和法定权利保护，请联系我们。",
            "en": "The time to withdraw is over. Your rights for defects and the guarantee remain; please write to us.",
        },
    }
)
"""Each reason in words, and what can be done instead."""

VALUE_NOTE: Text = {
    "zh-hans": "超出检验车辆所需的使用，可能须补偿价值减损。",
    "en": "Use beyond what is needed to inspect the car may have to be compensated.",
}


@dataclass(frozen=True, slots=True)
class WithdrawalLaw:
    """The rows in force for one purchase; `days` None: there is no right, for `reason`.

    `begins`: the right exists from the `contract` or only from `receipt` on; the days count from receipt in either case.
    `late` are months and days after receipt at which it ends where nobody told the buyer of it. `label` and `confirm` are
    the words of the two buttons; None where no law fixes them. Refunds are due `refund_days` after the withdrawal, or
    after the goods are back (`refund_from`); the lender has `finance_days`.
    """

    days: int | None
    reason: Reason | None
    begins: str
    late: tuple[int, int] | None
    label: Text
    confirm: Text
    refund_days: int
    refund_from: str
    hold_back: bool
    finance_days: int


LABEL: Text = {"zh-hans": "撤销合同", "en": "Withdraw from contract here"}
CONFIRM: Text = {"zh-hans": "确认撤销", "en": "Confirm withdrawal"}
FROM_GOODS = "goods-back"


@dataclass(frozen=True, slots=True)
class Purchase:
    """What the law asks about a purchase. Days are days of the market.

    `instructed_on`: when the buyer was given the instruction on the right, None if never; `received_on`: the handover.
    `exception_confirmed`: the buyer confirmed when buying that this car is excepted.
    """

    market: str
    zone: str
    buyer: str
    configured: bool
    region: str | None
    contracted_on: date
    received_on: date | None = None
    instructed_on: date | None = None
    exception_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Right:
    """The right of one purchase; `reason` says why there is none, else it is None.

    `until` is the last day; None while the car is not received, or where no calendar states it: then `at_least` is the
    day on which it certainly still exists.
    """

    reason: Reason | None
    until: date | None
    at_least: date | None
    law: WithdrawalLaw


def withdrawal_law(law: Law, purchase: Purchase, *, today: date) -> WithdrawalLaw:
    """The law of a purchase; raises NoLawRow where a row ended without a successor."""
    moments = {
        "contract_date": purchase.contracted_on,
        "delivery_date": purchase.received_on or today,
        "display_date": today,
    }
    kind = CONFIGURED if purchase.configured else STOCK

    def said(key: str, default: Any = None, scope: str = kind) -> Any:
        for applies_to in (scope, None):
            found = _value(law, purchase.market, key, applies_to, moments)
            if found is not None:
                return found
        return default

    days = said("withdrawal.days")
    excepted = bool(said("withdrawal.exception.personalised", default=False))
    function = said("withdrawal.function", default={})
    late = said("withdrawal.late_limit")
    reason = _reason(purchase, days, excepted, str(said("withdrawal.buyers", default="person")))
    return WithdrawalLaw(
        days=None if reason else int(days),
        reason=reason,
        begins=str(said("withdrawal.begins", default="contract")),
        late=(int(late["months"]), int(late["days"])) if late else None,
        label=function.get("label") or LABEL,
        confirm=function.get("confirm") or CONFIRM,
        refund_days=int(said("refund.days", default=0, scope="sale")),
        refund_from=str(said("refund.from", default="withdrawal", scope="sale")),
        hold_back=bool(said("refund.hold_back", default=False, scope="sale")),
        finance_days=int(said("refund.days", default=0, scope="finance")),
    )


def _reason(purchase: Purchase, days: Any, excepted: bool, buyers: str) -> Reason | None:
    if buyers != "all" and purchase.buyer != buyers:
        return Reason.COMPANY
    if excepted:
        return Reason.MADE_TO_ORDER
    if days is None:
        return Reason.NO_LAW
    return Reason.EXCEPTION_CONFIRMED if purchase.exception_confirmed else None


def _value(
    law: Law, market: str, key: str, applies_to: str | None, moments: Mapping[str, date]
) -> Any:
    """The value in force; None where the market has no such law, or had none yet on the day that decides."""
    rows = [r for r in law.rows if (r.market, r.key, r.applies_to) == (market, key, applies_to)]
    if not rows:
        return None
    day = moments[rows[0].by]
    if all(day < row.valid_from for row in rows):
        return None
    return law.row(market, key, day, applies_to).value


def right_of(purchase: Purchase, law: WithdrawalLaw, calendar: Calendar) -> Right:
    """The right of a purchase, whatever the moment; `is_open` asks whether it can be used at one."""
    if law.reason is not None or law.days is None:
        return Right(law.reason or Reason.NO_LAW, None, None, law)
    received = purchase.received_on
    if received is None:
        return Right(Reason.NOT_YET if law.begins == "receipt" else None, None, None, law)
    at_least = _plain_end(purchase, law, received)
    try:
        until = _end(purchase, law, received, calendar)
    except NoCalendar:
        return Right(None, None, at_least, law)
    return Right(None, until, at_least, law)


def _starts(purchase: Purchase, law: WithdrawalLaw, received: date) -> date | None:
    """From which day the days count: the later of receipt and instruction; None while there was none."""
    if law.late is None:
        return received
    return max(received, purchase.instructed_on) if purchase.instructed_on else None


def _plain_end(purchase: Purchase, law: WithdrawalLaw, received: date) -> date:
    """The last day before weekends and holidays are looked at."""
    start, days = _starts(purchase, law, received), law.days or 0
    ends = [] if start is None else [start + timedelta(days=days)]
    if law.late is not None:
        ends.append(same_day_after(received, law.late[0]) + timedelta(days=law.late[1]))
    return min(ends)


def _end(purchase: Purchase, law: WithdrawalLaw, received: date, calendar: Calendar) -> date:
    place: dict[str, Any] = {
        "market": purchase.market,
        "region": purchase.region,
        "calendar": calendar,
    }
    start, ends = _starts(purchase, law, received), []
    if start is not None:
        ends.append(last_day(start_on=start, days=law.days or 0, **place))
        if law.late is None or start == received:
            return ends[0]
    months, days = law.late or (0, 0)
    ends.append(last_day_of_months(start_on=received, months=months, days=days, **place))
    return min(ends)


def closed_because(right: Right, *, purchase: Purchase, sent_at: datetime) -> Reason | None:
    """Why a withdrawal sent at that moment comes to nothing; None: it is in time.

    Raises NoCalendar where the moment lies after the days themselves and no calendar says whether they were prolonged.
    """
    if right.reason is not None:
        return right.reason
    if right.at_least is None or sent_at < ends_at(right.at_least, purchase.zone):
        return None
    if right.until is None:
        year = right.at_least.year
        raise NoCalendar(
            f"no calendar of {purchase.market} says when the time to withdraw ends after {right.at_least}",
            facts={
                "market": purchase.market,
                "year": year,
                "mend": f"add the row calendar.holidays of {purchase.market} for {year} and publish; "
                "until then decide by hand",
            },
        )
    return None if sent_at < ends_at(right.until, purchase.zone) else Reason.TOO_LATE


@dataclass(frozen=True, slots=True)
class Undoing:
    """What goes back and by when. `refund_by` None: not before the car is back, which starts the days.

    `hold_back`: the seller may wait for the car; `finance_by` the last day for the lender.
    """

    refund_by: date | None
    hold_back: bool
    finance_by: date | None


def undoing_of(
    *, purchase: Purchase, law: WithdrawalLaw, withdrawn_on: date, calendar: Calendar
) -> Undoing:
    """What has to be undone after a withdrawal on that day. What the seller owes is never owed later than the law says."""
    received = purchase.received_on is not None
    waits = received and (law.hold_back or law.refund_from == FROM_GOODS)
    starts = None if received and law.refund_from == FROM_GOODS else withdrawn_on
    return Undoing(
        refund_by=None if starts is None else _due(purchase, starts, law.refund_days, calendar),
        hold_back=waits,
        finance_by=_due(purchase, withdrawn_on, law.finance_days, calendar),
    )


def refund_due(
    *, purchase: Purchase, law: WithdrawalLaw, withdrawn_on: date, back_on: date, calendar: Calendar
) -> date:
    """The last day of the refund once the car is back: the days after it where they count from there, else those after
    the withdrawal, and at once where these have passed."""
    if law.refund_from == FROM_GOODS:
        return _due(purchase, back_on, law.refund_days, calendar)
    return max(back_on, _due(purchase, withdrawn_on, law.refund_days, calendar))


def _due(purchase: Purchase, start_on: date, days: int, calendar: Calendar) -> date:
    try:
        return last_day(
            market=purchase.market,
            start_on=start_on,
            days=days,
            calendar=calendar,
            region=purchase.region,
            whose=Whose.SELLER,
        )
    except NoCalendar:  # a seller may always pay earlier than it must
        return start_on + timedelta(days=days)


def declaration(*, order: str, contract: str, name: str, contact: str) -> dict[str, Any]:
    """What the buyer declares, word for word; asks for nothing but name, contract and contact."""
    return {
        "order": order,
        "contract": contract,
        "name": name,
        "contact": contact,
        "words": {
            "zh-hans": f"我撤销关于订单 {order} 的购车合同。",
            "en": f"I hereby withdraw from my contract of purchase for order {order}.",
        },
    }
