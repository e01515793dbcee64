"""Money that is not explained yet: the classes of exceptions, whose they are, and what to do (`docs/rules/reconciliation.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kernel.money import Money
from kernel.text import Text

FINANCE, SUPPORT, OPERATIONS = "finance", "support", "operations"
"""Who looks after a class: the finance desk, whoever talks to buyers, whoever runs the shop's machines."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of exceptions; `blocks` says that no period closes while one of it is open."""

    code: str
    owner: str
    blocks: bool
    name: Text
    mend: Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One exception: `key` stays the same in every run, so that what was opened once is never opened twice."""

    kind: str
    key: str
    order: str
    amount: Money | None
    facts: Mapping[str, str]


def _kind(
    code: str, owner: str, name: tuple[str, str], mend: tuple[str, str], *, blocks: bool
) -> Kind:
    texts = [{"zh-hans": zh, "en": en} for zh, en in (name, mend)]
    return Kind(code, owner, blocks, *texts)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            _kind(
                "E01",
                FINANCE,
                ("流水找不到订单", "Money at the vendor that belongs to no order"),
                (
                    "查明来源后关联订单，或退回付款人",
                    "Find out whose it is and assign it, or send it back",
                ),
                blocks=True,
            ),
            _kind(
                "E02",
                FINANCE,
                ("已付款但没有流水", "A paid payment that the vendor has not booked"),
                (
                    "在支付平台核对；一小时后仍无流水，请联系平台",
                    "Look it up at the vendor; ask them if it stays away",
                ),
                blocks=True,
            ),
            _kind(
                "E03",
                FINANCE,
                ("金额不符", "Another amount than was asked for"),
                ("与买家核实后退回差额或补收", "Settle the difference with the buyer"),
                blocks=True,
            ),
            _kind(
                "E04",
                FINANCE,
                ("币种不符", "Another currency than was asked for"),
                (
                    "退回并请买家以订单币种支付",
                    "Send it back and have it paid in the order's currency",
                ),
                blocks=True,
            ),
            _kind(
                "E05",
                FINANCE,
                ("手续费超出范围", "A fee outside its range"),
                ("核对平台费率合同", "Compare it with the vendor's price list"),
                blocks=False,
            ),
            _kind(
                "E06",
                SUPPORT,
                ("同一订单重复收款", "One order was charged twice"),
                ("退回其中一笔", "Refund one of them"),
                blocks=False,
            ),
            _kind(
                "E07",
                FINANCE,
                ("非本店发起的退款", "A refund that we did not make"),
                (
                    "查明是谁在平台后台退款，并补记订单",
                    "Find out who made it at the vendor, and tell the order",
                ),
                blocks=True,
            ),
            _kind(
                "E08",
                SUPPORT,
                ("退款失败", "A refund failed"),
                (
                    "联系买家，改用银行转账退款",
                    "Ask the buyer for an account and refund by transfer",
                ),
                blocks=False,
            ),
            _kind(
                "E09",
                FINANCE,
                ("争议待处理", "A dispute waits for an answer"),
                ("在截止日前提交证据", "Send evidence before its deadline"),
                blocks=False,
            ),
            _kind(
                "E10",
                FINANCE,
                ("结算明细与总额不符", "A payout is not the sum of what is in it"),
                (
                    "重新拉取明细；仍不符请联系平台",
                    "Fetch its lines again; ask the vendor if it stays",
                ),
                blocks=True,
            ),
            _kind(
                "E11",
                FINANCE,
                ("结算款未到账", "A payout has not reached the bank"),
                ("核对银行流水，联系平台或银行", "Look at the bank's lines; ask vendor or bank"),
                blocks=False,
            ),
            _kind(
                "E12",
                FINANCE,
                ("银行流水无法识别", "A bank line that nobody can be found for"),
                ("手工匹配，或退回付款人", "Match it by hand or send it back"),
                blocks=True,
            ),
            _kind(
                "E13",
                FINANCE,
                ("银行流水有多种解释", "A bank line with more than one reading"),
                ("在候选中选择", "Choose among the candidates"),
                blocks=True,
            ),
            _kind(
                "E14",
                FINANCE,
                ("对账单缺失或重复", "A statement is missing or overlaps"),
                ("导入缺失日期的对账单", "Import the statement of the missing days"),
                blocks=True,
            ),
            _kind(
                "E15",
                FINANCE,
                ("总额对不上", "The books and the world differ"),
                (
                    "先处理其他差异；仍对不上请停止结账",
                    "Settle the others first; close nothing while it stays",
                ),
                blocks=True,
            ),
            _kind(
                "E16",
                OPERATIONS,
                ("向平台的请求结果未知", "A call to a vendor whose outcome is not known"),
                (
                    "系统会自动查询；超过一天请人工核对",
                    "It is looked up by itself; look yourself after a day",
                ),
                blocks=True,
            ),
            _kind(
                "E17",
                OPERATIONS,
                ("平台消息处理失败", "A vendor's message that could not be handled"),
                ("查看错误后重放消息", "Read the error and replay the message"),
                blocks=False,
            ),
            _kind(
                "E18",
                OPERATIONS,
                ("测试与正式环境混用", "Test and live, or two accounts, are mixed"),
                ("立即核对密钥与账户设置", "Check keys and account at once"),
                blocks=True,
            ),
            _kind(
                "E19",
                SUPPORT,
                ("预授权即将到期", "A hold is about to expire"),
                ("请款或释放", "Capture it or let it go"),
                blocks=False,
            ),
            _kind(
                "E20",
                SUPPORT,
                ("原路退款期限将到", "The time to refund the way it came is about to end"),
                ("现在退款，否则只能银行转账", "Refund now, later only a transfer is left"),
                blocks=False,
            ),
        )
    }
)
"""Every class by code."""

DOORS = ("lender", "insurer", "carrier")
"""Whose stored calls and messages bear the door's name in their key; those of payments bear none."""


def everywhere(kind: str, key: str) -> bool:
    """Whether the run of every vendor looks for it, so that each may find it gone; the others are one vendor's own."""
    head = key.partition(":")[0]
    if kind in {"E15", "E16"}:
        return head == "deposit" or head in DOORS
    return kind in {"E06", "E12", "E13", "E14", "E17"}
