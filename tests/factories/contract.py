"""Contract facts for tests: the worked example of the store's design, for cash or financed with insurance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import yaml

from checkout.domain.schedules import schedule as annuity
from contracts.domain.documents import ContractDocument, contract_document
from contracts.domain.facts import (
    FORMAT,
    AcceptedTerms,
    Buyer,
    Car,
    ContractFacts,
    Cover,
    Delivery,
    Deposit,
    Equipment,
    Finance,
    Instalment,
    Insurance,
    Price,
    PriceLine,
    RefundRow,
    Tax,
)
from contracts.domain.templates import Template, read_template, reference
from kernel.money import Money
from kernel.text import Text

TEMPLATE_FILE = (
    Path(__file__).resolve().parents[2]
    / "storefront/demo/catalogue/contracts/purchase_agreement.yaml"
)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NUMBER = "FC-2026-K7Q2M4XW"
VERIFY_URL = "http://localhost:8000/zh/verify/FC-2026-K7Q2M4XW"


def text(zh: str, en: str) -> Text:
    """A text in both languages."""
    return {"zh-hans": zh, "en": en}


def cny(amount: str) -> Money:
    """An amount of yuan."""
    return Money.of(amount, "CNY")


def demo_template() -> Template:
    """The purchase agreement of the demo catalogue."""
    return read_template(yaml.safe_load(TEMPLATE_FILE.read_text(encoding="utf-8")))


def schedule(principal: Money, rate: str, months: int) -> tuple[Instalment, ...]:
    """The annuity of the checkout, line by line."""
    plan = annuity(principal=principal, annual_rate=Decimal(rate), months=months)
    return tuple(
        Instalment(i.number, i.amount, i.interest, i.principal, i.balance) for i in plan.instalments
    )


def finance() -> Finance:
    """276,710.00 over 60 months at 3.88 %."""
    amount, lines = cny("276710.00"), schedule(cny("276710.00"), "0.0388", 60)
    interest = Money(sum(line.interest.minor for line in lines), "CNY")
    return Finance(
        lender=text("鹭银汽车金融（虚构）", "Luyin Auto Finance (fictional)"),
        product=text("鹭银 60 期轻松还", "Luyin 60 months easy"),
        months=60,
        nominal_rate="0.0388",
        apr="0.0388",
        down_payment=cny("118590.00"),
        amount=amount,
        interest=interest,
        fee=cny("0"),
        total=cny("118590.00") + amount + interest,
        schedule=lines,
    )


def insurance() -> Insurance:
    """Compulsory, own damage and third party for the first year."""
    return Insurance(
        insurer=text("清河财险（虚构）", "Qinghe Insurance (fictional)"),
        covers=(
            Cover(
                "cn-compulsory",
                text("交强险", "Compulsory traffic accident cover"),
                True,
                cny("950.00"),
            ),
            Cover(
                "cn-damage",
                text("新能源汽车损失险", "Own-damage cover for new-energy cars"),
                False,
                cny("5926.73"),
            ),
            Cover(
                "cn-third-party-2m",
                text("第三者责任险 200 万", "Third-party liability, CNY 2 million"),
                False,
                cny("1628.00"),
            ),
        ),
        total=cny("8504.73"),
    )


def equipment() -> tuple[Equipment, ...]:
    """What stands on the car: chosen, inside a package, and standard."""
    rows = [
        ("paint", "车身颜色", "Paint", "paint-clearing", "雨后青", "Clearing Blue", "chosen"),
        (
            "wheels",
            "轮毂",
            "Wheels",
            "wheels-wing",
            "20 英寸羽翼轮",
            "20-inch wing alloys",
            "chosen",
        ),
        (
            "interior",
            "内饰",
            "Interior",
            "interior-cream",
            "奶白半苯胺真皮",
            "Cream semi-aniline leather",
            "chosen",
        ),
        ("packages", "套餐", "Packages", "pack-quiet", "静谧套餐", "Quiet Package", "chosen"),
        (
            "comfort",
            "舒适",
            "Comfort",
            "glass-dimming",
            "调光天幕",
            "Dimming glass roof",
            "included",
        ),
        (
            "comfort",
            "舒适",
            "Comfort",
            "air-medical",
            "医用级空气净化",
            "Medical-grade air filter",
            "included",
        ),
        (
            "battery",
            "电池",
            "Battery",
            "battery-100",
            "100 千瓦时电池",
            "100 kWh battery",
            "standard",
        ),
        (
            "seats",
            "座椅",
            "Seats",
            "seats-comfort",
            "舒适座椅（前排加热通风）",
            "Comfort seats, heated and ventilated in front",
            "standard",
        ),
        ("light", "灯光", "Lights", "light-matrix", "矩阵式大灯", "Matrix headlamps", "standard"),
        (
            "sound",
            "音响",
            "Sound",
            "sound-12",
            "十二扬声器音响",
            "Sound system with twelve speakers",
            "standard",
        ),
    ]
    return tuple(
        Equipment(text(gz, ge), code, text(z, e), origin) for _g, gz, ge, code, z, e, origin in rows
    )


def price(*, loan: Money | None, covers: Money | None) -> Price:
    """The price sheet of the worked example: 395,300.00."""
    lines = [
        ("trim:voyage", "base", "云湾 远航版", "Haven Voyage", "359800.00"),
        ("paint-clearing", "option", "雨后青", "Clearing Blue", "5000.00"),
        ("wheels-wing", "option", "20 英寸羽翼轮", "20-inch wing alloys", "6000.00"),
        ("interior-cream", "option", "奶白半苯胺真皮", "Cream semi-aniline leather", "14000.00"),
        ("pack-quiet", "package", "静谧套餐", "Quiet Package", "10500.00"),
        ("glass-dimming", "included", "调光天幕", "Dimming glass roof", "0"),
        ("air-medical", "included", "医用级空气净化", "Medical-grade air filter", "0"),
        ("battery-100", "standard", "100 千瓦时电池", "100 kWh battery", "0"),
        (
            "seats-comfort",
            "standard",
            "舒适座椅（前排加热通风）",
            "Comfort seats, heated and ventilated in front",
            "0",
        ),
        ("delivery", "delivery", "运输", "Transport", "0"),
    ]
    road = cny("395300.00") + cny("19982.30") + (covers or cny("0"))
    return Price(
        price_book="cn-2026-09",
        lines=tuple(PriceLine(c, k, text(z, e), cny(a)) for c, k, z, e, a in lines),
        total=cny("395300.00"),
        vat=cny("45476.99"),
        vat_rate="0.13",
        taxes=(
            Tax(
                "purchase-tax",
                text("车辆购置税", "Vehicle purchase tax"),
                text(
                    "不含税价的 10%，新能源减半，每辆减税不超过 15,000 元",
                    "10% of the price without VAT, halved for new-energy cars, by at most CNY 15,000",
                ),
                cny("19982.30"),
                True,
            ),
        ),
        on_the_road=road,
        balance=cny("395300.00") - cny("5000.00") - (loan or cny("0")),
        before_handover=road - cny("5000.00") - (loan or cny("0")),
    )


def deposit() -> Deposit:
    """5,000.00 under the standard policy of mainland China."""
    advance, legal = text("订金", "refundable advance"), text("定金", "legal deposit")
    rows = [
        ("锁单之前", "Before locking the order", "dingjin-refundable", advance, "buyer", "5000.00"),
        (
            "锁单后 24 小时内",
            "Within 24 hours of locking the order",
            "dingjin-legal",
            legal,
            "buyer",
            "5000.00",
        ),
        (
            "锁单 24 小时后至交车前",
            "From 24 hours after locking the order until handover",
            "dingjin-legal",
            legal,
            "buyer",
            "0",
        ),
        (
            "锁单后，如果是我们做不到",
            "After the lock, if it is us who fail",
            "dingjin-legal",
            legal,
            "seller",
            "10000.00",
        ),
    ]
    rules = [
        (
            "锁单前支付的是订金，随时可退，原路返还。",
            "Before you lock the order it is a refundable advance and goes back the way it came, any time.",
        ),
        (
            "锁单即转为定金：锁单后 24 小时内仍可全额退；之后您取消不退，我们违约双倍返还。",
            "Locking turns it into a legal deposit: fully refundable for 24 hours more, then forfeited if you cancel and doubled if we fail.",
        ),
        (
            "定金不得超过合同标的额的 20%。",
            "A legal deposit may not exceed 20 per cent of the contract price.",
        ),
    ]
    return Deposit(
        policy="cn-standard",
        amount=cny("5000.00"),
        kind_name=advance,
        cap=cny("79060.00"),
        refund_days=7,
        rows=tuple(RefundRow(text(z, e), k, n, by, cny(a)) for z, e, k, n, by, a in rows),
        rules=tuple(text(z, e) for z, e in rules),
    )


def with_offers(facts: ContractFacts) -> ContractFacts:
    """The same order at the same total with an extra of 1,980.00 and a reduction of as much against a proof."""
    extra = PriceLine("care", "service", text("安心保养", "Care plan"), cny("1980.00"))
    proof = text("交车前须出示证明。", "You show the proof before handover.")
    name = text("置换礼", "Trade-in bonus")
    bonus = PriceLine("trade-in", "incentive", name, cny("-1980.00"), proof)
    lines = (*facts.price.lines, bonus, extra)
    return replace(facts, price=replace(facts.price, lines=lines))


def contract_facts(
    *,
    language: str = "zh-hans",
    financed: bool = False,
    insured: bool = False,
    vin: str = "",
    buyer: Buyer | None = None,
    template: Template | None = None,
) -> ContractFacts:
    """Frozen facts of one order; a cash buyer in Chinese unless told otherwise."""
    words = template or demo_template()
    loan, covers = (finance() if financed else None), (insurance() if insured else None)
    return ContractFacts(
        format=FORMAT,
        template=reference(words),
        market="CN",
        timezone="Asia/Shanghai",
        language=language,
        order="N4X8R2KQ",
        quote="8F3K27QA",
        release="R000001",
        agreed_at=NOW,
        terms=AcceptedTerms("cn-standard.20260901.8c1f22a09b3d", NOW - timedelta(minutes=4)),
        seller=words.sellers["CN"],
        buyer=buyer or person(),
        car=Car(
            text("云湾", "Haven"),
            text("远航版", "Voyage"),
            "2027" if vin else "",
            vin,
            None,
            equipment(),
        ),
        price=price(loan=loan.amount if loan else None, covers=covers.total if covers else None),
        deposit=deposit(),
        finance=loan,
        insurance=covers,
        delivery=Delivery(
            date(2027, 1, 2),
            date(2027, 1, 15),
            text("鹭行厦门交付中心", "Egretta Delivery Centre Xiamen"),
            text("厦门市翔安区鹭行路 1 号", "1 Luxing Road, Xiang'an, Xiamen"),
        ),
    )


def person(name: str = "林䶮㛃") -> Buyer:
    """A buyer whose name has rare characters."""
    return Buyer(
        "person",
        name,
        "3502***********018",
        "lin@example.com",
        "+86 138 0000 0018",
        "厦门市思明区演武路 4 号",
    )


def without_contact(buyer: Buyer) -> Buyer:
    """The same buyer, whom nobody can reach."""
    return replace(buyer, email="", phone="")


def document(facts: ContractFacts, template: Template | None = None) -> ContractDocument:
    """The document that a renderer is given."""
    return contract_document(
        number=NUMBER,
        dated_at=NOW,
        verify_url=VERIFY_URL,
        template=template or demo_template(),
        facts=facts,
    )
