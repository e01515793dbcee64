"""What staff call letters, readers, channels and urgencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.text import Text
from storefront.notify.table import Audience, Channel, Urgency

LETTERS: Mapping[str, Text] = {
    "order_placed": {"zh-hans": "订单已提交", "en": "Order placed"},
    "deposit_paid": {"zh-hans": "定金已到账", "en": "Deposit received"},
    "contract_ready": {"zh-hans": "合同可阅读", "en": "Contract ready"},
    "contract_reminder": {"zh-hans": "合同待签提醒", "en": "Reminder to sign"},
    "contract_signed": {"zh-hans": "合同双方已签署", "en": "Contract signed"},
    "contract_expired": {"zh-hans": "合同过期", "en": "Contract expired"},
    "payment_failed": {"zh-hans": "支付失败", "en": "Payment failed"},
    "order_expired": {"zh-hans": "订单过期", "en": "Order lapsed"},
    "lock_reminder": {"zh-hans": "锁定提醒", "en": "Reminder to lock"},
    "order_locked": {"zh-hans": "订单已锁定", "en": "Order locked"},
    "order_amended": {"zh-hans": "订单已修改", "en": "Order changed"},
    "promise_changed": {"zh-hans": "交付日期变更", "en": "New delivery dates"},
    "stage_reached": {"zh-hans": "交付进展", "en": "On its way"},
    "balance_due": {"zh-hans": "待验车、付尾款", "en": "Ready, balance due"},
    "balance_paid": {"zh-hans": "尾款已到账", "en": "Balance received"},
    "handover_booked": {"zh-hans": "交车已预约", "en": "Handover booked"},
    "handover_changed": {"zh-hans": "交车已改期", "en": "Handover moved"},
    "handover_given_up": {"zh-hans": "交车预约取消", "en": "Handover given up"},
    "handover_reminder": {"zh-hans": "交车提醒", "en": "Handover tomorrow"},
    "handed_over": {"zh-hans": "已交车", "en": "Handed over"},
    "order_cancelled": {"zh-hans": "订单已取消", "en": "Order cancelled"},
    "withdrawal_receipt": {"zh-hans": "撤销确认", "en": "Receipt of withdrawal"},
    "refund_planned": {"zh-hans": "将退款", "en": "Refund planned"},
    "refund_sent": {"zh-hans": "已退款", "en": "Refund sent"},
    "compensation_proposed": {"zh-hans": "补偿", "en": "Compensation"},
    "order_disputed": {"zh-hans": "付款有争议", "en": "Payment disputed"},
    "finance_decided": {"zh-hans": "贷款结果", "en": "Loan decided"},
    "cover_changed": {"zh-hans": "保险变化", "en": "Insurance changed"},
    "desk_new_order": {"zh-hans": "内部：新订单", "en": "Desk: new order"},
    "desk_cancelled": {"zh-hans": "内部：订单取消", "en": "Desk: order cancelled"},
    "desk_withdrawn": {"zh-hans": "内部：客户撤销", "en": "Desk: buyer withdrew"},
    "desk_disputed": {"zh-hans": "内部：付款争议", "en": "Desk: payment disputed"},
    "desk_contract_stuck": {"zh-hans": "内部：合同卡住", "en": "Desk: contract stuck"},
    "desk_damage": {"zh-hans": "内部：车辆损伤", "en": "Desk: damage noted"},
}
AUDIENCES: Mapping[Audience, Any] = {Audience.BUYER: _("buyer"), Audience.DESK: _("desk")}
CHANNELS: Mapping[Channel, Any] = {Channel.MAIL: _("e-mail"), Channel.SMS: _("text message")}
URGENCIES: Mapping[Urgency, Any] = {
    Urgency.ANSWER: _("at once, the reader waits for it"),
    Urgency.URGENT: _("at once"),
    Urgency.NEAR: _("at once within a day, else not at night"),
    Urgency.CALM: _("not at night"),
}
