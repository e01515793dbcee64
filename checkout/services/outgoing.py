"""Transfers of ours to buyers: proposed, given an account by the buyer, approved by a second person, sent, seen at the bank."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from checkout.domain import outgoing as life
from checkout.domain.outgoing import Move, State, Why, after, read_account
from checkout.domain.payments import State as PaymentState
from checkout.errors import TransferConflict, UnknownTransfer
from checkout.events import RefundSent
from checkout.models import Compensation, Order, OutgoingTransfer, PaymentOperation
from checkout.models.locks import locked_transfer
from checkout.queries.contests import is_contested
from checkout.queries.payment_list import PaymentList, payment_list
from checkout.services import calls
from checkout.services.moving import locked
from kernel.audit import record
from kernel.crypto import new_code
from kernel.eventbus import publish
from kernel.money import Money


def propose(
    *,
    refund: PaymentOperation,
    why: Why,
    actor: str,
    now: datetime,
    failed: PaymentOperation | None = None,
) -> OutgoingTransfer:
    """Propose to carry out a refund, of a locked order, by transfer; `actor` will not be the one to approve it.

    `failed` is the refund at the vendor that it stands in for. What the buyer gets was posted with the refund.
    """
    payment = refund.payment
    row = OutgoingTransfer(
        order=payment.order,
        payment=payment,
        refund=refund,
        operation=failed,
        why=str(why),
        amount=refund.amount or 0,
        currency=payment.currency,
        reason=refund.reason,
    )
    return _proposed(row, actor, now)


def propose_compensation(
    *, compensation: Compensation, actor: str, now: datetime
) -> OutgoingTransfer:
    """Propose to pay an approved compensation of a locked order out; its approval posted the debt."""
    row = OutgoingTransfer(
        order=compensation.order,
        compensation=compensation,
        why=str(Why.COMPENSATION),
        amount=compensation.amount,
        currency=compensation.currency,
        reason=compensation.kind,
    )
    return _proposed(row, actor, now)


def propose_again(*, transfer: str, actor: str, now: datetime) -> str:
    """Propose anew what a refused or returned transfer was to pay; the buyer is asked for an account again.

    Gives the new transfer's code. Raises UnknownTransfer, TransferConflict while the old one is alive or has a successor.
    """
    with transaction.atomic():
        old = _locked(transfer)
        cause = old.refund_id or old.compensation_id
        living = OutgoingTransfer.objects.exclude(state__in=[*life.OVER]).filter(
            refund=old.refund_id, compensation=old.compensation_id
        )
        if State(old.state) not in life.OVER or cause is None or living.exists():
            raise _conflict(old, "only what was refused or came back is proposed again, and once")
        row = OutgoingTransfer(
            order=old.order,
            payment=old.payment,
            refund=old.refund,
            operation=old.operation,
            compensation=old.compensation,
            why=old.why,
            amount=old.amount,
            currency=old.currency,
            reason=old.reason,
        )
        return _proposed(row, actor, now).code


def give_account(
    *, order: str, holder: str, number: str, bank: str, actor: str, now: datetime
) -> int:
    """The buyer says where the money shall go: every transfer of the order that awaits approval; gives how many.

    Raises UnknownOrder, BadAccount, TransferConflict where none awaits one.
    """
    with transaction.atomic():
        row = locked(order)
        account = read_account(
            holder=holder, number=number, bank=bank, company=row.buyer_kind != "person"
        )
        waiting = list(row.outgoing_transfers.select_for_update().filter(state=State.PROPOSED))
        if not waiting:
            raise TransferConflict(
                "no transfer to this buyer waits for an account",
                facts={"order": order, "state": "", "moves": []},
            )
        for each in waiting:
            each.holder, each.bank = account.holder, account.bank
            each.account_sealed, each.account_hint = account.number, account.hint
            each.save(update_fields=["holder", "bank", "account_sealed", "account_hint"])
            _tell(each, "transfer-account-given", actor, now)
    return len(waiting)


def approve(*, transfer: str, actor: str, now: datetime) -> None:
    """A second person agrees to exactly this: sum, holder and account do not change from now on.

    The same person twice is one. Raises UnknownTransfer, TransferConflict for who proposed it, without an account, while
    its payment is contested, or where it was decided already.
    """
    with transaction.atomic():
        row = _locked(transfer)
        if (row.state, row.decided_by) == (State.APPROVED, actor):
            return
        if not row.account_hint:
            raise _conflict(row, "the buyer has not said where the money shall go")
        if row.payment is not None and is_contested(row.payment):
            raise _conflict(row, "the payment is contested; its vendor decides first")
        _decide(row, Move.APPROVE, actor, now)


def refuse(*, transfer: str, note: str, actor: str, now: datetime) -> None:
    """A second person does not agree, and says in `note` why; what is owed stays owed. The same person twice is one.

    Raises UnknownTransfer, TransferConflict.
    """
    with transaction.atomic():
        row = _locked(transfer)
        if (row.state, row.decided_by) == (State.REFUSED, actor):
            return
        row.note = note[:255]
        _decide(row, Move.REFUSE, actor, now)


def _decide(row: OutgoingTransfer, move: Move, actor: str, now: datetime) -> None:
    to = after(code=row.code, state=State(row.state), move=move)
    if actor == row.proposed_by or not actor.startswith("staff"):
        raise _conflict(row, "who proposed a transfer does not decide about it; staff does")
    row.state, row.decided_by, row.decided_at = str(to), actor, now
    row.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _tell(row, f"transfer-{to}", actor, now)


def send(*, transfers: Collection[str], actor: str, now: datetime) -> PaymentList:
    """Tell our bank to pay these, all of them approved; gives the list to give it, whose sums the audit chain keeps.

    Raises UnknownTransfer, TransferConflict; nothing is sent then.
    """
    with transaction.atomic():
        rows = [_locked(code) for code in _in_order(transfers)]
        for row in rows:
            row.state = str(after(code=row.code, state=State(row.state), move=Move.SEND))
            row.sent_by, row.sent_at = actor, now
            row.save(update_fields=["state", "sent_by", "sent_at"])
            _tell(row, "transfer-sent", actor, now)
        made = payment_list([row.code for row in rows])
        facts = {"transfers": [row.code for row in rows], "count": made.count}
        record(
            subject="bank",
            action="payment-list",
            actor=actor,
            facts={**facts, "totals": made.totals, "sha256": made.sha256},
            now=now,
        )
    return made


def _in_order(transfers: Collection[str]) -> list[str]:
    """The codes in the order in which their orders are locked everywhere; unknown ones stay, to be refused by name."""
    known = OutgoingTransfer.objects.filter(code__in=transfers).order_by("order", "payment", "pk")
    found = list(known.values_list("code", flat=True))
    return [*found, *sorted(set(transfers) - set(found))]


def seen(*, row: OutgoingTransfer, now: datetime) -> None:
    """The bank has paid a locked transfer: what it carries out is done, and the buyer is told."""
    _move(row, Move.SEE, now)
    refund = row.refund
    if refund is None:
        return
    payment = refund.payment
    payment.refunded += row.amount
    if payment.refunded == payment.amount:
        payment.state = str(PaymentState.REFUNDED)
    payment.save(update_fields=["refunded", "state"])
    refund.provider_ref = row.code
    calls.resolve(refund, now)
    amount = Money(row.amount, row.currency)
    publish(RefundSent(order=row.order.code, payment=payment.code, amount=amount, at=now))


def not_seen(*, row: OutgoingTransfer, now: datetime) -> None:
    """The line that showed a locked transfer was another's: it is awaited again."""
    _move(row, Move.UNSEE, now)
    _reopen(row)


