"""One readable page for a contract, a payment, a car in stock, a quote, a ledger entry, a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from catalog.domain.stock import Hold, free_at, status_of
from catalog.models import Reservation, StockVehicle
from checkout import models as checkout
from checkout.domain.ledger import ACCOUNTS
from checkout.errors import CheckoutError
from checkout.queries.ledger import entries
from checkout.queries.quotes import quote as quote_facts
from cms.desks.readonly import DeskPage
from cms.tables import readable
from contracts.archive import open_archive
from contracts.domain.states import State
from contracts.errors import ArchiveError, ContractError
from contracts.models import Contract
from contracts.queries import history as contract_history
from contracts.services.archiving import read_pdf
from contracts.services.cases import export_case
from contracts.services.drafting import draft_contract
from contracts.tasks import seal_contract
from kernel.models import AuditEntry
from kernel.money import Money

PLAIN = frozenset({"standard", "included"})
"""Lines of a price sheet that cost nothing by themselves and stand folded away."""


def page_of(model: type[Model], value: Any, by: str = "code") -> str:
    """The address of the page of the row whose field `by` is `value`; an empty string where there is none."""
    found = model._default_manager.filter(**{by: value}).values_list("pk", flat=True).first()
    return "" if found is None else reverse(f"desk_{model._meta.model_name}:inspect", args=[found])


def folded(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """A price sheet for reading: what is paid for in lines, what is standard in one fold."""
    lines = list(sheet.get("lines", ()))
    plain = [line for line in lines if line["kind"] in PLAIN and not line["amount"]["amount"]]
    return {
        "priced": [line for line in lines if line not in plain],
        "plain": plain,
        "total": sheet.get("total"),
        "vat": sheet.get("vat"),
        "price_book": sheet.get("price_book", ""),
    }


def audit_of(*subjects: str) -> list[dict[str, Any]]:
    """The audit chain about these subjects, oldest first."""
    return [
        {"at": entry.at, "action": entry.action, "actor": entry.actor, "hash": entry.hash}
        for entry in AuditEntry.objects.filter(subject__in=subjects).order_by("seq")
    ]


class ContractPage(DeskPage):
    """One contract: where it stands, what it is called by, what happened, and its PDF."""

    template_name = "cms/desks/contract.html"

    def facts(self) -> dict[str, Any]:
        """The row, its history and its audit."""
        row = self.object
        return {
            "contract": row,
            "history": contract_history(row.number),
            "order_url": page_of(checkout.Order, row.order),
            "pdf_url": pdf_address(row),
            "newer_url": page_of(Contract, row.superseded_by_id, by="pk")
            if row.superseded_by_id
            else "",
            "audit": audit_of(f"contract:{row.number}"),
            "signatures": row.signatures.select_related("code"),
            "files": row.files.all(),
            "may_seal": self.may("contracts.seal_contract"),
            "may_export": self.may("contracts.export_contract"),
        }


class PaymentPage(DeskPage):
    """One payment: every call to the provider, every message from it, every entry in the ledger."""

    template_name = "cms/desks/payment.html"

    def get_page_title(self) -> str:
        """The payment's code."""
        return str(self.object.code)

    def facts(self) -> dict[str, Any]:
        """The payment with its operations and messages; its ledger entries for those who may see them."""
        row = self.object
        operations = list(row.operations.all())
        keys = {f"bt:{row.balance_transaction}"} | {f"rf:{o.key}" for o in operations}
        found = checkout.WebhookMessage.objects.filter(object_id=row.provider_id or "-")
        booked = entries(order=row.order.code) if self.may("checkout.view_ledgerentry") else ()
        return {
            "payment": row,
            "money": row.money,
            "refunded": Money(row.refunded, row.currency),
            "fee": fee_of(row),
            "operations": [
                {"row": o, "amount": Money(o.amount, row.currency) if o.amount else None}
                for o in operations
            ],
            "received": found if self.may("checkout.view_webhookmessage") else (),
            "entries": [e for e in booked if e.key in keys or e.kind.startswith("refund")],
            "order_url": page_of(checkout.Order, row.order_id, by="pk"),
        }


class VehiclePage(DeskPage):
    """One car in stock: its frozen build and price, where it is, and who holds it."""

    template_name = "cms/desks/vehicle.html"

    def facts(self) -> dict[str, Any]:
        """The car with its price sheet and every reservation so far."""
        row, now = self.object, timezone.now()
        held = Reservation.objects.filter(vehicle=row, live=True).first()
        hold = Hold(held.holder, held.until) if held else None
        return {
            "vehicle": row,
            "trim": next((x for x in row.model.trims.all() if x.code == row.trim), row.trim),
            "year": row.model.model_years.filter(code=row.model_year).first(),
            "sheet": folded(row.price_sheet),
            "price": Money(row.price, row.currency),
            "list_price": Money(row.list_price, row.currency),
            "status": status_of(row.status, hold, now),
            "free_at": free_at(row.status, hold, now),
            "reservations": [
                {"row": r, "url": page_of(checkout.Order, r.holder)} for r in row.reservations.all()
            ],
        }


