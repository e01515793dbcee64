"""Every way to break a store that ties out, class by class, and to mend it again: in the tables, as it happens.

`seeded` breaks one thing at a time and lets the run look. Whoever measures calls it too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import F, Model

from checkout.domain.ledger import Leg
from checkout.domain.tie_out import CHARGE, DISPUTE, FEE, REFUND
from checkout.models import (
    BankFile,
    BankMatch,
    BankStatement,
    CarrierMessage,
    FinanceApplication,
    FinanceMessage,
    FinanceOperation,
    InsurerMessage,
    MoneyException,
    Order,
    OutgoingTransfer,
    Payment,
    PaymentOperation,
    Transport,
    TransportOperation,
    VendorDispute,
    VendorMove,
    VendorPayout,
    WebhookMessage,
)
from checkout.services import exceptions, reconciling
from kernel.audit import record
from kernel.money import EXPONENTS, Money
from tests.factories.tied_tables import (
    LATER,
    NOW,
    PROVIDER,
    TODAY,
    Books,
    Tables,
    bank_line,
    charged,
    moved,
    new_order,
    refunded,
    statement,
    tied_store,
)

CNY, NONE = Money(500_000, "CNY"), Money.zero("CNY")
OLD = NOW - timedelta(hours=2)
_numbers = count(1)
Name = tuple[str, str]
"""Class and key of a finding."""
Mend = Callable[[], object]
Broken = tuple[set[Name], Mend]
"""What must be listed, and how it is put right."""


@dataclass
class Place:
    """A store to break something in: the vendor's books, and luck."""

    books: Books
    luck: random.Random

    def one(self, rows: Any) -> Any:
        """One of these rows."""
        return self.luck.choice(list(rows.order_by("pk")))

    def write(self, tables: Tables) -> None:
        """Rows into the tables, their movements into the vendor's books."""
        tables.write()
        self.books.hold(tables)

    def kept(self) -> Payment:
        """A deposit that nobody gave back, of an order that stands."""
        rows = Payment.objects.filter(state="succeeded", purpose="deposit", terms={})
        found: Payment = self.one(rows.filter(order__state="reserved"))
        return found

    def order(self, *, state: str = "reserved") -> tuple[Tables, Order]:
        """A new order, not written yet."""
        tables = Tables()
        return tables, new_order(tables, "CNY", CNY.minor * 60, state=state)


def _put_back(row: Model, **fields: Any) -> Mend:
    """Change these fields of a row now; what is given puts them back."""
    was = {name: getattr(row, name) for name in fields}
    rows = type(row)._default_manager.filter(pk=row.pk)
    rows.update(**fields)
    return lambda: rows.update(**was)


def _in_words(*names: Name) -> Mend:
    """What is put right in the world only: somebody says so."""

    def settle() -> None:
        for kind, key in names:
            row = MoneyException.objects.get(kind=kind, key=key)
            exceptions.resolve(exception=row.pk, words="已核实", actor="staff:1", now=NOW)

    return settle


# ---- Movements without an owner, and payments without a movement ----


def stranger(place: Place) -> Broken:
    """A charge names no payment of ours."""
    move = place.one(VendorMove.objects.filter(kind=CHARGE, provider=PROVIDER))
    code = move.payment.code
    mend = _put_back(move, vendor_payment="pi_nobody", payment=None)
    return {("E01", move.code), ("E02", code)}, mend


def strange_dispute(place: Place) -> Broken:
    """Somebody contests a payment that is none of ours."""
    return _strange(place, DISPUTE, "1150")


def strange_refund(place: Place) -> Broken:
    """A refund of a payment that is none of ours."""
    return _strange(place, REFUND, "2090")


def _strange(place: Place, kind: str, account: str) -> Broken:
    tables, code = Tables(), f"txn_s{next(_numbers)}"
    move = moved(tables, code, kind, -CNY)
    tables.post(f"bt:{code}", None, Leg("1100", -CNY), Leg(account, CNY))
    place.write(tables)
    rows = VendorMove.objects.filter(pk=move.pk)
    return {("E01", code)}, lambda: rows.update(kind="adjustment")


