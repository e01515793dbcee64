"""The tie-out finds every breakage, names it by its class, and finds nothing where nothing is broken."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.domain.exceptions import KINDS
from checkout.domain.tie_out import World, findings
from kernel.text import LANGUAGES
from tests.factories.rulebook import table
from tests.factories.tied_out import BREAKAGES, NOW, TODAY, tied


def named(world: World) -> set[tuple[str, str]]:
    """Class and key of every finding."""
    return {(found.kind, found.key) for found in findings(world)}


@pytest.mark.parametrize("seed", range(12))
def test_a_world_that_ties_out_has_no_exceptions(seed: int) -> None:
    assert findings(tied(orders=60, seed=seed)) == ()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", sorted(BREAKAGES))
def test_a_breakage_is_listed_and_nothing_else_is(kind: str, seed: int) -> None:
    world, expected = BREAKAGES[kind](tied(seed=seed), random.Random(seed))
    assert named(world) == expected
    assert any(found == kind for found, _ in expected)


def test_every_class_can_be_brought_about() -> None:
    assert set(BREAKAGES) == set(KINDS)


def test_many_breakages_at_once_are_all_listed() -> None:
    luck = random.Random(3)
    world, expected = tied(orders=400, seed=3), set()
    for kind in ("E03", "E08", "E09", "E11", "E12", "E14", "E16", "E17", "E19"):
        world, told = BREAKAGES[kind](world, luck)
        expected |= told
    assert named(world) == expected


@pytest.mark.parametrize(
    "row", table("reconciliation.md", "exceptions"), ids=lambda row: row["class"]
)
def test_a_class_is_as_the_table_says(row: dict[str, str]) -> None:
    kind = KINDS[row["class"]]
    assert (kind.owner, "yes" if kind.blocks else "no") == (row["owner"], row["blocks the close"])
    assert kind.name["en"] == row["what it is"]
    assert all(text[language] for text in (kind.name, kind.mend) for language in LANGUAGES)


def test_the_table_has_every_class() -> None:
    assert [row["class"] for row in table("reconciliation.md", "exceptions")] == list(KINDS)


def test_what_is_only_young_is_no_exception() -> None:
    world = tied(seed=2)
    young = replace(
        world.payments[0], provider_id="pi_new", code="PN", settled_at=NOW - timedelta(minutes=59)
    )
    call = replace(
        world.calls[0],
        state="sent",
        kind="create",
        key="new",
        created_at=NOW - timedelta(minutes=59),
    )
    payout = replace(
        world.payouts[0], code="po_new", at_bank=False, arrives_on=TODAY - timedelta(days=7)
    )
    nothing = replace(payout, amount=payout.amount - payout.amount)
    young = replace(young, order="C26-YOUNG", refunded=young.amount)
    world = replace(
        world,
        payments=(*world.payments, young),
        calls=(*world.calls, call),
        payouts=(*world.payouts, nothing),
    )
    assert findings(world) == ()


def test_a_failed_refund_that_was_paid_by_transfer_is_settled() -> None:
    world, _ = BREAKAGES["E08"](tied(), random.Random(0))
    calls = [replace(call, settled_otherwise=True) for call in world.calls]
    assert findings(replace(world, calls=calls)) == ()


def test_a_payout_that_the_vendor_took_back_is_neither_short_nor_late() -> None:
    world, _ = BREAKAGES["E11"](tied(), random.Random(0))
    failed = [replace(payout, failed=True) for payout in world.payouts]
    assert findings(replace(world, payouts=failed)) == ()


def test_a_window_that_closes_matters_only_while_something_may_go_back() -> None:
    world, _ = BREAKAGES["E20"](tied(), random.Random(0))
    over = [replace(row, wanted=False) for row in world.payments]
    assert findings(replace(world, payments=over)) == ()
