"""Runs the storm, reads ten thousand bank lines and looks for seeded breakages; prints what it found as JSON."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from checkout.domain.tie_out import findings  # noqa: E402
from checkout.services.bank_import import read_file, store_file  # noqa: E402
from checkout.services.bank_reading import match_open  # noqa: E402
from tests.factories.bank_lines import month  # noqa: E402
from tests.factories.bank_shop import file_of, stocked, wrongly_settled  # noqa: E402
from tests.factories.gateways import StripeDriver  # noqa: E402
from tests.factories.money_breakages import seeded  # noqa: E402
from tests.factories.payable import NOON  # noqa: E402
from tests.factories.stripe_world import MEND, StripeWorld, find_stripe_world  # noqa: E402
from tests.factories.tied_out import BREAKAGES, tied  # noqa: E402
from tests.support.crashing import undone  # noqa: E402
from tests.support.processes import Processes  # noqa: E402
from tests.support.relay import Weather  # noqa: E402
from tests.support.storm import CURRENCIES, Size, Storm  # noqa: E402
from tests.support.tying import compare  # noqa: E402

SIZE = Size(orders=1_500, kills=5)
WEATHER = Weather(duplicate=0.6, hostile=0.07, delay=6.0)
LINES = 10_000
SEEDS = 5
"""Of each of the twenty classes, beside every way to break a shop's tables."""


def storm(folder: Path) -> dict[str, Any]:
    """The storm at full size, and what does not tie out after it."""
    script = find_stripe_world()
    if script is None:
        raise SystemExit(f"the Stripe stand-in is missing: {MEND}")
    world = StripeWorld(script).start()
    driver = StripeDriver(world.account())
    house = Processes(
        folder, "tests.faults.storm_settings", environment={"STORM_STRIPE": driver.account}
    )
    try:
        outcome = Storm(house, driver, size=SIZE, weather=WEATHER, seed=20_261_122).run()
        house.stop()
        found = compare(driver, CURRENCIES)
    finally:
        house.stop()
        world.stop()
    told = outcome.told
    if not found.none:
        print(found, file=sys.stderr)
    return {
        "p95_ms": told.p95_ms,
        "drain_s": outcome.drain_s,
        "deliveries": told.deliveries,
        "duplicates": told.duplicates / told.deliveries,
        "hostile": told.hostile.total() / told.deliveries,
        "kills": len(outcome.killed),
        "ledger_minus_stripe": found.minor,
        "double_moves": len(found.double_charges) + len(found.double_refunds),
        "hostile_accepted": found.hostile + len(told.hostile_accepted),
        "state_differences": len(found.states)
        + len(found.unposted)
        + len(found.posted_for_nothing),
    }


def bank_lines() -> dict[str, Any]:
    """How long a file of ten thousand damaged lines takes to be stored, read, booked and settled, and what was settled wrong."""
    found = month(lines=LINES)
    stocked(found)
    content = file_of(found)
    began = time.perf_counter()
    file, _ = store_file(name="month.csv", content=content, actor="staff:1", now=NOON)
    read_file(file=file.pk, now=NOON)
    settled = match_open(now=NOON)
    took = time.perf_counter() - began
    wrong = wrongly_settled(found)
    if wrong or not settled:
        print(settled, wrong, file=sys.stderr)
    return {"bank_lines_s": took, "wrong_auto_matches": len(wrong) if settled else LINES}


def breakages() -> dict[str, Any]:
    """Breakages that were not listed just as they were made: by class and key, nothing more and nothing less.

    In worlds handed to the tie-out, and by its run over the tables of a shop; what is mended must be settled, too.
    """
    missed = 0
    for seed in range(SEEDS):
        for make in BREAKAGES.values():
            world, expected = make(tied(seed=seed), random.Random(seed))
            missed += {(found.kind, found.key) for found in findings(world)} != expected
    with undone():
        found = seeded(seed=1)
    wrong = [*found.missed, *found.false, *found.stayed]
    if wrong:
        print(wrong, file=sys.stderr)
    return {"breakages_missed": missed + len(wrong), "breakages": found.broken}


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    # First the breakages: their shop ties out only where nothing else is in the tables.
    print(json.dumps(breakages() | storm(Path(sys.argv[1])) | bank_lines()))
