"""What can go wrong at the checkout.

CheckoutError
├── QuoteError
│   ├── UnknownQuote            no quote of that code
│   ├── NotYourQuote            the quote belongs to another account or guest
│   ├── QuoteExpired            its time is over; carries the difference to today, line by line
│   ├── QuoteAlreadyOrdered     one quote, one order
│   ├── NothingToQuote          neither or both of build and VIN, or a car that this market does not sell
│   ├── UnknownPlace            no place of handover of that code in the market
│   ├── CurrencyNotOfMarket     an amount in a currency that the market does not use
│   ├── UnknownExtra            no extra of that code is sold in the market
│   ├── ExtraChanged            the answer is to other words than those on sale
│   ├── UnknownProof            no offer for the car asks for that proof
│   └── BadWish                 a word, an answer or the car to trade in is missing, too long or wrong
├── OfferError
│   ├── UnknownFinanceProduct   no such product in the market
│   ├── FinanceNotEligible      the product is not for this car, down payment or amount
│   │   └── CampaignNotRunning   the product's campaign is over, not yet, or not for this car
│   ├── UnknownCover            no such insurance product in the market
│   ├── CoverNotOffered         the premium table has no row for these facts
│   └── NoDepositPolicy         the release has no deposit policy in force for this market and model
├── OrderError
│   ├── UnknownOrder            no order of that code, or the asker may not know of it
│   ├── NotYourOrder            the token or the account belongs to somebody else
│   ├── TermsNotAccepted        the full terms shown with the quote were not accepted in that version
│   ├── BadBuyer                a field of the buyer is missing or wrong
│   ├── OrderStateConflict      the move is not allowed in the order's present state
│   ├── NoCalendar              no calendar says which days of that year are holidays
│   ├── WithdrawalNotPossible   no right to withdraw, or none any more
│   ├── NoSuchPurchase          no order of that code with that name and contact
│   ├── NotOurStatement         a statement that is not ours
│   ├── StatementExpired        a statement that waited too long for its confirmation
│   ├── NothingToReturn         no car of this order is to come back
│   ├── NoOrderPolicy           no order policy is in force in the market on that day
│   ├── BadReason               not a reason for which whoever asks can end an order
│   ├── NotLateEnough           the car is not so late that its buyer may end the order for it
│   ├── UnknownCompensation     no compensation of that number was proposed for the order
│   ├── CompensationConflict    it was decided already, or by the person who proposed it
│   ├── StalePreview            what was previewed is no longer true; carries what is
│   ├── AmendmentNotPossible    the order cannot be changed so now; carries what may change
│   └── NothingToAmend          the wishes are what the order says already
├── PaymentError
│   ├── UnknownPayment          no payment of that code or at that vendor
│   ├── UnknownReceipt          no money of the order moved under that number
│   ├── BadAmount               an amount that no vendor may be asked for
│   ├── UnknownMethod           a way to pay that is not offered there for that
│   ├── MethodLimit             a sum below or above what the way to pay takes
│   ├── PaymentNotPossible      the order has nothing to pay for this purpose now
│   ├── PaymentMismatch         the vendor's amount or currency is not ours
│   ├── RefundTooLarge          more than was paid and not yet refunded
│   └── GatewayError            what a door may raise
│       ├── GatewayDeclined     the buyer's means of payment said no; final for this attempt
│       ├── GatewayUnavailable  no answer: whether it happened is not known
│       ├── GatewayRefused      the vendor will not do this; nothing happened
│       └── WebhookRejected     not a message of the vendor for us
├── CreditSheetError
│   ├── UnknownCreditSheet      no sheet of that code
│   ├── NoCreditSheet           the quote has no loan, or its market asks for no sheet
│   ├── CreditSheetTooEarly     confirmed before there was time to read it
│   ├── CreditSheetChanged      another sheet than the one that was shown
│   └── CreditSheetNeeded       an order with a loan whose sheet nobody has confirmed
├── FinanceError
│   ├── UnknownApplication          the order has no application for a loan
│   ├── ApplicationStateConflict    the move is not allowed in the application's present state
│   ├── ApplicationNotPossible      the order cannot apply now, or not for this loan
│   ├── BadApplicant                a field of the applicant is missing or wrong
│   ├── ConsentMissing              a receiver of the facts was not agreed to
│   ├── BadFinanceDocument          a kind, type or size that is not taken
│   └── LenderError                 what a lender's door may raise
│       ├── LenderUnavailable       no answer: whether it happened is not known
│       ├── LenderRefused           the lender will not do this; nothing happened
│       └── LenderMismatch          a decision that does not fit what was asked for
├── InsuranceError
│   ├── UnknownPolicy               the order has no policy
│   ├── PolicyStateConflict         the move is not allowed in the policy's present state
│   ├── PolicyNotPossible           the order cannot take this policy out now
│   ├── CoversOfTwoInsurers         one policy has one insurer
│   ├── BadCoverProof               the proof of a policy bound elsewhere cannot be read
│   ├── CoverNotCancellable         the law holds the cover while the car is registered
│   ├── CompulsoryCoverMissing      no key without the cover that the law requires
│   └── InsurerError                what an insurer's door may raise
│       ├── InsurerUnavailable      no answer: whether it happened is not known
│       ├── InsurerRefused          the insurer will not do this; nothing happened
│       └── InsurerMismatch         a premium or proof that does not fit what the buyer was shown
├── DeliveryError
│   ├── BadPromise                  a range of days that cannot be promised
│   ├── StageNotPossible            the car cannot reach this stage now
│   ├── BadInspection               the report is incomplete or wrong
│   ├── UnknownInspection           no inspection or photo of that number
│   ├── AppointmentNotPossible      no handover can be booked, moved or given up now
│   ├── SlotTaken                   somebody else has it; carries the next free ones
│   ├── BadHandover                 a wish, an address or the report cannot be read
│   ├── PriorityNotPossible         too late, not offered, or the week is full
│   ├── TransportNotPossible        the car cannot be given to a carrier now
│   └── CarrierError                what a carrier's door may raise
│       ├── CarrierUnavailable      no answer: whether it happened is not known
│       └── CarrierRefused          the carrier will not do this; nothing happened
├── ReconciliationError
│   ├── BadStatement         the file is no statement we can read
│   ├── StatementDoesNotAdd  opening balance and lines are not the closing balance
│   ├── BadExport            the books cannot be exported like this
│   ├── PeriodNotReady       the period cannot be closed now
│   ├── PeriodClosed         the books of that day are closed
│   ├── UnknownMoneyException    no exception of that number
│   ├── MoneyExceptionConflict   it is settled already, or open again
│   ├── WordsMissing         what was found out has to be said in words
│   ├── UnknownBankLine      no line of a statement has that number
│   ├── BadMatch             the line cannot settle that
│   ├── MatchConflict        somebody was faster, or the money has been used meanwhile
│   └── TransferError        a transfer of ours: UnknownTransfer  BadAccount  TransferConflict
└── LedgerError
    └── UnbalancedEntry  UnknownAccount
"""