def unbooked(place: Place) -> Broken:
    """Paid two hours ago, and the vendor has no movement of it."""
    return _unbooked(place, timedelta(hours=2))


def just_unbooked(place: Place) -> Broken:
    """Paid an hour and a second ago."""
    return _unbooked(place, timedelta(hours=1, seconds=1))


def _unbooked(place: Place, ago: timedelta) -> Broken:
    tables, order = place.order()
    payment = charged(tables, order, CNY, at=NOW - ago)
    payment.balance_transaction = ""
    late = Tables(moves=tables.moves, entries=tables.entries)
    tables.moves, tables.entries = [], []
    place.write(tables)

    def book() -> None:
        place.write(late)
        code = late.moves[0].code
        Payment.objects.filter(pk=payment.pk).update(balance_transaction=code)

    return {("E02", payment.code)}, book


def too_much(place: Place) -> Broken:
    """The vendor took a cent more than was asked for."""
    return _mismatch(place, "E03", Money(CNY.minor + 1, "CNY"))


def too_little(place: Place) -> Broken:
    """The vendor took less."""
    return _mismatch(place, "E03", Money(1, "CNY"))


def foreign(place: Place) -> Broken:
    """The vendor took another currency."""
    return _mismatch(place, "E04", Money(CNY.minor, "EUR"))


def foreign_yen(place: Place) -> Broken:
    """A currency without decimals."""
    return _mismatch(place, "E04", Money(CNY.minor, "JPY"))


def _mismatch(place: Place, kind: str, seen: Money) -> Broken:
    tables, order = place.order(state="awaiting_deposit")
    payment = charged(tables, order, seen, fee=Money(30, seen.currency))
    payment.amount, payment.currency = CNY.minor, "CNY"
    payment.state, payment.failure_code = "failed", "payment-mismatch"
    entry, legs = tables.entries[-1]
    entry.note = payment.code
    legs[-1] = Leg("2090", -seen)
    if seen.minor == 1:  # the vendor keeps more than it took
        tables.moves[0].fee = 0
        legs[:] = [Leg("1100", seen), Leg("2090", -seen)]
    place.write(tables)
    return {(kind, payment.code)}, _in_words((kind, payment.code))


def told_too_much(place: Place) -> Broken:
    """The vendor took something else and has not booked it: only the audit chain knows how much."""
    tables, order = place.order(state="awaiting_deposit")
    payment = charged(tables, order, CNY)
    payment.state, payment.failure_code = "failed", "payment-mismatch"
    payment.balance_transaction = ""
    tables.moves, tables.entries = [], []
    place.write(tables)
    facts = {"payment": payment.code, "expected": CNY, "found": Money(7, "CNY")}
    record(
        subject=f"order:{order.code}", action="payment-mismatch", actor="x", facts=facts, now=LATER
    )
    return {("E03", payment.code)}, _in_words(("E03", payment.code))


def booked_otherwise(place: Place) -> Broken:
    """The vendor booked another amount than it told us, and its balance says so too."""
    payment = place.kept()
    move = VendorMove.objects.get(payment=payment, kind=CHARGE)
    return {("E03", payment.code)}, _put_back(move, gross=move.gross + 1, fee=move.fee + 1)


