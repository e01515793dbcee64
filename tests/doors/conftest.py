"""The vendors behind the doors: each driver plays the buyer and the vendor's messages, for tests only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.factories.stripe_world import MEND, StripeWorld, find_stripe_world


@pytest.fixture(scope="session")
def stripe_world() -> Iterator[StripeWorld]:
    """One stand-in for the session of this worker."""
    script = find_stripe_world()
    if script is None:
        missing("Stripe stand-in", MEND)
        raise AssertionError("unreachable")
    world = StripeWorld(script).start()
    yield world
    world.stop()
