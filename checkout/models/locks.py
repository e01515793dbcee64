"""Row locks of the checkout, always taken in one order: the order first, then its payment, application or policy.

PostgreSQL locks the row; SQLite's transactions begin IMMEDIATE, so the whole database is ours already and
`select_for_update` changes nothing there.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet

from checkout.models.banking import OutgoingTransfer
from checkout.models.financing import FinanceApplication, FinanceOperation
from checkout.models.insurance import InsuranceOperation, InsurancePolicy
from checkout.models.orders import Order
from checkout.models.payments import Payment, PaymentOperation
from checkout.models.stored import StoredMessage
from checkout.models.transport import Transport, TransportOperation

M = TypeVar("M", bound=StoredMessage)


def locked_order(code: str) -> Order | None:
    """The order of `code`, locked until the transaction ends; None if there is none."""
    return Order.objects.select_for_update().filter(code=code).first()


def _order_of(**row: int) -> Order:
    """The order that this row of its own hangs on, found and locked by one statement; the row itself is not locked."""
    return Order.objects.select_for_update(of=("self",)).get(**row)


def locked_payment(pk: int) -> Payment:
    """The payment, its order locked before it; both until the transaction ends. Raises DoesNotExist."""
    order = _order_of(payments=pk)
    payment = Payment.objects.select_for_update().get(pk=pk)
    payment.order = order
    return payment


def locked_operation(pk: int) -> PaymentOperation:
    """The operation with its payment and order locked before it. Raises DoesNotExist."""
    payment = locked_payment(
        PaymentOperation.objects.values_list("payment_id", flat=True).get(pk=pk)
    )
    operation = PaymentOperation.objects.select_for_update().get(pk=pk)
    operation.payment = payment
    return operation


def locked_application(pk: int) -> FinanceApplication:
    """The application for a loan, its order locked before it; both until the transaction ends. Raises DoesNotExist."""
    order = _order_of(finance_applications=pk)
    application = FinanceApplication.objects.select_for_update().get(pk=pk)
    application.order = order
    return application


def locked_finance_operation(pk: int) -> FinanceOperation:
    """The call to a lender with its application and order locked before it. Raises DoesNotExist."""
    application = locked_application(
        FinanceOperation.objects.values_list("application_id", flat=True).get(pk=pk)
    )
    operation = FinanceOperation.objects.select_for_update().get(pk=pk)
    operation.application = application
    return operation


def locked_policy(pk: int) -> InsurancePolicy:
    """The policy, its order locked before it; both until the transaction ends. Raises DoesNotExist."""
    order = _order_of(policies=pk)
    policy = InsurancePolicy.objects.select_for_update().get(pk=pk)
    policy.order = order
    return policy


def locked_insurance_operation(pk: int) -> InsuranceOperation:
    """The call to an insurer with its policy and order locked before it. Raises DoesNotExist."""
    policy = locked_policy(
        InsuranceOperation.objects.values_list("policy_id", flat=True).get(pk=pk)
    )
    operation = InsuranceOperation.objects.select_for_update().get(pk=pk)
    operation.policy = policy
    return operation


def locked_transport(pk: int) -> Transport:
    """The transport, its order locked before it; both until the transaction ends. Raises DoesNotExist."""
    order = _order_of(transports=pk)
    transport = Transport.objects.select_for_update().get(pk=pk)
    transport.order = order
    return transport


def locked_transport_operation(pk: int) -> TransportOperation:
    """The call to a carrier with its transport and order locked before it. Raises DoesNotExist."""
    transport = locked_transport(
        TransportOperation.objects.values_list("transport_id", flat=True).get(pk=pk)
    )
    operation = TransportOperation.objects.select_for_update().get(pk=pk)
    operation.transport = transport
    return operation


def locked_transfer(code: str) -> OutgoingTransfer | None:
    """The transfer to a buyer, its order and the payment it gives back locked before it; None if there is none."""
    found = OutgoingTransfer.objects.filter(code=code).values_list("pk", "payment_id").first()
    if found is None:
        return None
    order = _order_of(outgoing_transfers=found[0])
    payment = Payment.objects.select_for_update().filter(pk=found[1]).first()
    transfer = OutgoingTransfer.objects.select_for_update().get(pk=found[0])
    transfer.order, transfer.payment = order, payment
    if payment is not None and transfer.refund is not None:
        payment.order = order
        transfer.refund.payment = payment
    return transfer


def claimed(rows: QuerySet[M], pk: int) -> M | None:
    """The unprocessed one of these messages, locked; None if it is done, or another worker holds it now."""
    found = rows.filter(pk=pk, processed_at=None)
    if connection.features.has_select_for_update_skip_locked:
        found = found.select_for_update(skip_locked=True)
    return found.first()
