"""What happens on a car's way to its buyer, in words, as the history of an order tells it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kernel.text import Text

DELIVERY_EVENTS: Mapping[str, Text] = MappingProxyType(
    {
        "promise-changed": {
            "zh-hans": "交付时间改为 {from} 至 {until}",
            "en": "Delivery is now promised for {from} to {until}",
        },
        "car-built": {"zh-hans": "车辆下线", "en": "The car is built"},
        "car-at-place": {"zh-hans": "车辆途经一站", "en": "The car passed a place on its way"},
        "car-arrived": {
            "zh-hans": "车辆已到交付地点",
            "en": "The car has come to the place of handover",
        },
        "car-defect-found": {
            "zh-hans": "交付前检查发现问题，正在处理",
            "en": "The inspection found something, which is being mended",
        },
        "car-inspected": {"zh-hans": "交付前检查合格", "en": "The car passed its inspection"},
        "handover-booked": {"zh-hans": "已预约交车", "en": "The handover is booked"},
        "handover-given-up": {
            "zh-hans": "交车预约已取消",
            "en": "The appointment of the handover was given up",
        },
        "priority-chosen": {
            "zh-hans": "已选择优先交付，费用 {fee} 随尾款支付",
            "en": "Priority delivery chosen; its fee of {fee} is due with the balance",
        },
        "priority-given-up": {
            "zh-hans": "已取消优先交付",
            "en": "Priority delivery was given up",
        },
        "priority-kept": {"zh-hans": "优先交付已兑现", "en": "Priority delivery was kept"},
        "priority-missed": {
            "zh-hans": "优先交付未能兑现，不再收取 {fee}",
            "en": "Priority delivery was missed; its fee of {fee} is not owed any more",
        },
        "delay-compensation": {
            "zh-hans": "交付晚了 {days} 天，已为你提出补偿",
            "en": "The car is {days} days late; a compensation was proposed for you",
        },
        "transport-ordered": {"zh-hans": "已安排运输", "en": "The transport is ordered"},
        "transport-failed": {
            "zh-hans": "运输出了问题，我们正在处理",
            "en": "The transport ran into trouble; we are on it",
        },
        "transport-cancelled": {"zh-hans": "运输已取消", "en": "The transport was cancelled"},
    }
)
"""One text per kind of event; a kind that is not listed shows its code."""
