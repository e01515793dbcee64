"""What locking means in words, when a reminder is due and when an order locks by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.domain.deposit import deposit_for, policy_in_force
from checkout.domain.locking import (
    cooling_off,
    deadline_of,
    frozen_policy,
    lock_preview,
    locks_at,
    reminder_due_at,
)
from checkout.domain.order import Contract, State
from checkout.domain.order_policy import Locking
from checkout.domain.terms import deposit_json, terms_json, terms_of
from kernel.money import Money
from kernel.text import fingerprint, missing_languages
from tests.factories.catalogue import demo_document
from tests.factories.living import CN_POLICY
from tests.factories.rulebook import table

DAY = datetime(2026, 11, 22, tzinfo=UTC).date()


def document(
    market: str = "CN", price: str = "395300.00", policy: dict[str, Any] | None = CN_POLICY
) -> dict[str, Any]:
    """The parts of an order's document that locking is about."""
    currency = {"CN": "CNY", "DE": "EUR"}[market]
    found = policy_in_force(
        policies=demo_document()["deposit_policies"], market=market, currency=currency, day=DAY
    )
    deposit = deposit_for(policy=found, model="haven", price=Money.of(price, currency))
    return {
        "car": {"names": {"title": {"zh-hans": "云湾 远航", "en": "Haven Voyage"}}},
        "price_sheet": {"total": {"amount": deposit.amount.minor, "currency": currency}},
        "deposit": deposit_json(deposit),
        "terms": terms_json(terms_of(deposit)),
        "order_policy": policy,
    }


def preview(vin: str = "", contract: str = "FC-1", **given: Any) -> dict[str, Any]:
    said = document(**given)
    currency = said["deposit"]["amount"]["currency"]
    return lock_preview(
        order="C26-1",
        document=said,
        contract=contract,
        contract_state="accepted",
        vin=vin,
        currency=currency,
    )


def clause(found: dict[str, Any], code: str) -> dict[str, str]:
    return next(each["text"] for each in found["clauses"] if each["code"] == code)


def moment(text: str) -> datetime | None:
    return None if text == "never" else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("row", table("orders.md", "locks by itself"))
def test_an_order_locks_by_itself_only_after_a_reminder_that_was_sent(row: dict[str, str]) -> None:
    remind, automatic = (part.split()[-1] for part in row["policy"].split(", "))
    locking = Locking(
        remind_after=timedelta(days=int(remind)),
        automatic_after=None if automatic == "none" else timedelta(days=int(automatic)),
    )
    reserved = moment(row["reserved"])
    assert reserved is not None
    assert reminder_due_at(locking, reserved) == moment(row["reminder due"])
    assert locks_at(locking, moment(row["reminder sent"])) == moment(row["locks by itself"])


@pytest.mark.parametrize("row", table("orders.md", "deadline of the next step"))
def test_a_step_has_a_deadline_only_where_something_happens_by_itself(row: dict[str, str]) -> None:
    days = row["policy"].split()[-1]
    locking = Locking(
        remind_after=timedelta(days=5),
        automatic_after=None if days == "none" else timedelta(days=int(days)),
    )
    found = deadline_of(
        state=State(row["state"]),
        contract=Contract(row["contract"]),
        expires_at=moment(row["deposit awaited until"]),
        locks_at=locks_at(locking, moment(row["reminder sent"])),
    )
    assert found == moment(row["deadline"])


def test_in_china_the_advance_turns_into_a_legal_deposit_and_the_words_say_so() -> None:
    found = preview()
    assert (found["deposit"]["kind"], found["deposit"]["kind_after"]) == (
        "dingjin-refundable",
        "dingjin-legal",
    )
    assert clause(found, "deposit") == {
        "zh-hans": "已付的 ¥5,000.00 由订金变为定金。",
        "en": "The ¥5,000.00 that you paid turn from a refundable advance into a legal deposit.",
    }
    assert clause(found, "cooling-off")["en"] == (
        "If you cancel within 24 hours of locking, all ¥5,000.00 come back; after that, ¥0.00."
    )
    assert clause(found, "breach")["zh-hans"] == "如果是我们做不到，向您支付 ¥10,000.00。"
    assert clause(found, "changes")["en"].endswith("for ¥500.00 each.")


def test_above_the_cap_only_a_part_becomes_a_legal_deposit() -> None:
    words = clause(preview(price="20000.00"), "deposit")
    assert words["en"].startswith("Of the ¥5,000.00 that you paid, ¥4,000.00 turn from")
    assert "¥4,000.00" in words["zh-hans"]


def test_in_germany_the_deposit_stays_an_advance_payment() -> None:
    found = preview(market="DE", price="79990.00")
    assert found["deposit"]["kind"] == found["deposit"]["kind_after"] == "advance"
    assert "stay a" in clause(found, "deposit")["en"]


def test_every_sentence_is_said_in_both_languages() -> None:
    for market, price in (("CN", "395300.00"), ("CN", "20000.00"), ("DE", "79990.00")):
        for each in preview(market=market, price=price)["clauses"]:
            assert missing_languages(each["text"]) == [], each["code"]


def test_the_refund_table_is_the_one_that_was_frozen() -> None:
    assert preview()["refunds"] == document()["deposit"]["in_words"]


def test_the_car_that_is_kept_or_built_is_named() -> None:
    assert "L0SH11CA0VX112729" in clause(preview(vin="L0SH11CA0VX112729"), "build")["en"]
    assert "configured" in clause(preview(), "build")["en"]


def test_a_policy_without_changes_says_that_nothing_can_be_changed() -> None:
    assert "nothing" in clause(preview(policy=CN_POLICY | {"changes": []}), "changes")["en"]
    free = CN_POLICY | {"changes": [{"states": ["locked"], "kinds": ["build"], "fee": 0}]}
    assert "without a fee" in clause(preview(policy=free), "changes")["en"]


def test_an_order_from_before_there_were_order_policies_says_nothing_of_changes() -> None:
    found = preview(policy=None)
    assert "changes" not in [each["code"] for each in found["clauses"]]
    assert frozen_policy(document(policy=None), "CNY") is None


def test_the_fingerprint_changes_with_the_contract_and_with_nothing_else_that_does_not_matter() -> (
    None
):
    assert fingerprint(preview()) == fingerprint(preview())
    assert fingerprint(preview()) != fingerprint(preview(contract="FC-2"))


def test_a_policy_without_a_stage_at_the_lock_gives_no_cooling_off_hours() -> None:
    said = document()
    assert cooling_off(said) == timedelta(hours=24)
    said["deposit"]["stages"] = [
        stage for stage in said["deposit"]["stages"] if stage["from"] != "order-locked"
    ]
    assert cooling_off(said) == timedelta(0)
    found = lock_preview(
        order="C26-1",
        document=said,
        contract="FC-1",
        contract_state="accepted",
        vin="",
        currency="CNY",
    )
    assert [each["code"] for each in found["clauses"]][:4] == [
        "build",
        "deposit",
        "changes",
        "balance",
    ]
