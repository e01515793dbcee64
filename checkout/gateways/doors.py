"""Every open payment door at once: payments of one order may have been begun at several."""

from __future__ import annotations

from collections.abc import Iterator

from checkout.gateways.ports import PaymentGateway


class Doors:
    """The open doors by their vendors' names, the main one first."""

    def __init__(self, main: PaymentGateway, *others: PaymentGateway) -> None:
        self.main = main
        self._open = {door.provider: door for door in (main, *others)}

    def of(self, provider: str) -> PaymentGateway | None:
        """The door to the vendor of that name, the main one for an empty name; None where it is not open."""
        return self._open.get(provider) if provider else self.main

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the vendors whose doors are open."""
        return tuple(self._open)

    def __iter__(self) -> Iterator[PaymentGateway]:
        return iter(self._open.values())


def every(gateway: PaymentGateway | Doors) -> Doors:
    """The doors as such, of one door as of many."""
    return gateway if isinstance(gateway, Doors) else Doors(gateway)
