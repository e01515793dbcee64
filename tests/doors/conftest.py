"""What the door suites stand on."""

from tests.factories.stripe_world import stripe_world

__all__ = ["stripe_world"]
