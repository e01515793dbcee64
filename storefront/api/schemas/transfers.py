"""Shapes of money that comes to the buyer by bank transfer, and of the account it shall go to."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from storefront.api.schemas.base import Money
from storefront.api.schemas.requests import Input

Line = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class AccountIn(Input):
    """The buyer's account: an IBAN, or in China the number of a card (a company: of its account) and the bank."""

    holder: Line = Field(examples=["王小明"])
    account: Annotated[str, StringConstraints(min_length=5, max_length=60)]
    bank: Annotated[str, StringConstraints(max_length=120)] = ""


class Transfer(Schema):
    """Money to the buyer. `state`: proposed, approved, refused, sent, done or returned; `account` the end of its number."""

    transfer: str
    amount: Money
    why: str
    state: str
    holder: str
    account: str
    wants_account: bool


class Transfers(Schema):
    """Every transfer to the buyer, oldest first; `wants_account` while one of them waits for an account."""

    order: str
    wants_account: bool
    transfers: list[Transfer]
