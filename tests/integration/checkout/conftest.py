"""What tests of the checkout stand on."""

from tests.factories.bookkeeping import opened
from tests.factories.stripe_world import stripe_world
from tests.factories.till import till

__all__ = ["opened", "stripe_world", "till"]