def dear(place: Place) -> Broken:
    """A fee of more than six in a hundred."""
    return _fee(place, Money(CNY.minor * 7 // 100 + 101, "CNY"))


def paid_fee(place: Place) -> Broken:
    """A fee below zero: the vendor pays us for taking money."""
    return _fee(place, Money(-1, "CNY"))


def _fee(place: Place, fee: Money) -> Broken:
    tables, order = place.order()
    charged(tables, order, CNY, fee=fee)
    place.write(tables)
    code = tables.moves[0].code
    return {("E05", code)}, _in_words(("E05", code))


def twice(place: Place) -> Broken:
    """One deposit, two charges."""
    first, tables = place.kept(), Tables()
    again = charged(tables, first.order, first.money)
    place.write(tables)
    return {("E06", f"{first.order.code}:deposit")}, lambda: _give_back(place, again)


def twice_elsewhere(place: Place) -> Broken:
    """The second time at the bank."""
    first, tables = place.kept(), Tables()
    again = charged(tables, first.order, first.money)
    again.provider, again.balance_transaction = "bank", ""
    entry, legs = tables.entries[0]
    entry.key, legs[:] = (
        f"match:{again.code}",
        [Leg("2090", first.money), Leg("2000", -first.money)],
    )
    tables.moves = []
    place.write(tables)
    line = bank_line(BankStatement.objects.order_by("pk")[0], first.money, state="matched")
    BankMatch.objects.create(
        line=line, payment=again, amount=again.amount, made_by="x", made_at=LATER
    )

    def give_back() -> None:
        back = Tables()
        refunded(back, again)
        back.moves, back.entries = [], back.entries[:1]
        place.write(back)
        again.save()

    return {("E06", f"{first.order.code}:deposit")}, give_back


def balance_twice(place: Place) -> Broken:
    """The balance was paid in two parts that are more than the price."""
    tables, order = place.order()
    charged(tables, order, CNY * 60, purpose="balance")
    again = charged(tables, order, CNY, purpose="balance")
    place.write(tables)
    return {("E06", f"{order.code}:balance")}, lambda: _give_back(place, again)


def _give_back(place: Place, payment: Payment) -> None:
    tables = Tables()
    refunded(tables, payment)
    place.write(tables)
    payment.save()


# ---- Refunds, disputes, payouts ----


def not_ours(place: Place) -> Broken:
    """Somebody refunded at the vendor's own desk."""
    return _not_ours(place, "")


def not_our_key(place: Place) -> Broken:
    """A refund with a key that we never made."""
    return _not_ours(place, "re_dashboard")


def _not_ours(place: Place, reference: str) -> Broken:
    payment, tables, code = place.kept(), Tables(), f"txn_n{next(_numbers)}"
    part = Money(10, payment.currency)
    moved(tables, code, REFUND, -part, payment=payment, reference=reference)
    tables.post(f"bt:{code}", payment.order, Leg("1100", -part), Leg("2090", part))
    place.write(tables)
    return {("E07", code)}, _in_words(("E07", code))


def failed(place: Place) -> Broken:
    """A refund failed; then the bank was told to pay it."""
    operation = _failed(place, place.kept())

    def by_bank() -> None:
        OutgoingTransfer.objects.create(
            code=f"OT{next(_numbers):06}",
            order=operation.payment.order,
            operation=operation,
            why="failed",
            amount=operation.amount or 0,
            currency=operation.payment.currency,
            state="sent",
            proposed_by="staff:1",
            proposed_at=LATER,
            decided_by="staff:2",
        )

    return {("E08", operation.key)}, by_bank


def failed_by_itself(place: Place) -> Broken:
    """Money came too late, and the vendor refused to give it back; asked again, it did."""
    tables, order = place.order(state="expired")
    payment = charged(tables, order, CNY)
    place.write(tables)
    operation = _failed(place, payment, reason="late-payment")
    return {("E08", operation.key)}, lambda: _give_back(place, payment)


def _failed(place: Place, payment: Payment, reason: str = "") -> PaymentOperation:
    key, amount = f"refund-{payment.code}-{next(_numbers) + 10}", payment.money
    tables = Tables()
    operation = PaymentOperation(
        payment=payment,
        kind="refund",
        key=key,
        params_hash="0",
        amount=amount.minor,
        state="failed",
        reason=reason,
        created_at=LATER,
        resolved_at=LATER,
    )
    tables.operations.append(operation)
    tables.post(f"rf:{key}", payment.order, Leg("2000", amount), Leg("2010", -amount))
    tables.post(f"rx:{key}", payment.order, Leg("2010", amount), Leg("2000", -amount))
    place.write(tables)
    return operation


def contested(place: Place) -> Broken:
    """A payer contests; the dispute is won."""
    return _contested(place, place.kept(), "won")


def contested_by_a_stranger(place: Place) -> Broken:
    """A payment that we do not know is contested; the dispute is lost."""
    return _contested(place, None, "lost")


def _contested(place: Place, payment: Payment | None, end: str) -> Broken:
    dispute = VendorDispute.objects.create(
        provider=PROVIDER,
        code=f"dp_{next(_numbers)}",
        payment=payment,
        amount=5,
        currency="CNY",
        state="open",
        answer_by=place.luck.choice((None, NOW)),
        at=LATER,
        seen_at=LATER,
    )
    rows = VendorDispute.objects.filter(pk=dispute.pk)
    return {("E09", dispute.code)}, lambda: rows.update(state=end)


def short(place: Place) -> Broken:
    """A payout is a cent off."""
    payout = place.one(VendorPayout.objects.all())
    return {("E10", payout.code)}, _put_back(
        payout, amount=payout.amount + place.luck.choice((-1, 1))
    )


def not_inside(place: Place) -> Broken:
    """A movement is missing in its payout."""
    move = place.one(VendorMove.objects.exclude(payout=None).filter(kind=CHARGE))
    return {("E10", move.payout.code)}, _put_back(move, payout=None)


def never_itemised(place: Place) -> Broken:
    """Nobody could say for days what a payout holds."""
    payout = place.one(VendorPayout.objects.all())
    moves = VendorMove.objects.filter(payout=payout)
    inside = list(moves.values_list("pk", flat=True))
    moves.update(payout=None)
    _put_back(payout, itemised_at=None)

    def itemise() -> None:
        VendorMove.objects.filter(pk__in=inside).update(payout=payout)
        VendorPayout.objects.filter(pk=payout.pk).update(itemised_at=NOW)

    return {("E10", payout.code)}, itemise


def lost(place: Place) -> Broken:
    """A payout has not come to the bank for eight days."""
    payout = _overdue(place)
    matches = BankMatch.objects.filter(payout=payout)
    matches.update(undone_at=NOW)
    return {("E11", payout.code)}, lambda: matches.update(undone_at=None)


def partly_lost(place: Place) -> Broken:
    """Less came to the bank; it was a charge of a bank on the way."""
    payout = _overdue(place)
    matches = BankMatch.objects.filter(payout=payout)
    matches.update(amount=F("amount") - 1)

    def explained() -> None:
        matches.filter(charge=0).update(charge=1)

    return {("E11", payout.code)}, explained


def _overdue(place: Place) -> VendorPayout:
    payout: VendorPayout = place.one(VendorPayout.objects.filter(bank_matches__charge=0))
    VendorPayout.objects.filter(pk=payout.pk).update(arrives_on=TODAY - timedelta(days=8))
    return payout


# ---- The bank ----


def _line(why: str, kind: str, end: str) -> Callable[[Place], Broken]:
    def broken(place: Place) -> Broken:
        line = bank_line(BankStatement.objects.order_by("pk")[0], CNY, why=why)
        rows = type(line).objects.filter(pk=line.pk)
        return {(kind, line.key)}, lambda: rows.update(state=end)

    return broken


def gap(place: Place) -> Broken:
    """A statement is missing; then it is imported."""
    return _unjoined(place, 999)


def overlap(place: Place) -> Broken:
    """A statement begins before the last one ended."""
    return _unjoined(place, -999)


def _unjoined(place: Place, more: int) -> Broken:
    file = BankFile.objects.order_by("pk")[0]
    last = BankStatement.objects.order_by("first_on", "last_on", "pk").last()
    assert last is not None
    assert last.closing is not None
    closing = last.closing
    opening, number = closing + more, f"{10 + next(_numbers)}"
    day = (last.first_on or TODAY) + timedelta(days=1)
    after = statement(file, number, day, opening, opening)

    def imported() -> None:
        statement(file, f"{number}a", last.first_on or day, closing, opening)

    return {("E14", f"DE1:{last.number}:{after.number}")}, imported


# ---- Sums ----


def unposted(place: Place) -> Broken:
    """The vendor booked something, and the ledger did not."""
    tables, code = Tables(), f"txn_u{next(_numbers)}"
    move = moved(tables, code, FEE, -CNY)
    place.write(tables)

    def post() -> None:
        late = Tables()
        late.post(f"bt:{code}", None, Leg("1100", move.net), Leg("5000", -move.net))
        late.write()

    return {("E15", f"unposted:{code}"), ("E15", f"balance:{PROVIDER}:CNY")}, post


def unreadable(place: Place) -> Broken:
    """The vendor booked gold."""
    tables, code = Tables(), f"txn_g{next(_numbers)}"
    move = moved(tables, code, FEE, -CNY)
    move.currency = "XAU"
    place.write(tables)
    rows = VendorMove.objects.filter(pk=move.pk)
    return {("E15", f"unposted:{code}")}, lambda: rows.update(gross=0, currency="CNY")


def other_balance(place: Place) -> Broken:
    """The vendor holds a cent that none of its movements tells of."""
    currency = place.luck.choice(sorted(EXPONENTS.keys() & place.books.holds))
    place.books.holds[currency] += 1

    def taken() -> None:
        place.books.holds[currency] -= 1

    return {("E15", f"balance:{PROVIDER}:{currency}")}, taken


def other_books(place: Place) -> Broken:
    """Somebody posted on 1100 by hand."""
    return _posted_by_hand("1100", None, f"balance:{PROVIDER}:CNY")


def other_deposit(place: Place) -> Broken:
    """Somebody posted on an order's deposit by hand."""
    order = place.one(Order.objects.filter(state="reserved"))
    amount = Money(7, order.currency)
    return _posted_by_hand("2000", order, f"deposit:{order.code}", amount)


def deposit_abroad(place: Place) -> Broken:
    """In another currency than the order's."""
    order = place.one(Order.objects.filter(state="reserved").exclude(currency="CNY"))
    return _posted_by_hand("2000", order, f"deposit:{order.code} CNY")


def deposit_of_nobody(place: Place) -> Broken:
    """For no order at all."""
    return _posted_by_hand("2000", None, "deposit:- CNY")


def _posted_by_hand(account: str, order: Order | None, key: str, amount: Money = CNY) -> Broken:
    number, tables = next(_numbers), Tables()
    tables.post(f"hand:{number}", order, Leg(account, amount), Leg("7000", -amount))
    tables.write()

    def reverse() -> None:
        back = Tables()
        back.post(f"reversal:hand:{number}", order, Leg(account, -amount), Leg("7000", amount))
        back.write()

    return {("E15", key)}, reverse


def refund_not_posted(place: Place) -> Broken:
    """A refund was decided, and the ledger does not know."""
    payment, tables = place.kept(), Tables()
    refunded(tables, payment)
    late = Tables(entries=tables.entries[:1])
    tables.entries = tables.entries[1:]
    place.write(tables)
    payment.save()
    return {("E15", f"deposit:{payment.order.code}")}, late.write


def kept_twice(place: Place) -> Broken:
    """A deposit was kept by the seller twice in the books."""
    order = place.one(Order.objects.filter(state="cancelled", events__kind="deposit-forfeited"))
    return _posted_by_hand("2000", order, f"deposit:{order.code}", Money(9, order.currency))


# ---- Calls, messages, modes, deadlines ----


def _unheard(state: str, kind: str) -> Callable[[Place], Broken]:
    def broken(place: Place) -> Broken:
        tables, payment, key = Tables(), place.kept(), f"{kind}-x-{next(_numbers)}"
        operation = PaymentOperation(
            payment=payment, kind=kind, key=key, params_hash="0", state=state, created_at=OLD
        )
        tables.operations.append(operation)
        if kind == "refund":
            operation.amount = payment.amount
            legs = (Leg("2000", payment.money), Leg("2010", -payment.money))
            tables.post(f"rf:{key}", payment.order, *legs)
        place.write(tables)
        rows = PaymentOperation.objects.filter(pk=operation.pk)
        # An accepted refund is awaited; any other call has its answer.
        heard = {"provider_ref": "re_x", "state": "sent"} if kind == "refund" else {"state": "done"}
        return {("E16", key)}, lambda: rows.update(**heard)

    return broken


def unheard_lender(place: Place) -> Broken:
    """A lender never answered."""
    application = FinanceApplication.objects.create(
        code=f"FA{next(_numbers):06}",
        order=place.kept().order,
        lender="x",
        product="x",
        model="x",
        currency="CNY",
        price=1,
        quoted_amount=1,
        amount=1,
        months=1,
        annual_rate=Decimal(0),
        tolerance=Decimal(0),
        created_at=OLD,
        state="cancelled",
    )
    return _other_call("lender", FinanceOperation, application=application, kind="draw")


def unheard_carrier(place: Place) -> Broken:
    """A carrier never answered."""
    transport = Transport.objects.create(
        code=f"TR{next(_numbers):06}",
        order=place.kept().order,
        carrier="x",
        created_at=OLD,
        ended_at=OLD,
    )
    return _other_call("carrier", TransportOperation, transport=transport, kind="order")


def _other_call(door: str, table: Any, **fields: Any) -> Broken:
    key = f"call-{next(_numbers)}"
    row = table.objects.create(key=key, state="unknown", created_at=OLD, **fields)
    rows = table.objects.filter(pk=row.pk)
    return {("E16", f"{door}:{key}")}, lambda: rows.update(state="failed", resolved_at=NOW)


def _given_up(table: Any, inbox: str, **fields: Any) -> Callable[[Place], Broken]:
    def broken(place: Place) -> Broken:
        event = f"evt_{next(_numbers)}"
        row = table.objects.create(
            type="x", event_id=event, received_at=OLD, attempts=12, error="x", **fields
        )
        rows = table.objects.filter(pk=row.pk)
        return {("E17", f"{inbox}:x:{event}")}, lambda: rows.update(processed_at=NOW)

    return broken


def test_mode(place: Place) -> Broken:
    """A movement of the vendor's test mode."""
    move = place.one(VendorMove.objects.filter(live=True))
    return {("E18", move.code)}, _put_back(move, live=False)


def other_mode(place: Place) -> Broken:
    """The key is one of the test mode: every movement is of the other one."""
    place.books.live = False
    names = {("E18", code) for code in VendorMove.objects.values_list("code", flat=True)}

    def other_key() -> None:
        place.books.live = True

    return names, other_key


def expiring(place: Place) -> Broken:
    """A hold ends within hours; then it is let go."""
    return _held(place, NOW + timedelta(hours=5))


def expiring_tomorrow(place: Place) -> Broken:
    """A hold ends in a day, to the second."""
    return _held(place, NOW + timedelta(days=1))


def expired(place: Place) -> Broken:
    """A hold has ended already."""
    return _held(place, NOW - timedelta(hours=1))


def _held(place: Place, until: Any) -> Broken:
    tables, order = place.order(state="awaiting_deposit")
    payment = charged(tables, order, CNY)
    payment.state, payment.settled_at, payment.balance_transaction = "requires_action", None, ""
    payment.terms = {"hold_until": until.isoformat()}
    tables.moves, tables.entries = [], []
    place.write(tables)
    rows = Payment.objects.filter(pk=payment.pk)
    return {("E19", payment.code)}, lambda: rows.update(terms={}, state="canceled")


def _window(days: int) -> Callable[[Place], Broken]:
    """Money that can go back for so many days, paid five days ago."""

    def broken(place: Place) -> Broken:
        payment = place.kept()
        return {("E20", payment.code)}, _put_back(payment, terms={"refund_days": days})

    return broken


BREAKAGES: dict[str, tuple[Callable[[Place], Broken], ...]] = {
    "E01": (stranger, strange_dispute, strange_refund),
    "E02": (unbooked, just_unbooked),
    "E03": (too_much, too_little, told_too_much, booked_otherwise),
    "E04": (foreign, foreign_yen),
    "E05": (dear, paid_fee),
    "E06": (twice, twice_elsewhere, balance_twice),
    "E07": (not_ours, not_our_key),
    "E08": (failed, failed_by_itself),
    "E09": (contested, contested_by_a_stranger),
    "E10": (short, not_inside, never_itemised),
    "E11": (lost, partly_lost),
    "E12": (
        _line("unknown", "E12", "aside"),
        _line("nothing-due", "E12", "matched"),
        _line("amount", "E12", "matched"),
    ),
    "E13": (
        _line("ambiguous", "E13", "matched"),
        _line("cut", "E13", "matched"),
        _line("claimed-twice", "E13", "aside"),
    ),
    "E14": (gap, overlap),
    "E15": (
        unposted,
        unreadable,
        other_balance,
        other_books,
        other_deposit,
        deposit_abroad,
        deposit_of_nobody,
        refund_not_posted,
        kept_twice,
    ),
    "E16": (
        _unheard("sent", "create"),
        _unheard("unknown", "refund"),
        unheard_lender,
        unheard_carrier,
    ),
    "E17": (
        _given_up(WebhookMessage, "payment", provider="x", payload={}),
        _given_up(FinanceMessage, "lender", lender="x", lender_reference="x"),
        _given_up(InsurerMessage, "insurer", insurer="x", insurer_reference="x"),
        _given_up(CarrierMessage, "carrier", carrier="x", carrier_reference="x"),
    ),
    "E18": (test_mode, other_mode),
    "E19": (expiring, expiring_tomorrow, expired),
    "E20": (_window(5), _window(15), _window(1)),
}
"""The ways to bring about each class."""


@dataclass
class Seeded:
    """How the run did: how many things were broken, what it missed, what it listed that was not broken, what stayed."""

    broken: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    stayed: list[str] = field(default_factory=list)


def seeded(*, seed: int, sample: bool = False, orders: int = 30) -> Seeded:
    """Break one thing at a time in a store that ties out, let the run look, mend it, let the run look again.

    `sample`: one way a class, else every way. The tables must be empty of orders and movements.
    """
    luck = random.Random(seed)
    place, done = Place(tied_store(orders=orders, seed=seed), luck), Seeded()
    moment = count(1)

    def listed() -> set[Name]:
        now = NOW + timedelta(seconds=next(moment))
        reconciling.run(provider=PROVIDER, books=place.books, now=now, by="system")
        rows = MoneyException.objects.filter(state="open")
        return set(rows.values_list("kind", "key"))

    done.false += [f"before anything: {name}" for name in listed()]
    for name, breakage in _chosen(luck, sample):
        expected, mend = breakage(place)
        found = listed()
        done.broken += 1
        done.missed += [f"{name}: {each}" for each in sorted(expected - found)]
        done.false += [f"{name}: {each}" for each in sorted(found - expected)]
        mend()
        done.stayed += [f"{name}: {each}" for each in sorted(listed())]
    return done


def _chosen(luck: random.Random, sample: bool) -> Iterator[tuple[str, Callable[[Place], Broken]]]:
    for kind, ways in BREAKAGES.items():
        at = luck.randrange(len(ways))
        for number, way in enumerate(ways):
            if number == at or not sample:
                yield f"{kind}.{number}", way
