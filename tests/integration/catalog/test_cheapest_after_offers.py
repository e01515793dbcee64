"""Cheapest means by the price that the buyer sees: offers turn the order between cars, and totals agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.domain.configuration.configurator import Change
from catalog.domain.incentives import Buyer
from catalog.errors import NoCarInBudget
from catalog.queries.completing import complete
from catalog.queries.configuring import evaluate, shop
from kernel.money import Money
from tests.factories.shelf import NOON, forget, put_on_sale

pytestmark = pytest.mark.django_db
Document = dict[str, Any]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forget()
    yield
    forget()


def offers(*rows: dict[str, Any]) -> Callable[[Document], None]:
    """These offers on the haven in mainland China, stackable unless they say otherwise."""

    def change(document: Document) -> None:
        for place, row in enumerate(rows):
            name = {"zh-hans": f"优惠{place}", "en": f"Offer {place}"}
            usual = {"code": f"offer-{place}", "market": "CN", "from": "2026-11-01", "stack": True}
            document["incentives"].append(usual | {"name": name} | row)

    return change


def off_cars_with(option: str, yuan: int, **said: Any) -> dict[str, Any]:
    return {"kind": "price_bonus", "models": {"haven": yuan * 100}, "option": option, **said}


def off_the_price_of(option: str, yuan: int, **said: Any) -> dict[str, Any]:
    bonus = {"kind": "option_bonus", "models": ["haven"], "option": option, "amount": yuan * 100}
    return bonus | said


def cheapest(*choices: str) -> tuple[set[str], Money]:
    found = complete(model="haven", market="CN", choices=choices, now=NOON)
    return set(found.car.atoms), found.sheet.total


def test_the_cheapest_car_is_the_one_that_an_offer_makes_cheapest() -> None:
    put_on_sale()
    plain, before = cheapest()
    assert "paint-ink" not in plain
    put_on_sale(offers(off_cars_with("paint-ink", 20_000)))
    found, after = cheapest()
    assert "paint-ink" in found
    assert after < before


def test_of_offers_that_exclude_each_other_the_better_one_decides() -> None:
    put_on_sale(
        offers(
            off_cars_with("paint-ink", 20_000, stack=False),
            off_cars_with("paint-clearing", 30_000, stack=False),
            {"kind": "price_bonus", "models": {"haven": 1_000_000}, "stack": False},
        )
    )
    found, total = cheapest()
    assert "paint-clearing" in found
    others = [cheapest(paint)[1] for paint in ("paint-ink", "paint-clearing", "paint-silk")]
    assert total == min(others)


def test_the_additions_of_a_click_are_the_cheapest_after_offers() -> None:
    put_on_sale()
    asked: dict[str, Any] = {
        "model": "haven",
        "market": "CN",
        "choices": ["trim:voyage"],
        "change": Change("com-tea"),
        "now": NOON,
    }
    before = evaluate(**asked)
    added = {one.code for one in before.adds}
    dearest = max(added, key=lambda code: before.prices[code].minor)
    put_on_sale(offers(off_the_price_of(dearest, 100_000)))
    after = evaluate(**asked)
    assert after.outcome == before.outcome == "adjusted"
    assert after.after is not None
    assert before.after is not None
    assert after.after.total <= before.after.total - before.prices[dearest]


def test_repairs_stand_in_the_order_of_the_totals_they_show() -> None:
    asked: dict[str, Any] = {"model": "haven", "market": "CN", "now": NOON}
    click = {"choices": ["trim:zenith", "int-silk", "com-fridge"], "change": Change("acc-mats")}
    put_on_sale(
        offers(
            off_cars_with("int-cream", 9_000, stack=False),
            off_the_price_of("acc-umbrella", 50_000),
            off_cars_with("com-tea", 4_000),
        )
    )
    for blocked in (click, *_blocked()):
        answer = evaluate(**asked, **blocked)
        totals = [repair.total.minor for repair in answer.repairs]
        assert totals == sorted(totals)


def _blocked() -> list[dict[str, Any]]:
    place = shop(model="haven", market="CN", now=NOON)
    found: list[dict[str, Any]] = []
    for trim in ("calm", "voyage", "zenith"):
        for code, status in place.configurator.statuses([f"trim:{trim}", "int-silk"]).items():
            if status.status == "excluded" and len(found) < 12:
                found.append({"choices": [f"trim:{trim}", "int-silk"], "change": Change(code)})
    return found


def test_a_budget_is_what_the_buyer_pays() -> None:
    put_on_sale()
    listed = cheapest()[1]
    put_on_sale(
        offers({"kind": "price_bonus", "models": {"haven": 500_000}}, off_cars_with("paint-ink", 1))
    )
    total = cheapest()[1]
    assert total == listed - Money(500_000, "CNY")
    asked: dict[str, Any] = {"model": "haven", "market": "CN", "choices": [], "now": NOON}
    assert complete(**asked, budget=total).sheet.total == total
    with pytest.raises(NoCarInBudget) as refused:
        complete(**asked, budget=total - Money(1, "CNY"))
    assert refused.value.facts["cheapest"] == {"amount": total.minor, "currency": "CNY"}


def test_prices_after_offers_are_the_totals_of_the_price_sheet_for_every_buyer() -> None:
    put_on_sale(offers(off_cars_with("paint-ink", 20_000), off_the_price_of("com-tea", 3_000)))
    for market in ("CN", "DE"):
        buyer = Buyer(proofs=frozenset({"trade-in-proof"}))
        place = shop(model="haven", market=market, buyer=buyer, now=NOON)
        for choices in (["trim:voyage", "paint-ink"], ["trim:zenith", "com-tea"]):
            car = place.offered(place.plan.close(choices))
            assert place.net(car) + place.pricer.fee == place.sheet(car).total.minor
