"""One event of every kind that is told, about an order of the test's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from checkout import events as checkout
from contracts import events as contracts
from kernel.money import Money

CNY = Money.of("5000.00", "CNY")


def happenings(order: str, at: datetime) -> dict[str, Any]:
    """An event by the template of the buyer's notice that tells it, in an order in which all are told.

    `order_expired` ends the list of what comes before a deposit, `order_cancelled` what comes before a handover.
    """
    soon = at + timedelta(days=3)
    return {
        "order_placed": checkout.OrderPlaced(order, at),
        "deposit_paid": checkout.DepositPaid(order, "PAY00001", CNY, at),
        "contract_ready": contracts.ContractIssued("FC-2026-K7Q2M4XW", order, "ab" * 32, at),
        "contract_reminder": contracts.ContractReminded("FC-2026-K7Q2M4XW", order, 1, at),
        "contract_signed": contracts.ContractSigned("FC-2026-K7Q2M4XW", order, "cd" * 32, at),
        "contract_expired": contracts.ContractExpired("FC-2026-K7Q2M4XW", order, at),
        "payment_failed": checkout.PaymentFailed(order, "PAY00001", at),
        "order_expired": checkout.OrderExpired(order, at),
        "lock_reminder": checkout.LockReminded(order, soon, at),
        "order_locked": checkout.OrderLocked(order, "buyer", at),
        "order_amended": checkout.OrderAmended(order, 1, ("build", "finance"), at),
        "promise_changed": checkout.PromiseChanged(
            order, 1, date(2027, 1, 4), date(2027, 1, 18), at
        ),
        "stage_reached": checkout.DeliveryStageReached(order, 1, "built", at),
        "balance_due": checkout.BalanceDue(order, CNY, at),
        "balance_paid": checkout.BalancePaid(order, "PAY00002", CNY, at),
        "handover_booked": checkout.HandoverBooked(order, soon, "鹭行厦门交付中心", at),
        "handover_changed": checkout.HandoverBooked(
            order, soon + timedelta(hours=2), "鹭行厦门交付中心", at + timedelta(seconds=1)
        ),
        "handover_given_up": checkout.HandoverBooked(order, None, "", at + timedelta(seconds=2)),
        "handed_over": checkout.OrderHandedOver(order, at),
        "order_cancelled": checkout.OrderCancelled(order, at, by="staff:anna"),
        "withdrawal_receipt": checkout.OrderWithdrawn(order, "W-2026-K7Q2M4XW", at),
        "refund_planned": checkout.RefundPlanned(order, CNY, "cancellation", date(2026, 12, 1), at),
        "refund_sent": checkout.RefundSent(order, "PAY00001", CNY, at),
        "compensation_proposed": checkout.CompensationProposed(order, CNY, "delay", at),
        "order_disputed": checkout.OrderDisputed(order, at),
        "finance_decided": checkout.FinanceMoved(order, "FABC2345", "counter_offer", at),
        "cover_changed": checkout.PolicyMoved(order, "PABC2345", "bound", at),
        "desk_contract_stuck": contracts.ContractStuck("FC-2026-K7Q2M4XW", order, at),
        "desk_damage": checkout.DamageNoted(order, at),
    }
