"""The right to withdraw: the tables of docs/rules/withdrawal.md, and what never happens."""

from __future__ import annotations

import functools
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.law import Law, read_law
from checkout.domain.calendars import Calendar, calendar_of, ends_at
from checkout.domain.withdrawal import (
    WHY,
    Purchase,
    Reason,
    Right,
    closed_because,
    declaration,
    refund_due,
    right_of,
    undoing_of,
    withdrawal_law,
)
from checkout.errors import NoCalendar
from kernel.text import fingerprint, missing_languages
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table

ZONES = {"CN": "Asia/Shanghai", "DE": "Europe/Berlin"}
PLACED = date(2026, 11, 22)
DAY = timedelta(days=1)


@functools.cache
def law() -> Law:
    return demo_catalogue().law


@functools.cache
def calendar() -> Calendar:
    return calendar_of(law())


def day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)


def noon(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(12), ZoneInfo(zone))


def purchase(row: dict[str, str]) -> Purchase:
    return Purchase(
        market=row["market"],
        zone=ZONES.get(row["market"], "UTC"),
        buyer=row.get("buyer", "person"),
        configured=row["car"] == "configured",
        region="BE",
        contracted_on=PLACED,
        received_on=day(row["receipt"]),
        instructed_on=day(row.get("instructed", "-")),
        exception_confirmed=row["car"].endswith("confirmed"),
    )


def right(bought: Purchase, on: date) -> Right:
    return right_of(bought, withdrawal_law(law(), bought, today=on), calendar())


@pytest.mark.parametrize(
    "row", rule_table("withdrawal", "The right"), ids=lambda r: f"{r['market']}-{r['why']}"
)
def test_every_purchase_of_the_rules_has_its_right_until_its_day(row: dict[str, str]) -> None:
    bought, asked = purchase(row), date.fromisoformat(row["asked"])
    found = right(bought, asked)
    reason = closed_because(found, purchase=bought, sent_at=noon(asked, bought.zone))
    assert str(reason or "yes") == row["right"]
    assert found.until == day(row["until"])


@pytest.mark.parametrize(
    "row", rule_table("withdrawal", "What goes back"), ids=lambda r: f"{r['market']}-{r['back']}"
)
def test_every_withdrawal_of_the_rules_is_undone_by_its_day(row: dict[str, str]) -> None:
    bought, on = purchase({"instructed": "2026-11-22", **row}), date.fromisoformat(row["withdrawn"])
    held = withdrawal_law(law(), bought, today=on)
    found = undoing_of(purchase=bought, law=held, withdrawn_on=on, calendar=calendar())
    assert found.refund_by == day(row["refund by"])
    assert found.hold_back is (row["waits"] == "yes")
    assert found.finance_by == day(row["lender by"])
    back = day(row["back"])
    if back is not None:
        due = refund_due(
            purchase=bought, law=held, withdrawn_on=on, back_on=back, calendar=calendar()
        )
        assert due == day(row["then by"])


def german(received: date | None, instructed: date | None, region: str | None = None) -> Purchase:
    return Purchase(
        market="DE",
        zone=ZONES["DE"],
        buyer="person",
        configured=True,
        region=region,
        contracted_on=PLACED,
        received_on=received,
        instructed_on=instructed,
    )


RECEIVED = st.dates(date(2026, 12, 1), date(2027, 11, 1))
INSTRUCTED = st.one_of(st.none(), st.dates(PLACED, date(2028, 6, 1)))
REGIONS = st.sampled_from([None, "BE", "BY", "SN", "NW"])


@given(RECEIVED, INSTRUCTED, REGIONS)
def test_the_right_never_ends_before_the_days_of_the_law(
    received: date, instructed: date | None, region: str | None
) -> None:
    bought = german(received, instructed, region)
    until = right(bought, received).until
    assert until is not None
    latest = right(german(received, None, region), received).until
    assert latest is not None
    started = max(received, instructed) if instructed else None
    if started is not None:
        assert until >= min(started + DAY * 14, latest)
    assert received + DAY * 14 <= until <= latest
    assert (
        closed_because(right(bought, received), purchase=bought, sent_at=noon(until, bought.zone))
        is None
    )
    late = ends_at(until, bought.zone)
    assert closed_because(right(bought, received), purchase=bought, sent_at=late) is Reason.TOO_LATE


