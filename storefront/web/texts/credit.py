"""Words of the sheet of a loan; its costs and rights come from the API."""

from __future__ import annotations

from collections.abc import Mapping

CREDIT: Mapping[str, tuple[str, str]] = {
    "quote.residual": ("到期还车，未付余值", "Left unpaid; the car goes back"),
    "credit.lede": ("用贷款买车之前，请先看完这张表。", "Before you buy with a loan, please read this."),
    "credit.principal": ("贷款本金", "Amount of the loan"),
    "credit.months": ("期数", "Months"),
    "credit.instalment": ("每期", "Each instalment"),
    "credit.first": ("第一期", "First instalment"),
    "credit.last": ("最后一期", "Last instalment"),
    "credit.costs": ("各项费用", "What it costs"),
    "credit.way": ("收取方式", "How it is paid"),
    "credit.standard": ("收取标准", "How it is worked out"),
    "credit.collector": ("收取方", "Who gets it"),
    "credit.amount": ("金额", "Amount"),
    "credit.level": ("年化", "A year"),
    "credit.contingent": ("违约或另有要求时才有的费用", "Only if you do not pay as agreed, or wish otherwise"),
    "credit.confirm": ("我已看完，确认", "I have read this"),
    "credit.left": ("还需阅读 {0} 秒", "Please read on for {0} seconds"),
    "credit.early": ("阅读时间还没到，请再看 {0} 秒。", "The time to read is not over: {0} seconds more, please."),
    "credit.changed": ("贷款有变化，请重新阅读。", "The loan has changed; please read it again."),
    "credit.back": ("返回报价单", "Back to the quote"),
    "credit.print": ("指纹：", "Fingerprint: "),
}
