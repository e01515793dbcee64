"""J3: a buyer changes their mind at five stages in both markets, and gets exactly what the preview said, by the public API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from catalog.domain.vin import check_digit
from checkout.models import Order, Quote
from checkout.queries.ledger import accounts_with_totals
from checkout.services import production
from kernel.audit import verify_chain
from kernel.jobs import run_until_idle
from tests.journeys.people import Buyer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
STAFF = "staff:1"
WITHIN, AFTER = "within the cooling-off hours", "after them"


@dataclass(frozen=True)
class Place:
    """What differs between the markets: the deposit, an extra, and what is kept of the deposit in each stage."""

    code: str
    currency: str
    extra: str
    deposit: int
    kept: Mapping[str, int]


CHINA = Place(
    code="CN",
    currency="CNY",
    extra="care-basic",
    deposit=500_000,
    kept={
        "reserved": 0,
        WITHIN: 0,
        AFTER: 500_000,
        "in_production": 500_000,
        "inspection_ready": 500_000,
        "balance_paid": 500_000,
    },
)
GERMANY = Place(
    code="DE",
    currency="EUR",
    extra="winter-storage",
    deposit=100_000,
    kept={
        "reserved": 0,
        WITHIN: 50_000,
        AFTER: 50_000,
        "in_production": 50_000,
        "inspection_ready": 50_000,
        "balance_paid": 50_000,
    },
)
BOTH = pytest.mark.parametrize("place", [CHINA, GERMANY], ids=lambda place: place.code)


@pytest.fixture(autouse=True)
def _doors(settings: Any, tmp_path: Path) -> None:
    settings.SANDBOX_DIR = tmp_path
    settings.API_THROTTLES = {}


@dataclass
class Purchase:
    """One buyer's order on its way; each step is one that buyer or staff make."""

    buyer: Buyer
    place: Place
    code: str
    number: int

    @property
    def page(self) -> dict[str, Any]:
        """The order's page of truth."""
        return dict(self.buyer.get(f"/orders/{self.code}"))

    def accept(self) -> None:
        """Reads the contract that lies there and accepts it."""
        number = self.page["contract"]["number"]
        digest = hashlib.sha256(self.buyer.pdf(number)).hexdigest()
        self.buyer.post(f"/contracts/{number}/viewed", {})
        said = {"accepted": True, "pdf_sha256": digest}
        self.buyer.post(f"/contracts/{number}/acceptance", said)

    def lock(self) -> None:
        """Accepts, sees what locking means, and locks."""
        self.accept()
        shown = self.buyer.get(f"/orders/{self.code}/lock")
        said = {"fingerprint": shown["fingerprint"], "confirm": True}
        assert self.buyer.post(f"/orders/{self.code}/lock", said)["state"] == "locked"

    def cool_off(self) -> None:
        """Locks, and lets the hours after the lock go by."""
        self.lock()
        past = timedelta(hours=25)
        Order.objects.filter(code=self.code).update(locked_at=F("locked_at") - past)

    def build(self) -> None:
        """The factory begins."""
        self.cool_off()
        production.start_production(order=self.code, actor=STAFF, now=timezone.now())

    def arrive(self) -> None:
        """The car gets its number, travels, and stands ready."""
        self.build()
        blank = f"L0SH11CA0VX{900_000 + self.number}"
        vin = blank[:8] + check_digit(blank) + blank[9:]
        production.name_car(order=self.code, vin=vin, actor=STAFF, now=timezone.now())
        production.dispatch(order=self.code, actor=STAFF, now=timezone.now())
        production.make_ready(order=self.code, actor=STAFF, now=timezone.now())

    def pay_all(self) -> None:
        """The buyer pays the balance, which is asked for only now."""
        self.arrive()
        assert self.page["money"]["due"]["amount"] > 0
        self.buyer.pay(self.code, purpose="balance")

    def add_extra(self) -> dict[str, Any]:
        """Adds an extra by one preview; the preview that was agreed to."""
        wishes = {"extras": [{"code": self.place.extra, "wanted": True}]}
        path = f"/orders/{self.code}/amendments"
        shown = self.buyer.post(f"{path}/preview", wishes)
        assert shown["kinds"] == ["extras"]
        stale = wishes | {"fingerprint": "0" * 64}
        refused = self.buyer.post(path, stale, 409)
        assert refused["preview"]["fingerprint"] == shown["fingerprint"]
        agreed = wishes | {"fingerprint": shown["fingerprint"]}
        after = self.buyer.post(path, agreed, 201)
        assert after["money"]["price"] == shown["price"]["now"]
        run_until_idle()
        return dict(shown)

    def cancel(self) -> dict[str, Any]:
        """Sees what cancelling means, then cancels; what was done is what was shown."""
        path = f"/orders/{self.code}/cancellation"
        shown = self.buyer.post(f"{path}/preview", {})
        said = {"fingerprint": shown["fingerprint"], "confirm": True}
        done = self.buyer.post(path, said)
        reasons = shown.pop("reasons")
        assert [reason["code"] for reason in reasons] == ["changed-mind", "price", "other", "late"]
        assert done["cancellation"] == shown
        assert done["order"]["state"] == "cancelled"
        run_until_idle()
        again = self.buyer.post(path, said, 409)
        assert again["state"] == "cancelled"
        return dict(shown)


