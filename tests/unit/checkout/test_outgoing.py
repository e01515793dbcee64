"""When money goes back by transfer, how a transfer lives, and which accounts money can be sent to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkout.domain.outgoing import MOVES, Move, State, after, check_left, read_account, route
from checkout.errors import BadAccount, BadAmount, RefundTooLarge, TransferConflict
from kernel.money import Money
from tests.factories.rulebook import table

PAID = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "row", table("payments.md", "back by transfer"), ids=lambda row: " ".join(row.values())
)
def test_money_goes_back_as_the_table_says(row: dict[str, str]) -> None:
    why = route(
        provider=row["provider"],
        settled_at=PAID,
        refund_days=int(row["days"]) if row["days"] else None,
        failed=row["a refund failed"] == "yes",
        now=datetime.fromisoformat(row["on"]).replace(tzinfo=UTC),
    )
    assert (str(why) if why else "the way it came") == row["goes"]


@pytest.mark.parametrize("row", table("payments.md", "transfers"), ids=lambda row: row["state"])
def test_a_transfer_lives_as_the_table_says(row: dict[str, str]) -> None:
    state = State(row["state"])
    for move in Move:
        if row[str(move)]:
            assert after(code="T1", state=state, move=move) == row[str(move)]
        else:
            with pytest.raises(TransferConflict) as refused:
                after(code="T1", state=state, move=move)
            assert refused.value.facts["moves"] == [str(each) for each in MOVES[state]]


@pytest.mark.parametrize(
    "row", table("payments.md", "accounts"), ids=lambda row: f"{row['account']} {row['buyer']}"
)
def test_an_account_is_read_as_the_table_says(row: dict[str, str]) -> None:
    def read() -> str:
        account = read_account(
            holder=row["holder"],
            number=row["account"],
            bank=row["bank"],
            company=row["buyer"] == "company",
        )
        return account.hint

    if row["refused"]:
        with pytest.raises(BadAccount) as refused:
            read()
        assert f"{refused.value.facts['field']}: {refused.value.facts['why']}" == row["refused"]
    else:
        assert read() == row["hint"]


def test_one_wrong_digit_of_an_account_never_passes() -> None:
    for right, bank in (("DE02120300000000202051", ""), ("6222021234567890128", "工商银行")):
        read_account(holder="王小明", number=right, bank=bank, company=False)
        for at in range(4 if bank == "" else 0, len(right)):
            for digit in "0123456789":
                if digit != right[at]:
                    wrong = right[:at] + digit + right[at + 1 :]
                    with pytest.raises(BadAccount):
                        read_account(holder="王小明", number=wrong, bank=bank, company=False)


@pytest.mark.parametrize(
    ("amount", "error"), [(0, BadAmount), (-1, BadAmount), (501, RefundTooLarge)]
)
def test_no_more_goes_back_than_is_left(amount: int, error: type[Exception]) -> None:
    facts = {"paid": Money(1_000, "CNY"), "refunded": Money(500, "CNY")}
    assert check_left(amount=Money(500, "CNY"), **facts).minor == 500
    with pytest.raises(error):
        check_left(amount=Money(amount, "CNY"), **facts)
