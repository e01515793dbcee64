"""What the end of an order means: the table of docs/rules/deposits.md, and what holds of every end whatever the sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.delays import delayed
from checkout.domain.deposit import LEGAL, Deposit, deposit_for, deposit_in, policy_in_force
from checkout.domain.ending import (
    BUYER_REASONS,
    MOMENT_OF,
    REASONS,
    SELLER_REASONS,
    Ending,
    Ground,
    Lateness,
    Reason,
    Standing,
    ending,
    move_for,
    read_reason,
    reasons_for,
)
from checkout.domain.ending_words import Bound, preview_document
from checkout.domain.order import MOVES, Actor, Move, State
from checkout.domain.order_policy import order_policy, policy_row
from checkout.domain.terms import deposit_json
from checkout.errors import BadReason, NotLateEnough, OrderStateConflict
from kernel.money import Money
from kernel.text import LANGUAGES, missing_languages
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
LATE = {"CN": 31, "DE": 43}
PRICES = {"CN": "395300.00", "DE": "79990.00"}
OWN = [Reason.CHANGED_MIND, Reason.PRICE, Reason.OTHER]
SELLERS = [Reason.CANNOT_DELIVER, Reason.STOCK_LOST, Reason.BREACH]
CANCELLABLE = [state for state in MOMENT_OF if state is not State.HANDED_OVER]


def deposit(market: str, model: str = "haven") -> Deposit:
    catalogue = demo_catalogue()
    currency = catalogue.markets[market].currency
    policy = policy_in_force(
        policies=catalogue.deposit_policies, market=market, currency=currency, day=TODAY
    )
    price = "69800.00" if model == "rill" else PRICES[market]
    frozen = deposit_json(deposit_for(policy=policy, model=model, price=Money.of(price, currency)))
    return deposit_in(frozen, market=market)


def lateness(market: str, days: int) -> Lateness:
    catalogue = demo_catalogue()
    row = policy_row(policies=catalogue.order_policies, market=market, day=TODAY)
    policy = order_policy(row, catalogue.markets[market].currency)
    found = delayed(policy=policy.delay, promised=TODAY, day=TODAY + timedelta(days=days))
    return Lateness(
        days=found.days,
        owed=found.amount,
        proposed=Money.zero(found.amount.currency),
        may_rescind=found.may_rescind,
        rescind_from=found.rescind_from.isoformat(),
    )


def standing(
    market: str = "CN",
    state: State = State.LOCKED,
    *,
    model: str = "haven",
    held: Money | None = None,
    hours: int | None = 48,
    late: int = 0,
) -> Standing:
    found = deposit(market, model)
    before_lock = state in {State.AWAITING_DEPOSIT, State.RESERVED}
    return Standing(
        order="C26-TEST",
        state=state,
        deposit=found,
        held=found.amount if held is None else held,
        locked_at=None if before_lock or hours is None else NOW - timedelta(hours=hours),
        lateness=lateness(market, late) if late and not before_lock else None,
    )


def ended(found: Standing, reason: Reason, by: Actor = Actor.BUYER) -> Ending:
    return ending(standing=found, reason=reason, by=by, now=NOW)


def sums(found: Ending) -> str:
    return " / ".join(
        str(each.decimal) for each in (found.returned, found.kept, found.compensation)
    )


@pytest.mark.parametrize(
    "row",
    rule_table("deposits", "What an end brings"),
    ids=lambda row: f"{row['policy']}-{row['model']}-{row['state']}",
)
def test_every_end_of_the_rules_brings_its_sums(row: dict[str, str]) -> None:
    market = "CN" if row["policy"].startswith("cn") else "DE"
    held = Money.of(row["held"], deposit(market).amount.currency)

    def at(hours: int = 48, late: int = 0) -> Standing:
        state = State(row["state"])
        return standing(market, state, model=row["model"], held=held, hours=hours, late=late)

    for reason in OWN:
        assert sums(ended(at(), reason)) == row["buyer's own"]
        assert sums(ended(at(hours=23), reason)) == row["in cooling-off"]
    for reason in SELLERS:
        assert sums(ended(at(), reason, Actor.STAFF)) == row["seller's"]
    assert sums(ended(at(), Reason.FORCE_MAJEURE, Actor.STAFF)) == row["force majeure"]
    late = at(late=LATE[market])
    if row["late by the buyer"] == "refused":
        with pytest.raises(NotLateEnough):
            ended(late, Reason.LATE)
    else:
        assert sums(ended(late, Reason.LATE)) == row["late by the buyer"]
        for reason in OWN:
            assert sums(ended(late, reason)) == row["late by the buyer"]


def test_the_table_of_the_rules_answers_every_state_from_which_an_order_is_cancelled() -> None:
    told = {
        (row["policy"][:2], row["state"]) for row in rule_table("deposits", "What an end brings")
    }
    cancellable = {
        str(state)
        for state, moves in MOVES.items()
        if Move.CANCEL_BY_BUYER in moves and state is not State.DISPUTED
    }
    assert told == set(product(("cn", "de"), cancellable))


def test_the_cooling_off_ends_with_its_last_second_and_is_not_cut_short_by_production() -> None:
    for state in (State.LOCKED, State.IN_PRODUCTION, State.IN_TRANSIT):
        found = replace(standing(state=state), locked_at=NOW - timedelta(hours=24))
        assert ended(found, Reason.OTHER).ground is Ground.STAGE
        early = replace(found, locked_at=NOW - timedelta(hours=24) + timedelta(seconds=1))
        assert ended(early, Reason.OTHER).ground is Ground.COOLING_OFF
        assert ended(early, Reason.OTHER).kept == Money.zero("CNY")


def test_a_delay_counts_from_the_day_the_policy_names_and_not_before() -> None:
    with pytest.raises(NotLateEnough) as refused:
        ended(standing(late=30), Reason.LATE)
    assert refused.value.facts == {
        "order": "C26-TEST",
        "late_days": 30,
        "rescind_from": "2026-12-23",
    }
    assert ended(standing(late=31), Reason.LATE).ground is Ground.BREACH
    with pytest.raises(NotLateEnough) as nowhere:
        ended(standing(), Reason.LATE)
    assert nowhere.value.facts["rescind_from"] is None


def test_a_buyer_who_leaves_a_late_car_early_still_gets_what_the_delay_is_worth() -> None:
    found = ended(standing(late=10), Reason.CHANGED_MIND)
    assert (found.ground, sums(found)) == (Ground.STAGE, "0.00 / 5000.00 / 300.00")
    assert found.penalty is True


def test_a_delay_proposed_before_counts_towards_the_deposits_second_time() -> None:
    found = standing(late=31)
    assert found.lateness is not None
    before = replace(found.lateness, proposed=Money.of("2300.00", "CNY"))
    told = ended(replace(found, lateness=before), Reason.LATE)
    assert (sums(told), told.penalty) == ("5000.00 / 0.00 / 2700.00", False)
    assert told.credited == before.proposed
    told = ended(replace(standing(model="rill", late=31), lateness=before), Reason.LATE)
    assert (sums(told), told.penalty) == ("1000.00 / 0.00 / 0.00", True)


def test_what_is_above_the_cap_is_neither_kept_nor_doubled() -> None:
    found = standing()
    capped = replace(found, deposit=replace(found.deposit, legal=Money.of("4000.00", "CNY")))
    assert sums(ended(capped, Reason.OTHER)) == "1000.00 / 4000.00 / 0.00"
    assert sums(ended(capped, Reason.BREACH, Actor.STAFF)) == "5000.00 / 0.00 / 4000.00"


def test_a_disputed_payment_is_neither_returned_nor_kept() -> None:
    found = replace(standing(state=State.DISPUTED), before_dispute=State.IN_PRODUCTION)
    told = ended(found, Reason.BREACH, Actor.STAFF)
    assert sums(told) == "0.00 / 0.00 / 5000.00"
    assert told.undecided == told.held == Money.of("5000.00", "CNY")


@pytest.mark.parametrize(
    "state", [State.HANDED_OVER, State.CANCELLED, State.EXPIRED, State.WITHDRAWN]
)
def test_an_order_that_is_over_or_handed_over_has_no_such_end(state: State) -> None:
    with pytest.raises(OrderStateConflict, match="cannot be cancelled"):
        ended(standing(state=state), Reason.OTHER)


def test_a_buyer_says_no_reason_of_the_seller_and_staff_may_say_all() -> None:
    assert read_reason(None, Actor.BUYER) is Reason.CHANGED_MIND
    assert [read_reason(str(each), Actor.BUYER) for each in BUYER_REASONS] == list(BUYER_REASONS)
    assert set(reasons_for(Actor.STAFF)) == set(Reason) == set(REASONS)
    for said, by in (("breach", Actor.BUYER), (None, Actor.STAFF), ("", Actor.BUYER)):
        with pytest.raises(BadReason) as refused:
            read_reason(said, by)
        assert refused.value.facts["reasons"] == [str(each) for each in reasons_for(by)]


def test_it_is_the_sellers_cancellation_only_where_the_seller_gives_a_reason_of_its_own() -> None:
    for reason in BUYER_REASONS:
        assert move_for(reason, Actor.BUYER) is Move.CANCEL_BY_BUYER
    for reason in SELLER_REASONS:
        assert move_for(reason, Actor.STAFF) is Move.CANCEL_BY_SELLER
    for reason in OWN:
        assert move_for(reason, Actor.STAFF) is Move.CANCEL_BY_BUYER


def answered(found: Standing, reason: Reason, by: Actor) -> Ending | None:
    try:
        return ended(found, reason, by)
    except NotLateEnough:
        assert (reason, by) == (Reason.LATE, Actor.BUYER)
        return None


@st.composite
def standings(draw: st.DrawFn) -> tuple[Standing, Reason, Actor]:
    """Any deposit, any sum held, any stage, reason and market."""
    market = draw(st.sampled_from(["CN", "DE"]))
    found = deposit(market)
    currency = found.amount.currency
    amount = draw(st.integers(0, 10**8))
    stages = tuple(
        replace(
            stage,
            refundable_share=Decimal(draw(st.integers(0, 10**6))) / 10**6,
            seller_breach_factor=Decimal(draw(st.integers(0, 10))),
        )
        for stage in found.policy.stages
    )
    sums_ = Deposit(
        policy=replace(found.policy, stages=stages),
        amount=Money(amount, currency),
        legal=Money(draw(st.integers(0, amount)), currency),
        cap=None,
    )
    by = draw(st.sampled_from([Actor.BUYER, Actor.STAFF]))
    state = draw(st.sampled_from([*CANCELLABLE, State.AWAITING_DEPOSIT, State.DISPUTED]))
    late = draw(
        st.none()
        | st.builds(
            Lateness,
            days=st.integers(1, 400),
            owed=st.builds(Money, st.integers(10**6, 10**7), st.just(currency)),
            proposed=st.builds(Money, st.integers(0, 10**6), st.just(currency)),
            may_rescind=st.booleans(),
            rescind_from=st.just("2026-12-23"),
        )
    )
    made = Standing(
        order="C26-TEST",
        state=state,
        deposit=sums_,
        held=Money(draw(st.integers(0, 10**9)), currency),
        locked_at=draw(st.none() | st.just(NOW - timedelta(hours=draw(st.integers(0, 48))))),
        before_dispute=draw(st.sampled_from(CANCELLABLE)),
        lateness=late,
    )
    return made, draw(st.sampled_from(reasons_for(by))), by


@given(standings())
def test_whatever_the_sums_all_that_is_held_is_accounted_for_and_nobody_pays_twice(
    given_: tuple[Standing, Reason, Actor],
) -> None:
    found, reason, by = given_
    told = answered(found, reason, by)
    if told is None:
        return
    assert told.returned + told.kept + told.undecided == found.held
    for part in (told.returned, told.kept, told.undecided, told.compensation):
        assert part.minor >= 0
    if told.kind == LEGAL:
        assert told.kept <= found.deposit.legal
    assert told.kept <= found.deposit.amount
    if told.ground is Ground.FORCE_MAJEURE:
        assert told.kept.minor == told.compensation.minor == 0
    if told.ground is Ground.BREACH:
        assert not told.kept
    nothing = Money.zero(found.held.currency)
    owed = found.lateness.owed if found.lateness else nothing
    proposed = found.lateness.proposed if found.lateness else nothing
    doubled = found.deposit.legal.times(Decimal(9))
    on_top = told.compensation + told.credited
    assert told.credited <= proposed
    assert on_top <= max(owed, doubled)
    assert not told.penalty or on_top == owed


@given(standings(), st.integers(0, 20))
def test_the_preview_says_the_very_sums_in_both_languages(
    given_: tuple[Standing, Reason, Actor], days: int
) -> None:
    found, reason, by = given_
    told = answered(found, reason, by)
    if told is None:
        return
    due = TODAY + timedelta(days=days)
    shown = preview_document(
        standing=found, ended=told, due_on=due, bound=Bound(contract=True, loan=True, cover=True)
    )
    again = preview_document(
        standing=found, ended=told, due_on=due, bound=Bound(contract=True, loan=True, cover=True)
    )
    assert shown == again
    for part in ("held", "returned", "kept", "undecided", "compensation"):
        assert shown[part] == {
            "amount": getattr(told, part).minor,
            "currency": found.held.currency,
        }
    amounts = {line["code"]: line["amount"] for line in shown["lines"] if line["amount"]}
    assert sum(each["amount"] for each in amounts.values()) == (
        found.held.minor + told.compensation.minor
    )
    for line in shown["lines"]:
        assert not missing_languages(line["text"])
        assert line["text"]["zh-hans"] != line["text"]["en"]
    assert {"contract", "loan", "cover"} <= {line["code"] for line in shown["lines"]}


def test_two_ends_have_one_fingerprint_only_if_they_say_the_same() -> None:
    seen: dict[str, object] = {}
    for market, state, reason in product(("CN", "DE"), CANCELLABLE, BUYER_REASONS[:3]):
        found = standing(market, state)
        shown = preview_document(
            standing=found, ended=ended(found, reason), due_on=TODAY, bound=Bound()
        )
        seen[shown["fingerprint"]] = shown
    assert len(seen) == 2 * len(CANCELLABLE) * 3
    assert set(LANGUAGES) == {"zh-hans", "en"}
