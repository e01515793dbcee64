"""What a policy says to its buyer, in both languages: the consent, each state, and why the gate is shut."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kernel.text import Text, pick

COVER_CONSENT_VERSION = "2026-11"


def cover_consent(insurer_name: Text) -> Text:
    """What the buyer agrees to for one insurer; a change of it is a new `COVER_CONSENT_VERSION`."""
    return {
        "zh-hans": (
            f"我同意将车辆信息、驾驶人年龄与无赔款等级，以及我的姓名、电话和邮箱提供给"
            f"{pick(insurer_name, 'zh-hans')}，仅用于为本订单投保。"
        ),
        "en": (
            "I agree that the car, the driver's age and no-claims class, and my name, telephone and e-mail are "
            f"given to {pick(insurer_name, 'en')}, only to insure the car of this order."
        ),
    }


STATES: Mapping[str, Text] = MappingProxyType(
    {
        "quoted": {
            "zh-hans": "正在向保险公司投保，稍后给出保单号",
            "en": "On its way to the insurer; the proof follows in a moment",
        },
        "bound": {
            "zh-hans": "已承保，自起保日零时生效",
            "en": "Bound. Cover begins on the first day",
        },
        "active": {"zh-hans": "保险生效中", "en": "In force"},
        "cancelled": {"zh-hans": "已退保", "en": "Cancelled"},
        "lapsed": {
            "zh-hans": "未生效或已到期",
            "en": "Not taken out, or its year is over",
        },
    }
)
"""Where a policy stands, to its buyer."""

GATE: Mapping[str, Text] = MappingProxyType(
    {
        "": {
            "zh-hans": "强制保险已备齐，可以交车",
            "en": "The compulsory cover is there; the key can be handed over",
        },
        "missing": {
            "zh-hans": "还没有强制保险，交车前必须有：在这里投保，或登记在别处投的保单",
            "en": "The compulsory cover is missing. Before handover take one out here, or show one from elsewhere",
        },
        "not_bound": {
            "zh-hans": "强制保险正在投保，承保后才能交车",
            "en": "The compulsory cover is on its way; the key waits until it is bound",
        },
        "vehicle": {
            "zh-hans": "保单对应的是另一辆车",
            "en": "The policy is bound to another car",
        },
        "not_begun": {
            "zh-hans": "保险还没到起保日，起保后才能交车",
            "en": "The cover has not begun; the key waits for its first day",
        },
        "ended": {"zh-hans": "保险已到期", "en": "The cover has ended"},
    }
)
"""What the buyer reads of the gate before handover, by reason."""