from __future__ import annotations

from checkout.errors.amending import AmendmentNotPossible, NothingToAmend
from checkout.errors.base import (
    CheckoutError,
)
from checkout.errors.borrowing import (
    ApplicationNotPossible,
    ApplicationStateConflict,
    BadApplicant,
    BadFinanceDocument,
    ConsentMissing,
    CreditSheetChanged,
    CreditSheetError,
    CreditSheetNeeded,
    CreditSheetTooEarly,
    FinanceError,
    LenderError,
    LenderMismatch,
    LenderRefused,
    LenderUnavailable,
    NoCreditSheet,
    UnknownApplication,
    UnknownCreditSheet,
)
from checkout.errors.buying import (
    BadBuyer,
    BadWish,
    CampaignNotRunning,
    CoverNotOffered,
    CurrencyNotOfMarket,
    ExtraChanged,
    FinanceNotEligible,
    NoDepositPolicy,
    NothingToQuote,
    NotYourOrder,
    NotYourQuote,
    OfferError,
    OrderError,
    OrderStateConflict,
    QuoteAlreadyOrdered,
    QuoteError,
    QuoteExpired,
    TermsNotAccepted,
    UnknownCover,
    UnknownExtra,
    UnknownFinanceProduct,
    UnknownOrder,
    UnknownPlace,
    UnknownProof,
    UnknownQuote,
)
from checkout.errors.delivering import (
    AppointmentNotPossible,
    BadHandover,
    BadInspection,
    BadPromise,
    CarrierError,
    CarrierRefused,
    CarrierUnavailable,
    DeliveryError,
    PriorityNotPossible,
    SlotTaken,
    StageNotPossible,
    TransportNotPossible,
    UnknownInspection,
)
from checkout.errors.ending import (
    BadReason,
    CompensationConflict,
    NotLateEnough,
    UnknownCompensation,
)
from checkout.errors.insuring import (
    BadCoverProof,
    CompulsoryCoverMissing,
    CoverNotCancellable,
    CoversOfTwoInsurers,
    InsuranceError,
    InsurerError,
    InsurerMismatch,
    InsurerRefused,
    InsurerUnavailable,
    PolicyNotPossible,
    PolicyStateConflict,
    UnknownPolicy,
)
from checkout.errors.moving import (
    NoOrderPolicy,
    StalePreview,
)
from checkout.errors.paying import (
    BadAmount,
    GatewayDeclined,
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    LedgerError,
    MethodLimit,
    PaymentError,
    PaymentMismatch,
    PaymentNotPossible,
    RefundTooLarge,
    UnbalancedEntry,
    UnknownAccount,
    UnknownMethod,
    UnknownPayment,
    UnknownReceipt,
    WebhookRejected,
)
from checkout.errors.reconciling import (
    BadAccount,
    BadExport,
    BadMatch,
    BadStatement,
    MatchConflict,
    MoneyExceptionConflict,
    PeriodClosed,
    PeriodNotReady,
    ReconciliationError,
    StatementDoesNotAdd,
    TransferConflict,
    TransferError,
    UnknownBankLine,
    UnknownMoneyException,
    UnknownTransfer,
    WordsMissing,
)
from checkout.errors.withdrawing import (
    NoCalendar,
    NoSuchPurchase,
    NothingToReturn,
    NotOurStatement,
    StatementExpired,
    WithdrawalNotPossible,
)