@given(RECEIVED, INSTRUCTED, st.integers(0, 200), REGIONS)
def test_a_later_receipt_or_instruction_never_ends_the_right_earlier(
    received: date, instructed: date | None, more: int, region: str | None
) -> None:
    def until(received: date, instructed: date | None) -> date:
        found = right(german(received, instructed, region), received).until
        assert found is not None
        return found

    first = until(received, instructed)
    if received + DAY * more <= date(2027, 11, 1):
        assert first <= until(received + DAY * more, instructed)
    later = instructed + DAY * more if instructed else None
    assert first <= until(received, later)
    assert first <= until(received, None)


@given(RECEIVED, st.integers(0, 14), st.integers(0, 60))
def test_a_refund_is_never_owed_later_than_the_law_says(
    received: date, after: int, back: int
) -> None:
    bought = german(received, PLACED, "BE")
    on = received + DAY * after
    held = withdrawal_law(law(), bought, today=on)
    undoing = undoing_of(purchase=bought, law=held, withdrawn_on=on, calendar=calendar())
    assert undoing.refund_by is not None
    assert on + DAY * 14 <= undoing.refund_by <= on + DAY * 14 + DAY * 6
    due = refund_due(
        purchase=bought, law=held, withdrawn_on=on, back_on=on + DAY * back, calendar=calendar()
    )
    assert due == max(undoing.refund_by, on + DAY * back)


def test_without_a_calendar_the_certain_days_count_and_no_day_is_stated() -> None:
    bought = Purchase(
        market="CN",
        zone=ZONES["CN"],
        buyer="person",
        configured=False,
        region=None,
        contracted_on=PLACED,
        received_on=date(2026, 12, 28),
    )
    found = right(bought, date(2026, 12, 28))
    assert (found.until, found.at_least) == (None, date(2027, 1, 4))
    in_time = noon(date(2027, 1, 4), bought.zone)
    assert closed_because(found, purchase=bought, sent_at=in_time) is None
    with pytest.raises(NoCalendar) as refused:
        closed_because(found, purchase=bought, sent_at=in_time + DAY)
    assert refused.value.facts["market"] == "CN"
    held = withdrawal_law(law(), bought, today=PLACED)
    assert refund_due(
        purchase=bought,
        law=held,
        withdrawn_on=date(2027, 1, 4),
        back_on=date(2027, 1, 5),
        calendar=calendar(),
    ) == date(2027, 1, 12)


def test_the_market_s_switch_takes_the_right_from_configured_cars_only() -> None:
    rows = [
        {**_as_row(row), "value": True}
        if (row.market, row.key) == ("DE", "withdrawal.exception.personalised")
        else _as_row(row)
        for row in law().rows
    ]
    switched = read_law(rows)
    for configured, reason in ((True, Reason.MADE_TO_ORDER), (False, None)):
        bought = Purchase(
            market="DE",
            zone=ZONES["DE"],
            buyer="person",
            configured=configured,
            region="BE",
            contracted_on=PLACED,
        )
        held = withdrawal_law(switched, bought, today=PLACED)
        assert right_of(bought, held, calendar()).reason is reason


def _as_row(row: Any) -> dict[str, Any]:
    return {
        "market": row.market,
        "key": row.key,
        "value": row.value,
        "from": row.valid_from.isoformat(),
        "until": row.valid_until.isoformat() if row.valid_until else None,
        "by": row.by,
        "confidence": row.confidence,
        "source": row.source,
        "applies_to": row.applies_to,
    }


def test_the_labels_of_the_law_hold_from_their_first_day_on() -> None:
    bought = german(None, None)
    before = withdrawal_law(law(), bought, today=date(2026, 6, 18))
    after = withdrawal_law(law(), bought, today=date(2026, 6, 19))
    assert "de" not in before.label
    assert (after.label["de"], after.confirm["de"]) == ("Vertrag widerrufen", "Widerruf bestätigen")


def test_a_declaration_holds_name_order_and_contact_and_no_reason() -> None:
    said = declaration(order="C26-1", contract="FC-1", name="Erika", contact="e@example.com")
    assert set(said) == {"order", "contract", "name", "contact", "words"}
    assert missing_languages(said["words"]) == []
    other = declaration(order="C26-1", contract="FC-1", name="Erika M", contact="e@example.com")
    assert fingerprint(said) != fingerprint(other)


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WHY) == set(Reason)
    assert all(missing_languages(text) == [] for text in WHY.values())
