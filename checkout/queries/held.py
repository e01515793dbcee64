"""What the ledger says of every order's deposit and of a vendor's balance, and what the documents say it should be.

The two sides are asked of different tables, so that a mistake in one is seen in the other. Everything is asked for all
orders at once, in a number of statements that does not grow with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Concat

from checkout.domain.ledger import BALANCE, DEPOSITS
from checkout.domain.order import State
from checkout.domain.payments import PAID
from checkout.models import BankMatch, LedgerLeg, OrderEvent, Payment, PaymentOperation, VendorMove
from kernel.money import Money

BOOKED = "bt:"
"""What the key of an entry begins with that was posted from a movement at the vendor."""
_OP = PaymentOperation


def _sold(path: str) -> Q:
    """Whether the sale of the order that hangs on `path` stands in the books."""
    disputed = {f"{path}state": State.DISPUTED, f"{path}state_before_dispute": State.HANDED_OVER}
    return Q(**{f"{path}state": State.HANDED_OVER}) | Q(**disputed)


def vendor_balance(
    provider: str, *, codes: Set[str], since: datetime
) -> tuple[dict[str, int], frozenset[str]]:
    """Account 1100 by currency as far as it is this vendor's, and the movements that it was posted from.

    An entry of a movement that nobody has read from the vendor's books yet (it is not in `codes`) counts only when it
    was posted before `since`: a payment may be posted a moment before the books are read.
    """
    legs = LedgerLeg.objects.filter(account=BALANCE)
    others = VendorMove.objects.exclude(provider=provider)
    for head in (BOOKED, f"reversal:{BOOKED}"):
        named = others.annotate(entry_key=Concat(Value(head), "code")).values("entry_key")
        legs = legs.exclude(entry__key__in=named)
    sums = Counter({row["currency"]: row["sum"] for row in _by_currency(legs)})
    fresh = legs.filter(entry__posted_at__gte=since, entry__key__startswith=BOOKED)
    for key, currency, amount in fresh.values_list("entry__key", "currency", "amount"):
        if key.removeprefix(BOOKED) not in codes:
            sums[currency] -= amount
    return dict(sums), _posted(codes)


def _by_currency(legs: QuerySet[LedgerLeg]) -> Iterable[Mapping[str, Any]]:
    return legs.order_by().values("currency").annotate(sum=Sum("amount"))


def _posted(codes: Set[str]) -> frozenset[str]:
    keys = LedgerLeg.objects.filter(entry__key__startswith=BOOKED).order_by()
    found = keys.values_list("entry__key", flat=True).distinct()
    known = {key.removeprefix(BOOKED) for key in found.iterator(chunk_size=5000)}
    return frozenset(codes & known)


def deposits() -> dict[str, Money]:
    """What account 2000 owes by order, positive; zeros left out. Of another currency than the order's: `code EUR`; of none: `- EUR`."""
    legs = LedgerLeg.objects.filter(account=DEPOSITS).order_by()
    rows = legs.values_list("entry__order__code", "entry__order__currency", "currency")
    found = {}
    for code, ours, currency, amount in rows.annotate(sum=Sum("amount")).iterator(chunk_size=5000):
        if amount:
            name = code or "-"
            found[name if currency == ours else f"{name} {currency}"] = Money(-amount, currency)
    return found


def held(*, since: datetime) -> dict[str, Money]:
    """What payments, refunds, forfeits and handovers say that we owe by order; zeros left out.

    A charge that was posted from the vendor's books since `since` counts already, though settlement has not seen it yet.
    """
    sums: Counter[tuple[str, str]] = Counter()
    for rows, sign in (
        (_booked(), 1),
        (_matched(), 1),
        (_posted_early(since), 1),
        (_given_back(), -1),
        (_applied(), -1),
        (_kept_from_applying(), 1),
    ):
        for code, currency, amount in rows:
            sums[code, currency] += sign * amount
    for code, amount in OrderEvent.objects.filter(kind="deposit-forfeited").values_list(
        "order__code", "facts__amount"
    ):
        sums[code, amount["currency"]] -= amount["amount"]
    return {code: Money(amount, currency) for (code, currency), amount in sums.items() if amount}


_Rows = Iterable[tuple[str, str, int]]


def _sums(rows: QuerySet[Any], order: str, currency: str) -> _Rows:
    found: _Rows = (
        rows.order_by().values_list(order, currency).annotate(sum=Sum("amount", default=0))
    )
    return found


def _booked() -> _Rows:
    return _sums(_counted(), "order__code", "currency")


def _posted_early(since: datetime) -> _Rows:
    """Charges on 2000 whose payment does not count as booked yet."""
    legs = LedgerLeg.objects.filter(
        account=DEPOSITS, entry__kind="charge", entry__posted_at__gte=since
    )
    rows = legs.order_by().values_list("entry__note", "entry__order__code", "currency", "amount")
    fresh = {payment: (order, currency, -amount) for payment, order, currency, amount in rows}
    done = set(_counted().filter(code__in=fresh).values_list("code", flat=True)) if fresh else ()
    return [row for payment, row in fresh.items() if payment not in done]


def _counted() -> QuerySet[Payment]:
    """Payments that arrived and that their vendor has booked: only then they are posted."""
    return Payment.objects.filter(state__in=PAID).exclude(balance_transaction="")


def _matched() -> _Rows:
    """What lines of the bank were matched with payments, also a part of one."""
    rows = BankMatch.objects.filter(payment__isnull=False, undone_at=None).order_by()
    by_order = rows.values_list("payment__order__code", "payment__currency")
    found: _Rows = by_order.annotate(sum=Sum(F("amount") + F("charge")))
    return found


def _given_back() -> _Rows:
    """Refunds that were decided and not refused; of money that counts as paid."""
    return _sums(_refunds().exclude(state=_OP.State.FAILED), *_OF_REFUNDS)


_OF_REFUNDS = ("payment__order__code", "payment__currency")


def _refunds() -> QuerySet[PaymentOperation]:
    return _OP.objects.filter(kind=_OP.Kind.REFUND, payment__state__in=PAID)


def _applied() -> _Rows:
    """What had been paid, booked or not, when the key was handed over."""
    before = Q(settled_at__lte=F("order__handed_over_at"))
    rows = Payment.objects.filter(_sold("order__"), before, state__in=PAID)
    return _sums(rows, "order__code", "currency")


def _kept_from_applying() -> _Rows:
    """Refunds that were under way or made when the key was handed over: they were not set against the price."""
    at = F("payment__order__handed_over_at")
    living = ~Q(state=_OP.State.FAILED) | Q(resolved_at__gt=at)
    rows = _refunds().filter(_sold("payment__order__"), living, created_at__lte=at)
    return _sums(rows, *_OF_REFUNDS)
