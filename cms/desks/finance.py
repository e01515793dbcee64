"""The finance desk: the deposits of a day, the ledger by account, both as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from checkout.models import Payment
from checkout.queries.ledger import (
    AccountTotals,
    DepositFacts,
    accounts_with_totals,
    deposits_of_day,
    deposits_sheet,
    entries,
    ledger_sheet,
)
from cms.desks.money.door import framed
from cms.desks.money.sheets import download
from kernel.money import total

DEFAULT_ZONE = "Asia/Shanghai"
ZONES = {"Asia/Shanghai": _("Mainland China"), "Europe/Berlin": _("Germany")}
"""The calendars a day may be read in."""


def _may(request: HttpRequest) -> None:
    if not request.user.has_perm("checkout.view_ledgerentry"):
        raise PermissionDenied


def _day(request: HttpRequest, zone: str) -> date:
    """The day asked for; today in the zone where nothing or nonsense was asked."""
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return timezone.now().astimezone(ZoneInfo(zone)).date()


def _zone(request: HttpRequest) -> str:
    zone = request.GET.get("zone", "")
    return zone if zone in ZONES else DEFAULT_ZONE


@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """Deposits of one day in the market's time zone, with fee, net and totals a currency."""
    _may(request)
    zone = _zone(request)
    chosen = _day(request, zone)
    deposits = deposits_of_day(chosen, zone)
    if request.GET.get("format") == "csv":
        return download(deposits_sheet(deposits, zone).rows, f"deposits-{chosen.isoformat()}.csv")
    context: dict[str, Any] = {
        **framed(request, "day"),
        "day": chosen,
        "before": chosen - timedelta(days=1),
        "after": chosen + timedelta(days=1),
        "zone": zone,
        "zones": ZONES,
        "deposits": _with_pages(deposits),
        "totals": totals_of(deposits),
    }
    return render(request, "cms/desks/finance_day.html", context)


def _with_pages(deposits: Sequence[DepositFacts]) -> list[dict[str, Any]]:
    """Each deposit with the addresses of its order's and its payment's page."""
    found = Payment.objects.filter(code__in=[deposit.payment for deposit in deposits])
    keys = {code: (order, pk) for code, order, pk in found.values_list("code", "order_id", "pk")}
    return [
        {
            "facts": deposit,
            "order_url": reverse("desk_order:inspect", args=[keys[deposit.payment][0]]),
            "payment_url": reverse("desk_payment:inspect", args=[keys[deposit.payment][1]]),
        }
        for deposit in deposits
    ]


def _sums(accounts: Sequence[AccountTotals]) -> list[dict[str, Any]]:
    """What all accounts come to in each currency; the balance is zero."""
    currencies = sorted({account.balance.currency for account in accounts})
    return [
        {
            "currency": currency,
            "debit": total([a.debit for a in accounts if a.debit.currency == currency], currency),
            "credit": total(
                [a.credit for a in accounts if a.credit.currency == currency], currency
            ),
            "balance": total(
                [a.balance for a in accounts if a.balance.currency == currency], currency
            ),
        }
        for currency in currencies
    ]


def totals_of(deposits: Sequence[DepositFacts]) -> list[dict[str, Any]]:
    """Count, amount, fee, net and what was given back, for each currency; a fee in another currency is left out."""
    currencies = sorted({d.amount.currency for d in deposits})
    return [_totals([d for d in deposits if d.amount.currency == c], c) for c in currencies]


def _totals(deposits: list[DepositFacts], currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "count": len(deposits),
        "amount": total([d.amount for d in deposits], currency),
        "fee": total(
            [d.fee for d in deposits if d.fee is not None and d.fee.currency == currency], currency
        ),
        "refunded": total([d.refunded for d in deposits], currency),
        "net": total([d.net for d in deposits if d.net is not None], currency),
    }


@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Every account with its totals; one account with its newest entries where `account` is given."""
    _may(request)
    accounts = accounts_with_totals()
    known = {account.code for account in accounts}
    chosen = request.GET.get("account", "")
    chosen = chosen if chosen in known else ""
    listed = entries(account=chosen) if chosen else entries(limit=100)
    if request.GET.get("format") == "csv":
        return download(ledger_sheet(entries(account=chosen, limit=1_000_000)).rows, "ledger.csv")
    return render(
        request,
        "cms/desks/finance_ledger.html",
        {
            **framed(request, "ledger"),
            "accounts": accounts,
            "sums": _sums(accounts),
            "chosen": chosen,
            "entries": listed,
        },
    )
