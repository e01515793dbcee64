"""Words of withdrawing from a contract: the entry, the statement, the receipt."""

from __future__ import annotations

from collections.abc import Mapping

WITHDRAWING: Mapping[str, tuple[str, str]] = {
    "withdraw.title": ("撤销合同", "Withdraw from contract"),
    "withdraw.lede": ("两步完成，不问理由。只需订单号、姓名和联系方式。", "Two steps, no reason asked. We need your order number, name and contact."),
    "withdraw.order": ("订单号", "Order number"),
    "withdraw.name": ("姓名（与订单一致）", "Name, as in the order"),
    "withdraw.contact": ("邮箱或手机号（与订单一致）", "E-mail or telephone, as in the order"),
    "withdraw.name.short": ("姓名", "Name"),
    "withdraw.contact.short": ("联系方式", "Contact"),
    "withdraw.next": ("下一步", "Next"),
    "withdraw.again": ("重新开始", "Begin again"),
    "withdraw.read": ("请核对你的声明", "Check your statement"),
    "withdraw.nothing": ("点下面的按钮才会生效；在那之前什么都不会改变。", "Nothing happens until you press the button below."),
    "withdraw.contract": ("合同", "Contract"),
    "withdraw.until": ("最迟可撤销至", "You can withdraw until"),
    "withdraw.refund": ("退还给你", "Goes back to you"),
    "withdraw.by": ("最迟退款日", "Refunded by"),
    "withdraw.by.car": ("车辆退回后起算", "Counted from the day the car is back"),
    "withdraw.wait": ("车辆退回、或你证明已寄出之后，我们才退款。", "We refund once the car is back, or you prove that it is on its way."),
    "withdraw.loan": ("贷款一并撤销，最迟", "Your loan is undone too, by"),
    "withdraw.valid": ("请在 {0} 前确认，之后须重新开始。", "Confirm before {0}; after that begin again."),
    "withdraw.receipt": ("撤销回执", "Receipt of your withdrawal"),
    "withdraw.done": ("已收到你的撤销声明", "We have received your withdrawal"),
    "withdraw.done.lede": ("请保存这张回执。我们也会把它发到你的联系方式。", "Keep this receipt. We also send it to your contact address."),
    "withdraw.number": ("回执编号", "Receipt number"),
    "withdraw.at": ("收到时间", "Received at"),
    "withdraw.print": ("内容指纹", "Fingerprint of the statement"),
    "withdraw.no": ("没有找到：请核对订单号、姓名和联系方式，都要与订单一致。", "Nothing found. Check order number, name and contact; all three must match the order."),
    "withdraw.late": ("可撤销至 {0}。", "It was possible until {0}."),
    "withdraw.expired": ("已超过 30 分钟，请重新核对。", "More than 30 minutes have passed. Please check it once more."),
    "withdraw.moved": ("这份订单没有可撤销的内容：可能已经结束，或订金尚未到账。", "There is nothing to withdraw from: the order has ended, or its deposit has not arrived."),
    "withdraw.changed": ("合同刚刚更新，请再核对一次。", "The contract has just changed. Please check it once more."),
    "withdraw.calendar": ("系统里还没有那一年的节假日历，无法判定截止日。请联系我们，由人工处理。", "We have no calendar of holidays for that year and cannot tell the last day. Please write to us and a person decides."),
    "withdraw.see": ("撤销合同", "Withdraw from contract here"),
    "withdraw.right": ("撤销权", "Right to withdraw"),
    "withdraw.right.open": ("现在就可以撤销，收车后的法定期限内也可以。", "You can withdraw now, and until the last day after you receive the car."),
    "withdraw.back": ("回到订单", "Back to the order"),
}
