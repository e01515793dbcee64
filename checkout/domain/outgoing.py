"""Money that leaves our bank account for a buyer: when a refund must, the life of a transfer, and the account it goes to.

Rules with worked tables: `docs/rules/payments.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from checkout.domain.payment_methods import BANK
from checkout.errors import BadAccount, BadAmount, RefundTooLarge, TransferConflict
from kernel.money import Money

SYSTEM = "system"


class Why(StrEnum):
    """Why money does not go back the way it came."""

    WINDOW = "window"
    FAILED = "failed"
    BANK = "bank"
    COMPENSATION = "compensation"


class State(StrEnum):
    """Where a transfer stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    SENT = "sent"
    DONE = "done"
    RETURNED = "returned"


class Move(StrEnum):
    """What happens to a transfer."""

    APPROVE = "approve"
    REFUSE = "refuse"
    SEND = "send"
    SEE = "see"
    UNSEE = "unsee"
    RETURN = "return"


MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        State.PROPOSED: {Move.APPROVE: State.APPROVED, Move.REFUSE: State.REFUSED},
        # A bank may show a transfer that nobody said was sent.
        State.APPROVED: {Move.SEND: State.SENT, Move.SEE: State.DONE},
        State.REFUSED: {},
        State.SENT: {Move.SEE: State.DONE},
        State.DONE: {Move.UNSEE: State.SENT, Move.RETURN: State.RETURNED},
        State.RETURNED: {},
    }
)
"""From a state, by a move, to a state; what is not listed cannot happen."""

OVER = frozenset({State.REFUSED, State.RETURNED})
"""What was owed is owed still, and a further transfer may be proposed."""


def after(*, code: str, state: State, move: Move) -> State:
    """The state that `move` leads to; raises TransferConflict with the moves there are."""
    to = MOVES[state].get(move)
    if to is None:
        raise TransferConflict(
            f"transfer {code} is {state} and cannot {move}",
            facts={
                "transfer": code,
                "state": str(state),
                "moves": [str(each) for each in MOVES[state]],
            },
        )
    return to


def route(
    *,
    provider: str,
    settled_at: datetime | None,
    refund_days: int | None,
    failed: bool,
    now: datetime,
) -> Why | None:
    """Why a refund of this payment goes by transfer; None: its vendor gives the money back.

    `refund_days` is how long the vendor does, None without an end; `failed`: it said no to a refund of it before.
    """
    if provider == BANK:
        return Why.BANK
    if failed:
        return Why.FAILED
    late = settled_at is not None and refund_days is not None
    if late and now > settled_at + timedelta(days=refund_days):  # type: ignore[arg-type, operator]
        return Why.WINDOW
    return None


def check_left(*, amount: Money, paid: Money, refunded: Money) -> Money:
    """`amount` if it is above zero and still there to give back; raises BadAmount, RefundTooLarge, CurrencyMismatch."""
    left = paid - refunded
    facts = {"amount": amount.minor, "refundable": left.minor, "currency": amount.currency}
    if amount.minor <= 0:
        raise BadAmount(f"amount: {amount} must be above zero", facts=facts)
    if left < amount:
        raise RefundTooLarge(
            f"amount: {amount} is more than the {left} that can be refunded", facts=facts
        )
    return amount


@dataclass(frozen=True, slots=True)
class Account:
    """Where the buyer wants the money: `number` without spaces; `bank` its name, which an IBAN does not need."""

    holder: str
    number: str
    bank: str

    @property
    def hint(self) -> str:
        """Enough to recognise it by: the last four characters."""
        return f"…{self.number[-4:]}"


_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_LENGTHS = MappingProxyType(
    {"AT": 20, "BE": 16, "CH": 21, "DE": 22, "ES": 24, "FR": 27, "GB": 22, "IT": 27, "LI": 21, "LU": 20, "NL": 18}
)  # fmt: skip
"""Characters of an IBAN (SWIFT, IBAN Registry) of the countries our buyers bank in; others have 15 to 34."""
CARD = range(16, 20)
"""Digits of a Chinese bank card (GB/T 14504: 13 to 19; cards issued since 2001 have 16 to 19)."""
COMPANY = range(9, 26)
"""Digits of a Chinese company's account; each bank has its own form and no common check digit."""
LONGEST_NAME = 70
"""Characters of a name that a transfer carries (ISO 20022 Nm in SEPA)."""


def read_account(*, holder: str, number: str, bank: str, company: bool) -> Account:
    """An account money can be sent to: an IBAN, a Chinese card of a person, a Chinese account of a company.

    Raises BadAccount naming the field.
    """
    name = " ".join(holder.split())
    # A name that begins with a sign is a formula to the spreadsheet in which somebody opens the list.
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable() or not name[0].isalpha():
        raise _bad(
            "holder", "name", f"holder: 2 to {LONGEST_NAME} characters, as the bank knows them"
        )
    plain, branch = re.sub(r"[\s-]", "", number).upper(), " ".join(bank.split())
    if (
        len(branch) > LONGEST_NAME
        or not branch.isprintable()
        or (branch and not branch[0].isalpha())
    ):
        raise _bad("bank", "name", f"bank: its name, at most {LONGEST_NAME} characters")
    if plain.isascii() and plain.isdigit():
        return _chinese(name, plain, branch, company)
    if not _IBAN.fullmatch(plain) or len(plain) != _LENGTHS.get(plain[:2], len(plain)):
        raise _bad("account", "shape", "account: this is neither an IBAN nor the number of a card")
    if int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 != 1:
        raise _bad(
            "account",
            "check-digits",
            "account: the IBAN's check digits do not fit; compare it again",
        )
    return Account(name, plain, branch)


def _chinese(name: str, number: str, bank: str, company: bool) -> Account:
    if len(number) not in (COMPANY if company else CARD):
        size = COMPANY if company else CARD
        raise _bad("account", "length", f"account: {size.start} to {size.stop - 1} digits")
    if not company and _luhn(number):
        raise _bad(
            "account",
            "check-digits",
            "account: a digit of the card number is wrong; compare it again",
        )
    if len(bank) < 2:
        raise _bad("bank", "name", "bank: name the bank and its branch")
    return Account(name, number, bank)


def _luhn(number: str) -> int:
    """What is left of the check sum of ISO/IEC 7812-1, annex B; zero where it fits."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number)))
    return sum(each - 9 * (each > 9) for each in doubled) % 10


def _bad(field: str, why: str, message: str) -> BadAccount:
    return BadAccount(message, facts={"field": field, "why": why})
