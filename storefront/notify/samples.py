"""Facts of a made-up order, so that every letter can be looked at before it is ever sent."""

from __future__ import annotations

from storefront.notify.telling import Facts
from storefront.notify.words import COVERS, DECISIONS, STAGES, pair, reason, word

_SAME: Facts = {
    "order": "C26-K7Q2M4XW",
    "total": "¥416,232.30",
    "deposit": "¥5,000.00",
    "paid": "¥5,000.00",
    "comes_back": "¥5,000.00",
    "amount": "¥142,077.03",
    "deadline": "2026-11-22 12:30 (UTC+08:00)",
    "paid_at": "2026-11-22 12:04 (UTC+08:00)",
    "at": "2026-11-22 12:05 (UTC+08:00)",
    "locks_at": "2026-11-29 12:00 (UTC+08:00)",
    "starts_at": "2027-01-12 14:00 (UTC+08:00)",
    "refund_by": "2026-12-06",
    "finance_by": "2026-12-06",
    "hold_back": "",
    "due_on": "2026-12-01",
    "contract": "FC-2026-K7Q2M4XW",
    "receipt": "W-2026-K7Q2M4XW",
    "fingerprint": "9f2c" * 16,
    "by_buyer": "yes",
    "booked": "yes",
    "changed": "yes",
    "given_up": "yes",
    "order_url": "https://shop.example/orders/C26-K7Q2M4XW",
    "contract_url": "https://shop.example/orders/C26-K7Q2M4XW/contract",
    "verify_url": "https://shop.example/verify/FC-2026-K7Q2M4XW",
    "desk_url": "https://shop.example/cms/desk/order/",
}
_WORDS: dict[str, Facts] = {
    "zh-hans": {
        "name": "李明",
        "car": "云湾 远行版",
        "seller": "鹭行汽车销售（厦门）有限公司",
        "market": "中国大陆",
        "next_step": "请在七天内锁定订单。",
        "promise": "2027-01-04 至 2027-01-18",
        "before": "2026-12-21 至 2027-01-04",
        "now_promised": "2027-01-04 至 2027-01-18",
        "proof": "本邮箱",
        "kinds": "车辆配置、贷款方案",
        "place": "鹭行厦门交付中心",
    },
    "en": {
        "name": "Li Ming",
        "car": "Egretta Haven Voyage",
        "seller": "Egretta Motors (Xiamen)",
        "market": "mainland China",
        "next_step": "Please lock your order within seven days.",
        "promise": "2027-01-04 to 2027-01-18",
        "before": "2026-12-21 to 2027-01-04",
        "now_promised": "2027-01-04 to 2027-01-18",
        "proof": "this address",
        "kinds": "the car itself and the loan",
        "place": "Egretta Xiamen delivery centre",
    },
}


def sample(language: str) -> Facts:
    """Every fact that any letter asks for, in that language."""
    decision, follows = pair(DECISIONS, "counter_offer", language)
    cover, _ = pair(COVERS, "bound", language)
    return {
        **_SAME,
        **_WORDS[language],
        "stage": word(STAGES, "departed", language),
        "reason": reason("delay", language),
        "decision": decision,
        "consequence": follows,
        "cover": cover,
    }
