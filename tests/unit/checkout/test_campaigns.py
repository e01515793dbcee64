"""Products that live by a campaign, and what a lender leaves to be paid in cash."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from catalog.domain.incentives import CAMPAIGN, NOBODY, Buyer, Incentive, Subject, read_incentives
from checkout.domain.apr import annual_rate
from checkout.domain.campaigns import running_campaign
from checkout.domain.cash_parts import cash_parts, cash_sum
from checkout.domain.finance_words import cash_words, reason_words
from checkout.domain.financing import product_of
from checkout.errors import CampaignNotRunning
from kernel.money import Money
from kernel.text import LANGUAGES
from tests.factories.catalogue import demo_catalogue
from tests.unit.checkout.test_financing import products

OFFERS = read_incentives(demo_catalogue().incentives, "CN")
ZERO = next(one for one in OFFERS if one.kind == CAMPAIGN)
NOVEMBER = date(2026, 11, 22)


def running(
    model: str = "vale",
    *,
    day: date = NOVEMBER,
    buyer: Buyer = NOBODY,
    taken: int = 0,
    offers: tuple[Incentive, ...] = OFFERS,
    product: str = "luyin-24",
) -> Incentive | None:
    subject = Subject(model=model, options=(), lines={}, list_price=15_000_000)
    return running_campaign(
        offers, product=product, subject=subject, day=day, buyer=buyer, taken={ZERO.code: taken}
    )


def test_a_product_of_a_campaign_is_there_while_it_runs() -> None:
    assert running() is ZERO
    assert running(day=ZERO.first_day) is ZERO
    assert running(product="luyin-60") is None


@pytest.mark.parametrize(
    ("model", "day", "reason"),
    [
        ("vale", date(2026, 10, 31), "campaign-not-yet"),
        ("vale", date(2027, 1, 1), "campaign-over"),
        ("haven", NOVEMBER, "campaign-model"),
    ],
)
def test_an_expired_campaign_names_its_days_and_why(model: str, day: date, reason: str) -> None:
    with pytest.raises(CampaignNotRunning) as refused:
        running(model, day=day)
    facts = refused.value.facts
    assert (facts["reason"], facts["campaign"]) == (reason, ZERO.code)
    assert (facts["from"], facts["until"]) == ("2026-11-01", "2027-01-01")
    assert set(reason_words(reason)) == set(LANGUAGES)


def test_a_campaign_gives_way_to_an_offer_that_takes_more_off() -> None:
    with pytest.raises(CampaignNotRunning, match="not-combinable"):
        running(buyer=Buyer(vouchers=("LUJIANG-2026",)))


def test_a_campaign_without_a_place_left_is_over_for_the_product() -> None:
    limited = tuple(replace(one, quota=1) if one is ZERO else one for one in OFFERS)
    with pytest.raises(CampaignNotRunning, match="quota"):
        running(offers=limited, taken=1)


def test_of_several_campaigns_the_one_that_runs_counts_and_else_the_nearest_is_told() -> None:
    later = replace(ZERO, code="later", first_day=date(2027, 3, 1), end=None)
    assert running(offers=(later, *OFFERS)) is ZERO
    with pytest.raises(CampaignNotRunning) as refused:
        running(offers=(later, *OFFERS), day=date(2027, 2, 1))
    assert refused.value.facts["campaign"] == "later"
    assert refused.value.facts["until"] is None


def test_what_a_lender_does_not_name_or_refuses_is_cash() -> None:
    product = product_of(products("CN"), "luyin-60")
    mats, care = Money(90_000, "CNY"), Money(198_000, "CNY")
    parts = cash_parts(product, [("accessory", "acc-mats", mats), ("service", "care-basic", care)])
    assert [(part.kind, part.codes, part.amount) for part in parts] == [
        ("accessory", ("acc-mats",), mats),
        ("service", ("care-basic",), care),
        ("insurance", (), None),
    ]
    assert cash_sum(parts, "CNY") == mats + care
    lease = product_of(products("CN"), "fanying-lease-36")
    assert [part.kind for part in cash_parts(lease, [("accessory", "acc-mats", mats)])] == [
        "service",
        "insurance",
    ]
    assert all(set(cash_words(part.kind)) == set(LANGUAGES) for part in parts)


def test_a_convention_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="monthly-irr"):
        annual_rate(convention="by-thumb", received=100, payments=[101])
