"""The addresses of the finance desk, below `/cms/desk/money/`."""

from __future__ import annotations

from django.urls import URLPattern, path

from cms.desks.money import (
    books,
    exceptions,
    exports,
    files,
    lines,
    matching,
    months,
    payouts,
    today,
    transfers,
)

urlpatterns: list[URLPattern] = [
    path("", today.today, name="money_today"),
    path("compare/", today.compare, name="money_run"),
    path("exceptions/", exceptions.queue, name="money_exceptions"),
    path("exceptions/<int:number>/", exceptions.one, name="money_exception"),
    path("exceptions/<int:number>/<slug:act>/", exceptions.act, name="money_exception_act"),
    path("payouts/", payouts.listed, name="money_payouts"),
    path("payouts/<str:code>/", payouts.one, name="money_payout"),
    path("bank/", lines.listed, name="money_lines"),
    path("bank/lines/<int:number>/", lines.one, name="money_line"),
    path("bank/lines/<int:number>/aside/", matching.set_aside, name="money_aside"),
    path("bank/lines/<int:number>/back/", matching.put_back, name="money_back"),
    path(
        "bank/lines/<int:number>/matches/<int:match>/undo/",
        matching.unmatch,
        name="money_unmatch",
    ),
    path("bank/match/", matching.choose, name="money_match"),
    path("bank/match/do/", matching.match, name="money_match_do"),
    path("bank/files/upload/", files.upload, name="money_upload"),
    path("bank/files/", files.listed, name="money_files"),
    path("bank/files/<int:number>/progress/", files.progress, name="money_progress"),
    path("transfers/", transfers.listed, name="money_transfers"),
    path("transfers/send/", transfers.send, name="money_send"),
    path("transfers/list/", transfers.sent_list, name="money_list"),
    path("transfers/<str:code>/", transfers.one, name="money_transfer"),
    path("transfers/<str:code>/<slug:act>/", transfers.act, name="money_transfer_act"),
    path("books/aging/", books.aging, name="money_aging"),
    path("books/balance/", books.trial_balance, name="money_balance"),
    path("books/deposits/", books.roll_forward, name="money_roll"),
    path("months/<str:name>/close/", months.close, name="money_close"),
    path("exports/", exports.listed, name="money_exports"),
    path("exports/make/", exports.make, name="money_export"),
    path("months/", months.listed, name="money_months"),
    path("months/<str:name>/", months.one, name="money_month"),
]
