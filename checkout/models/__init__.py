"""Tables of the checkout; private to `checkout` and the CMS."""

from checkout.models.amendments import Amendment
from checkout.models.banking import (
    BankFile,
    BankLine,
    BankMatch,
    BankStatement,
    OutgoingTransfer,
)
from checkout.models.closing import ClosedPeriod, MoneyException, ReconciliationRun
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
from checkout.models.vendor_books import VendorDispute, VendorMove, VendorPayout
from checkout.models.withdrawals import WithdrawalReceipt

__all__ = [
    "Amendment",
    "Appointment",
    "BankFile",
    "BankLine",
    "BankMatch",
    "BankStatement",
    "CarrierMessage",
    "ClosedPeriod",
    "Compensation",
    "CoverProof",
    "CreditSheet",
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
    "MoneyException",
    "Order",
    "OrderEvent",
    "OutgoingTransfer",
    "Payment",
    "PaymentOperation",
    "PolicyLine",
    "PriorityPlace",
    "Quote",
    "ReconciliationRun",
    "Transport",
    "TransportOperation",
    "VendorDispute",
    "VendorMove",
    "VendorPayout",
    "WebhookMessage",
    "WithdrawalReceipt",
]
