"""The addresses of the finance desk, below `/cms/desk/money/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from cms.desks.money import exceptions, files, lines, months, payouts, today, transfers

urlpatterns: list[URLPattern] = [
    path("", today.today, name="money_today"),
    path("exceptions/", exceptions.queue, name="money_exceptions"),
    path("exceptions/<int:number>/", exceptions.one, name="money_exception"),
    path("payouts/", payouts.listed, name="money_payouts"),
    path("payouts/<str:code>/", payouts.one, name="money_payout"),
    path("bank/", lines.listed, name="money_lines"),
    path("bank/lines/<int:number>/", lines.one, name="money_line"),
    path("bank/files/", files.listed, name="money_files"),
    path("bank/files/<int:number>/progress/", files.progress, name="money_progress"),
    path("transfers/", transfers.listed, name="money_transfers"),
    path("transfers/<str:code>/", transfers.one, name="money_transfer"),
    path("months/", months.listed, name="money_months"),
    path("months/<str:name>/", months.one, name="money_month"),
]
