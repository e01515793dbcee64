"""What became of each code word that a buyer typed: applied, or why not, in words (`docs/rules/quotes.md`). Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from catalog.domain.incentives import Answer, Buyer, Incentive, Subject, incentives_for
from kernel.text import Text

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "": {"zh-hans": "已抵扣。", "en": "Applied."},
        "model": {
            "zh-hans": "这个口令不适用于这款车型。",
            "en": "This word is for another model.",
        },
        "option": {
            "zh-hans": "这台车没有加装这个口令优惠的那项配置，或该项本来就不收费。",
            "en": "This car does not have the option it is for, or has it at no charge.",
        },
        "not-yet": {"zh-hans": "优惠从 {from} 开始。", "en": "It begins on {from}."},
        "over": {"zh-hans": "优惠已于 {until} 结束。", "en": "It ended on {until}."},
        "product": {
            "zh-hans": "只有选择对应的贷款方案才有这项优惠。",
            "en": "It goes with a loan that this quote does not hold.",
        },
        "proof": {
            "zh-hans": "还需要相应的证明，请先声明能够出示。",
            "en": "It needs a proof as well; say that you can show it.",
        },
        "quota": {"zh-hans": "名额已用完。", "en": "The last place is taken."},
        "not-combinable": {
            "zh-hans": "不能与已享受的“{other}”同时使用；两项中已为你保留更划算的一项。",
            "en": "It cannot be combined with “{other}”, which takes off no less; the better one is kept.",
        },
    }
)
"""Reason -> what the buyer reads; empty for a word that applied."""
NEAREST = ("not-combinable", "quota", "proof", "option", "product", "not-yet", "over", "model")
"""Of several offers with one word, the reason that is nearest to applying is told."""


@dataclass(frozen=True, slots=True)
class VoucherAnswer:
    """One word: the offer it names, whether it applied, and if not the reason as in `incentives.md`."""

    word: str
    offer: Incentive
    reason: str
    text: Text

    def facts(self) -> dict[str, Any]:
        """As the quote's document holds it."""
        return {
            "word": self.word,
            "applied": not self.reason,
            "offer": self.offer.code,
            "name": dict(self.offer.name),
            "reason": self.reason or None,
            "text": dict(self.text),
        }


def told_vouchers(
    incentives: Sequence[Incentive],
    *,
    subject: Subject,
    day: date,
    buyer: Buyer,
    taken: Mapping[str, int],
    shown: Collection[str],
) -> tuple[VoucherAnswer, ...]:
    """The answer to each word of the buyer, in their order; `shown` are the offers on the price sheet.

    Raises UnknownVoucher for a word that no offer of the market has.
    """
    if not buyer.vouchers:
        return ()
    answer = incentives_for(incentives, subject=subject, day=day, buyer=buyer, taken=taken)
    return tuple(_told(word, incentives, answer, shown) for word in buyer.vouchers)


def _told(
    word: str, incentives: Sequence[Incentive], answer: Answer, shown: Collection[str]
) -> VoucherAnswer:
    named = [one for one in incentives if one.voucher == word.casefold()]
    reasons = {one.code: _reason(one, answer, shown) for one in named}
    offer = min(named, key=lambda one: ("", *NEAREST).index(reasons[one.code]))
    reason = reasons[offer.code]
    return VoucherAnswer(word, offer, reason, _text(reason, offer, answer))


def _reason(one: Incentive, answer: Answer, shown: Collection[str]) -> str:
    offs = {each.incentive.code: each.off for each in answer.applied}
    if one.code not in offs:
        return answer.refused.get(one.code, "model")
    gone = offs[one.code] > 0 and one.code not in shown
    return "quota" if gone else ""


def _text(reason: str, offer: Incentive, answer: Answer) -> Text:
    rival = next((one.incentive for one in answer.applied if not one.incentive.stack), None)
    return {
        language: words.format(
            **{
                "from": offer.first_day.isoformat(),
                "until": offer.end.isoformat() if offer.end else "",
                "other": rival.name[language] if rival else "",
            }
        )
        for language, words in REASONS[reason].items()
    }
