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
