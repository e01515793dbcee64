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
AGAINST: Words = {
    "not-over": _("The month is not over."),
    "closed-already": _("It is closed, or a later month is."),
    "gap-before": _("The month before is not closed."),
    "not-compared": _("Since its end, books and world were not compared with every vendor."),
    "unknown-entries": _("There are entries on deposits that have no column."),
}
ROLLED: Words = {
    "opening": _("opening"),
    "received": _("received"),
    "applied": _("applied to purchases"),
    "refunded": pgettext_lazy("roll-forward", "refunded"),
    "forfeited": _("forfeited"),
    "other": _("other"),
    "closing": _("closing"),
}
MONEY_ACTION: Words = {
    "exception-assigned": _("given to somebody"),
    "exception-noted": _("noted"),
    "exception-resolved": _("settled"),
    "exception-reopened": _("opened again"),
    "bank-line-matched": _("matched"),
    "bank-line-unmatched": _("match taken back"),
    "bank-line-set-aside": _("set aside"),
    "bank-line-put-back": _("let wait again"),
    "bank-file-stored": _("uploaded"),
    "bank-file-read": _("read"),
    "bank-file-refused": _("refused"),
    "transfer-proposed": _("transfer proposed"),
    "transfer-account-given": _("buyer named an account"),
    "transfer-approved": _("transfer approved"),
    "transfer-refused": _("transfer refused"),
    "transfer-sent": _("transfer sent to the bank"),
    "transfer-done": _("transfer seen at the bank"),
    "transfer-returned": _("transfer came back"),
    "period-closed": _("month closed"),
}
"""What stands in the audit of money."""
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
    "against": AGAINST,
    "rolled": ROLLED,
}
"""Every vocabulary of the finance desk."""
