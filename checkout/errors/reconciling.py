"""Refusals of bank statements and of matching by hand."""

from __future__ import annotations

from checkout.errors.base import CheckoutError


class ReconciliationError(CheckoutError):
    """Money cannot be explained that way."""

    code = "reconciliation-error"


class BadStatement(ReconciliationError):
    """The file is no statement we can read; facts: `row` and `field` where one is to blame."""

    code = "bad-statement"


class StatementDoesNotAdd(ReconciliationError):
    """Opening balance and lines are not the closing balance; facts: `account`, `missing` minor units."""

    code = "statement-does-not-add"


class BadExport(ReconciliationError):
    """The books cannot be exported like this; facts name the field, entry, account or currency to blame."""

    code = "bad-export"


class PeriodNotReady(ReconciliationError):
    """The period cannot be closed now; facts: `period`, `reasons`."""

    code = "period-not-ready"


class PeriodClosed(ReconciliationError):
    """The books of that day are closed; facts: `period`."""

    code = "period-closed"


class UnknownMoneyException(ReconciliationError):
    """No exception of that number."""

    code = "unknown-exception"


class MoneyExceptionConflict(ReconciliationError):
    """It is settled already, or open again; facts: `exception`, `state`."""

    code = "exception-conflict"


class WordsMissing(ReconciliationError):
    """What was found out, or done, has to be said in words; facts: `field`."""

    code = "words-missing"


class UnknownBankLine(ReconciliationError):
    """No line of a statement has that number."""

    code = "unknown-bank-line"


class BadMatch(ReconciliationError):
    """The line cannot settle that; facts: `line`, and `rest`, `due` or `currency` where one of them is to blame."""

    code = "bad-match"


class MatchConflict(ReconciliationError):
    """Somebody else was faster, or what the line settled has been used meanwhile; facts: `line`, `state`."""

    code = "match-conflict"


class TransferError(ReconciliationError):
    """A transfer of ours cannot be made like that."""

    code = "transfer-error"


class UnknownTransfer(TransferError):
    """No outgoing transfer of that code."""

    code = "unknown-transfer"


class BadAccount(TransferError):
    """That is no account money can be sent to; facts: `field` (holder or account) and `why`."""

    code = "bad-account"


class TransferConflict(TransferError):
    """The transfer does not stand so, or the same person would act twice; facts: `transfer`, `state`, `moves`."""

    code = "transfer-conflict"
