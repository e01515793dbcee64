"""What the checks of a release say: one sentence and one piece of advice a finding, in every language of the store.

A sentence has gaps (`{option}`); a gap takes text in every language. Codes stand behind names, so that a marketer can
find the row: “Ink Black” (paint-ink).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.domain.catalogue import Market, Model, Trim
from catalog.domain.configuration.wording import Wording
from kernel.text import LANGUAGES, Text, canonical_json

ERROR, WARNING, NOTE = "error", "warning", "note"
LEVELS = (ERROR, WARNING, NOTE)
"""Worst first: an error keeps a release from being published, a warning wants a look, a note is good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a release; `check` names the kind, `where` model, market, trim and day, `advice` what to do."""

    level: str
    check: str
    where: Text
    text: Text
    advice: Text

    def facts(self) -> dict[str, Any]:
        """As JSON, texts by language."""
        return {
            "level": self.level,
            "check": self.check,
            "where": dict(self.where),
            "text": dict(self.text),
            "advice": dict(self.advice),
        }


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, errors first, otherwise as they came."""
    once = {canonical_json(finding.facts()): finding for finding in findings}
    return sorted(once.values(), key=lambda finding: LEVELS.index(finding.level))


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep a release from being published."""
    return [finding for finding in findings if finding.level == ERROR]


def plain(word: object) -> Text:
    """The same in every language: a code, a day, an amount."""
    return dict.fromkeys(LANGUAGES, str(word))


def place(*parts: Text) -> Text:
    """Where something is: `Haven · Mainland China · Voyage`."""
    return {code: " · ".join(part.get(code) or "" for part in parts) for code in LANGUAGES}


def called(name: Text, code: str) -> Text:
    """A name with its code behind it."""
    return {
        "zh-hans": f"“{name.get('zh-hans') or code}”（{code}）",
        "en": f"“{name.get('en') or code}” ({code})",
    }


def listed(parts: Iterable[Text], joint: Text | None = None) -> Text:
    """Several things in one line."""
    joints = joint or {"zh-hans": "；", "en": "; "}
    all_parts = list(parts)
    return {
        code: joints[code].join(part.get(code) or "" for part in all_parts) for code in LANGUAGES
    }


def say(level: str, check: str, where: Text, gaps: Mapping[str, Text] | None = None) -> Finding:
    """The finding of that kind with its gaps filled; raises KeyError for an unknown kind or a missing gap."""
    sentence, advice = SENTENCES[check]
    filled = {code: {gap: text[code] for gap, text in (gaps or {}).items()} for code in LANGUAGES}
    return Finding(
        level,
        check,
        where,
        {code: sentence[code].format_map(filled[code]) for code in LANGUAGES},
        {code: advice[code].format_map(filled[code]) for code in LANGUAGES},
    )


class Speech:
    """The words of one model in one market."""

    def __init__(self, model: Model, market: Market) -> None:
        self.where = place(model.name, market.name)
        self.model = called(model.name, model.code)
        self._wording = Wording(model)
        self._rules = {rule.code for rule in model.rules}

    def at(self, trim: Trim | None = None, when: object = None) -> Text:
        """The model in the market, a trim of it, from a day on."""
        parts = [self.where, *([trim.name] if trim else []), *([plain(when)] if when else [])]
        return place(*parts)

    def option(self, code: str) -> Text:
        """An option or trim (`trim:CODE`) by name."""
        return called(self._wording.name(code), code.removeprefix("trim:"))

    def options(self, codes: Iterable[str]) -> Text:
        """Options by name."""
        return listed([self.option(code) for code in codes], {"zh-hans": "、", "en": ", "})

    def parts(self, names: Iterable[str]) -> Text:
        """Rules with their author's text and structure with its sentence, as a conflict names them."""
        return listed([self.part(name) for name in names])

    def part(self, name: str) -> Text:
        """One rule or piece of structure."""
        says = self._wording.says(name)
        if name in self._rules:
            return called(says, name)
        return {code: said.rstrip("。.") for code, said in says.items()}

    def part_or_code(self, name: str) -> Text:
        """As `part`; a rule the model does not have by its code."""
        return self.part(name) if ":" in name or name in self._rules else plain(name)


def _two(zh: str, en: str) -> Text:
    return {"zh-hans": zh, "en": en}


_LOOSEN = _two(
    "放宽或撤回其中一条规则；若确属如此，请在该市场撤下它。",
    "Loosen or withdraw one of these rules, or take it off sale in this market if that is what you want.",
)
_UNREADABLE = (
    _two("无法读取：{fields}", "cannot be read: {fields}"),
    _two("请按目录格式改正这些字段。", "Correct these fields as the catalogue's format has them."),
)
_PRICE = _two(
    "在该价格簿（未公布）或新价格簿中写入价格。",
    "Add the price to this book, or to a new one if it is published.",
)
_REFERENCE = _two(
    "若规则或价格有意改变，请更新参考车；否则撤回改动。",
    "Update the reference car if the change is meant, else take the change back.",
)
_BOOK = _two(
    "恢复原样；新价格写入新的价格簿。", "Put it back as it was; new prices belong into a new book."
)
_OFFER = _two(
    "恢复原样；要停止它，就把结束日改为今天，新内容另建一个优惠。",
    "Put it back as it was; to stop it, let it end today, and make a new offer for the new terms.",
)
_WRITE = _two("请修改该规则后再发布。", "Mend the rule, then check again.")

