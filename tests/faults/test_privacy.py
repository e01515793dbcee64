"""What must stay with the buyer: the number of the identity document, the token, and the order itself."""

from __future__ import annotations

import hmac
import json
import logging
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connection
from django.test import Client

from checkout.models import Order
from checkout.queries import orders
from kernel.jobs import run_until_idle
from kernel.text import fingerprint
from storefront.api.models import IdempotencyRecord
from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]

DOCUMENT = "350203199001011234"
NAME, PHONE, EMAIL, STREET = "王小鹭", "+8613800138000", "xiaolu@example.com", "思明区鹭江道 1 号"
PAYMENT = {"purpose": "deposit", "method": "card", "return_url": "http://testserver/zh/"}


def ordered(caller: Caller) -> dict[str, Any]:
    """An order with everything personal in it, sent twice; its answer."""
    body = caller.order_body(caller.quote())
    body["buyer"] |= {"phone": PHONE, "document": {"kind": "id-card", "number": DOCUMENT}}
    placed = caller.post("/orders", body, status=201, key="an-order")
    assert caller.raw("POST", "/orders", body, key="an-order")["Idempotency-Replayed"] == "true"
    caller.token = placed["token"]
    return dict(placed)


def paid(caller: Caller, order: str) -> str:
    """Pay the deposit; the number of the contract."""
    page = caller.post(f"/orders/{order}/payments", PAYMENT, status=201)["redirect_url"]
    caller.http.post(page.removeprefix("http://testserver"), {"result": "succeed"})
    run_until_idle(raise_errors=True)
    return str(caller.get(f"/orders/{order}/contract")["number"])


def database_bytes() -> bytes:
    """Everything the database wrote, as it stands on the disk; on PostgreSQL every row of every table."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        return b"".join(file.read_bytes() for file in name.parent.glob(f"{name.name}*"))
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")  # noqa: S608
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found).encode()


def test_the_number_of_the_document_is_nowhere_in_clear(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    caller = Caller("zh-hans")
    placed = ordered(caller)
    order = placed["order"]["code"]
    assert Order.objects.get(code=order).buyer_document == DOCUMENT  # it is kept, and can be read
    number = paid(caller, order)
    answers = [placed, caller.get(f"/orders/{order}"), caller.get(f"/orders/{order}/contract")]
    pdf = caller.raw("GET", f"/contracts/{number}/pdf").content

    written = database_bytes()
    assert order.encode() in written
    assert DOCUMENT.encode() not in written
    assert placed["token"].encode() not in written
    assert fingerprint(DOCUMENT).encode() not in written
    assert DOCUMENT not in caplog.text
    assert placed["token"] not in caplog.text
    letters = "\n".join(f"{each.subject}\n{each.body}" for each in mail.outbox)
    assert order in letters
    assert DOCUMENT not in letters
    assert placed["token"] not in letters
    assert DOCUMENT not in json.dumps(answers)
    assert answers[1]["buyer"]["document"].endswith(DOCUMENT[-4:])
    assert DOCUMENT.encode() not in pdf
    if shutil.which("pdftotext"):
        (tmp_path / "contract.pdf").write_bytes(pdf)
        told = subprocess.run(
            ["pdftotext", str(tmp_path / "contract.pdf"), "-"], capture_output=True, check=True
        ).stdout
        assert DOCUMENT.encode() not in told
        assert NAME.encode() in told
    for file in Path(django_settings.DATA).rglob("*.json"):  # the vendor's memory
        assert DOCUMENT.encode() not in file.read_bytes()


def test_a_wrong_document_is_refused_without_repeating_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = Caller()
    body = caller.order_body(caller.quote())
    for number in (f"?{DOCUMENT}?", f"{DOCUMENT} 王", f"{DOCUMENT}{'9' * 50}", f"{DOCUMENT}\u0000"):
        body["buyer"]["document"] = {"kind": "id-card", "number": number}
        refused = caller.post("/orders", body, status=422)
        assert DOCUMENT not in json.dumps(refused)
    body["buyer"]["document"] = int(DOCUMENT)
    assert DOCUMENT not in json.dumps(caller.post("/orders", body, status=422))
    assert DOCUMENT.encode() not in database_bytes()
    assert DOCUMENT not in caplog.text


def test_a_remembered_request_cannot_be_found_out_by_trying_all_documents() -> None:
    """The fingerprint of a body is keyed: whoever has the database has not the key."""
    caller = Caller()
    body = caller.order_body(caller.quote())
    caller.post("/orders", body, status=201)
    kept = IdempotencyRecord.objects.get(route="POST /orders")
    assert kept.body_hash != fingerprint(body)
    assert len(kept.body_hash) == 64


def test_strangers_learn_masks_from_the_verification_and_nothing_else() -> None:
    caller = Caller("zh-hans")
    number = paid(caller, ordered(caller)["order"]["code"])
    private = [DOCUMENT, NAME, NAME[1:], PHONE, PHONE[3:], EMAIL, STREET, caller.token]
    seen = json.dumps(Caller().get(f"/verify/{number}"), ensure_ascii=False)
    pages = [Client().get(f"/{lang}/verify/{number}").content.decode() for lang in ("zh", "en")]
    for told in (seen, *pages):
        assert number in told
        assert "王" in told
        assert [word for word in private if word in told] == []


def test_the_order_of_another_buyer_does_not_exist() -> None:
    mine, theirs = Caller("zh-hans"), Caller("zh-hans")
    order = ordered(mine)["order"]["code"]
    number = paid(mine, order)
    theirs.order()
    digest = "0" * 64
    for method, path, body in (
        ("GET", f"/orders/{order}", None),
        ("GET", f"/orders/{order}/contract", None),
        ("GET", f"/contracts/{number}/pdf", None),
        ("POST", f"/orders/{order}/payments", PAYMENT),
        ("POST", f"/contracts/{number}/viewed", {}),
        ("POST", f"/contracts/{number}/acceptance", {"accepted": True, "pdf_sha256": digest}),
    ):
        refused = theirs.send(method, path, body, status=404)
        assert code_of(refused) in {"unknown-order", "unknown-contract"}
        told = json.dumps(refused, ensure_ascii=False)
        assert [word for word in (NAME, EMAIL, DOCUMENT[-4:]) if word in told] == []
    page = Client().get(f"/zh/orders/{order}", follow=True).content.decode()
    assert [word for word in (NAME, DOCUMENT[-4:]) if word in page] == []


def test_tokens_are_compared_in_constant_time_and_by_their_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caller = Caller()
    order = caller.order()["order"]["code"]
    compared: list[tuple[str, str]] = []

    def compare(a: str, b: str) -> bool:
        compared.append((a, b))
        return hmac.compare_digest(a, b)

    fake = type("hmac", (), {"compare_digest": staticmethod(compare)})
    monkeypatch.setattr(orders, "hmac", fake)
    caller.get(f"/orders/{order}")
    Caller(token=caller.token[:-1]).get(f"/orders/{order}", status=404)
    assert len(compared) == 2
    assert all(caller.token not in pair and len(pair[0]) == len(pair[1]) == 64 for pair in compared)
