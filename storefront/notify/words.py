"""Codes of events in words for letters: stages, decisions, covers, reasons. Plain data in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.text import Text, pick

STAGES: Mapping[str, Text] = {
    "production_started": {"zh-hans": "已开始生产", "en": "its production has begun"},
    "allocated": {"zh-hans": "已为您配好车", "en": "a car is now yours"},
    "built": {"zh-hans": "已下线", "en": "it is built"},
    "departed": {"zh-hans": "已发运，正在路上", "en": "it is on its way"},
    "arrived": {"zh-hans": "已到交付中心", "en": "it has come to the place of handover"},
    "ready": {"zh-hans": "已到店待验，可以来看车", "en": "it stands ready for you to inspect"},
    "defect_found": {
        "zh-hans": "交付前检查发现一处问题，我们正在处理",
        "en": "our inspection found something, and we are mending it",
    },
}
"""Stages of delivery that are worth a letter; the others stand on the order's page only."""

STAGE_OF_STATE: Mapping[str, str] = {
    "in_production": "production_started",
    "allocated": "allocated",
    "in_transit": "departed",
    "inspection_ready": "ready",
}
"""An order's state on the way, and the stage that it is: both tell the same."""

TOLD_OTHERWISE = frozenset({"ready", "handed_over"})
"""Stages of the car that the order tells: by the balance that is due, or by its own move where nothing is."""

REPEATING = frozenset({"defect_found"})
"""Stages that may come again and are then told again."""

AMENDED: Mapping[str, Text] = {
    "build": {"zh-hans": "车辆配置", "en": "the car itself"},
    "extras": {"zh-hans": "附加服务", "en": "extras"},
    "finance": {"zh-hans": "贷款方案", "en": "the loan"},
    "insurance": {"zh-hans": "保险", "en": "the insurance"},
    "delivery": {"zh-hans": "交付方式", "en": "the delivery"},
    "address": {"zh-hans": "您的地址", "en": "your address"},
}

DECISIONS: Mapping[str, tuple[Text, Text]] = {
    "approved": (
        {"zh-hans": "已批准", "en": "approved"},
        {
            "zh-hans": "您不需要再做什么，交车前金融机构会直接放款。",
            "en": "There is nothing more for you to do; the lender pays before the handover.",
        },
    ),
    "counter_offer": (
        {"zh-hans": "金融机构另有报价", "en": "the lender makes another offer"},
        {
            "zh-hans": "金额或利率与您申请的不同，请看过之后再决定是否接受。",
            "en": "Sum or rate differ from what you asked for. Please read it, and accept it only if it suits you.",
        },
    ),
    "declined": (
        {"zh-hans": "未获批准", "en": "declined"},
        {
            "zh-hans": "订单不受影响：您可以换一款贷款，或者改付全款。",
            "en": "Your order stands: you can choose another loan, or pay in full.",
        },
    ),
    "expired": (
        {"zh-hans": "批复已过期", "en": "the approval has run out"},
        {
            "zh-hans": "您可以重新申请，订单不受影响。",
            "en": "You can apply again; your order stands.",
        },
    ),
    "drawn": (
        {"zh-hans": "已放款", "en": "paid out"},
        {
            "zh-hans": "贷款已支付给我们，还款计划从今天开始。",
            "en": "The lender has paid us; your repayment plan begins.",
        },
    ),
}
"""What a lender's word means, and what follows from it; other states of an application are not told."""

COVERS: Mapping[str, tuple[Text, Text]] = {
    "bound": (
        {"zh-hans": "已承保", "en": "bound"},
        {"zh-hans": "保单凭证在订单页面上。", "en": "The proof of it is on your order's page."},
    ),
    "active": (
        {"zh-hans": "已生效", "en": "in force"},
        {"zh-hans": "从现在起，您的车有保障了。", "en": "From now on your car is covered."},
    ),
    "cancelled": (
        {"zh-hans": "已退保", "en": "cancelled"},
        {
            "zh-hans": "没有交强险不能交车；需要时请重新投保。",
            "en": "The car cannot be handed over without the compulsory cover; please insure it anew if you need to.",
        },
    ),
    "lapsed": (
        {"zh-hans": "已失效", "en": "lapsed"},
        {
            "zh-hans": "没有有效的保险不能上路，请重新投保。",
            "en": "Without cover the car may not be driven. Please insure it anew.",
        },
    ),
}

REASONS: Mapping[str, Text] = {
    "cancelled": {"zh-hans": "订单取消", "en": "the cancelled order"},
    "withdrawal": {"zh-hans": "撤销购买", "en": "your withdrawal"},
    "withdrawn": {"zh-hans": "撤销购买", "en": "your withdrawal"},
    "amendment": {"zh-hans": "订单修改后的差额", "en": "the difference after your change"},
    "amended": {"zh-hans": "订单修改后的差额", "en": "the difference after your change"},
    "priority": {"zh-hans": "优先交付未做到", "en": "the priority delivery that we missed"},
    "delay": {"zh-hans": "交付延迟", "en": "the late delivery"},
    "late": {"zh-hans": "交付延迟", "en": "the late delivery"},
    "cannot-deliver": {"zh-hans": "无法交付", "en": "a car that we cannot deliver"},
    "stock-lost": {"zh-hans": "现车已不在", "en": "a stock car that is gone"},
    "breach": {"zh-hans": "我们未能履约", "en": "our not keeping the contract"},
    "late-payment": {
        "zh-hans": "订单结束后到账的付款",
        "en": "a payment after the order had ended",
    },
    "overpaid": {"zh-hans": "多付的款项", "en": "what was paid too much"},
}
"""Why money goes back or is owed; `cancelled-price` is `cancelled`. A reason that is not listed is not named."""

MARKETS: Mapping[str, Text] = {
    "CN": {"zh-hans": "中国大陆", "en": "mainland China"},
    "DE": {"zh-hans": "德国", "en": "Germany"},
}


def word(table: Mapping[str, Text], code: str, language: str) -> str:
    """The word of a code; an empty string where the table has none."""
    return pick(table.get(code, {}), language)


def reason(code: str, language: str) -> str:
    """Why money goes back or is owed, in words; an empty string for a code that nobody named."""
    whole = word(REASONS, code, language)
    return whole or word(REASONS, code.partition("-")[0].partition("_")[0], language)


def pair(table: Mapping[str, tuple[Text, Text]], code: str, language: str) -> tuple[str, str]:
    """Both sentences of a code; empty strings where the table has none."""
    found = table.get(code)
    return (pick(found[0], language), pick(found[1], language)) if found else ("", "")


def listed(words: list[str], language: str) -> str:
    """`a, b and c`; `甲、乙、丙`."""
    if language == "zh-hans" or len(words) < 2:
        return "、".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
