"""A bad day in the shop: real web and worker processes, killed, clicked ten times, told twice or not at all."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.utils import timezone

from checkout.gateways.sandbox import SandboxWorld
from checkout.models import LedgerEntry, Payment, PaymentOperation, WebhookMessage
from contracts.models import Contract
from kernel.audit import verify_chain
from kernel.models import Job
from storefront.notify.models import NoticeLog
from tests.support.processes import Process, Processes, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
DOCUMENT = "350203199001011234"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Processes]:
    """Processes of a shop; nothing runs yet."""
    found = Processes(tmp_path / "data", "tests.faults.process_settings")
    try:
        yield found
    finally:
        found.stop()


class Customer:
    """A guest with a browser of their own."""

    def __init__(self, house: Processes) -> None:
        self.http = httpx.Client(base_url=house.address, timeout=60)
        self.headers: dict[str, str] = {}
        self.keys = 0

    def post(self, path: str, body: Any, *, status: int = 201) -> Any:
        self.keys += 1
        headers = self.headers | {"Idempotency-Key": f"{id(self)}-{self.keys}"}
        answer = self.http.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:800])
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(f"/api/v1{path}", headers=self.headers)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:800])
        return answer.json()

    def order(self) -> str:
        build = self.post("/builds", {"model": "rill", "choices": ["trim:plus"]})["code"]
        quote = self.post("/quotes", {"build": build})
        self.headers["X-Quote-Token"] = quote["token"] or self.headers["X-Quote-Token"]
        placed = self.post(
            "/orders",
            {
                "quote": quote["code"],
                "buyer": {
                    "kind": "person",
                    "name": "王小鹭",
                    "email": "xiaolu@example.com",
                    "document": {"kind": "id-card", "number": DOCUMENT},
                },
                "terms": {"version": quote["terms"]["version"], "accepted": True},
                "language": "zh-hans",
            },
        )
        self.headers["X-Order-Token"] = placed["token"]
        return str(placed["order"]["code"])

    def start(self, order: str) -> str:
        """Start to pay; the vendor's name of the payment."""
        back = f"{self.http.base_url}/zh/"
        body = {"purpose": "deposit", "method": "card", "return_url": back}
        address = self.post(f"/orders/{order}/payments", body)["redirect_url"]
        return str(address).split("/sandbox/pay/")[1].split("?")[0]

    def stand_before(self, payment: str) -> str:
        """The vendor's page with its button; gives what the button sends along."""
        page = self.http.get(f"/sandbox/pay/{payment}")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        return token[1]

    def press(self, payment: str, result: str = "succeed", token: str = "") -> int:
        """A button on the vendor's page, opened now unless it stands open; the status of its answer."""
        form = {"result": result, "csrfmiddlewaretoken": token or self.stand_before(payment)}
        return self.http.post(f"/sandbox/pay/{payment}", data=form).status_code


def world(house: Processes) -> SandboxWorld:
    return SandboxWorld(house.folder / "sandbox")


def letters(house: Processes) -> list[str]:
    """The subjects of all mails that were sent."""
    found = []
    for file in (house.folder / "mail").glob("*"):
        for part in re.split(r"^-{79}$", file.read_text(), flags=re.MULTILINE):
            if part.strip():
                message = email.message_from_string(part.strip(), policy=email.policy.default)
                found.append(str(message["Subject"]))
    return sorted(found)


def begun(house: Processes) -> int:
    log = house.folder / "rendering"
    return len(log.read_text().splitlines()) if log.exists() else 0


def archived(house: Processes) -> list[Path]:
    """What stands in the archive; a file that is still being written begins with a dot."""
    files = (house.folder / "archive").rglob("[!.]*")
    return [path for path in files if path.is_file()]


def kill_while_rendering(house: Processes, worker: Process) -> None:
    """The PDF is not there yet."""
    wait_until(lambda: begun(house) == 1)
    house.kill(worker)
    assert not archived(house)


def kill_after_archiving(house: Processes, worker: Process) -> None:
    """The PDF is in the archive, and no row says so: the test holds the lock the worker waits for."""
    wait_until(lambda: begun(house) == 1)
    with transaction.atomic():
        Contract.objects.select_for_update().get()
        (house.folder / "hold").unlink()
        wait_until(lambda: len(archived(house)) == 1)
        house.kill(worker)
    assert Contract.objects.get().state == "draft"


