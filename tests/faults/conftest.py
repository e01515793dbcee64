"""What the fault tests stand on."""

from tests.factories.stripe_world import stripe_world

__all__ = ["stripe_world"]
