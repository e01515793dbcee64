"""Everything about one order on a page: its axes, car, price, buyer, money, contract, delivery, and the moves it allows."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from checkout import models as checkout
from checkout.domain.buyer import address_line
from checkout.queries.insurance import gate_of
from checkout.queries.ledger import entries
from checkout.queries.withdrawals import withdrawal_receipt, withdrawal_section
from cms.desks.orders.moves import offered
from cms.desks.orders.standing import Standing, standing_of
from cms.desks.orders.views import actor_of
from cms.desks.pages import audit_of, fee_of, folded, page_of, pdf_address, vehicle_page
from cms.desks.readonly import DeskPage
from contracts.models import Contract
from contracts.queries import contract_of_order
from kernel.money import Money


class OrderPage(DeskPage):
    """One order with all its axes; money and contract for those who may see them, moves for those who may make them."""

    template_name = "cms/desks/orders/page.html"

    def facts(self) -> dict[str, Any]:
        """The facts of checkout and contracts, and the moves."""
        on = standing_of(
            self.object, actor=actor_of(self.request), may=self.may, now=timezone.now()
        )
        found = on.facts
        contract = contract_of_order(found.code) if self.may("contracts.view_contract") else None
        subjects = [f"order:{found.code}"] + ([f"contract:{contract.number}"] if contract else [])
        moves = offered(on)
        return {
            "order": found,
            "row": on.row,
            "standing": on,
            "zone": str(on.zone),
            "moves": [move for move in moves if not move.grave],
            "grave_moves": [move for move in moves if move.grave],
            "document": found.document,
            "sheet": folded(found.document["price_sheet"]),
            "address": address_line(found.buyer.address),
            "contract": contract,
            "contract_url": page_of(Contract, contract.number, by="number") if contract else "",
            "pdf_url": pdf_address(contract) if contract else "",
            "quote_url": page_of(checkout.Quote, found.quote),
            "vehicle_url": vehicle_page(self.object.vin),
            "payments": self._payments() if self.may("checkout.view_payment") else (),
            "entries": entries(order=found.code) if self.may("checkout.view_ledgerentry") else (),
            "audit": audit_of(*subjects),
            "amendments": found.amendments.get("history", ()),
            **self._axes(on),
        }

    def _axes(self, on: Standing) -> dict[str, Any]:
        """What hangs on the order: cover, loan, delivery, disputes, compensations, withdrawal."""
        row = on.row
        told = {"order-disputed", "order-resumed"}
        return {
            "delivery": on.delivery,
            "gate": gate_of(row, now=on.now),
            "policies": [
                {"row": policy, "url": page_of(checkout.InsurancePolicy, policy.pk, by="pk")}
                for policy in row.policies.order_by("-pk")
            ]
            if self.may("checkout.view_insurancepolicy")
            else (),
            "loan": on.loan if self.may("checkout.view_financeapplication") else None,
            "loan_money": Money(on.loan.amount, on.loan.currency) if on.loan else None,
            "compensations": list(row.compensations.all())
            if self.may("checkout.view_payment")
            else (),
            "disputes": [event for event in on.facts.events if event.kind in told],
            "withdrawal": withdrawal_section(on.facts, on.now),
            "receipt": withdrawal_receipt(row.code),
        }

    def _payments(self) -> list[dict[str, Any]]:
        return [
            {"row": row, "url": reverse("desk_payment:inspect", args=[row.pk]), "money": row.money,
             "fee": fee_of(row), "refunded": Money(row.refunded, row.currency)}
            for row in self.object.payments.order_by("pk")
        ]  # fmt: skip
