"""The form of a way to pay: what the desk and the check of a release refuse, named field by field."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from catalog.domain.payment_methods import faults_in
from tests.factories.catalogue import demo_document

Change = Callable[[dict[str, Any]], object]


def row(code: str) -> dict[str, Any]:
    rows = demo_document()["payment_methods"]
    return copy.deepcopy(next(each for each in rows if each["code"] == code))


def test_every_row_of_the_demo_can_be_read() -> None:
    assert [faults_in(each) for each in demo_document()["payment_methods"]] == [()] * 8


FAULTS: list[tuple[str, Change, tuple[str, ...]]] = [
    ("de-card", lambda r: r.update(method="cash"), ("method",)),
    ("de-card", lambda r: r.update(purposes=[]), ("purposes",)),
    ("de-card", lambda r: r.update(purposes=["tip"]), ("purposes",)),
    ("de-card", lambda r: r.pop("purposes"), ("purposes",)),
    ("de-card", lambda r: r.update(smallest=-1), ("smallest",)),
    ("de-card", lambda r: r.update(largest=49), ("largest",)),
    ("de-card", lambda r: r.update(largest=True), ("largest",)),
    ("de-card", lambda r: r.update(smallest=0), ("largest",)),
    ("de-card", lambda r: (r.pop("smallest"), r.pop("largest")), ()),
    ("de-card", lambda r: r.update(refund_days=0), ("refund_days",)),
    ("de-card", lambda r: r.update(name={"en": "Card"}, text=None), ("name", "text")),
    ("de-card", lambda r: r.update(wait_days={"deposit": 3}), ("wait_days",)),
    ("de-card", lambda r: r.update(account={"holder": "x"}), ("account",)),
    ("de-transfer", lambda r: r.update(provider="stripe", holds=True), ("provider", "holds")),
    ("de-transfer", lambda r: r["wait_days"].pop("deposit"), ("wait_days.deposit",)),
    ("de-transfer", lambda r: r["wait_days"].update(balance=0), ("wait_days.balance",)),
    (
        "de-transfer",
        lambda r: r.pop("wait_days"),
        ("wait_days.deposit", "wait_days.balance", "wait_days.amendment"),
    ),
    ("de-transfer", lambda r: r["account"].update(number=" "), ("account.number",)),
    ("de-transfer", lambda r: r["account"].pop("bic"), ()),
    (
        "de-transfer",
        lambda r: r.pop("account"),
        ("account.holder", "account.number", "account.bank"),
    ),
]


@pytest.mark.parametrize(("code", "change", "named"), FAULTS)
def test_a_field_that_cannot_be_read_is_named(
    code: str, change: Change, named: tuple[str, ...]
) -> None:
    broken = row(code)
    change(broken)
    assert faults_in(broken) == named
