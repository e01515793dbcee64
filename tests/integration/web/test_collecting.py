"""From the lock to the key on the store's pages: inspection, balance, appointment; as a browser without script gets them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from checkout.models import Appointment, Order
from kernel.jobs import run_until_idle
from storefront.web import memory
from tests.integration.web.test_store import body, hidden, ordered, paid
from tests.support import staff

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> None:
    memory.forget()
    settings.SANDBOX_DIR = tmp_path


@pytest.fixture
def order(client: Client) -> str:
    """A locked order whose car stands ready."""
    code = ordered(client)
    paid(client, code)
    run_until_idle()
    here = f"/en/orders/{code}"
    deal = client.get(f"{here}/contract")
    sent = {"accept": "1", "sha256": hidden(deal, "sha256"), "key": hidden(deal, "key")}
    client.post(f"{here}/contract", sent)
    take_priority(client, code)
    shown = client.get(f"{here}/lock")
    sent = {name: hidden(shown, name) for name in ("fingerprint", "key")} | {"confirm": "1"}
    assert client.post(f"{here}/lock", sent).status_code == 303
    staff.bring_to_inspection(code, timezone.now())
    run_until_idle()
    return code


def take_priority(client: Client, code: str) -> None:
    """Chosen, given up and chosen again before the lock."""
    for wanted, words in (
        ("yes", "Priority delivery is chosen"),
        ("no", "Take priority delivery for"),
        ("yes", "Priority delivery is chosen"),
    ):
        page = client.get(f"/en/orders/{code}")
        sent = {"wanted": wanted, "key": hidden(page, "key") + wanted}
        assert client.post(f"/en/orders/{code}/priority", sent).status_code == 303
        assert words in body(client.get(f"/en/orders/{code}"))


def slots(html: str, kind: str = "slot") -> list[str]:
    return re.findall(rf'value="({kind}\|[^"]+)"', html)


def test_the_page_shows_the_way_of_the_car_its_report_and_every_promise(
    client: Client, order: str
) -> None:
    page = client.get(f"/en/orders/{order}")
    html = body(page)
    for words in ("Where the car is", "Inspection before delivery", "mended", "the promise now"):
        assert words in html
    assert html.count('class="promise__old"') >= 1
    photo = re.search(rf'src="(/en/orders/{order}/photos/[^"]+)"', html)
    assert photo
    picture = client.get(photo.group(1))
    assert (picture.headers["Content-Type"], picture.content) == ("image/png", staff.PIXEL)
    assert Client().get(photo.group(1)).status_code in {302, 303, 401, 404}


def test_the_balance_is_paid_on_the_page_of_the_deposit(client: Client, order: str) -> None:
    assert "Pay the" in body(client.get(f"/en/pay/{order}"))
    paid(client, order)
    run_until_idle()
    assert Order.objects.get(code=order).state == "balance_paid"
    assert client.get(f"/en/pay/{order}").headers["Location"] == f"/en/orders/{order}"
    html = body(client.get(f"/en/orders/{order}"))
    assert "Balance" in html
    assert "Choose a handover time" in html


def test_a_time_is_booked_moved_and_given_up(client: Client, order: str) -> None:
    here = f"/en/orders/{order}/handover"
    page = client.get(here)
    free = slots(body(page))
    missing = client.post(here, {"key": hidden(page, "key")})
    assert missing.status_code == 422
    assert "Please choose a time" in body(missing)
    for place in (-1, -2):
        page = client.get(here)
        wish = re.findall(r'name="wish" value="([^"]+)"', body(page))[0]
        sent = {"starts_at": free[place], "wish": [wish], "key": hidden(page, "key")}
        assert client.post(here, sent).headers["Location"] == f"/en/orders/{order}"
    [booked] = Appointment.objects.filter(state="booked")
    assert booked.starts_at.isoformat()[:16] in free[-2]
    sent = {"do": "give-up", "key": hidden(client.get(here), "key") + "-g"}
    assert client.post(here, sent).status_code == 303
    assert not Appointment.objects.filter(state="booked").exists()


def test_a_time_that_was_just_taken_leaves_the_free_ones(client: Client, order: str) -> None:
    here = f"/en/orders/{order}/handover"
    page = client.get(here)
    free = slots(body(page))
    gone = client.post(here, {"starts_at": "slot|2020-01-01T09:00:00Z", "key": hidden(page, "key")})
    assert gone.status_code == 409
    assert "still free" in body(gone)
    assert slots(body(gone)) == free


def test_a_car_is_brought_home_only_with_an_address(client: Client, order: str) -> None:
    here = f"/en/orders/{order}/handover"
    page = client.get(here)
    run = slots(body(page), "home")[-1]
    bare = client.post(here, {"starts_at": run, "key": hidden(page, "key")})
    assert bare.status_code == 422
    assert "home delivery needs" in body(bare)
    home = {"city": "Xiamen", "street": "7 Harbour View", "contact": "Li", "phone": "13800138000"}
    sent = {"starts_at": run, "key": hidden(bare, "key"), **home}
    assert client.post(here, sent).status_code == 303
    assert "7 Harbour View" in body(client.get(here))
    Appointment.objects.update(starts_at=F("starts_at") - timedelta(days=60))
    assert "too close to be changed" in body(client.get(here))
