"""J6: a contract is signed, sealed, verified from outside by tools that are not ours, amended, and found years later."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contracts.archive import open_archive
from contracts.models import Contract
from contracts.queries import contract, history
from contracts.services.archiving import read_pdf
from contracts.services.ending import void_contracts_of_order
from contracts.services.judging import judge
from contracts.signing import open_trust
from kernel.audit import verify_chain
from kernel.jobs import run_until_idle
from tests.conftest import missing
from tests.journeys.people import API, Buyer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]


def digits() -> str:
    run_until_idle()
    letters = [str(letter.body) for letter in mail.outbox if "验证码" in letter.subject]
    found = re.search(r"\b\d{6}\b", letters[-1])
    assert found
    return found.group(0)


def signed_by(buyer: Buyer) -> dict[str, Any]:
    """The contract of a car that was ordered, paid for, read and signed."""
    build = buyer.post("/builds", {"model": "rill", "choices": ["trim:plus"]}, 201)
    quote = buyer.post("/quotes", {"build": build["code"]}, 201)
    order = buyer.order(quote)["order"]["code"]
    buyer.pay(order)
    number = buyer.get(f"/orders/{order}/contract")["number"]
    shown = buyer.post(f"/contracts/{number}/viewed", {})
    asked = buyer.get(f"/contracts/{number}/signing")
    refused = buyer.post(
        f"/contracts/{number}/acceptance",
        {"accepted": True, "pdf_sha256": shown["pdf_sha256"]},
        409,
    )
    assert refused["type"].endswith("/signature-required")
    buyer.post(f"/contracts/{number}/code", {"channel": "mail"})
    act = {
        "pdf_sha256": shown["pdf_sha256"],
        "code": digits(),
        "consent_version": asked["consent"]["version"],
        "name": asked["signatory"],
    }
    done = buyer.post(f"/contracts/{number}/signature", act, key="once")
    assert done["state"] == "buyer_signed"
    assert buyer.post(f"/contracts/{number}/signature", act, key="once") == done
    run_until_idle()
    return dict(buyer.get(f"/orders/{order}/contract"))


def upload(buyer: Buyer, content: bytes) -> dict[str, Any]:
    """What the public verification says of a file, asked by a stranger."""
    answer = buyer.client.post(f"{API}/verify", content, "application/pdf")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def outside(pdf: bytes, folder: Path) -> None:
    """`qpdf` finds nothing wrong and `pdfsig` calls both signatures valid."""
    for tool, package in (("qpdf", "qpdf"), ("pdfsig", "poppler-utils")):
        if shutil.which(tool) is None:
            missing(tool, f"apt-get install {package}")
    path = folder / "contract.pdf"
    path.write_bytes(pdf)
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    said = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, text=True, check=False
    ).stdout
    assert said.count("Signature Validation: Signature is Valid.") == 2, said


def test_j6_a_contract_is_signed_and_proved_from_outside_for_years(
    settings: Any, tmp_path: Path
) -> None:
    settings.CONTRACT_AGREEMENT = "signature"
    buyer, stranger = Buyer(), Buyer()
    deal = signed_by(buyer)
    number = deal["number"]
    assert deal["state"] == "countersigned"
    assert buyer.get(f"/orders/{deal['order']}")["contract"] == {
        "number": number,
        "state": "signed",
    }

    pdf = buyer.pdf(number)
    outside(pdf, tmp_path)
    about = stranger.get(f"/verify/{number}")
    assert (about["state"], about["signed_sha256"]) == ("countersigned", deal["signed_sha256"])
    seen = upload(stranger, pdf)
    assert (seen["verdict"], seen["reasons"]) == ("valid", [])
    found = [(one["field"], one["sound"]) for one in seen["signatures"]]
    assert found == [("buyer", True), ("seller", True), ("timestamp-1", True)]
    assert buyer.name not in str(seen)

    # one flipped byte in the middle, a copy from before the signatures, another shop's file
    broken = bytearray(pdf)
    broken[len(pdf) // 3] ^= 1
    assert upload(stranger, bytes(broken))["verdict"] in {"altered", "unknown", "unreadable"}
    assert upload(stranger, pdf + b"\n")["verdict"] == "altered"
    issued = read_pdf(number=number, archive=open_archive(), issued=True).content
    assert upload(stranger, issued)["verdict"] == "unsigned"
    assert upload(stranger, b"%PDF-1.7 nothing")["verdict"] in {"unknown", "unreadable"}

    page = buyer.client.post("/zh/verify", {"file": SimpleUploadedFile("c.pdf", pdf)})
    assert "真实有效" in page.content.decode()
    assert (
        "打不开"
        in buyer.client.post(
            "/zh/verify", {"file": SimpleUploadedFile("c.pdf", b"GIF89a")}
        ).content.decode()
    )

    kinds = [event["kind"] for event in history(number)]
    assert kinds == ["drafted", "issued", "viewed", "code-sent", "buyer_signed", "countersigned"]
    assert verify_chain() == []

    # years later the file still proves itself; when its order ends, it says so
    later = timezone.now() + timedelta(days=3 * 365)
    assert judge(upload=BytesIO(pdf), trust=open_trust(), now=later).verdict == "valid"
    void_contracts_of_order(order=deal["order"], reason="test", actor="worker", now=later)
    assert upload(stranger, pdf)["verdict"] == "void"
    assert contract(number).signed_sha256 == deal["signed_sha256"]
    assert Contract.objects.count() == 1
