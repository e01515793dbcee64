"""The lists of the order desk and the finance desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from catalog import models as catalog
from checkout import models as checkout
from cms.desks.orders.filters import OrderFilters
from cms.desks.orders.page import OrderPage
from cms.desks.pages import (
    ContractPage,
    EntryPage,
    MessagePage,
    PaymentPage,
    QuotePage,
    VehiclePage,
)
from cms.desks.policies import PolicyPage
from cms.desks.readonly import listing
from contracts import models as contracts


class SalesGroup(ViewSetGroup):
    """Stock, quotes, orders and contracts."""

    menu_label = _("Orders")
    menu_icon = "list-ul"
    menu_order = 130
    items = (
        listing(
            checkout.Order,
            page=OrderPage,
            label=_("Orders"),
            icon="list-ul",
            columns=(
                "code",
                "state",
                "payment_state",
                "contract_state",
                "buyer_name",
                "price",
                "placed_at",
            ),
            narrowed=OrderFilters,
            search=(
                "code",
                "buyer_name",
                "buyer_email",
                "buyer_phone",
                "vin",
                "contract_number",
            ),
        ),
        listing(
            contracts.Contract,
            page=ContractPage,
            label=_("Contracts"),
            icon="doc-full",
            columns=("number", "order", "state", "buyer_name", "issued_at", "accepted_at"),
            filters=("state", "market", "language"),
            search=("number", "order", "buyer_name"),
        ),
        listing(
            checkout.InsurancePolicy,
            page=PolicyPage,
            label=_("Insurance policies"),
            icon="lock",
            columns=(
                "code",
                "order",
                "insurer",
                "state",
                "premium",
                "start_on",
                "proof",
                "refund",
            ),
            filters=("state", "insurer", "start_on"),
            search=("code", "order__code", "proof", "insurer_reference"),
            hidden=("driver",),
        ),
        listing(
            checkout.InsurerMessage,
            label=_("Messages from insurers"),
            icon="mail",
            columns=("event_id", "insurer", "type", "received_at", "processed_at", "attempts"),
            filters=("insurer", "type"),
            search=("event_id", "insurer_reference"),
        ),
        listing(
            catalog.StockVehicle,
            page=VehiclePage,
            label=_("Stock"),
            icon="site",
            columns=(
                "vin",
                "model",
                "trim",
                "place",
                "status",
                "price",
                "available_on",
            ),
            filters=("market", "model", "status", "place"),
            search=("vin",),
        ),
        listing(
            checkout.Quote,
            page=QuotePage,
            label=_("Quotes"),
            icon="form",
            columns=("code", "state", "build", "vin", "created_at", "expires_at"),
            filters=("state", "market"),
            search=("code", "build", "vin"),
        ),
    )


class LoanGroup(ViewSetGroup):
    """Applications for a loan, the calls to lenders and their messages; nothing of an applicant but a mask."""

    menu_label = _("Loans")
    menu_icon = "form"
    menu_order = 138
    items = (
        listing(
            checkout.FinanceApplication,
            label=_("Loan applications"),
            icon="form",
            columns=(
                "code",
                "order",
                "lender",
                "product",
                "state",
                "amount",
                "decided_amount",
                "valid_until",
                "created_at",
            ),
            filters=("state", "lender", "created_at"),
            search=("code", "order__code", "lender_reference"),
            hidden=("facts", "consents"),
        ),
        listing(
            checkout.FinanceOperation,
            label=_("Calls to lenders"),
            icon="upload",
            columns=("key", "application", "kind", "state", "attempts", "last_sent_at"),
            filters=("kind", "state"),
            search=("key", "application__code"),
        ),
        listing(
            checkout.FinanceMessage,
            label=_("Messages from lenders"),
            icon="mail",
            columns=("event_id", "lender", "type", "received_at", "processed_at", "attempts"),
            filters=("lender", "type"),
            search=("event_id", "lender_reference"),
        ),
    )


class MoneyGroup(ViewSetGroup):
    """Payments and the ledger."""

    menu_label = _("Money")
    menu_icon = "table"
    menu_order = 140
    items = (
        listing(
            checkout.Payment,
            page=PaymentPage,
            label=_("Payments"),
            icon="circle-check",
            columns=(
                "code",
                "order",
                "purpose",
                "method",
                "state",
                "amount",
                "settled_at",
            ),
            filters=("state", "purpose", "provider", "currency"),
            search=("code", "order__code", "provider_id"),
        ),
        listing(
            checkout.LedgerEntry,
            page=EntryPage,
            label=_("Ledger entries"),
            icon="table",
            columns=("key", "kind", "order", "posted_at"),
            filters=("kind", "posted_at"),
            search=("key", "order__code"),
        ),
        listing(
            checkout.LedgerLeg,
            label=_("Ledger legs"),
            icon="list-ol",
            columns=("entry", "account", "amount", "currency"),
            filters=("account", "currency"),
            search=("entry__key",),
        ),
        listing(
            checkout.WebhookMessage,
            page=MessagePage,
            label=_("Messages from payment providers"),
            icon="mail",
            columns=("event_id", "provider", "type", "received_at", "processed_at", "attempts"),
            filters=("provider", "type"),
            search=("event_id", "object_id"),
        ),
    )
