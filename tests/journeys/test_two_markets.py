"""J1 with a loan and cover, in both markets and both languages, through the public API alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F

from checkout.models import CreditSheet
from checkout.queries.ledger import accounts_with_totals
from kernel.audit import verify_chain
from tests.factories.lenders import APPLICANT
from tests.journeys.people import Buyer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]


@dataclass(frozen=True)
class Sold:
    """What differs between the markets of this journey."""

    code: str
    currency: str
    product: str
    lender: str
    covers: tuple[str, ...]
    insurer: str
    driver: dict[str, Any]
    place: str
    sheet: str
    deposit: int
    income: str


MARKETS = [
    Sold(
        code="CN",
        currency="CNY",
        product="luyin-60",
        lender="luyin",
        covers=("cn-compulsory", "cn-damage", "cn-third-party-2m"),
        insurer="qinghe",
        driver={"seats": 5},
        place="xm-home",
        sheet="cost-sheet",
        deposit=500_000,
        income="10000-20000",
    ),
    Sold(
        code="DE",
        currency="EUR",
        product="hanseflut-48",
        lender="hanseflut",
        covers=("de-haftpflicht", "de-vollkasko"),
        insurer="deichwacht",
        driver={"driver_age": 40, "no_claims_class": "SF5"},
        place="ham-hafen",
        sheet="precontract",
        deposit=100_000,
        income="2500-4000",
    ),
]


@pytest.fixture(autouse=True)
def _doors(settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_DIR = tmp_path


def read_and_confirm(buyer: Buyer, quote: dict[str, Any], kind: str) -> None:
    """The buyer reads the sheet of the loan for as long as the law asks and confirms it."""
    assert buyer.order(quote, 409)["type"].endswith("/cost-sheet-needed")
    sheet = buyer.post("/finance/cost-sheets", {"quote": quote["code"]}, 201)
    assert sheet["kind"] == kind
    minute = timedelta(minutes=1)
    CreditSheet.objects.update(
        issued_at=F("issued_at") - minute, readable_at=F("readable_at") - minute
    )
    said = {"fingerprint": sheet["fingerprint"], "accepted": True}
    done = buyer.post(f"/finance/cost-sheets/{sheet['code']}/confirmation", said)
    assert done["state"] == "confirmed"


def quoted(buyer: Buyer, sold: Sold) -> dict[str, Any]:
    """A configured car with a loan, cover and a place, in the market's currency."""
    build = buyer.post(
        "/builds", {"model": "haven", "market": sold.code, "choices": ["trim:voyage"]}, 201
    )
    car = {"market": sold.code, "build": build["code"]}
    loans = {item["product"]: item for item in buyer.post("/finance/quotes", car)["items"]}
    loan = loans[sold.product]
    offered = buyer.post("/insurance/quotes", {**car, "insurance_facts": sold.driver})["items"]
    assert set(sold.covers) <= {item["product"] for item in offered}
    quote: dict[str, Any] = buyer.post(
        "/quotes",
        {
            **car,
            "finance": {"product": sold.product, "down_payment": loan["down_payment"]},
            "insurance": list(sold.covers),
            "insurance_facts": sold.driver,
            "place": sold.place,
        },
        201,
    )
    assert quote["finance"]["instalment"] == loan["instalment"]
    premiums = {item["product"]: item["premium"] for item in offered}
    assert [line["premium"] for line in quote["insurance"]["lines"]] == [
        premiums[code] for code in sold.covers
    ]
    assert quote["on_the_road"]["currency"] == sold.currency
    return quote


@pytest.mark.parametrize("sold", MARKETS, ids=lambda sold: sold.code)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_j1_with_a_loan_and_cover(sold: Sold, language: str) -> None:
    buyer = Buyer(language)
    [market] = [m for m in buyer.get("/markets")["items"] if m["code"] == sold.code]
    assert (market["currency"], market["notice"] is not None) == (sold.currency, sold.code == "DE")

    quote = quoted(buyer, sold)
    read_and_confirm(buyer, quote, sold.sheet)
    order = buyer.order(quote)["order"]["code"]
    buyer.pay(order)
    truth = buyer.get(f"/orders/{order}")
    assert (truth["market"], truth["state"]) == (sold.code, "reserved")
    assert truth["money"]["paid"] == {"amount": sold.deposit, "currency": sold.currency}

    applied = buyer.post(
        f"/orders/{order}/finance-application",
        {
            "applicant": APPLICANT | {"income_band": sold.income},
            "consents": [{"receiver": sold.lender, "accepted": True}],
        },
        201,
    )
    assert applied["application"]["state"] == "approved"
    covered = buyer.post(
        f"/orders/{order}/insurance",
        {"consents": [{"receiver": sold.insurer, "accepted": True}]},
        201,
    )
    assert covered["state"] == "bound"

    truth = buyer.get(f"/orders/{order}")
    assert (truth["states"]["finance"], truth["states"]["insurance"]) == ("approved", "bound")
    number = truth["contract"]["number"]
    digest = hashlib.sha256(buyer.pdf(number)).hexdigest()
    buyer.post(f"/contracts/{number}/viewed", {})
    buyer.post(f"/contracts/{number}/acceptance", {"accepted": True, "pdf_sha256": digest})
    assert buyer.get(f"/orders/{order}")["contract"]["state"] == "accepted"

    balances = [a.balance for a in accounts_with_totals()]
    assert {b.currency for b in balances if b.minor} == {sold.currency}
    assert sum(b.minor for b in balances) == 0
    assert verify_chain() == []
