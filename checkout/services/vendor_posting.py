"""The ledger follows the vendor's books: every movement is posted once, by whoever sees it first (`docs/rules/ledger.md`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from checkout.domain.ledger import DEPOSITS, UNIDENTIFIED, receipt_legs
from checkout.domain.payments import PAID
from checkout.domain.tie_out import CHARGE, KINDS, REFUND, REFUND_FAILURE
from checkout.domain.vendor_legs import Owned, identified_legs, vendor_legs
from checkout.errors import UnbalancedEntry
from checkout.gateways.ports import BalanceMove
from checkout.models import LedgerEntry, LedgerLeg, Order, Payment, PaymentOperation, VendorMove
from checkout.services.ledger import Posting, post, post_missing
from kernel.money import EXPONENTS, Money

BATCH = 500
TRIES = 3
"""Somebody may post a movement of no order beside us; then the batch is looked at again."""


def unposted(provider: str) -> QuerySet[VendorMove]:
    """The movements of a vendor that the ledger does not have, oldest first; those that moved nothing left out."""
    entry = LedgerEntry.objects.filter(key=Concat(Value("bt:"), OuterRef("code")))
    rows = VendorMove.objects.filter(~Exists(entry), provider=provider)
    return rows.exclude(gross=0, fee=0).order_by("pk")


def post_moves(*, provider: str, now: datetime) -> int:
    """Post every movement that the ledger does not have; gives how many. Afterwards 1100 is what the vendor holds.

    A currency that we do not know is left: it stays an exception.
    """
    posted = after = 0
    rows = unposted(provider).filter(currency__in=EXPONENTS)
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        posted += _tried(batch, now)
        after = batch[-1].pk
    return posted


def _tried(batch: Sequence[VendorMove], now: datetime) -> int:
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _post(batch, now)
        except IntegrityError:
            if not left:
                raise
    return 0


def _post(batch: Sequence[VendorMove], now: datetime) -> int:
    known = {move.payment_id for move in batch if move.payment_id}
    # All of them in one order: whoever holds one of them waits for nobody of the others.
    orders = Order.objects.select_for_update(of=("self",)).filter(payments__in=known)
    list(orders.order_by("pk").values_list("pk", flat=True))
    payments = Payment.objects.in_bulk(known)
    keys = {move.reference for move in batch if move.reference}
    refunds = PaymentOperation.objects.filter(key__in=keys, kind=PaymentOperation.Kind.REFUND)
    operations = {operation.key: operation for operation in refunds}
    return post_missing(postings=list(_postings(batch, payments, operations)), now=now)


def _postings(
    batch: Sequence[VendorMove],
    payments: Mapping[int, Payment],
    operations: Mapping[str, PaymentOperation],
) -> Iterator[tuple[int | None, Posting]]:
    for move in batch:
        payment = payments.get(move.payment_id) if move.payment_id else None
        legs = vendor_legs(
            kind=move.kind,
            gross=Money(move.gross, move.currency),
            fee=Money(move.fee, move.currency),
            owned=_owned(move, payment, operations.get(move.reference)),
        )
        if legs:
            kind = move.kind if move.kind in KINDS else "unknown"
            posting = Posting(f"bt:{move.code}", kind, legs, _note(move, payment)[:255])
            yield payment.order_id if payment else None, posting


def _note(move: VendorMove, payment: Payment | None) -> str:
    if move.kind not in KINDS:
        return f"{move.kind} {move.source}"
    if move.kind == CHARGE and payment is not None:
        return payment.code
    return move.reference or move.source


def _owned(
    move: VendorMove, payment: Payment | None, operation: PaymentOperation | None
) -> Owned | None:
    """Whose a charge or a refund is; None where nobody here expected just that."""
    if payment is None:
        return None
    if move.kind == CHARGE:
        return Owned(payment.money) if _expected(move, payment) else None
    if move.kind not in {REFUND, REFUND_FAILURE}:
        return None
    if operation is None or operation.payment_id != payment.pk:
        return None
    amount = Money(operation.amount or 0, payment.currency)
    same = move.currency != payment.currency or abs(move.gross) == amount.minor
    return Owned(amount) if same else None


def _expected(move: VendorMove, payment: Payment) -> bool:
    """Whether a charge is what was asked for; in another currency only settlement can say, and has said it."""
    if move.currency == payment.currency:
        return move.gross == payment.amount
    return payment.state in PAID


def book_receipt(
    *, payment: Payment, paid: Money, move: BalanceMove, account: str, now: datetime
) -> None:
    """Post money that arrived for a locked payment; money that stood on 2090 until we knew whose it is moves to 2000.

    Twice is once, also where the vendor's books were posted first. Raises UnbalancedEntry.
    """
    legs = receipt_legs(paid=paid, gross=move.gross, fee=move.fee, account=account)
    key, order = f"bt:{move.code}", payment.order
    try:
        post(key=key, kind="charge", order=order, legs=legs, now=now, note=payment.code)
    except UnbalancedEntry:
        held = _unidentified(key)
        if held is None:
            raise
        if account == DEPOSITS:
            legs = identified_legs(held=held, paid=paid)
            own, note = f"own:{move.code}", payment.code
            post(key=own, kind="identified", order=order, legs=legs, now=now, note=note)


def _unidentified(key: str) -> Money | None:
    """What an entry put on unidentified receipts."""
    leg = LedgerLeg.objects.filter(entry__key=key, account=UNIDENTIFIED).first()
    return -leg.as_leg().amount if leg else None