class QuotePage(DeskPage):
    """One quote: what was promised, until when, and what became of it."""

    template_name = "cms/desks/quote.html"

    def facts(self) -> dict[str, Any]:
        """The quote as it stands now."""
        found = quote_facts(self.object.code, timezone.now())
        return {
            "quote": found,
            "document": found.document,
            "sheet": folded(found.document["price_sheet"]),
            "order_url": page_of(checkout.Order, found.order) if found.order else "",
            "vehicle_url": vehicle_page(self.object.vin),
        }


class EntryPage(DeskPage):
    """One entry of the ledger with its legs."""

    template_name = "cms/desks/entry.html"

    def get_page_title(self) -> str:
        """What the entry was posted for."""
        return str(self.object.key)

    def facts(self) -> dict[str, Any]:
        """The legs with their accounts; they add up to zero in every currency."""
        row = self.object
        legs = [
            {"account": leg.account, "name": ACCOUNTS[leg.account].name, "amount": leg.as_leg().amount}
            for leg in row.legs.all()
        ]  # fmt: skip
        return {
            "entry": row,
            "legs": legs,
            "order_url": page_of(checkout.Order, row.order_id, by="pk") if row.order_id else "",
        }


class MessagePage(DeskPage):
    """One message of a payment provider, with its contents as lists."""

    template_name = "cms/desks/message.html"

    def get_page_title(self) -> str:
        """The provider's name of the message."""
        return str(self.object.event_id)

    def facts(self) -> dict[str, Any]:
        """The message and the payment it speaks about."""
        row = self.object
        about = page_of(checkout.Payment, row.object_id, by="provider_id") if row.object_id else ""
        return {"message": row, "payload": readable(row.payload), "payment_url": about}


def vehicle_page(vin: str) -> str:
    """The address of a car's page; an empty string for a car that is built to order."""
    return page_of(StockVehicle, vin, by="vin") if vin else ""


def fee_of(row: checkout.Payment) -> Money | None:
    """What the provider kept; None until it has told."""
    return None if row.fee is None else Money(row.fee, row.fee_currency or row.currency)


def pdf_address(contract: Any) -> str:
    """Where the archived PDF is downloaded; an empty string before it is issued."""
    return reverse("contract_pdf", args=[contract.number]) if contract.pdf_sha256 else ""


@require_GET
def contract_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The archived PDF, compared with its fingerprint on the way out; `file=issued` gives it as before the signatures."""
    if not request.user.has_perm("contracts.view_contract"):
        raise PermissionDenied
    row = get_object_or_404(Contract, ~Q(pdf_sha256=""), number=number)
    issued = request.GET.get("file") == "issued"
    try:
        pdf = read_pdf(number=row.number, archive=open_archive(), issued=issued)
    except ArchiveError:
        return _damaged(request, row)
    return _attached(pdf.content, "application/pdf", pdf.filename)


@require_POST
def contract_case(request: HttpRequest, number: str) -> HttpResponse:
    """The whole case as one ZIP; that it was taken out is written into the trail."""
    if not request.user.has_perm("contracts.export_contract"):
        raise PermissionDenied
    row = get_object_or_404(Contract, number=number)
    actor = f"staff:{request.user.pk}"
    try:
        case = export_case(
            number=row.number, archive=open_archive(), actor=actor, now=timezone.now()
        )
    except ArchiveError:
        return _damaged(request, row)
    return _attached(case, "application/zip", f"{row.number}.zip")


@require_POST
def contract_act(request: HttpRequest, number: str) -> HttpResponse:
    """Seal a contract its buyer has signed, or draw up anew one that was declined or expired."""
    if not request.user.has_perm("contracts.seal_contract"):
        raise PermissionDenied
    row = get_object_or_404(Contract, number=number)
    if request.POST.get("do") == "seal" and row.state == State.BUYER_SIGNED:
        seal_contract.enqueue(row.number, f"staff:{request.user.pk}")
        messages.success(request, gettext("The seal is under way; look again in a moment."))
    elif request.POST.get("do") == "again" and row.state in {State.DECLINED, State.EXPIRED}:
        return _again(request, row)
    else:
        messages.error(request, gettext("The contract is not in a state for that any more."))
    return HttpResponseRedirect(page_of(Contract, row.pk, by="pk"))


def _again(request: HttpRequest, row: Contract) -> HttpResponse:
    try:
        drafted = draft_contract(
            order=row.order, store_url=settings.WAGTAILADMIN_BASE_URL, now=timezone.now()
        )
    except (ContractError, CheckoutError) as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(page_of(Contract, row.pk, by="pk"))
    messages.success(
        request, gettext("Contract %(number)s is being drawn up.") % {"number": drafted.number}
    )
    return HttpResponseRedirect(page_of(Contract, drafted.number, by="number"))


def _damaged(request: HttpRequest, row: Contract) -> HttpResponse:
    messages.error(
        request,
        gettext("The archive cannot give the PDF of %(number)s unharmed.") % {"number": row.number},
    )
    return HttpResponseRedirect(page_of(Contract, row.pk, by="pk"))


def _attached(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
