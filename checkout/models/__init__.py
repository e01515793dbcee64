"""Tables of the checkout; private to `checkout` and the CMS."""

from checkout.models.amendments import Amendment
from checkout.models.compensations import Compensation
from checkout.models.credit import CreditSheet
from checkout.models.delivery import (
    Appointment,
    DeliveryStage,
    HandoverReport,
    Inspection,
    InspectionPhoto,
    PriorityPlace,
)
from checkout.models.financing import (
    FinanceApplication,
    FinanceDocument,
    FinanceMessage,
    FinanceOperation,
)
from checkout.models.inbox import WebhookMessage
from checkout.models.insurance import (
    CoverProof,
    InsuranceOperation,
    InsurancePolicy,
    InsurerMessage,
    PolicyLine,
)
from checkout.models.ledger import LedgerEntry, LedgerLeg
from checkout.models.orders import DeliveryPromise, Order, OrderEvent
from checkout.models.payments import Payment, PaymentOperation
from checkout.models.quotes import Quote
from checkout.models.transport import CarrierMessage, Transport, TransportOperation
from checkout.models.withdrawals import WithdrawalReceipt

__all__ = [
    "Amendment",
    "Appointment",
    "CarrierMessage",
    "Compensation",
    "CreditSheet",
    "CoverProof",
    "DeliveryPromise",
    "DeliveryStage",
    "FinanceApplication",
    "FinanceDocument",
    "FinanceMessage",
    "FinanceOperation",
    "HandoverReport",
    "Inspection",
    "InspectionPhoto",
    "InsuranceOperation",
    "InsurancePolicy",
    "InsurerMessage",
    "LedgerEntry",
    "LedgerLeg",
    "Order",
    "OrderEvent",
    "Payment",
    "PaymentOperation",
    "PolicyLine",
    "PriorityPlace",
    "Quote",
    "Transport",
    "TransportOperation",
    "WebhookMessage",
    "WithdrawalReceipt",
]
