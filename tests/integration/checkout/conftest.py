"""What tests of the checkout stand on."""

from tests.factories.till import till

__all__ = ["till"]
