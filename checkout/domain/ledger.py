"""The books: accounts, and which legs each kind of move posts (`docs/rules/ledger.md`).

Debit is positive, credit negative; an entry adds up to zero in every currency. Amounts come from the vendor's
balance, never from a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from checkout.errors import UnbalancedEntry, UnknownAccount
from kernel.money import Money


@dataclass(frozen=True, slots=True)
class Account:
    """An account: `kind` is asset, liability, income or expense; names in both languages of the desk."""

    code: str
    kind: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry; `amount` is never zero."""

    account: str
    amount: Money


def _account(code: str, kind: str, zh: str, en: str) -> Account:
    return Account(code=code, kind=kind, name=MappingProxyType({"zh-hans": zh, "en": en}))


ACCOUNTS: Mapping[str, Account] = MappingProxyType(
    {
        account.code: account
        for account in (
            _account("1000", "asset", "银行存款", "Bank"),
            _account("1010", "asset", "在途结算款", "Payouts in transit"),
            _account("1100", "asset", "支付平台余额", "Balance at the payment provider"),
            _account("1150", "asset", "争议冻结款", "Disputes held"),
            _account("1200", "asset", "应收账款", "Receivable"),
            _account("2000", "liability", "客户订金", "Customer deposits"),
            _account("2010", "liability", "应付退款", "Refunds payable"),
            _account("2090", "liability", "待确认收款", "Unidentified receipts"),
            _account("2100", "liability", "增值税销项税额", "Output VAT"),
            _account("4000", "income", "整车销售收入", "Vehicle sales"),
            _account("4100", "income", "没收定金收入", "Forfeited deposits"),
            _account("5000", "expense", "支付手续费", "Payment fees"),
            _account("5010", "expense", "争议手续费", "Dispute fees"),
            _account("5020", "expense", "争议损失", "Dispute losses"),
            _account("5100", "expense", "客户赔偿支出", "Compensation to buyers"),
            _account("7000", "expense", "汇兑差额", "Currency exchange"),
        )
    }
)
"""Every account, by code."""

BANK, BALANCE, RECEIVABLE, DEPOSITS = "1000", "1100", "1200", "2000"
OUTPUT_VAT, SALES, FORFEITED, COMPENSATION = "2100", "4000", "4100", "5100"
REFUNDS_PAYABLE, UNIDENTIFIED, FEES, EXCHANGE = "2010", "2090", "5000", "7000"
IN_TRANSIT, DISPUTES_HELD, DISPUTE_FEES, DISPUTE_LOSSES = "1010", "1150", "5010", "5020"
ASIDE = frozenset(
    {RECEIVABLE, OUTPUT_VAT, FEES, DISPUTE_FEES, DISPUTE_LOSSES, COMPENSATION, EXCHANGE}
)
"""Accounts that a bank line may be booked to by hand: what a lender pays, taxes, and what banks and vendors charge."""


def check_entry(legs: Iterable[Leg]) -> tuple[Leg, ...]:
    """The legs if they make an entry; raises UnknownAccount, UnbalancedEntry.

    At least two legs, none of zero, every account known, zero in each currency.
    """
    found = tuple(legs)
    sums: dict[str, int] = {}
    for leg in found:
        if leg.account not in ACCOUNTS:
            raise UnknownAccount(
                f"account: there is no {leg.account!r}", facts={"account": leg.account}
            )
        if not leg.amount:
            raise UnbalancedEntry(
                f"amount: the leg on {leg.account} is zero", facts={"account": leg.account}
            )
        sums[leg.amount.currency] = sums.get(leg.amount.currency, 0) + leg.amount.minor
    if len(found) < 2 or any(sums.values()):
        raise UnbalancedEntry(
            "legs: an entry adds up to zero in every currency", facts={"sums": sums}
        )
    return found


def receipt_legs(
    *, paid: Money, gross: Money, fee: Money, account: str = DEPOSITS
) -> tuple[Leg, ...]:
    """Money that arrived at the vendor: `paid` by the buyer, `gross` less `fee` booked to our balance.

    `gross` and `fee` may be in another currency than `paid`; then account 7000 stands between the two.
    `account` is whom we owe it to: customer deposits, or unidentified receipts.
    """
    return _legs(
        Leg(BALANCE, gross - fee), Leg(FEES, fee), Leg(account, -paid), *_exchange(gross, -paid)
    )


def refund_approved_legs(amount: Money, *, account: str = DEPOSITS) -> tuple[Leg, ...]:
    """We owe the buyer `amount` back and no longer a car."""
    return _legs(Leg(account, amount), Leg(REFUNDS_PAYABLE, -amount))


def forfeited_legs(kept: Money) -> tuple[Leg, ...]:
    """What of a deposit stays with the seller; damages and no price, so no tax is in it."""
    return _legs(Leg(DEPOSITS, kept), Leg(FORFEITED, -kept))


def compensation_legs(amount: Money) -> tuple[Leg, ...]:
    """We owe a buyer `amount` of our own money."""
    return _legs(Leg(COMPENSATION, amount), Leg(REFUNDS_PAYABLE, -amount))


def refund_refused_legs(amount: Money, *, account: str = DEPOSITS) -> tuple[Leg, ...]:
    """The refund did not happen: the debt is what it was before."""
    return _legs(Leg(REFUNDS_PAYABLE, amount), Leg(account, -amount))


def refund_paid_legs(*, refunded: Money, gross: Money, fee: Money) -> tuple[Leg, ...]:
    """The refund left our balance: `gross` is negative, as the vendor books it; `fee` what it charged."""
    return _legs(
        Leg(REFUNDS_PAYABLE, refunded),
        Leg(BALANCE, gross - fee),
        Leg(FEES, fee),
        *_exchange(gross, refunded),
    )


def bank_legs(moved: Money) -> tuple[Leg, ...]:
    """A line of our bank's statement, before anybody knows what it is for; `moved` is negative for money out."""
    return _legs(Leg(BANK, moved), Leg(UNIDENTIFIED, -moved))


def matched_legs(*, moved: Money, charge: Money, account: str) -> tuple[Leg, ...]:
    """(A part of) a bank line settles `moved` + `charge` on `account`; `charge` is what a bank kept on the way."""
    return _legs(Leg(UNIDENTIFIED, moved), Leg(FEES, charge), Leg(account, -(moved + charge)))


def _exchange(gross: Money, owed: Money) -> tuple[Leg, ...]:
    if gross.currency == owed.currency:
        return ()
    return (Leg(EXCHANGE, -gross), Leg(EXCHANGE, -owed))


def _legs(*legs: Leg) -> tuple[Leg, ...]:
    return check_entry(leg for leg in legs if leg.amount)
