"""Words of money that comes to the buyer by bank transfer."""

from __future__ import annotations

from collections.abc import Mapping

REPAYING: Mapping[str, tuple[str, str]] = {
    "repay.title": ("收款账户", "Your account for the refund"),
    "repay.h1": ("钱退到哪个账户？", "Where shall the money go?"),
    "repay.h1.known": ("退款账户", "Your refund account"),
    "repay.lede": ("这笔钱由我们的银行转给你。账号加密保存，之后只显示末四位。", "Our bank sends you this money. We keep the number encrypted and show only its last four characters."),
    "repay.sums": ("转给你的钱", "Money to you"),
    "repay.none": ("这个订单没有要转给你的钱。", "There is no money to be sent to you for this order."),
    "repay.state.wants": ("等你填写账户", "Waiting for your account"),
    "repay.state.proposed": ("等待确认", "Waiting for our approval"),
    "repay.state.approved": ("已确认，即将转出", "Approved, about to be sent"),
    "repay.state.refused": ("没有转出，会重新处理", "Not sent; we will deal with it again"),
    "repay.state.sent": ("已转出", "Sent"),
    "repay.state.done": ("已到账", "Paid"),
    "repay.state.returned": ("被银行退回，会重新处理", "Returned by the bank; we will deal with it again"),
    "repay.account": ("填写你的账户", "Your account"),
    "repay.change": ("换一个账户", "Use another account"),
    "repay.holder": ("户名", "Account holder"),
    "repay.number": ("账号", "Account number"),
    "repay.number.hint": ("银行卡号、单位账号或 IBAN；可以带空格", "IBAN, or the number of a Chinese bank card or company account; spaces are fine"),
    "repay.bank": ("开户银行", "Bank"),
    "repay.bank.hint": ("银行和支行；IBAN 不用填", "Bank and branch; not needed for an IBAN"),
    "repay.go": ("提交", "Save"),
    "repay.wrong.holder": ("户名要和银行留的一致", "Please write the holder as your bank knows them"),
    "repay.wrong.account": ("账号不对，请逐位核对", "This number cannot be right; please compare it digit by digit"),
    "repay.wrong.bank": ("请写明开户银行和支行", "Please name the bank and its branch"),
    "repay.late": ("现在不能改了：这笔钱已经确认，或者没有要转的钱。", "It can no longer be changed: the money has been approved, or there is none to send."),
    "repay.where": ("填写或查看收款账户", "Say where it shall go"),
}