__all__ = [
    "AmendmentNotPossible",
    "ApplicationNotPossible",
    "ApplicationStateConflict",
    "AppointmentNotPossible",
    "BadAccount",
    "BadAmount",
    "BadApplicant",
    "BadBuyer",
    "BadCoverProof",
    "BadExport",
    "BadFinanceDocument",
    "BadHandover",
    "BadInspection",
    "BadMatch",
    "BadPromise",
    "BadReason",
    "BadStatement",
    "BadWish",
    "CampaignNotRunning",
    "CarrierError",
    "CarrierRefused",
    "CarrierUnavailable",
    "CheckoutError",
    "CompensationConflict",
    "CompulsoryCoverMissing",
    "ConsentMissing",
    "CoverNotCancellable",
    "CoverNotOffered",
    "CoversOfTwoInsurers",
    "CreditSheetChanged",
    "CreditSheetError",
    "CreditSheetNeeded",
    "CreditSheetTooEarly",
    "CurrencyNotOfMarket",
    "DeliveryError",
    "ExtraChanged",
    "FinanceError",
    "FinanceNotEligible",
    "GatewayDeclined",
    "GatewayError",
    "GatewayRefused",
    "GatewayUnavailable",
    "InsuranceError",
    "InsurerError",
    "InsurerMismatch",
    "InsurerRefused",
    "InsurerUnavailable",
    "LedgerError",
    "LenderError",
    "LenderMismatch",
    "LenderRefused",
    "LenderUnavailable",
    "MatchConflict",
    "MethodLimit",
    "MoneyExceptionConflict",
    "NoCalendar",
    "NoCreditSheet",
    "NoDepositPolicy",
    "NoOrderPolicy",
    "NoSuchPurchase",
    "NotLateEnough",
    "NotOurStatement",
    "NotYourOrder",
    "NotYourQuote",
    "NothingToAmend",
    "NothingToQuote",
    "NothingToReturn",
    "OfferError",
    "OrderError",
    "OrderStateConflict",
    "PaymentError",
    "PaymentMismatch",
    "PaymentNotPossible",
    "PeriodClosed",
    "PeriodNotReady",
    "PolicyNotPossible",
    "PolicyStateConflict",
    "PriorityNotPossible",
    "QuoteAlreadyOrdered",
    "QuoteError",
    "QuoteExpired",
    "ReconciliationError",
    "RefundTooLarge",
    "SlotTaken",
    "StageNotPossible",
    "StalePreview",
    "StatementDoesNotAdd",
    "StatementExpired",
    "TermsNotAccepted",
    "TransferConflict",
    "TransferError",
    "TransportNotPossible",
    "UnbalancedEntry",
    "UnknownAccount",
    "UnknownApplication",
    "UnknownBankLine",
    "UnknownCompensation",
    "UnknownCover",
    "UnknownCreditSheet",
    "UnknownExtra",
    "UnknownFinanceProduct",
    "UnknownInspection",
    "UnknownMethod",
    "UnknownMoneyException",
    "UnknownOrder",
    "UnknownPayment",
    "UnknownReceipt",
    "UnknownPlace",
    "UnknownPolicy",
    "UnknownProof",
    "UnknownQuote",
    "UnknownTransfer",
    "WebhookRejected",
    "WithdrawalNotPossible",
    "WordsMissing",
]
