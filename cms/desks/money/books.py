"""What the books come to: deposits by age, the trial balance, and the deposit liability rolled forward with its chart."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from checkout.domain.closing import BUCKETS, Period, bucket_of, month_of
from checkout.models import Order
from checkout.queries import closing
from checkout.queries.closing import Aged
from cms.desks.money import door
from cms.desks.money.due import on_their_way
from cms.desks.money.months import month_asked
from cms.desks.money.rolled import balance_sums, chart_of, steps_of
from kernel.money import Money

SEE = "checkout.view_ledgerentry"
SHOWN = 200
"""So many orders and payouts are listed on the page of ages; the export has them all."""
AGES = tuple(dict.fromkeys(bucket_of(days) for days in (0, *(last + 1 for last in BUCKETS))))


@door.reading(SEE)
def aging(request: HttpRequest) -> HttpResponse:
    """Deposits by order and payouts in transit, the oldest first, with sums by age and currency."""
    now = timezone.now()
    rows = closing.aging(now)
    codes = [row.order for row in rows[:SHOWN]]
    orders = dict(Order.objects.filter(code__in=codes).values_list("code", "pk"))
    today = closing.today(now)
    payouts = list(on_their_way().order_by("arrives_on", "pk")[:SHOWN])
    context = {
        "ages": AGES,
        "sums": _by_age(rows),
        "rows": [{"aged": row, "order": orders.get(row.order)} for row in rows[:SHOWN]],
        "more": len(rows) - SHOWN,
        "payouts": [{"row": row, "days": (today - row.at.date()).days} for row in payouts],
    }
    return door.page(request, "aging", "books", context)


def _by_age(rows: tuple[Aged, ...]) -> list[dict[str, Any]]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(AGES, 0))
    for row in rows:
        sums[row.amount.currency][row.bucket] += row.amount.minor
    return [
        {
            "currency": currency,
            "cells": [Money(found[age], currency) for age in AGES],
            "total": Money(sum(found.values()), currency),
        }
        for currency, found in sorted(sums.items())
    ]


@door.reading(SEE)
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Every account at the end of a month; debit and credit are equal."""
    period = month_asked(request)
    rows = closing.trial_balance_at(period.name)
    context = {**neighbours(period), "rows": rows, "sums": balance_sums(rows)}
    return door.page(request, "trial_balance", "books", context)


@door.reading(SEE)
def roll_forward(request: HttpRequest) -> HttpResponse:
    """The deposit liability of a month, as a table and as a chart of it."""
    period = month_asked(request)
    rows = [
        {"row": row, "chart": chart_of(row), "steps": steps_of(row)}
        for row in closing.roll_forward_of(period.name)
    ]
    return door.page(request, "roll_forward", "books", {**neighbours(period), "rows": rows})


def neighbours(period: Period) -> dict[str, Any]:
    """The month and its neighbours, to go from one to the other."""
    before = month_of(date.fromordinal(period.first.toordinal() - 1))
    after = month_of(date.fromordinal(period.last.toordinal() + 1))
    return {"period": period, "before": before, "after": after}
