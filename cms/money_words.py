"""How the CMS calls what vendors and banks tell, and what does not tie out."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy, pgettext_lazy

from cms.order_words import Words

_ = gettext_lazy

PAYOUT: Words = {
    "pending": _("on its way"),
    "paid": pgettext_lazy("payout", "paid"),
    "failed": _("failed"),
    "canceled": _("cancelled"),
}
MOVE: Words = {
    "charge": _("payment received"),
    "refund": _("refund"),
    "refund_failure": _("refund came back"),
    "payout": _("payout"),
    "payout_reversal": _("payout came back"),
    "dispute": _("disputed payment taken back"),
    "dispute_reversal": _("disputed payment given back"),
    "fee": _("fee"),
}
CONTEST: Words = {
    "open": _("awaits an answer"),
    "won": _("won"),
    "lost": pgettext_lazy("dispute", "lost"),
}
EXCEPTION: Words = {"open": _("unsettled"), "resolved": _("settled")}
TEAM: Words = {
    "finance": _("finance"),
    "support": _("support"),
    "operations": _("operations"),
}
FILE: Words = {
    "waiting": _("waiting"),
    "running": _("being read"),
    "done": _("read"),
    "refused": _("refused"),
}
STATEMENT_FAULT: Words = {
    "bad-statement": _("The file is no statement that can be read."),
    "statement-does-not-add": _("Opening balance and lines do not come to the closing balance."),
}
BANK_LINE: Words = {"open": _("to be matched"), "matched": _("matched"), "aside": _("set aside")}
UNMATCHED: Words = {
    "unknown": _("Nobody is found for it."),
    "amount": _("The reference fits, the amount does not."),
    "ambiguous": _("It can be read in more than one way."),
    "nothing-due": _("Nothing is due on this order."),
    "cut": _("The reference was cut off; more than one order begins so."),
    "claimed-twice": _("Another line claims the same."),
}
FITS: Words = {
    "whole": _("whole reference"),
    "cut": _("cut reference"),
    "only": _("no other begins so"),
    "amount": _("exact amount"),
    "name": _("name of the buyer"),
    "day": _("day fits"),
}
TRANSFER: Words = {
    "proposed": _("awaits a second person"),
    "approved": _("approved"),
    "refused": _("refused"),
    "sent": pgettext_lazy("transfer", "sent to the bank"),
    "done": _("seen on a statement"),
    "returned": pgettext_lazy("transfer", "came back"),
}
TRANSFER_WHY: Words = {
    "window": _("The time to refund the way it came is over"),
    "failed": _("The refund failed"),
    "bank": _("The buyer paid by transfer"),
    "compensation": _("Compensation"),
}
SETTLES: Words = {
    "order": _("order"),
    "payment": _("payment"),
    "payout": _("payout"),
    "transfer": _("transfer"),
}
MONEY_WORDS: Mapping[str, Words] = {
    "payout": PAYOUT,
    "vendor_move": MOVE,
    "contest": CONTEST,
    "exception": EXCEPTION,
    "team": TEAM,
    "bank_file": FILE,
    "statement_fault": STATEMENT_FAULT,
    "bank_line": BANK_LINE,
    "unmatched": UNMATCHED,
    "fits": FITS,
    "transfer": TRANSFER,
    "transfer_why": TRANSFER_WHY,
    "settles": SETTLES,
}
"""Every vocabulary of the finance desk."""