SENTENCES: Mapping[str, tuple[Text, Text]] = {
    "unreadable": (
        _two("文档无法读取：{why}", "the document cannot be read: {why}"),
        _two("请联系开发人员。", "Ask the developers; no edit in the CMS should cause this."),
    ),
    "no-brand": (
        _two("没有品牌信息", "the brand is missing"),
        _two("请导入品牌文件。", "Import the brand file."),
    ),
    "no-market": (
        _two("没有在售市场", "no market is on sale"),
        _two("请至少开放一个市场。", "Put a market on sale."),
    ),
    "no-model": (
        _two("没有车型", "there is no model"),
        _two("请发布至少一个车型。", "Publish a model."),
    ),
    "no-trim": (
        _two("没有版本", "the model has no trim"),
        _two("请为该车型添加版本，或撤下该车型。", "Add a trim, or unpublish the model."),
    ),
    "no-book": (
        _two("没有生效的价格簿：{why}", "no price book is in force: {why}"),
        _two("请添加价格簿。", "Add a price book that has started."),
    ),
    "no-deposit-policy": (
        _two("没有生效的定金政策", "no deposit policy is in force"),
        _two("请添加定金政策。", "Add a deposit policy that has started."),
    ),
    "no-order-policy": (
        _two("没有生效的订单政策", "no order policy is in force"),
        _two("请添加已生效的订单政策。", "Add an order policy that has started."),
    ),
    "order-policy-unreadable": _UNREADABLE,
    "payment-method-unreadable": _UNREADABLE,
    "no-deposit": (
        _two("没有为{model}写明定金", "names no amount for {model}"),
        _two("请在定金政策中写入金额。", "Add the amount to the deposit policy."),
    ),
    "no-price": (
        _two("没有写明{option}的价格", "says no price for {option}"),
        _PRICE,
    ),
    "no-price-on-trim": (
        _two("没有写明{trim}上{option}的价格", "says no price for {option} on {trim}"),
        _PRICE,
    ),
    "prices-unreadable": (
        _two("价格条件无法读取：{why}", "a price cannot be read: {why}"),
        _two("请修改价格行的条件。", "Mend the condition of the price."),
    ),
    "book-changed": (
        _two(
            "已公布的价格簿改了市场、起始或基础簿",
            "a published book changed its market, start or parent",
        ),
        _BOOK,
    ),
    "book-price-new": (
        _two(
            "已公布的价格簿多了一行：{row}，{amount}",
            "a published book has a new price: {row} for {amount}",
        ),
        _BOOK,
    ),
    "book-price-gone": (
        _two(
            "已公布的价格簿少了一行：{row}，{amount}",
            "a published book lost a price: {row} for {amount}",
        ),
        _BOOK,
    ),
    "book-gone": (
        _two("已公布的价格簿不见了", "a published book is gone"),
        _two(
            "请重新发布该价格簿；不再适用的价格由新的价格簿取代。",
            "Publish the book again; a new book takes the place of prices that no longer hold.",
        ),
    ),
    "offer-changed": (
        _two("已公布的优惠改了内容", "a published offer changed what it promises"),
        _OFFER,
    ),
    "offer-shortened": (
        _two("已公布的优惠提前到过去结束", "a published offer would end before today"),
        _OFFER,
    ),
    "offer-revived": (
        _two("已经结束的优惠又延长了", "an offer that is over would run again"),
        _OFFER,
    ),
    "offer-gone": (
        _two("已公布的优惠不见了", "a published offer is gone"),
        _two(
            "请放回去；要停止它，就把结束日改为今天。它在结束 30 天后才能撤下。",
            "Put it back; to stop it, let it end today. It may be withdrawn 30 days after its end.",
        ),
    ),
    "rule-unreadable": (
        _two("规则{rule}无法读取：{why}", "the rule {rule} cannot be read: {why}"),
        _WRITE,
    ),
    "rule-names-nothing": (
        _two(
            "规则{rule}提到了该车型没有的内容：{names}",
            "the rule {rule} names what the model does not have: {names}",
        ),
        _two("更正代码，或撤回该规则。", "Correct the code, or withdraw the rule."),
    ),
    "contradiction": (
        _two("此车型没有可生产的车：{why}", "no car of this model can be built: {why}"),
        _two(
            "以上各条互相矛盾，放宽或撤回其中任意一条即可。",
            "These contradict each other: loosen or withdraw any one of them.",
        ),
    ),
    "names-nothing": (
        _two(
            "{owner}提到了该车型没有的内容：{names}",
            "{owner} names what the model does not have: {names}",
        ),
        _two("更正代码。", "Correct the codes."),
    ),
    "bare-trim": (
        _two("该版本没有任何配置", "no option is available on this trim"),
        _two("请填写配置表，或撤下该版本。", "Fill in its availability, or unpublish the trim."),
    ),
    "empty-trim": (
        _two("此版本没有可生产的车：{why}", "no car of this trim can be built: {why}"),
        _LOOSEN,
    ),
    "dead-option": (
        _two("没有任何车能选{option}：{why}", "no car can have {option}: {why}"),
        _LOOSEN,
    ),
    "dead-on-trim": (
        _two(
            "{option}列为可选，但此版本无法选到：{why}",
            "{option} is offered but cannot be had: {why}",
        ),
        _two(
            "放宽其中一条规则，或在该版本标为不提供。",
            "Loosen one of these rules, or mark it as not available on the trim.",
        ),
    ),
    "dead-for-a-time": (
        _two("{option}自该日起无法选到：{why}", "{option} cannot be had from that day on: {why}"),
        _two("若非有意，请检查规则的日期。", "Check the days of these rules if this is not meant."),
    ),
    "option-in-every-car": (
        _two(
            "{option}列为可选，但此版本每台车都必须有：{why}",
            "{option} is offered as an option, but no car can do without it: {why}",
        ),
        _two(
            "请标为标准配置，或放宽这些规则。",
            "Mark it as standard on the trim, or loosen these rules.",
        ),
    ),
    "rule-never-fires": (
        _two(
            "规则{rule}从不生效：没有一台车满足其条件",
            "the rule {rule} never fires: no car meets its condition",
        ),
        _two("更正条件，或撤回该规则。", "Correct its condition, or withdraw the rule."),
    ),
    "rule-redundant": (
        _two(
            "规则{rule}是多余的：其他规则已经保证了它",
            "the rule {rule} is redundant: the other rules say it already",
        ),
        _two(
            "撤回后买家能选的车不变；请逐条撤回，每次重新检查。",
            "Without it the same cars can be built. Withdraw one rule at a time and check again.",
        ),
    ),
    "rule-over": (
        _two("规则{rule}已于 {until} 失效", "the rule {rule} is over since {until}"),
        _two("撤回它，或延长日期。", "Withdraw it, or extend its days."),
    ),
    "law-unconfirmed": (
        _two("待律师或税务顾问确认：{rows}", "to be confirmed by a lawyer or tax adviser: {rows}"),
        _two("确认后取消“待复核”标记。", "Have them confirmed, then take the mark off."),
    ),
    "law-missing": (
        _two(
            "今天没有法律条目 {row}，销售会因此中断", "no row {row} holds today, which stops sales"
        ),
        _two("新增一条今天有效的条目。", "Add a row that holds today."),
    ),
    "law-ends": (
        _two("{row}于 {until} 失效，没有后续条目", "{row} ends on {until} and nothing follows it"),
        _two(
            "在此之前新增后续条目，否则销售会中断。",
            "Add what follows before that day, or sales stop.",
        ),
    ),
    "calendar-missing": (
        _two("没有{years}年的节假日日历", "there is no calendar of holidays for {years}"),
        _two(
            "在法律条目中补充该年的 calendar.holidays；补充之前，落在该年的期限无法给出具体日期。",
            "Add the row calendar.holidays of that year to the law; until then no deadline in that year can be stated.",
        ),
    ),
    "vat-differs": (
        _two("市场增值税率 {rate}，法律条目为 {law}", "the market says VAT {rate}, the law {law}"),
        _two("以法律条目为准；请更正市场数据。", "The law's row counts. Correct the market."),
    ),
    "offers-exceed": (
        _two("优惠{offers}合计超过价格 {price}", "together the offers {offers} exceed {price}"),
        _two("降低金额，或不允许叠加。", "Lower an amount, or do not let them be combined."),
    ),
    "reference-unbuildable": (
        _two("无法生产：{why}", "cannot be built: {why}"),
        _REFERENCE,
    ),
    "reference-unknown": (_two("无法检查：{why}", "cannot be checked: {why}"), _REFERENCE),
    "reference-buildable": (
        _two("应违反{rules}，却可以生产", "should break {rules}, but can be built"),
        _REFERENCE,
    ),
    "reference-breaks-other": (
        _two("应违反{rules}，实际违反{broken}", "should break {rules}, breaks {broken}"),
        _REFERENCE,
    ),
    "reference-book": (
        _two("按{book}计价，预期为{expected}", "is priced by {book}, expected {expected}"),
        _REFERENCE,
    ),
    "reference-price": (
        _two("价格为{price}，预期为{expected}", "costs {price}, expected {expected}"),
        _REFERENCE,
    ),
}
"""Kind of finding -> sentence, advice."""
