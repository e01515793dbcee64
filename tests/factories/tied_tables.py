"""A store in the tables whose every cent ties out, and the books of a vendor that say the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.db import transaction

from checkout.domain.ledger import Leg
from checkout.domain.tie_out import CHARGE, FEE, PAYOUT, REFUND
from checkout.gateways.books import BookDispute, BookMove, BookPayout
from checkout.models import (
    BankFile,
    BankLine,
    BankMatch,
    BankStatement,
    LedgerEntry,
    LedgerLeg,
    Order,
    OrderEvent,
    Payment,
    PaymentOperation,
    Quote,
    VendorMove,
    VendorPayout,
)
from kernel.money import Money

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PROVIDER = "sandbox"
CURRENCIES = ("CNY", "EUR", "JPY", "KWD", "USD")
PAID = NOW - timedelta(days=5)
LATER = NOW - timedelta(days=2)
_numbers = count(1)


@dataclass
class Books:
    """The books of a made-up vendor: `holds` by currency, and the movements it booked `lately`."""

    holds: Counter[str] = field(default_factory=Counter)
    lately: list[BookMove] = field(default_factory=list)
    provider: str = PROVIDER
    live: bool = True

    def hold(self, tables: Tables) -> None:
        """The vendor has booked these movements."""
        for move in tables.moves:
            self.holds[move.currency] += move.gross - move.fee

    def moves(self, *, since: datetime) -> Iterator[BookMove]:
        """Those of the last hour."""
        return (move for move in self.lately if move.at >= since)

    def moves_of(self, payout: str) -> Iterator[BookMove]:
        """Nobody asks here."""
        raise NotImplementedError

    def payouts(self, *, since: datetime) -> Iterator[BookPayout]:
        """Nobody asks here."""
        raise NotImplementedError

    def disputes(self, *, since: datetime) -> Iterator[BookDispute]:
        """Nobody asks here."""
        raise NotImplementedError

    def disputes_of(self, payment: str) -> tuple[BookDispute, ...]:
        """Nobody asks here."""
        raise NotImplementedError

    def balance(self) -> dict[str, int]:
        """What it holds for us."""
        return dict(self.holds)


@dataclass
class Tables:
    """Rows that are written together, so that a large store is written fast."""

    quotes: list[Quote] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    operations: list[PaymentOperation] = field(default_factory=list)
    events: list[OrderEvent] = field(default_factory=list)
    moves: list[VendorMove] = field(default_factory=list)
    payouts: list[VendorPayout] = field(default_factory=list)
    entries: list[tuple[LedgerEntry, list[Leg]]] = field(default_factory=list)

    def post(self, key: str, order: Order | None, *legs: Leg, at: datetime = PAID) -> None:
        """An entry."""
        self.entries.append((LedgerEntry(key=key, kind="x", order=order, posted_at=at), list(legs)))

    @transaction.atomic
    def write(self) -> None:
        """Everything into the tables."""
        Quote.objects.bulk_create(self.quotes, batch_size=500)
        Order.objects.bulk_create(self.orders, batch_size=500)
        Payment.objects.bulk_create(self.payments, batch_size=500)
        PaymentOperation.objects.bulk_create(self.operations, batch_size=500)
        OrderEvent.objects.bulk_create(self.events, batch_size=500)
        VendorPayout.objects.bulk_create(self.payouts, batch_size=500)
        VendorMove.objects.bulk_create(self.moves, batch_size=500)
        LedgerEntry.objects.bulk_create([entry for entry, _ in self.entries], batch_size=500)
        LedgerLeg.objects.bulk_create(
            (
                LedgerLeg(
                    entry=entry,
                    account=leg.account,
                    currency=leg.amount.currency,
                    amount=leg.amount.minor,
                )
                for entry, legs in self.entries
                for leg in legs
            ),
            batch_size=500,
        )


def tied_store(*, orders: int = 30, seed: int = 1) -> Books:
    """Orders in five currencies: kept, refunded, kept by the seller, or handed over; half of the money paid out.

    The bank saw the payouts; its statements follow each other. What there is, is as the services leave it.
    """
    luck, tables = random.Random(seed), Tables()
    for at in range(orders):
        _order(tables, luck, kind=("kept", "refunded", "kept", "forfeited", "sold")[at % 5])
    fee = moved(tables, "txn_fee", FEE, Money(-700, "CNY"), at=PAID)
    tables.post("bt:txn_fee", None, Leg("1100", fee.net), Leg("5000", -fee.net))
    matched = _paid_out(tables)
    tables.write()
    _bank(matched)
    books = Books()
    books.hold(tables)
    return books


def new_order(tables: Tables, currency: str, price: int, *, state: str = "reserved") -> Order:
    """An order, not written yet."""
    number = next(_numbers)
    quote = Quote(
        code=f"TIEQ{number:06}",
        state=Quote.State.ORDERED,
        market="CN",
        currency=currency,
        release="R000001",
        document={},
        request={},
        created_at=PAID,
        expires_at=NOW,
    )
    order = Order(
        code=f"T26-{number:08}",
        quote=quote,
        state=state,
        market="CN",
        currency=currency,
        language="zh-hans",
        release="R000001",
        document={},
        price=price,
        on_the_road=price,
        deposit=1000,
        token_digest=f"tied{number:060}",
        buyer_kind="person",
        buyer_name="王小明",
        terms_version="2026-11",
        terms_accepted_at=PAID,
        placed_at=PAID,
        expires_at=PAID + timedelta(minutes=30),
        handed_over_at=LATER if state == "handed_over" else None,
    )
    tables.quotes.append(quote)
    tables.orders.append(order)
    return order


_STATES = {"refunded": "cancelled", "forfeited": "cancelled", "sold": "handed_over"}


def _order(tables: Tables, luck: random.Random, *, kind: str) -> None:
    currency = luck.choice(CURRENCIES)
    amount = Money(luck.randrange(1, 500) * 1000, currency)
    order = new_order(tables, currency, amount.minor * 60, state=_STATES.get(kind, "reserved"))
    payment = charged(tables, order, amount)
    if kind == "refunded":
        refunded(tables, payment)
    elif kind == "forfeited":
        facts = {"amount": {"amount": amount.minor, "currency": currency}}
        tables.events.append(
            OrderEvent(
                order=order, number=1, kind="deposit-forfeited", actor="x", facts=facts, at=LATER
            )
        )
        tables.post(f"forfeit:{order.code}", order, Leg("2000", amount), Leg("4100", -amount))
    elif kind == "sold":
        tables.post(f"ho:{order.code}", order, Leg("1200", amount), Leg("4000", -amount))
        tables.post(f"ap:{order.code}", order, Leg("2000", amount), Leg("1200", -amount))


def charged(
    tables: Tables,
    order: Order,
    amount: Money,
    *,
    purpose: str = "deposit",
    at: datetime = PAID,
    fee: Money | None = None,
) -> Payment:
    """A payment that arrived and was booked, not written yet."""
    number = next(_numbers)
    fee = fee or Money(amount.minor * 29 // 1000 + 30, amount.currency)
    payment = Payment(
        code=f"TP{number:06}",
        order=order,
        purpose=purpose,
        attempt=number % 30000,
        provider=PROVIDER,
        provider_id=f"pi_{number}",
        amount=amount.minor,
        currency=amount.currency,
        state="succeeded",
        balance_transaction=f"txn_{number}",
        fee=fee.minor,
        fee_currency=fee.currency,
        created_at=at,
        settled_at=at,
    )
    tables.payments.append(payment)
    move = moved(tables, f"txn_{number}", CHARGE, amount, fee=fee, payment=payment, at=at)
    legs = (Leg("1100", move.net), Leg("5000", fee), Leg("2000", -amount))
    tables.post(f"bt:txn_{number}", order, *legs, at=at)
    return payment


def refunded(tables: Tables, payment: Payment) -> None:
    """All of a payment went back, not written yet."""
    amount, code = payment.money, f"{payment.balance_transaction}r"
    key = f"refund-{payment.code}-1"
    tables.operations.append(
        PaymentOperation(
            payment=payment,
            kind="refund",
            key=key,
            params_hash="0",
            amount=amount.minor,
            provider_ref=f"re_{payment.code}",
            state="done",
            created_at=LATER,
            resolved_at=LATER,
        )
    )
    payment.refunded, payment.state = amount.minor, "refunded"
    moved(tables, code, REFUND, -amount, payment=payment, reference=key, at=LATER)
    tables.post(f"rf:{key}", payment.order, Leg("2000", amount), Leg("2010", -amount))
    tables.post(f"bt:{code}", payment.order, Leg("2010", amount), Leg("1100", -amount))


def moved(
    tables: Tables,
    code: str,
    kind: str,
    gross: Money,
    *,
    at: datetime = PAID,
    fee: Money | None = None,
    payment: Payment | None = None,
    reference: str = "",
    payout: VendorPayout | None = None,
) -> VendorMove:
    """A movement at the vendor, not written yet."""
    move = VendorMove(
        provider=PROVIDER,
        code=code,
        kind=kind,
        gross=gross.minor,
        fee=fee.minor if fee else 0,
        currency=gross.currency,
        vendor_payment=payment.provider_id or "" if payment else "",
        payment=payment,
        reference=reference,
        payout=payout,
        live=True,
        at=at,
        available_on=at.date(),
        seen_at=at,
    )
    tables.moves.append(move)
    return move


def _paid_out(tables: Tables) -> list[VendorPayout]:
    """The first half of each currency's movements went out together, where that leaves something to pay."""
    for currency in CURRENCIES:
        ours = [move for move in tables.moves if move.currency == currency]
        half = ours[: len(ours) // 2]
        out = Money(sum(move.net.minor for move in half), currency)
        if out.minor <= 0:
            continue
        payout = VendorPayout(
            provider=PROVIDER,
            code=f"po_{currency}_{next(_numbers)}",
            amount=out.minor,
            currency=currency,
            arrives_on=TODAY - timedelta(days=3),
            state="paid",
            at=PAID,
            itemised_at=PAID,
            seen_at=PAID,
        )
        tables.payouts.append(payout)
        for move in half:
            move.payout = payout
        moved(tables, f"txn_{payout.code}", PAYOUT, -out, at=PAID, payout=payout)
        tables.post(f"bt:txn_{payout.code}", None, Leg("1010", out), Leg("1100", -out))
    return tables.payouts


def _bank(payouts: list[VendorPayout]) -> None:
    """Two statements of one account that join; the second holds a line for every payout."""
    file = BankFile.objects.create(
        name="x.csv", sha256=f"{next(_numbers):064}", content=b"", uploaded_by="x", uploaded_at=PAID
    )
    statement(file, "7", TODAY - timedelta(days=9), 0, 100)
    second = statement(file, "8", TODAY - timedelta(days=3), 100, 300)
    for payout in payouts:
        line = bank_line(second, payout.money, state="matched")
        BankMatch.objects.create(
            line=line, payout=payout, amount=payout.amount, made_by="system", made_at=LATER
        )
    statement(file, "9", TODAY - timedelta(days=2), 300, 300)


def statement(file: BankFile, number: str, on: date, opening: int, closing: int) -> BankStatement:
    """A statement of one day."""
    return BankStatement.objects.create(
        key=f"{next(_numbers):064}",
        file=file,
        account="DE1",
        currency="CNY",
        number=number,
        opening=opening,
        closing=closing,
        first_on=on,
        last_on=on,
        imported_at=PAID,
    )


def bank_line(
    inside: BankStatement, amount: Money, *, state: str = "open", why: str = ""
) -> BankLine:
    """A line of a statement."""
    return BankLine.objects.create(
        statement=inside,
        key=f"{next(_numbers):064}",
        account=inside.account,
        booked_on=inside.first_on or TODAY,
        value_on=inside.first_on or TODAY,
        amount=amount.minor,
        currency=amount.currency,
        state=state,
        why=why,
    )
