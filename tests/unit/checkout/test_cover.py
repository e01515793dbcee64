"""Policies: the tables of docs/rules/insurance.md, what comes back, and the gate before handover."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.cover import (
    BEFORE_REGISTRATION,
    IN_FORCE,
    MAY_INSURE,
    MOVES,
    OPEN,
    WHO,
    By,
    Driver,
    Held,
    Move,
    Period,
    State,
    Status,
    Vehicle,
    after,
    axis_of,
    by_of,
    check_cancellable,
    closed_because,
    due_move,
    fits,
    moves_from,
    moves_to,
    proof_fits,
    read_proof,
    refund_of,
    unused_days,
    withdrawable,
    year_from,
)
from checkout.domain.order import FINAL, Actor
from checkout.domain.order import Insurance as Axis
from checkout.domain.order import State as OrderState
from checkout.errors import BadCoverProof, CoverNotCancellable, PolicyStateConflict
from kernel.money import Money
from tests.factories.rules import rule_table

PAGE = "insurance"
CAR = Vehicle("haven", ("ember", "wheel-20"), "LEGEXAMPLE0000001")
DAY = date(2026, 12, 20)
BOUND_TO = {
    "this VIN": CAR,
    "other VIN": Vehicle("haven", CAR.options, "LEGEXAMPLE0000002"),
    "same model and options": Vehicle("haven", CAR.options[::-1]),
    "other options": Vehicle("haven", ("ember",)),
}
MONEY = st.builds(
    Money, st.integers(0, 10**12), st.sampled_from(["CNY", "EUR", "JPY", "KRW", "KWD"])
)
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))


def test_the_moves_are_those_of_the_rules_and_no_others() -> None:
    told = [
        (row["from"], row["move"], row["to"], row["who"])
        for row in rule_table(PAGE, "Moves of a policy")
    ]
    made = [
        (str(state), str(move), str(target), ", ".join(sorted(WHO[move])))
        for state, moves in MOVES.items()
        for move, target in moves.items()
    ]
    assert made == told


def test_every_state_and_every_move_has_an_answer() -> None:
    assert set(MOVES) == set(State)
    assert set(WHO) == set(Move)
    for state, move, by in product(State, Move, By):
        if move in MOVES[state] and by in WHO[move]:
            assert after(policy="P1", state=state, move=move, by=by) is MOVES[state][move]
            continue
        with pytest.raises(PolicyStateConflict) as caught:
            after(policy="P1", state=state, move=move, by=by)
        assert caught.value.facts["state"] == str(state)
        assert ("moves" in caught.value.facts) is (move not in MOVES[state])


def test_what_ends_stays_ended_and_what_is_open_can_be_given_up() -> None:
    assert all(moves_from(state) == () for state in frozenset(State) - OPEN)
    assert all(Move.CANCEL in moves_from(state) for state in OPEN)
    assert IN_FORCE < OPEN
    assert not MAY_INSURE & FINAL
    assert OrderState.HANDED_OVER not in MAY_INSURE
    assert {by_of(actor) for actor in Actor} == {By.BUYER, By.STAFF, By.SYSTEM}


@pytest.mark.parametrize(
    ("state", "status", "way"),
    [
        (State.QUOTED, Status.QUOTED, ()),
        (State.QUOTED, Status.BOUND, (Move.BIND,)),
        (State.QUOTED, Status.ACTIVE, (Move.BIND, Move.START)),
        (State.QUOTED, Status.DECLINED, (Move.LAPSE,)),
        (State.BOUND, Status.BOUND, ()),
        (State.BOUND, Status.ACTIVE, (Move.START,)),
        (State.BOUND, Status.CANCELLED, (Move.CANCEL,)),
        (State.ACTIVE, Status.BOUND, ()),
        (State.ACTIVE, Status.LAPSED, (Move.LAPSE,)),
        (State.CANCELLED, Status.BOUND, ()),
        (State.LAPSED, Status.ACTIVE, ()),
        (State.CANCELLED, Status.CANCELLED, ()),
    ],
)
def test_what_an_insurer_says_becomes_the_moves_that_lead_there(
    state: State, status: Status, way: tuple[Move, ...]
) -> None:
    assert moves_to(state, status) == way


@given(st.sampled_from(State), st.lists(st.sampled_from(Status), max_size=8))
def test_whatever_an_insurer_says_in_whatever_order_only_allowed_moves_follow(
    state: State, said: list[Status]
) -> None:
    for status in said:
        for move in moves_to(state, status):
            state = after(policy="P1", state=state, move=move, by=By.INSURER)
        assert moves_to(state, status) == ()


@pytest.mark.parametrize(
    ("state", "day", "move"),
    [
        (State.BOUND, date(2026, 12, 19), None),
        (State.BOUND, DAY, Move.START),
        (State.ACTIVE, date(2027, 12, 19), None),
        (State.ACTIVE, date(2027, 12, 20), Move.LAPSE),
        (State.BOUND, date(2027, 12, 20), Move.LAPSE),
        (State.QUOTED, date(2027, 12, 20), None),
        (State.CANCELLED, DAY, None),
    ],
)
def test_the_calendar_starts_a_policy_and_ends_it(
    state: State, day: date, move: Move | None
) -> None:
    assert due_move(state=state, period=year_from(DAY), day=day) is move


@pytest.mark.parametrize(
    "row", rule_table(PAGE, "Worked refunds"), ids=lambda r: f"{r['currency']}-{r['cancelled']}"
)
def test_every_worked_refund_of_the_rules_comes_out(row: dict[str, str]) -> None:
    period = year_from(date.fromisoformat(row["first day"]))
    day = date.fromisoformat(row["cancelled"])
    assert f"{unused_days(period, day)} of {period.days}" == row["unused"]
    found = refund_of(
        premium=Money.of(row["premium"], row["currency"]),
        period=period,
        day=day,
        bound_on=date.fromisoformat(row["bound"]),
        withdrawal_days=int(row["withdrawal days"]),
    )
    assert found == Money.of(row["refund"], row["currency"])


@given(MONEY, DAYS, st.integers(-400, 800), st.integers(0, 60), st.sampled_from([0, 14]))
def test_a_refund_is_never_above_the_premium_nor_below_nothing(
    premium: Money, start: date, later: int, before: int, withdrawal: int
) -> None:
    period = year_from(start)
    day, bound = start + timedelta(days=later), start - timedelta(days=before)
    found = refund_of(
        premium=premium, period=period, day=day, bound_on=bound, withdrawal_days=withdrawal
    )
    assert found.currency == premium.currency
    assert 0 <= found.minor <= premium.minor
    if later <= 0 or withdrawable(bound_on=bound, day=day, withdrawal_days=withdrawal):
        assert found == premium
    elif later >= period.days:
        assert found.minor == 0


@given(MONEY, DAYS, st.integers(0, 366), st.integers(0, 366))
def test_who_cancels_later_never_gets_more(
    premium: Money, start: date, one: int, other: int
) -> None:
    first, second = (
        refund_of(
            premium=premium,
            period=year_from(start),
            day=start + timedelta(days=days),
            bound_on=None,
            withdrawal_days=14,
        )
        for days in sorted((one, other))
    )
    assert second <= first


@given(DAYS)
def test_a_year_of_cover_ends_on_its_own_day_a_year_later(start: date) -> None:
    period = year_from(start)
    assert period.days in {365, 366}
    assert period.end_on.year == start.year + 1
    assert (period.end_on.month, period.end_on.day) == (
        (3, 1) if (start.month, start.day) == (2, 29) else (start.month, start.day)
    )


def test_without_a_right_of_withdrawal_or_a_binding_nothing_is_withdrawn() -> None:
    assert not withdrawable(bound_on=DAY, day=DAY, withdrawal_days=0)
    assert not withdrawable(bound_on=None, day=DAY, withdrawal_days=14)
    assert withdrawable(bound_on=DAY, day=DAY + timedelta(days=14), withdrawal_days=14)
    assert not withdrawable(bound_on=DAY, day=DAY + timedelta(days=15), withdrawal_days=14)


@pytest.mark.parametrize(
    ("kinds", "word", "registered", "free"),
    [
        (["compulsory", "commercial"], BEFORE_REGISTRATION, True, False),
        (["compulsory"], BEFORE_REGISTRATION, False, True),
        (["commercial"], BEFORE_REGISTRATION, True, True),
        (["compulsory"], "", True, True),
    ],
)
def test_the_law_holds_the_compulsory_cover_of_a_registered_car(
    kinds: list[str], word: str, registered: bool, free: bool
) -> None:
    if free:
        check_cancellable(policy="P1", kinds=kinds, compulsory_ends=word, registered=registered)
        return
    with pytest.raises(CoverNotCancellable) as caught:
        check_cancellable(policy="P1", kinds=kinds, compulsory_ends=word, registered=registered)
    assert caught.value.facts["reason"] == "registered"


@pytest.mark.parametrize("row", rule_table(PAGE, "The gate"), ids=lambda r: "-".join(r.values()))
def test_the_key_is_handed_over_as_the_rules_say(row: dict[str, str]) -> None:
    held = []
    if row["state"] != "none":
        held.append(
            Held(
                state=State(row["state"]),
                period=year_from(date.fromisoformat(row["first day"])),
                kinds=frozenset({"compulsory"} if row["compulsory"] == "yes" else {"commercial"}),
                vehicle=BOUND_TO[row["bound to"]],
            )
        )
    found = closed_because(
        mandatory=["compulsory-insurance"],
        held=held,
        proven=row["proof of another"] == "yes",
        car=CAR,
        day=DAY,
    )
    assert found == ("" if row["key"] == "yes" else row["key"])


def test_a_market_without_the_duty_has_no_gate_and_an_old_policy_does_not_shut_it() -> None:
    assert closed_because(mandatory=["plates"], held=[], proven=False, car=CAR, day=DAY) == ""
    ended = Held(State.CANCELLED, year_from(DAY), frozenset({"compulsory"}), CAR)
    valid = Held(State.BOUND, year_from(DAY), frozenset({"compulsory"}), CAR)
    assert (
        closed_because(
            mandatory=["liability-insurance"], held=[ended, valid], proven=False, car=CAR, day=DAY
        )
        == ""
    )


def test_a_policy_fits_its_car_by_vin_once_there_is_one() -> None:
    assert fits(bound=CAR, car=CAR)
    assert not fits(bound=CAR, car=Vehicle("haven", CAR.options))
    assert not fits(bound=Vehicle("vale", CAR.options), car=CAR)


def test_the_axis_tells_the_policy_then_the_proof_then_the_quote() -> None:
    assert axis_of(state=State.BOUND, proven=True, quoted=True) is Axis.BOUND
    assert axis_of(state=State.CANCELLED, proven=True, quoted=True) is Axis.PROVEN
    assert axis_of(state=State.CANCELLED, proven=False, quoted=True) is Axis.CANCELLED
    assert axis_of(state=None, proven=True, quoted=False) is Axis.PROVEN
    assert axis_of(state=None, proven=False, quoted=True) is Axis.QUOTED
    assert axis_of(state=None, proven=False, quoted=False) is Axis.NONE


def test_a_proof_is_tidied_and_an_evb_number_has_seven_characters() -> None:
    assert read_proof(market="DE", insurer=" Other  Insurer ", number="ab1 2c3 d") == (
        "Other Insurer",
        "AB12C3D",
    )
    assert read_proof(market="CN", insurer="平安", number="pdza-2026-1") == ("平安", "PDZA-2026-1")
    assert proof_fits("CN", "A123")
    assert not proof_fits("DE", "AB12C3DE")


@pytest.mark.parametrize(
    ("market", "insurer", "number", "fields"),
    [
        ("DE", "X", "AB12C3", ["proof.number"]),
        ("DE", "X", "AB12C3\u0664", ["proof.number"]),
        ("CN", "", "A", ["proof.insurer", "proof.number"]),
        ("CN", "x" * 121, "A1234", ["proof.insurer"]),
    ],
)
def test_a_proof_that_cannot_be_one_is_refused_field_by_field(
    market: str, insurer: str, number: str, fields: list[str]
) -> None:
    with pytest.raises(BadCoverProof) as caught:
        read_proof(market=market, insurer=insurer, number=number)
    assert [error["field"] for error in caught.value.facts["errors"]] == fields


def test_a_driver_is_never_printed() -> None:
    assert "35" not in repr(Driver(35, "SF5"))
    assert Period(DAY, DAY + timedelta(days=3)).days == 3
