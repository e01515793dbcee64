"""Orders with a paid deposit on the demo catalogue, and changing them the way a buyer does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from checkout.domain.order import State
from checkout.models import Amendment, Order, Payment
from checkout.queries.amending import Preview, preview_amendment
from checkout.services.amending import amend_order
from kernel.money import Money
from tests.factories.ordering import placed, quoted
from tests.factories.shelf import EXAMPLE, NOON
from tests.factories.till import Till

QUIET = EXAMPLE
"""The worked example of the design, with its Quiet Package."""
LOUD = tuple(code for code in EXAMPLE if code != "pkg-quiet")
"""The same without: 10,500.00 less."""
CARE = {"code": "care-plus", "wanted": True}
PLATE = {"code": "plate-service", "wanted": True}
GUEST = "guest"


def reserved(till: Till, *, state: State = State.RESERVED, **quote: Any) -> Order:
    """An order of the worked example, without a loan if not said otherwise, its deposit paid; in `state` as if it had come there."""
    order = Order.objects.get(code=placed(quoted(**{"finance": None, **quote})).order)
    till.clock.now = NOON
    till.paid(order)
    order.refresh_from_db()
    if state is not State.RESERVED:
        order.state = state
        order.save(update_fields=["state"])
    return order


def all_paid(till: Till, **quote: Any) -> Order:
    """The same with the whole price in our hands, the balance beside the deposit."""
    order = reserved(till, state=State.BALANCE_PAID, **quote)
    Payment.objects.create(
        code=f"BAL{order.pk:05}",
        order=order,
        purpose=Payment.Purpose.BALANCE,
        amount=order.price - order.deposit,
        currency=order.currency,
        state=Payment.State.SUCCEEDED,
        provider="sandbox",
        provider_id=f"balance-{order.pk}",
        created_at=NOON,
        settled_at=NOON,
    )
    return order


def preview(order: Order, now: datetime = NOON, **wishes: Any) -> Preview:
    """What the wishes would do."""
    return preview_amendment(order=order.code, wishes=wishes, now=now)


def amend(order: Order, now: datetime = NOON, **wishes: Any) -> Amendment:
    """The change, previewed and agreed to at once; the order is read again."""
    shown = preview(order, now, **wishes)
    made = amend_order(
        order=order.code,
        wishes=wishes,
        fingerprint=shown.fingerprint,
        actor=GUEST,
        now=now,
    )
    order.refresh_from_db()
    return made


def promises(order: Order) -> list[tuple[str, str]]:
    """Every range of days promised so far."""
    return [(str(each.from_on), str(each.until_on)) for each in order.promises.order_by("number")]


def net_of(shown: Preview) -> tuple[str, Money]:
    """The one move of money of a preview."""
    return str(shown.effects.net.kind), shown.effects.net.amount


def yuan(text: str) -> Money:
    """An amount in CNY."""
    return Money.of(text, "CNY")


def codes(document: Any) -> Sequence[str]:
    """The lines of a document's price sheet."""
    return [line["code"] for line in document["price_sheet"]["lines"]]
