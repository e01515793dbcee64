"""Changing a placed order: one preview, one agreement, one move of money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from catalog.errors import NotBuildable, QuotaTaken, UnknownBuild, UnknownOption
from catalog.models import IncentiveClaim
from checkout.domain.order import Contract, State
from checkout.errors import (
    AmendmentNotPossible,
    BadBuyer,
    NothingToAmend,
    NothingToQuote,
    StalePreview,
    UnknownExtra,
    UnknownOrder,
    UnknownPlace,
)
from checkout.models import Amendment, Order, OrderEvent, Payment, PaymentOperation, Quote
from checkout.queries.amending import preview_amendment
from checkout.queries.orders import order as page_of
from checkout.queries.paid import held_of
from checkout.services.amending import amend_order
from checkout.services.orders import contract_accepted, contract_issued
from kernel.audit import verify_chain
from kernel.models import AuditEntry
from tests.factories.amendable import (
    CARE,
    LOUD,
    PLATE,
    QUIET,
    all_paid,
    amend,
    codes,
    net_of,
    preview,
    promises,
    reserved,
    yuan,
)
from tests.factories.ordering import LI, quoted
from tests.factories.shelf import (
    EXAMPLE,
    NOON,
    forget,
    put_on_sale,
    saved_build,
    stock_vehicle,
)
from tests.factories.till import Till

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_sale(transactional_db: None) -> Iterator[None]:
    forget()
    put_on_sale()
    yield
    forget()


def dearer(document: dict[str, Any]) -> None:
    """Another release: whatever costs something on a Haven costs 1,000.00 more."""
    haven = next(model for model in document["models"] if model["code"] == "haven")
    for row in haven["prices"]:
        row["amount"] += 100_000 if row["amount"] > 0 else 0


def newer(document: dict[str, Any]) -> None:
    """The same, and a paint that nobody could have before, priced as the ink."""
    dearer(document)
    haven = next(model for model in document["models"] if model["code"] == "haven")
    ink = next(option for option in haven["options"] if option["code"] == "paint-ink")
    haven["options"].append({**ink, "code": "paint-dawn"})
    for marks in haven["availability"].values():
        for trim in marks.values():
            if "paint-ink" in trim:
                trim["paint-dawn"] = "O"
    inks = [row for row in haven["prices"] if row["code"] == "paint-ink"]
    haven["prices"] += [{**row, "code": "paint-dawn"} for row in inks]


# ---- The preview and what it leads to ----


def test_a_change_is_what_its_preview_showed(till: Till) -> None:
    order = reserved(till)
    shown = preview(order, choices=list(LOUD))
    assert shown.kinds == ("build",)
    assert [one["code"] for one in shown.shown["car"]["removed"]][0] == "pkg-quiet"
    assert shown.shown["price"]["change"] == {"amount": -1_050_000, "currency": "CNY"}
    assert shown.shown["tax"]["lines"][0]["code"] == "purchase-tax"
    assert shown.shown["insurance"]["lines"][0]["code"] == "cn-damage"
    assert shown.shown["prices"]["code"] == "promised"
    assert net_of(shown) == ("nothing", yuan("0.00"))
    made = amend_order(
        order=order.code,
        wishes={"choices": list(LOUD)},
        fingerprint=shown.fingerprint,
        actor="guest",
        now=NOON + timedelta(hours=1),
    )
    order.refresh_from_db()
    assert made.difference == shown.shown
    assert order.document == made.after == shown.after
    assert order.price == 38_480_000
    assert order.on_the_road == order.document["on_the_road"]["amount"]
    assert (made.number, made.kinds, made.fee) == (1, ["build"], 0)
    event = OrderEvent.objects.get(order=order, kind="order-amended")
    assert event.facts["price"] == {"amount": 38_480_000, "currency": "CNY"}
    assert verify_chain() == []


def test_looking_changes_nothing_and_two_looks_are_alike(till: Till) -> None:
    order = reserved(till)
    one = preview(order, extras=[CARE])
    later = preview(order, NOON + timedelta(hours=3), extras=[CARE])
    assert one.fingerprint == later.fingerprint
    assert one.facts()["fingerprint"] == one.fingerprint
    assert not Amendment.objects.exists()


def test_a_wish_for_what_the_order_says_is_nothing_to_agree_to(till: Till) -> None:
    order = reserved(till)
    shown = preview(order, choices=list(reversed(QUIET)), delivery={"place": "xm-home"})
    assert shown.kinds == ()
    with pytest.raises(NothingToAmend):
        amend(order, choices=list(reversed(QUIET)))
    assert not Amendment.objects.exists()


def test_back_and_forth_moves_nothing(till: Till) -> None:
    order = reserved(till)
    document, price, told = order.document, order.price, promises(order)
    amend(order, choices=["trim:zenith"], extras=[CARE], delivery={"place": "sh-jiading"})
    assert order.document != document
    amend(order, choices=list(EXAMPLE), extras=[], delivery={"place": "xm-home"})
    assert (order.document, order.price) == (document, price)
    assert promises(order)[-1] == told[-1]
    assert held_of(order) == yuan("5000.00")
    assert not PaymentOperation.objects.filter(kind="refund").exists()
    assert not Payment.objects.filter(purpose="amendment").exists()
    assert Amendment.objects.get(order=order, number=2).difference["prices"]["code"] == "returned"


def test_a_saved_build_is_a_car_to_change_to(till: Till) -> None:
    order = reserved(till)
    code = saved_build(LOUD)
    amend(order, build=code)
    assert (order.build, order.document["car"]["build"]) == (code, code)
    assert order.price == 38_480_000


def test_an_extra_is_added_with_its_moment_and_words(till: Till) -> None:
    order = reserved(till)
    at = NOON + DAY
    amend(order, at, extras=[CARE])
    item = next(i for i in order.document["extras"]["items"] if i["code"] == "care-plus")
    assert (item["wanted"], item["answered_at"]) == (True, at.isoformat())
    assert order.price == 39_530_000 + 428_000
    amend(order, at + DAY, extras=[CARE, PLATE])
    item = next(i for i in order.document["extras"]["items"] if i["code"] == "care-plus")
    assert item["answered_at"] == at.isoformat()
    assert codes(order.document)[-2:] == ["care-plus", "plate-service"]


def test_another_place_and_address_cost_nothing(till: Till) -> None:
    order = reserved(till)
    before = order.document
    made = amend(
        order, delivery={"place": "sh-jiading"}, buyer_address={"city": "上海", "line": "一号"}
    )
    assert made.kinds == ["delivery", "address"]
    assert order.document["delivery"]["place"]["code"] == "sh-jiading"
    assert order.document["price_sheet"] == before["price_sheet"]
    assert order.buyer_address == {"city": "上海", "line": "一号"}
    kept = [str(Amendment.objects.values().get()), str(list(OrderEvent.objects.values()))]
    kept.append(str(list(AuditEntry.objects.values())))
    assert all("一号" not in text for text in kept)


def test_an_address_alone_leaves_the_document_as_it_is(till: Till) -> None:
    order = reserved(till)
    before = order.document
    made = amend(order, buyer_address="厦门市鹭江道 2 号")
    assert made.kinds == ["address"]
    assert order.document == before
    with pytest.raises(BadBuyer, match="buyer_address"):
        preview(order, buyer_address={"galaxy": "M31"})


# ---- Prices ----


INK = ("trim:voyage", "paint-ink", *EXAMPLE[2:])
DAWN = ("trim:voyage", "paint-dawn", *EXAMPLE[2:])
SILENT = tuple(code for code in INK if code != "pkg-quiet")


def test_an_option_sold_with_the_order_has_the_price_of_its_day(till: Till) -> None:
    order = reserved(till)
    put_on_sale(dearer)
    shown = preview(order, NOON + DAY, choices=list(SILENT))
    assert shown.shown["prices"]["code"] == "promised"
    assert shown.after["release"] == "R000001"
    assert shown.after["price_sheet"]["total"]["amount"] == 38_480_000
    fresh = Quote.objects.get(code=quoted(build=saved_build(SILENT), finance=None)).document
    assert fresh["price_sheet"]["total"]["amount"] > 38_480_000


def test_an_option_of_today_has_todays_price_and_what_stays_costs_no_more(till: Till) -> None:
    order = reserved(till)
    before = {line["code"]: line["amount"] for line in order.document["price_sheet"]["lines"]}
    put_on_sale(newer)
    shown = preview(order, NOON + DAY, choices=list(DAWN))
    assert shown.shown["prices"]["code"] == "today"
    lines = {line["code"]: line for line in shown.after["price_sheet"]["lines"]}
    assert {c: line["amount"] for c, line in lines.items() if c in before} == {
        c: amount for c, amount in before.items() if c in lines
    }
    assert lines["paint-dawn"]["amount"]["amount"] == 600_000
    assert shown.after["price_sheet"]["total"]["amount"] == 39_530_000 + 100_000
    assert shown.fingerprint == preview(order, NOON + DAY, choices=list(DAWN)).fingerprint
    amend(order, NOON + DAY, choices=list(DAWN))
    assert (order.release, order.document["promised_release"]) == ("R000002", "R000001")
    amend(order, NOON + DAY, extras=[CARE])
    assert order.price == 39_630_000 + 428_000
    amend(order, NOON + DAY, choices=list(EXAMPLE), extras=[])
    assert (order.release, order.price) == ("R000001", 39_530_000)
    assert "promised_release" not in order.document


def test_what_is_not_sold_any_more_can_be_kept_and_not_added(till: Till) -> None:
    def without_ink(document: dict[str, Any]) -> None:
        haven = next(model for model in document["models"] if model["code"] == "haven")
        gone = {"paint-ink", "paint-clearing"}
        haven["options"] = [o for o in haven["options"] if o["code"] not in gone]
        haven["prices"] = [row for row in haven["prices"] if row["code"] not in gone]
        for marks in haven["availability"].values():
            for trim in marks.values():
                for code in gone & set(trim):
                    del trim[code]

    order = reserved(till)
    put_on_sale(without_ink)
    amend(order, choices=list(LOUD))
    assert order.price == 38_480_000
    with pytest.raises(UnknownOption) as refused:
        preview(order, choices=list(INK))
    assert refused.value.facts["codes"] == ["paint-ink"]


# ---- Deposit, fee, money ----


def test_the_deposit_paid_stays_the_deposit_of_another_model(till: Till) -> None:
    order = reserved(till)
    amend(order, choices=["trim:plus"], model="rill")
    assert order.deposit == 500_000
    deposit = order.document["deposit"]
    assert deposit["amount"]["amount"] == 500_000
    assert deposit["cap"]["amount"]["amount"] == order.price * 20 // 100
    assert held_of(order) == yuan("5000.00")


def test_after_the_lock_a_change_of_the_car_costs_its_fee_until_it_is_taken_back(
    till: Till,
) -> None:
    order = reserved(till, state=State.LOCKED)
    document = order.document
    made = amend(order, choices=list(LOUD))
    assert made.fee == 50_000
    assert codes(order.document)[-1] == "amendment-fee"
    assert order.price == 38_480_000 + 50_000
    assert order.document["taxes"][0]["amount"]["amount"] < document["taxes"][0]["amount"]["amount"]
    made = amend(order, delivery={"place": "sh-jiading"})
    assert (made.fee, order.price) == (0, 38_480_000 + 50_000)
    amend(order, choices=list(EXAMPLE), delivery={"place": "xm-home"})
    assert order.document == document


def test_where_all_is_paid_an_extra_is_charged_once_and_the_charge_goes_with_it(
    till: Till,
) -> None:
    order = all_paid(till)
    document = order.document
    shown = preview(order, extras=[CARE])
    assert net_of(shown) == ("charge", yuan("4280.00"))
    made = amend(order, extras=[CARE])
    assert made.payment is not None
    assert made.payment.money == yuan("4280.00")
    assert made.payment.state == "created"
    amend(order, extras=[CARE, PLATE])
    states = Payment.objects.filter(purpose="amendment").values_list("attempt", "amount", "state")
    assert list(states) == [(1, 428_000, "canceled"), (2, 478_000, "created")]
    amend(order, extras=[])
    assert order.document == document
    open_ones = Payment.objects.filter(purpose="amendment", state="created")
    assert not open_ones.exists()
    assert not PaymentOperation.objects.filter(kind="refund").exists()


def test_where_all_is_paid_what_is_given_up_goes_back_once(till: Till) -> None:
    order = all_paid(till)
    amend(order, extras=[CARE])
    charge = Payment.objects.get(purpose="amendment")
    charge.state, charge.provider, charge.provider_id = "succeeded", "sandbox", "am-1"
    charge.settled_at = NOON
    charge.save()
    shown = preview(order, extras=[])
    assert net_of(shown) == ("refund", yuan("4280.00"))
    amend(order, extras=[])
    operation = PaymentOperation.objects.get(kind="refund")
    assert (operation.amount, operation.reason) == (428_000, "order-amended")
    assert held_of(order).minor == order.price


# ---- Promise, contract, limited offers ----


def test_the_promise_moves_with_the_lead_time_and_says_why(till: Till) -> None:
    order = reserved(till)
    amend(order, choices=["trim:zenith", "pkg-clearing500"])
    told = list(order.promises.order_by("number"))
    moved = order.document["delivery"]["from"] != str(told[0].from_on)
    assert moved
    assert str(told[-1].from_on) == order.document["delivery"]["from"]
    assert told[-1].reason["zh-hans"] == "订单变更后重新计算"
    assert [each.number for each in told] == [1, 2]


def test_before_the_lock_an_accepted_contract_does_not_stand_any_more(till: Till) -> None:
    order = reserved(till)
    contract_issued(order=order.code, contract="FC-2026-1", at=NOON, now=NOON)
    contract_accepted(order=order.code, contract="FC-2026-1", at=NOON, now=NOON)
    order.refresh_from_db()
    assert preview(order, extras=[CARE]).shown["contract"]["effect"] == "anew"
    amend(order, extras=[CARE])
    assert (order.contract_state, order.contract_number) == (Contract.NONE, "")
    with pytest.raises(Exception, match="does not stand by"):
        contract_accepted(order=order.code, contract="FC-2026-1", at=NOON, now=NOON)


def test_after_the_lock_the_amendment_supplements_the_contract(till: Till) -> None:
    order = reserved(till, state=State.LOCKED)
    Order.objects.filter(pk=order.pk).update(
        contract_state=Contract.ACCEPTED, contract_number="FC-2026-1"
    )
    order.refresh_from_db()
    made = amend(order, choices=list(LOUD))
    assert made.difference["contract"]["effect"] == "supplement"
    assert (order.state, order.contract_state) == (State.LOCKED, Contract.ACCEPTED)


def test_a_place_in_a_limited_edition_is_taken_and_given_back(till: Till) -> None:
    order = reserved(till)
    shown = preview(order, choices=["trim:zenith", "pkg-clearing500"])
    assert shown.shown["offers"] == {"given_up": [], "taken": ["clearing-500"]}
    amend(order, choices=["trim:zenith", "pkg-clearing500"])
    live = IncentiveClaim.objects.filter(holder=order.code, released_at=None)
    assert [claim.incentive for claim in live] == ["clearing-500"]
    amend(order, choices=list(EXAMPLE))
    assert not live.all().exists()
    IncentiveClaim.objects.bulk_create(
        IncentiveClaim(incentive="clearing-500", market="CN", holder=f"o{n}", claimed_at=NOON)
        for n in range(420)
    )
    with pytest.raises(QuotaTaken):
        amend(order, choices=["trim:zenith", "pkg-clearing500"])
    order.refresh_from_db()
    assert order.price == 39_530_000


def test_an_order_keeps_its_own_place_in_an_offer_that_is_full(till: Till) -> None:
    order = reserved(till, build=saved_build(["trim:zenith", "pkg-clearing500"]))
    IncentiveClaim.objects.bulk_create(
        IncentiveClaim(incentive="clearing-500", market="CN", holder=f"o{n}", claimed_at=NOON)
        for n in range(419)
    )
    before = order.document
    amend(order, extras=[CARE])
    amend(order, extras=[])
    assert order.document == before
    live = IncentiveClaim.objects.filter(holder=order.code, released_at=None)
    assert [claim.incentive for claim in live] == ["clearing-500"]


# ---- Bad input ----


def test_a_stale_preview_is_refused_with_the_new_one(till: Till) -> None:
    order = reserved(till)
    shown = preview(order, extras=[CARE])
    amend(order, choices=list(LOUD))
    with pytest.raises(StalePreview) as refused:
        amend_order(
            order=order.code,
            wishes={"extras": [CARE]},
            fingerprint=shown.fingerprint,
            actor="guest",
            now=NOON,
        )
    fresh = refused.value.facts["preview"]
    assert fresh == preview(order, extras=[CARE]).facts()
    assert fresh["fingerprint"] != shown.fingerprint
    assert order.amendments.count() == 1


@pytest.mark.parametrize(
    ("state", "wishes", "reason"),
    [
        (State.AWAITING_DEPOSIT, {"extras": [CARE]}, "state"),
        (State.HANDED_OVER, {"extras": [CARE]}, "state"),
        (State.CANCELLED, {"extras": [CARE]}, "state"),
        (State.IN_PRODUCTION, {"choices": list(LOUD)}, "kind"),
        (State.INSPECTION_READY, {"finance": {"product": "luyin-60"}}, "kind"),
        (State.BALANCE_PAID, {"insurance": []}, "kind"),
    ],
)
def test_what_the_policy_does_not_let_change_is_refused_with_what_may(
    till: Till, state: State, wishes: dict[str, Any], reason: str
) -> None:
    order = reserved(till, state=state)
    with pytest.raises(AmendmentNotPossible) as refused:
        preview(order, **wishes)
    assert refused.value.facts["reason"] == reason
    page = page_of(order.code, NOON)
    assert page.amendments["may_change"] == refused.value.facts["kinds"]


def test_a_car_from_stock_stays_as_it_is_but_what_comes_with_it_may_change(till: Till) -> None:
    order = reserved(till, vin=stock_vehicle())
    before = order.document
    for wishes in ({"choices": list(LOUD)}, {"delivery": {"place": "sh-jiading"}}):
        with pytest.raises(AmendmentNotPossible) as refused:
            preview(order, **wishes)
        assert refused.value.facts["reason"] == "stock"
        assert "build" not in refused.value.facts["kinds"]
    amend(order, extras=[CARE])
    assert order.document["car"] == before["car"]
    assert order.price == before["price_sheet"]["total"]["amount"] + 428_000
    amend(order, extras=[])
    assert order.document == before


def test_while_a_payment_is_on_its_way_nothing_changes(till: Till) -> None:
    order = all_paid(till)
    amend(order, extras=[CARE])
    Payment.objects.filter(purpose="amendment").update(state="processing")
    with pytest.raises(AmendmentNotPossible) as refused:
        preview(order, extras=[])
    assert refused.value.facts["reason"] == "payment"


def test_a_car_that_cannot_be_built_comes_with_its_conflict_and_the_ways_out(till: Till) -> None:
    order = reserved(till)
    with pytest.raises(NotBuildable) as refused:
        preview(order, choices=[*EXAMPLE, "seat-comfort", "com-tea"])
    facts = refused.value.facts
    assert facts["conflict"].rules
    assert facts["repairs"]


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"choices": ["trim:voyage", "paint-unicorn"]}, UnknownOption),
        ({"build": "NOSUCH99"}, UnknownBuild),
        ({"extras": [{"code": "unicorn-care", "wanted": True}]}, UnknownExtra),
        ({"delivery": {"place": "atlantis"}}, UnknownPlace),
    ],
)
def test_a_wish_that_nobody_can_grant_is_named(
    till: Till, wishes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        preview(reserved(till), **wishes)


def test_a_build_of_another_market_and_an_unknown_order_are_refused(till: Till) -> None:
    order = reserved(till)
    german = saved_build(("trim:voyage",), market="DE")
    with pytest.raises(NothingToQuote):
        preview(order, build=german)
    with pytest.raises(UnknownOrder):
        preview_amendment(order="C26-NOSUCH99", wishes={}, now=NOON)


def test_the_page_of_an_order_tells_what_changed_and_what_may(till: Till) -> None:
    order = reserved(till)
    amend(order, choices=list(LOUD))
    section = page_of(order.code, NOON).amendments
    assert section["may_change"] == [
        *("build", "extras", "finance", "insurance", "delivery", "address")
    ]
    assert section["fee"] == {"amount": 0, "currency": "CNY"}
    [one] = section["history"]
    assert (one["number"], one["kinds"]) == (1, ["build"])
    assert one["price"]["change"]["amount"] == -1_050_000
    assert LI["name"] not in str(section)
