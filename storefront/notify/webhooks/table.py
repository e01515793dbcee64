"""Which events go out under which kind, and the few facts that are told: no personal data, one row a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog import events as catalog
from checkout import events as checkout
from contracts import events as contracts

KIND_OF: Mapping[type, str] = {
    checkout.OrderPlaced: "order.placed",
    checkout.DepositPaid: "order.deposit_paid",
    checkout.OrderLocked: "order.locked",
    checkout.OrderAmended: "order.amended",
    checkout.OrderCancelled: "order.cancelled",
    checkout.OrderWithdrawn: "order.cancelled",
    checkout.OrderExpired: "order.cancelled",
    contracts.ContractIssued: "contract.issued",
    contracts.ContractAccepted: "contract.signed",
    contracts.ContractSigned: "contract.signed",
    checkout.PromiseChanged: "delivery.promise_changed",
    checkout.OrderHandedOver: "order.handed_over",
    catalog.ReleasePublished: "release.published",
    catalog.ReleaseRolledBack: "release.published",
    catalog.StockChanged: "stock.changed",
}
"""Every event that is told. A contract is accepted by a click where the shop signs nothing; both are `contract.signed`."""

HOW: Mapping[type, str] = {
    checkout.OrderCancelled: "cancelled",
    checkout.OrderWithdrawn: "withdrawn",
    checkout.OrderExpired: "expired",
    contracts.ContractAccepted: "accepted",
    contracts.ContractSigned: "signed",
    catalog.ReleasePublished: "published",
    catalog.ReleaseRolledBack: "rolled_back",
}
"""What happened, where one kind stands for several events."""

KINDS: tuple[str, ...] = tuple(dict.fromkeys(KIND_OF.values()))
EVENTS: tuple[str, ...] = tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in KIND_OF)

_LINKS: Mapping[str, str] = {
    "order": "/orders/{code}",
    "contract": "/orders/{code}/contract",
    "delivery": "/orders/{code}",
    "release": "/models",
    "stock": "/stock/{code}",
}


def body_of(event: Any, *, event_id: str, api: str) -> dict[str, str]:
    """What is told about `event`: id, kind, moment, code and where to ask the API at `api` for more.

    Raises KeyError for an event that is not in the table.
    """
    kind = KIND_OF[type(event)]
    family = kind.partition(".")[0]
    named = {"release": "release", "stock": "vin"}.get(family, "order")
    code = str(getattr(event, named))
    link = _LINKS[family] if code else "/stock"
    told = {
        "id": event_id,
        "kind": kind,
        "at": event.at.isoformat().replace("+00:00", "Z"),
        named: code,
        "link": api + link.replace("{code}", code),
    }
    if hasattr(event, "contract"):
        told["contract"] = event.contract
    if type(event) in HOW:
        told["how"] = HOW[type(event)]
    return told
