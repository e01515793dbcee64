"""The one-time code to sign a contract, as a letter or a text message; it is no notice and is never sent again."""

from __future__ import annotations

from contracts.services.codes import FreshCode
from kernel.text import Text, pick
from storefront.notify.phones import international
from storefront.notify.tasks import mail, text_message

SUBJECT: Text = {
    "zh-hans": "签署合同的验证码（合同 {number}）",
    "en": "Your code to sign contract {number}",
}
BODY: Text = {
    "zh-hans": (
        "您的签署验证码：{code}\n\n"
        "它只能用来签署合同 {number} 这一份文件（文件指纹末八位 {ends}），10 分钟内有效，只能使用一次。\n"
        "请核对页面上的文件指纹。输入验证码即表示由您本人签署。\n\n"
        "如果不是您本人在操作，请不要把验证码告诉任何人，包括自称客服的人。"
    ),
    "en": (
        "Your code to sign: {code}\n\n"
        "It signs contract {number} and this file alone (its fingerprint ends in {ends}), once, within 10 minutes.\n"
        "Compare the fingerprint with the one on the page. Entering the code is your own act of signing.\n\n"
        "If this was not you, tell the code to nobody, not even to somebody who says they work for us."
    ),
}
SHORT: Text = {
    "zh-hans": "验证码 {code}，仅用于签署合同 {number}（文件指纹末八位 {ends}），10 分钟内有效。请勿告诉他人。",
    "en": "{code} signs contract {number} (file ends in {ends}), within 10 minutes. Tell it to nobody.",
}


def send_signing_code(fresh: FreshCode) -> None:
    """Store the message with the code, sealed, in the caller's transaction."""
    told = {"code": fresh.code, "number": fresh.number, "ends": fresh.ends}
    if fresh.channel == "sms":
        text_message(
            to=international(fresh.address, fresh.market),
            text=pick(SHORT, fresh.language).format(**told),
            key=f"sign:{fresh.key}",
        )
        return
    mail(
        to=fresh.address,
        subject=pick(SUBJECT, fresh.language).format(**told),
        body=pick(BODY, fresh.language).format(**told),
    )