def purchase(place: Place, number: int = 1) -> Purchase:
    """An order of a configured car with its deposit paid."""
    buyer = Buyer("en" if place.code == "DE" else "zh-hans")
    asked = {"model": "haven", "market": place.code, "choices": ["trim:voyage"]}
    build = buyer.post("/builds", asked, 201)
    quote = buyer.post("/quotes", {"market": place.code, "build": build["code"]}, 201)
    code = buyer.order(quote)["order"]["code"]
    buyer.pay(code)
    return Purchase(buyer, place, code, number)


STAGES: list[tuple[str, Callable[[Purchase], None]]] = [
    ("reserved", lambda one: None),
    (WITHIN, Purchase.lock),
    (AFTER, Purchase.cool_off),
    ("in_production", Purchase.build),
    ("inspection_ready", Purchase.arrive),
    ("balance_paid", Purchase.pay_all),
]


@BOTH
def test_j3_at_every_stage_a_change_and_the_end_are_what_their_previews_said(place: Place) -> None:
    for number, (stage, bring) in enumerate(STAGES):
        one = purchase(place, number)
        bring(one)
        change = one.add_extra()
        assert change["net"]["kind"] == ("charge" if stage == "balance_paid" else "nothing"), stage
        if stage == "balance_paid":
            one.buyer.pay(one.code, purpose="amendment")
        held = one.page["money"]["paid"]["amount"]
        end = one.cancel()
        assert end["kept"] == {"amount": place.kept[stage], "currency": place.currency}, stage
        assert end["returned"]["amount"] == held - place.kept[stage], stage
        page = one.page
        assert page["money"]["paid"]["amount"] == place.kept[stage], stage
        assert page["next_step"]["by"] == "nobody"
        assert page["moves"] == []
    totals = {a.code: a.balance.minor for a in accounts_with_totals()}
    assert sum(totals.values()) == 0
    assert totals["2000"] == 0, "nothing of anybody's deposit is left with us"
    assert verify_chain() == []


def test_j3_in_germany_a_buyer_withdraws_in_two_steps_and_gets_everything_back() -> None:
    one = purchase(GERMANY)
    one.build()
    path = f"/orders/{one.code}/withdrawal"
    said = one.buyer.post(f"{path}/preview", {})
    confirmed = {"statement": said["statement"], "fingerprint": said["fingerprint"]}
    receipt = one.buyer.post(path, confirmed, 201)
    assert receipt["refund"] == {"amount": GERMANY.deposit, "currency": "EUR"}
    run_until_idle()
    page = one.page
    assert (page["state"], page["money"]["paid"]["amount"]) == ("withdrawn", 0)
    assert page["withdrawal"]["receipt"]["number"] == receipt["number"]


def test_j3_in_china_the_order_says_why_there_is_nothing_to_withdraw_from() -> None:
    one = purchase(CHINA)
    refused = one.buyer.post(f"/orders/{one.code}/withdrawal/preview", {}, 409)
    assert refused["type"].endswith("/withdrawal-not-possible")
    assert one.page["state"] == "reserved"


@BOTH
def test_j3_a_balance_that_fails_leaves_the_car_ready_and_can_be_paid_again(place: Place) -> None:
    one = purchase(place)
    one.arrive()
    due = one.page["money"]["due"]
    one.buyer.pay(one.code, "decline", purpose="balance")
    page = one.page
    assert (page["state"], page["money"]["due"]) == ("inspection_ready", due)
    one.buyer.pay(one.code, purpose="balance")
    assert one.page["state"] == "balance_paid"


def test_j3_a_quote_that_expires_says_what_changed_and_takes_nothing() -> None:
    buyer = Buyer("en")
    build = buyer.post("/builds", {"model": "haven", "choices": ["trim:voyage"]}, 201)
    quote = buyer.post("/quotes", {"build": build["code"]}, 201)
    past = timezone.now() - timedelta(days=8)
    Quote.objects.update(created_at=past, expires_at=past + timedelta(days=7))
    refused = buyer.order(quote, 409)
    assert refused["type"].endswith("/quote-expired")
    assert "difference" in refused
    anew = buyer.post("/quotes", {"build": build["code"]}, 201)
    assert buyer.order(anew)["order"]["state"] == "awaiting_deposit"
