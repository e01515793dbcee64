"""One readable page for an insurance policy: what it covers, what it costs, and every call to its insurer."""

from __future__ import annotations

from typing import Any

from checkout import models as checkout
from cms.desks.pages import audit_of, page_of
from cms.desks.readonly import DeskPage
from kernel.money import Money


class PolicyPage(DeskPage):
    """One policy; the driver's facts are the insurer's business and not shown."""

    template_name = "cms/desks/policy.html"

    def facts(self) -> dict[str, Any]:
        """The policy with its lines, calls and the proofs of its order."""
        row = self.object
        return {
            "policy": row,
            "premium": row.money,
            "refund": None if row.refund is None else Money(row.refund, row.currency),
            "lines": [
                {
                    "names": dict(line.name),
                    "premium": Money(line.premium, row.currency),
                    "refund": None if line.refund is None else Money(line.refund, row.currency),
                }
                for line in row.lines.all()
            ],
            "operations": list(row.operations.all()),
            "proofs": list(row.order.cover_proofs.all()),
            "order_url": page_of(checkout.Order, row.order_id, by="pk"),
            "audit": audit_of(f"order:{row.order.code}"),
        }
