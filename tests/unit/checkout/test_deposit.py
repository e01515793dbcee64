"""Deposits by stage: the tables of docs/rules/deposits.md, the cap, the words and their version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.domain.deposit import KINDS, Deposit, Policy, deposit_for, policy_in_force
from checkout.domain.terms import deposit_json, event_in_words, refund_rows, terms_of
from checkout.errors import NoDepositPolicy
from kernel.money import Money
from kernel.text import LANGUAGES, missing_languages
from tests.factories.catalogue import demo_catalogue
from tests.factories.rules import rule_table

TODAY = date(2026, 11, 22)


def policy(market: str = "CN", day: date = TODAY) -> Policy:
    catalogue = demo_catalogue()
    return policy_in_force(
        policies=catalogue.deposit_policies,
        market=market,
        currency=catalogue.markets[market].currency,
        day=day,
    )


def deposit(market: str = "CN", model: str = "haven", price: str = "395300.00") -> Deposit:
    found = policy(market)
    return deposit_for(policy=found, model=model, price=Money.of(price, found.currency))


@pytest.mark.parametrize(
    "row",
    rule_table("deposits", "Returned by stage"),
    ids=lambda r: f"{r['policy']}-{r['price']}-{r['stage']}",
)
def test_every_stage_of_the_rules_returns_its_sum(row: dict[str, str]) -> None:
    found = deposit("CN" if row["policy"].startswith("cn") else "DE", row["model"], row["price"])
    stage = next(s for s in found.policy.stages if s.code == row["stage"])
    assert {
        "buyer cancels": str(found.returned(stage).decimal),
        "in the cooling-off hours": str(found.returned(stage, cooling_off=True).decimal),
        "seller fails": str(found.on_breach(stage).decimal),
    } == {key: row[key] for key in ("buyer cancels", "in the cooling-off hours", "seller fails")}


def test_the_refund_table_reads_as_in_the_rules() -> None:
    shown = [
        {
            "when": row.when["en"],
            "什么时候": row.when["zh-hans"],
            "kind": row.kind,
            "returned": str(row.returned.decimal),
        }
        for row in refund_rows(deposit())
    ]
    assert shown == rule_table(
        "deposits", "The refund table as the buyer reads it (cn-standard, haven)"
    )


def test_the_last_row_is_the_sellers_own_breach() -> None:
    assert [row.by for row in refund_rows(deposit())] == ["buyer", "buyer", "buyer", "seller"]


def test_where_a_breach_only_returns_the_deposit_no_row_boasts_of_it() -> None:
    assert {row.by for row in refund_rows(deposit("DE", price="79990"))} == {"buyer"}


def test_an_advance_and_a_legal_deposit_are_never_called_the_same() -> None:
    for language in LANGUAGES:
        assert len({text[language] for text in KINDS.values()}) == len(KINDS)
    found = deposit()
    assert found.kind == "dingjin-refundable"
    assert KINDS[found.kind]["zh-hans"] == "订金"


def test_the_terms_say_everything_in_both_languages() -> None:
    for market in ("CN", "DE"):
        terms = terms_of(deposit(market, price="80000"))
        assert missing_languages(terms.title) == []
        assert all(missing_languages(clause.text) == [] for clause in terms.clauses)
        codes = [clause.code for clause in terms.clauses]
        assert {"amount", "hold", "lock", "balance", "price", "refund"} <= set(codes)
        assert len(codes) == len(set(codes))


def test_the_terms_name_the_sum_and_the_cap_of_this_very_order() -> None:
    clauses = {clause.code: clause.text for clause in terms_of(deposit()).clauses}
    assert "¥5,000.00" in clauses["amount"]["en"]
    assert "¥79,060.00" in clauses["cap"]["zh-hans"]
    assert "¥10,000.00" in clauses["refund-4"]["zh-hans"]


def test_the_version_names_policy_and_day_and_changes_with_the_words() -> None:
    version = terms_of(deposit()).version
    assert version.startswith("cn-standard.20260901.")
    assert version == terms_of(deposit()).version
    dearer = replace(policy(), amounts={"haven": 600000})
    other = deposit_for(policy=dearer, model="haven", price=Money.of("395300", "CNY"))
    assert terms_of(other).version != version


def test_the_latest_policy_in_force_is_taken() -> None:
    rows = [
        {**row, "code": "cn-later", "valid_from": "2027-01-01"}
        for row in demo_catalogue().deposit_policies
        if row["market"] == "CN"
    ]
    both = [*demo_catalogue().deposit_policies, *rows]
    codes = [
        policy_in_force(policies=both, market="CN", currency="CNY", day=day).code
        for day in (TODAY, date(2027, 1, 1))
    ]
    assert codes == ["cn-standard", "cn-later"]


def test_without_a_policy_in_force_nothing_can_be_sold() -> None:
    with pytest.raises(NoDepositPolicy):
        policy("CN", date(2026, 8, 31))
    with pytest.raises(NoDepositPolicy):
        deposit(model="raven")


def test_a_policy_may_name_its_own_days_for_refunds() -> None:
    row = {**demo_catalogue().deposit_policies[0], "refund_days": 3}
    found = policy_in_force(policies=[row], market="CN", currency="CNY", day=TODAY)
    assert found.refund_days == 3
    assert policy().refund_days == 7


def test_events_of_the_order_have_words_and_days_may_follow_them() -> None:
    assert event_in_words("handover")["zh-hans"] == "交车"
    assert event_in_words("handover+14d")["en"] == "14 days after handover"
    assert event_in_words("moon")["en"] == "moon"


def test_the_document_lists_stages_with_their_sums_and_the_table_in_words() -> None:
    document = deposit_json(deposit())
    assert document["amount"] == {"amount": 500000, "currency": "CNY"}
    assert [stage["amount"]["amount"] for stage in document["stages"]] == [500000, 0, 0, 0]
    assert [row["returned"]["amount"] for row in document["in_words"]] == [
        500000,
        500000,
        0,
        1000000,
    ]
    assert document["cap"]["amount"]["amount"] == 7906000
    assert deposit_json(deposit("DE", price="79990"))["cap"] is None


@given(
    st.integers(min_value=1, max_value=10**8),
    st.integers(min_value=1, max_value=10**8),
    st.decimals(min_value=0, max_value=1, places=2),
)
def test_a_buyer_never_loses_more_than_the_legal_part(
    amount: int, price: int, share: Decimal
) -> None:
    row = replace(policy(), amounts={"haven": amount})
    stages = tuple(replace(stage, refundable_share=share) for stage in row.stages)
    found = deposit_for(
        policy=replace(row, stages=stages), model="haven", price=Money(price, "CNY")
    )
    assert found.legal.minor <= price // 5 or found.legal == found.amount
    assert found.legal.minor * 5 <= price
    for stage in found.policy.stages:
        lost = found.amount - found.returned(stage)
        assert Money.zero("CNY") <= lost
        if stage.kind == "dingjin-legal":
            assert lost <= found.legal
            assert found.on_breach(stage) == found.amount + found.legal