@pytest.mark.parametrize("kill", [kill_while_rendering, kill_after_archiving])
def test_a_worker_that_is_killed_while_issuing_leaves_one_contract_one_entry_one_notice(
    house: Processes, kill: Any
) -> None:
    house.web()
    worker = house.worker("--lease", "2")
    customer = Customer(house)
    order = customer.order()
    (house.folder / "hold").touch()
    assert customer.press(customer.start(order)) == 302
    kill(house, worker)
    (house.folder / "hold").unlink(missing_ok=True)

    house.worker("--lease", "2")
    wait_until(
        lambda: (customer.get(f"/orders/{order}")["contract"] or {}).get("state") == "issued"
    )
    wait_until(lambda: not Job.objects.exclude(state="done").exists())

    contract = Contract.objects.get()
    assert begun(house) == 2
    [file] = archived(house)
    assert contract.pdf_sha256 in str(file).replace("/", "")
    issued = [event for event in contract.events.all() if event.kind == "issued"]
    assert len(issued) == 1
    assert LedgerEntry.objects.filter(kind="charge").count() == 1
    told = sorted(NoticeLog.objects.values_list("template", flat=True))
    assert told == ["contract_ready", "deposit_paid", "order_placed"]
    assert len([subject for subject in letters(house) if contract.number in subject]) == 1
    assert len(letters(house)) == 3
    assert verify_chain() == []
    assert_nothing_personal_in_clear(house)


def assert_nothing_personal_in_clear(house: Processes) -> None:
    """The document's number is in no file: database, write-ahead log, logs, mails, archive, vendor's memory."""
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        files += [path for path in name.parent.glob(f"{name.name}*") if path.is_file()]
    assert len(files) > 5
    assert [str(path) for path in files if DOCUMENT.encode() in path.read_bytes()] == []


# ---- Between the buyer, the vendor and us: one house, one customer for each mishap ----


def charges() -> int:
    return LedgerEntry.objects.filter(kind="charge").count()


def ten_clicks_on_pay_and_five_on_the_vendors_button(house: Processes) -> tuple[Customer, str]:
    customer = Customer(house)
    order = customer.order()
    with ThreadPoolExecutor(10) as pool:
        started = list(pool.map(lambda _: customer.start(order), range(10)))
    assert len(set(started)) == 1
    buyers = [Customer(house) for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        # All stand before the button before one of them presses: a page opened later has none.
        tokens = list(pool.map(lambda buyer: buyer.stand_before(started[0]), buyers))
        pressed = list(
            pool.map(lambda buyer, token: buyer.press(started[0], token=token), buyers, tokens)
        )
    assert sorted(pressed) == [302, 409, 409, 409, 409]
    return customer, order


def a_message_told_three_times_at_once_and_once_more(house: Processes) -> tuple[Customer, str]:
    customer = Customer(house)
    order = customer.order()
    message = world(house).succeed(customer.start(order))

    def deliver(_: int) -> int:
        headers = dict(message.headers)
        address = f"{house.address}/api/v1/webhooks/sandbox"
        return httpx.post(address, content=message.body, headers=headers).status_code

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(deliver, range(3))) == [200] * 3
    assert deliver(0) == 200
    assert WebhookMessage.objects.order_by("-pk")[0].deliveries == 4
    return customer, order


def a_message_that_overtakes_the_answer_of_the_vendor(house: Processes) -> tuple[Customer, str]:
    """As if the vendor's answer had never been stored: only the vendor and its message know of the payment."""
    customer = Customer(house)
    order = customer.order()
    payment = customer.start(order)
    rows = Payment.objects.filter(provider_id=payment)
    PaymentOperation.objects.filter(payment__in=rows).update(state="sent", resolved_at=None)
    assert rows.update(provider_id=None, state="created") == 1
    assert customer.press(payment) == 302
    return customer, order


def money_that_no_message_told_us_about(house: Processes) -> tuple[Customer, str]:
    customer = Customer(house)
    order = customer.order()
    payment = customer.start(order)
    world(house).succeed(payment)
    an_hour_ago = timezone.now() - timedelta(hours=1)  # so that it is due to be asked about
    Payment.objects.filter(provider_id=payment).update(snapshot_at=an_hour_ago)
    return customer, order


MISHAPS = (
    ten_clicks_on_pay_and_five_on_the_vendors_button,
    a_message_told_three_times_at_once_and_once_more,
    a_message_that_overtakes_the_answer_of_the_vendor,
    money_that_no_message_told_us_about,
)


def _is_reserved(customer: Customer, state: str) -> bool:
    return bool(customer.get(state)["state"] == "reserved")


def test_whatever_happens_to_clicks_and_messages_each_order_is_paid_once(house: Processes) -> None:
    house.web()
    orders = [mishap(house) for mishap in MISHAPS]
    for _ in range(2):
        house.worker()
    for customer, order in orders:
        state = f"/orders/{order}"
        wait_until(partial(_is_reserved, customer, state), seconds=120)
        paid = [p for p in customer.get(state)["payments"] if p["state"] == "succeeded"]
        assert len(paid) == 1
    wait_until(lambda: not Job.objects.exclude(state="done").exists())
    assert charges() == len(world(house).payments()) == Payment.objects.count() == len(MISHAPS)
    assert PaymentOperation.objects.filter(kind="create").count() == len(MISHAPS)
    assert Contract.objects.count() == len(MISHAPS)
    assert not WebhookMessage.objects.filter(processed_at=None).exists()
    assert verify_chain() == []
