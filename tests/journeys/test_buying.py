"""J1 and J2: from "which car?" to an accepted contract, through the public API alone."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from checkout.models.credit import CreditSheet
from checkout.queries.ledger import accounts_with_totals
from kernel.audit import verify_chain
from tests.conftest import missing
from tests.journeys.people import Buyer

pytestmark = pytest.mark.usefixtures("shop")
EXAMPLE = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_j1_a_buyer_configures_orders_pays_and_accepts_the_contract(
    language: str, tmp_path: Path
) -> None:
    buyer = Buyer(language)

    models = buyer.get("/models")["items"]
    assert [m["code"] for m in models] == ["rill", "vale", "haven"]

    drawn = buyer.get("/models/haven/configurator")
    state = buyer.post(
        "/configurations/evaluate", {"model": "haven", "choices": drawn["default_choices"]}
    )
    assert state["valid"]
    for option in EXAMPLE:
        change = {"option": option, "want": True}
        state = buyer.post(
            "/configurations/evaluate",
            {"model": "haven", "choices": state["choices"], "change": change},
        )
        assert state["outcome"] in {"applied", "adjusted"}, option
    assert state["price_sheet"]["total"] == {"amount": 39_530_000, "currency": "CNY"}

    build = buyer.post("/builds", {"model": "haven", "choices": state["choices"]}, 201)
    assert buyer.get(f"/builds/{build['code']}")["price_sheet"] == build["price_sheet"]

    loans = buyer.post("/finance/quotes", {"model": "haven", "build": build["code"]})["items"]
    assert "luyin-60" in [loan["product"] for loan in loans]
    quote = buyer.post(
        "/quotes",
        {
            "build": build["code"],
            "finance": {
                "product": "luyin-60",
                "down_payment": {"amount": 11_859_000, "currency": "CNY"},
            },
            "insurance": ["cn-compulsory", "cn-damage", "cn-third-party-2m"],
            "place": "xm-home",
        },
        201,
    )
    assert quote["on_the_road"] == {"amount": 42_378_703, "currency": "CNY"}
    assert quote["finance"]["instalment"] == {"amount": 508_106, "currency": "CNY"}

    assert buyer.order(quote, 409)["type"].endswith("/cost-sheet-needed")
    sheet = buyer.post("/finance/cost-sheets", {"quote": quote["code"]}, 201)
    confirmation = f"/finance/cost-sheets/{sheet['code']}/confirmation"
    said = {"fingerprint": sheet["fingerprint"], "accepted": True}
    assert buyer.post(confirmation, said, 409)["type"].endswith("/cost-sheet-too-early")
    minute = timedelta(minutes=1)
    CreditSheet.objects.update(
        issued_at=F("issued_at") - minute, readable_at=F("readable_at") - minute
    )
    assert buyer.post(confirmation, said)["state"] == "confirmed"

    placed = buyer.order(quote)
    order = placed["order"]["code"]
    assert placed["order"]["document"]["credit"]["fingerprint"] == sheet["fingerprint"]
    assert placed["order"]["state"] == "awaiting_deposit"
    assert placed["order"]["money"]["due"] == {"amount": 500_000, "currency": "CNY"}

    buyer.pay(order)
    truth = buyer.get(f"/orders/{order}")
    assert truth["state"] == "reserved"
    assert truth["money"]["paid"] == {"amount": 500_000, "currency": "CNY"}
    assert truth["contract"]["state"] == "issued"

    number = truth["contract"]["number"]
    contract = buyer.get(f"/orders/{order}/contract")
    document = buyer.pdf(number)
    digest = hashlib.sha256(document).hexdigest()
    assert contract["pdf_sha256"] == digest
    assert_says(document, tmp_path, ["王小鹭", number])

    buyer.post(f"/contracts/{number}/viewed", {})
    buyer.post(f"/contracts/{number}/acceptance", {"accepted": True, "pdf_sha256": digest})
    truth = buyer.get(f"/orders/{order}")
    assert truth["contract"]["state"] == "accepted"

    verified = buyer.get(f"/verify/{number}")
    assert verified["state"] == "accepted"
    assert verified["sha256"] == digest
    assert "王小鹭" not in str(verified)

    balances = {(a.code, a.balance.currency): a.balance.minor for a in accounts_with_totals()}
    assert balances[("2000", "CNY")] == -500_000
    assert sum(balances.values()) == 0
    assert verify_chain() == []


def assert_says(document: bytes, folder: Path, words: list[str]) -> None:
    """`pdftotext` gives back every one of `words`."""
    if shutil.which("pdftotext") is None:
        missing("pdftotext", "apt-get install poppler-utils")
    file = folder / "contract.pdf"
    file.write_bytes(document)
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    for word in words:
        assert word in text, text[:2000]


@pytest.mark.django_db
def test_j2_a_buyer_takes_a_car_from_stock_and_nobody_else_can() -> None:
    buyer, rival = Buyer(), Buyer(name="李晚舟")
    page = buyer.get("/stock", model="rill", sort="price")
    assert page["total"] >= len(page["items"]) > 0
    vin = next(car["vin"] for car in page["items"] if car["status"] == "available")

    mine = buyer.post("/quotes", {"vin": vin}, 201)
    theirs = rival.post("/quotes", {"vin": vin}, 201)
    order = buyer.order(mine)["order"]
    refused = rival.order(theirs, 409)
    assert refused["type"].endswith("/vehicle-not-available")

    held = buyer.get(f"/stock/{vin}")
    assert held["status"] == "held"
    buyer.pay(order["code"])
    assert buyer.get(f"/orders/{order['code']}")["state"] == "reserved"


@pytest.mark.django_db
def test_a_declined_card_keeps_the_order_and_a_second_card_pays_it() -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    quote = buyer.post("/quotes", {"build": build["code"]}, 201)
    order = buyer.order(quote)["order"]["code"]
    buyer.pay(order, "decline")
    assert buyer.get(f"/orders/{order}")["state"] == "awaiting_deposit"
    buyer.pay(order, "succeed")
    truth = buyer.get(f"/orders/{order}")
    assert truth["state"] == "reserved"
    states = [payment["state"] for payment in truth["payments"]]
    assert states.count("succeeded") == 1
    assert len(states) == 2
    assert truth["money"]["paid"] == {"amount": 100_000, "currency": "CNY"}


@pytest.mark.django_db
def test_an_order_is_refused_until_the_terms_are_accepted() -> None:
    buyer = Buyer()
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    quote = buyer.post("/quotes", {"build": build["code"]}, 201)
    version = quote["deposit"]["terms_version"]
    refused = buyer.order(quote, 422, terms={"version": version, "accepted": False})
    assert refused["type"].endswith("/terms-not-accepted")
    refused = buyer.order(quote, 422, terms={"version": "old", "accepted": True})
    assert refused["version"] == version
