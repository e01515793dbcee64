"""The fixed words of the layout, in each language. Words of law stand in the template, never here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kernel.text import Text, pick


def _text(zh: str, en: str) -> Text:
    return MappingProxyType({"zh-hans": zh, "en": en})


LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "number": _text("合同编号", "Contract no."),
        "template": _text("合同文本", "Text"),
        "order": _text("订单", "Order"),
        "dated": _text("拟定于", "Drawn up on"),
        "verify": _text("扫码验真", "Scan to verify"),
        "key_vehicle": _text("车辆", "Vehicle"),
        "key_price": _text("合同总价", "Contract price"),
        "key_price_note": _text("含 {} 增值税 {}", "{} VAT included, {}"),
        "key_deposit": _text("下单已付", "Paid with the order"),
        "key_balance": _text("尾款", "Balance"),
        "key_balance_note": _text("可验车后到期", "due once you can inspect the car"),
        "key_loan": _text("贷款", "Loan"),
        "key_loan_note": _text("{} 期，月还 {}", "{} months at {}"),
        "key_delivery": _text("预计交付", "Expected delivery"),
        "to_build": _text("按单生产", "built to order"),
        "in_stock": _text("现车", "from stock"),
        "seller": _text("卖方", "Seller"),
        "buyer": _text("买方", "Buyer"),
        "name": _text("名称", "Name"),
        "person_name": _text("姓名", "Name"),
        "document": _text("证件号码", "Document"),
        "registration": _text("登记号码", "Registration"),
        "phone": _text("电话", "Telephone"),
        "email": _text("邮箱", "E-mail"),
        "address": _text("地址", "Address"),
        "masked": _text("中间各位已隐去", "middle part hidden"),
        "gist": _text("最要紧的几句话", "What matters most"),
        "gist_note": _text(
            "以上是摘要，以正文为准。", "This is a summary; the clauses below decide."
        ),
        "clauses": _text("合同条款", "Terms of the agreement"),
        "risk": _text("请留意", "Please note"),
        "signatures": _text("签署", "Signatures"),
        "signatures_note": _text(
            "买方在订单页阅读后，以电子方式同意这一份文件（以其 SHA-256 指纹为准）：输入一次性验证码签署，或在不签署时予以确认。时间与指纹由卖方存档，可凭合同编号或文件查验。",
            "The buyer reads this agreement on the order page and agrees to this very file, named by its SHA-256: by a one-time code, "
            "or by confirming it where nothing is signed. Moment and fingerprint are archived; number or file can be verified.",
        ),
        "sign_here": _text("签名或盖章", "Signature or seal"),
        "sign_date": _text("日期", "Date"),
        "contents": _text("目录", "Contents"),
        "annexes_note": _text("附件是本合同的组成部分。", "The annexes are part of the agreement."),
        "origin_chosen": _text("您选的", "Chosen by you"),
        "origin_included": _text("随套餐或规则包含", "Included with your choice"),
        "origin_standard": _text("标准配置", "Standard equipment"),
        "column_group": _text("类别", "Group"),
        "column_item": _text("项目", "Item"),
        "model_trim": _text("车型与版本", "Model and trim"),
        "vin": _text("车架号", "VIN"),
        "vin_later": _text("车辆下线后书面补充", "added in writing once the car is built"),
        "build_count": _text("共 {} 项", "({})"),
        "amount": _text("金额（{}）", "Amount ({})"),
        "included": _text("已含", "included"),
        "standard_lines": _text("标准配置 {} 项", "Standard equipment ({})"),
        "standard_note": _text("逐项见{}", "listed in {}"),
        "delivery": _text("运输与整备", "Delivery"),
        "price_total": _text("合同总价", "Contract price"),
        "price_vat": _text("其中增值税（{}）", "of which VAT ({})"),
        "outside": _text("不含在合同总价内", "Not part of the contract price"),
        "insurance_first_year": _text("首年保险", "First-year insurance"),
        "compulsory": _text("上路必需", "required for road use"),
        "estimate": _text(
            "按拟定日的规定估算，以开票日为准。",
            "Estimated by today's rules; the day of the invoice decides.",
        ),
        "model_year": _text("年款", "Model year"),
        "mileage": _text("里程", "Mileage"),
        "on_the_road": _text("落地合计", "On the road"),
        "price_book": _text(
            "价格表 {}，目录发布 {}，报价单 {}。", "Price book {}, catalogue release {}, quote {}."
        ),
        "refund_when": _text("何时取消", "If the purchase ends"),
        "refund_kind": _text("款项性质", "Nature of the money"),
        "refund_back": _text("退给您（{}）", "You receive ({})"),
        "refund_breach": _text("由卖方支付", "paid by the seller"),
        "refund_rules": _text("规则原文（{}）", "The rules in words ({})"),
        "terms_accepted": _text(
            "您于 {} 接受了订购条款（版本 {}）。",
            "You accepted the terms of order on {} (version {}).",
        ),
        "cap": _text(
            "按合同总价计算，可转为定金的上限为 {}。",
            "For this price, at most {} can become a legal deposit.",
        ),
        "pay_what": _text("款项", "Payment"),
        "pay_when": _text("何时", "When"),
        "pay_to": _text("付给", "To"),
        "pay_deposit": _text("订金", "Deposit"),
        "pay_deposit_when": _text("{} 已付", "paid on {}"),
        "pay_loan": _text("贷款发放", "Loan"),
        "pay_loan_when": _text("交车前，由贷款人支付", "before handover, by the lender"),
        "pay_balance": _text("尾款", "Balance"),
        "pay_balance_when": _text("车辆可供验收后", "once the car is ready for inspection"),
        "pay_tax_when": _text("上牌前", "before registration"),
        "pay_insurance_when": _text("交车前", "before handover"),
        "tax_office": _text("税务机关", "Tax office"),
        "loan": _text("贷款", "The loan"),
        "lender": _text("贷款人", "Lender"),
        "product": _text("产品", "Product"),
        "loan_amount": _text("贷款金额", "Amount borrowed"),
        "down_payment": _text("首付（含订金）", "Down payment (deposit included)"),
        "months": _text("期数", "Instalments"),
        "months_value": _text("{} 期，每月一期", "{}, one a month"),
        "instalment": _text("每期还款", "Each instalment"),
        "last_instalment": _text("末期还款", "Last instalment"),
        "nominal_rate": _text("名义年利率", "Nominal rate a year"),
        "apr": _text("年化利率（含全部费用）", "Annual percentage rate, all costs included"),
        "interest": _text("利息合计", "Interest in all"),
        "fee": _text("手续费", "Fee"),
        "loan_total": _text("用贷款购车共付", "All you pay for the car"),
        "plan": _text("还款计划（{}）", "Repayment plan ({})"),
        "plan_number": _text("期", "No."),
        "plan_payment": _text("本期还款", "Instalment"),
        "plan_interest": _text("利息", "Interest"),
        "plan_principal": _text("本金", "Principal"),
        "plan_balance": _text("剩余本金", "Balance"),
        "plan_sum": _text("合计", "Total"),
        "plan_note": _text(
            "自贷款发放之日起每月还款一次；具体还款日以贷款合同为准。",
            "One instalment a month from the day the loan is paid out; the loan agreement names the days.",
        ),
        "proof": _text("如何验证这份合同", "How to verify this agreement"),
        "proof_facts": _text("合同事实指纹（SHA-256）", "Fingerprint of the facts (SHA-256)"),
        "proof_file": _text(
            "本文件附有 contract.json：合同全部事实的规范化 JSON，其 SHA-256 即上列指纹，印在每页页脚。"
            "整份 PDF 的 SHA-256 可在验真页按合同编号查到。",
            "The file contract.json is attached: every fact of this agreement as canonical JSON, whose SHA-256 is the "
            "fingerprint above and stands at the foot of every page. The SHA-256 of the whole PDF is shown on the "
            "verification page under the contract number.",
        ),
        "withdrawal_notice": _text(
            "您有权自您或您指定的第三人收到车辆之日起十四日内撤销本合同，无需说明理由。为此，请在期限届满前以明确的声明（例如信函、电子邮件或订单页的撤销按钮）通知卖方。撤销后，卖方将在十四日内退还已收款项。",
            "You may withdraw from this agreement within fourteen days of the day on which you, or a person you name, "
            "receive the car, without giving a reason. To do so, tell the seller by a clear statement (a letter, an "
            "e-mail or the button on the order page) before the period ends. The seller then repays what it has received "
            "within fourteen days.",
        ),
        "withdrawal_form": _text(
            "撤销声明（可填写后寄回，非必须）", "Withdrawal form (you may use it, but need not)"
        ),
        "withdrawal_line": _text(
            "致 {}：本人在此撤销编号为 {} 的购车合同。收车日期：",
            "To {}: I withdraw from purchase agreement {}. Car received on:",
        ),
        "page": _text("第 {} / {} 页", "Page {} of {}"),
    }
)


class Labels:
    """The words in one language: `labels.say("number")`, `labels.say("months_value", 60)`."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, name: str, *values: object) -> str:
        """The label, with `{}` filled in order; raises KeyError for an unknown one."""
        return pick(LABELS[name], self.language).format(*values)
