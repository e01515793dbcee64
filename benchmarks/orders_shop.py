"""Prints, as JSON, what the page of an order and its moves ask of the database, and what an amendment's preview takes.

A shop in a fresh database, run by `benchmarks.orders` with the database's address in its environment.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from benchmarks.measuring import timed  # noqa: E402
from checkout.domain.order import State  # noqa: E402
from checkout.models import Order  # noqa: E402
from checkout.queries.amending import preview_amendment  # noqa: E402
from kernel.crypto import token_digest  # noqa: E402
from tests.factories.gateways import Clock, sandbox  # noqa: E402
from tests.factories.living import VIN, Life, living  # noqa: E402
from tests.factories.shelf import EXAMPLE, NOON, put_on_sale  # noqa: E402
from tests.factories.till import Till  # noqa: E402

PREVIEWS, WARM = 60, 10
NAMES: dict[str, str | None] = {}
"""The vendor's names of the payments of the order that is bought now, by purpose."""
OTHER = tuple("paint-ink" if choice == "paint-clearing" else choice for choice in EXAMPLE)
"""The worked example in another colour."""


class Counted:
    """Statements by name, the most of every time; transaction statements included."""

    def __init__(self) -> None:
        self.most: dict[str, int] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what happens within under `name`."""
        with CaptureQueriesContext(connection) as seen:
            yield
        self.most[name] = max(self.most.get(name, 0), len(seen))

    def worst(self) -> int:
        """The most statements of any name."""
        return max(self.most.values())


def token_of(life: Life) -> str:
    """The token of that order's buyer."""
    return f"token-of-{life.code}"


def look(life: Life, pages: Counted) -> None:
    """The buyer opens the page of the order."""
    with pages.of(life.state):
        answer = Client().get(
            f"/api/v1/orders/{life.code}", headers={"X-Order-Token": token_of(life)}
        )
    if answer.status_code != 200:
        raise SystemExit(f"{answer.status_code} {answer.content[:500]!r}")


def bought(life: Life, moves: Counted, pages: Counted, vin: str | None) -> None:
    """Every step from the deposit to the key, each counted, with a look at the page after it."""
    steps: list[tuple[str, Callable[[], object]]] = [
        ("receive_deposit", lambda: settle(life, "deposit")),
        ("lock", life.lock),
        ("allocate", lambda: life.allocate(vin)),
        ("dispatch", life.dispatch),
        ("make_ready", life.ready),
        ("pay_balance", lambda: settle(life, "balance")),
        ("hand_over", life.hand_over),
    ]
    before = {
        "receive_deposit": lambda: begin(life, "deposit"),
        "lock": life.accept,
        "pay_balance": lambda: begin(life, "balance"),
        "hand_over": life.prove_cover,
    }
    look(life, pages)
    for name, step in steps:
        before.get(name, lambda: None)()
        NAMES.update(life.order.payments.values_list("purpose", "provider_id"))
        with moves.of(name):
            step()
        look(life, pages)


def begin(life: Life, purpose: str) -> None:
    """The buyer pays at the vendor; nobody here has heard of it."""
    life.till.start(life.order, purpose=purpose)
    life.till.driver.pay(provider_id(life, purpose))


def settle(life: Life, purpose: str) -> None:
    """The vendor's answer is applied."""
    life.till.settle(str(NAMES[purpose]))


def provider_id(life: Life, purpose: str) -> str:
    """The vendor's name of the payment."""
    return str(life.order.payments.get(purpose=purpose).provider_id)


def preview_ms(life: Life) -> float:
    """CPU milliseconds of one preview of another colour: the median."""

    def preview(_: int) -> object:
        wishes = {"choices": list(OTHER)}
        return preview_amendment(order=life.code, wishes=wishes, now=life.now)

    timed(preview, range(WARM))
    return timed(preview, range(PREVIEWS)).median


def guests(life: Life) -> Life:
    """The same order with a token that is known here."""
    Order.objects.filter(pk=life.order.pk).update(token_digest=token_digest(token_of(life)))
    life.order.refresh_from_db()
    return life


def main() -> None:
    """Put the demo on sale, buy a car from stock and one that is given a VIN, and measure on the way."""
    settings.RELEASE_POLL_SECONDS = 60.0
    call_command("migrate", verbosity=0)
    put_on_sale()
    moves, pages = Counted(), Counted()
    with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder:
        clock = Clock(NOON)
        till = Till(sandbox(Path(folder), clock), clock, [])
        for stock in (True, True, False):
            life = guests(living(till, stock=stock, policy=None))
            bought(life, moves, pages, vin=None if stock else VIN)
            if stock and not moves.most.get("warm"):
                # The first one fills the caches of the process; what counts is the next.
                moves.most, pages.most = {"warm": 1}, {}
        print(json.dumps({"moves": moves.most, "pages": pages.most}), file=sys.stderr)
        preview = preview_ms(living(till, State.RESERVED, stock=False, policy=None))
    told = {"moves": moves.most, "pages": pages.most}
    found = {"page_sql": pages.worst(), "move_sql": moves.worst(), "amend_preview_ms": preview}
    print(json.dumps(found | told))


if __name__ == "__main__":
    main()