def came_back(*, row: OutgoingTransfer, now: datetime) -> None:
    """The bank brought the money of a locked transfer back: the buyer is owed it again."""
    _move(row, Move.RETURN, now)
    _reopen(row)


def _reopen(row: OutgoingTransfer) -> None:
    refund = row.refund
    if refund is None:
        return
    payment = refund.payment
    payment.refunded -= row.amount
    if payment.state == PaymentState.REFUNDED:
        payment.state = str(PaymentState.SUCCEEDED)
    payment.save(update_fields=["refunded", "state"])
    refund.state, refund.resolved_at = PaymentOperation.State.PLANNED, None
    refund.save(update_fields=["state", "resolved_at"])


def _move(row: OutgoingTransfer, move: Move, now: datetime) -> None:
    row.state = str(after(code=row.code, state=State(row.state), move=move))
    row.save(update_fields=["state"])
    _tell(row, f"transfer-{row.state}", life.SYSTEM, now)


def _locked(code: str) -> OutgoingTransfer:
    row = locked_transfer(code)
    if row is None:
        raise UnknownTransfer(f"transfer: there is no {code!r}", facts={"transfer": code})
    return row


def _proposed(row: OutgoingTransfer, actor: str, now: datetime) -> OutgoingTransfer:
    row.code, row.proposed_by, row.proposed_at = f"T{new_code()}", actor, now
    row.save(force_insert=True)
    _tell(row, "transfer-proposed", actor, now)
    return row


def _conflict(row: OutgoingTransfer, message: str) -> TransferConflict:
    moves = [str(each) for each in life.MOVES[State(row.state)]]
    return TransferConflict(
        message, facts={"transfer": row.code, "state": row.state, "moves": moves}
    )


def _tell(row: OutgoingTransfer, action: str, actor: str, now: datetime) -> None:
    facts = {
        "transfer": row.code,
        "why": row.why,
        "amount": row.money,
        "account": row.account_hint,
        "note": row.note,
    }
    order: Order = row.order
    record(subject=f"order:{order.code}", action=action, actor=actor, facts=facts, now=now)
