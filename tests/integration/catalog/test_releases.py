"""Publishing what is live, and taking it back."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection

from catalog.errors import (
    DamagedRelease,
    ImmutableRecord,
    NothingOnSale,
    PublishedPriceBook,
    ReleaseRefused,
    UnknownRelease,
)
from catalog.models import (
    Incentive,
    Option,
    Price,
    PriceBook,
    Release,
    ReleasePointer,
    ReleaseSwitch,
    Rule,
    StockVehicle,
    Trim,
)
from catalog.queries.on_sale import on_sale, release
from catalog.services import releases
from catalog.services.builds import save_build
from catalog.services.releases import ReleaseFacts, compile_document, publish_release, roll_back
from kernel import audit
from kernel.eventbus import subscribe
from kernel.models import Job
from kernel.text import fingerprint
from tests.integration.catalog.conftest import NOW, Load, rename_the_base_trim

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_publishing_puts_what_is_live_on_sale(published: ReleaseFacts) -> None:
    assert published.code == "R000001"
    assert published.made
    seen = on_sale()
    assert seen.code == "R000001"
    assert seen.fingerprint == published.fingerprint == fingerprint(seen.document)
    assert seen.catalogue.models["colt"].trim("base").name["en"] == "Base"
    assert seen.published_at == NOW


def test_publishing_is_told_and_recorded(load: Load) -> None:
    mine = "tests.integration.catalog.test_releases.nobody"
    subscribe("catalog.events.ReleasePublished", mine)
    load()
    publish_release(now=NOW, actor="user:7", pictures={}, note="First")
    job = Job.objects.get(kwargs__kind="catalog.events.ReleasePublished", kwargs__handler=mine)
    assert job.kwargs["facts"]["release"] == "R000001"
    assert job.kwargs["facts"]["before"] is None
    assert audit.verify_chain() == []
    switch = ReleaseSwitch.objects.get()
    assert (switch.kind, switch.by, switch.note, switch.before) == (
        "publish",
        "user:7",
        "First",
        None,
    )


def nobody(event: Any, *, event_id: str) -> None:
    """A subscriber that does nothing."""


def test_equal_rows_give_equal_bytes(load: Load) -> None:
    load()
    first = compile_document(pictures={})
    assert fingerprint(compile_document(pictures={})) == fingerprint(first)
    for option in Option.objects.all():
        option.save()
    assert fingerprint(compile_document(pictures={})) == fingerprint(first)


def test_publishing_again_without_a_change_gives_the_same_release(published: ReleaseFacts) -> None:
    again = publish_release(now=LATER, actor="test", pictures={})
    assert (again.code, again.made) == ("R000001", False)
    assert Release.objects.count() == 1


def test_pictures_are_part_of_the_release(published: ReleaseFacts) -> None:
    picture = {
        "role": "side",
        "url": "/m/1.webp",
        "alt": {"zh-hans": "侧", "en": "Side"},
        "width": 8,
        "height": 4,
    }
    made = publish_release(now=LATER, actor="test", pictures={"model:colt": [picture]})
    assert made.code == "R000002"
    assert on_sale().catalogue.pictures["model:colt"][0]["url"] == "/m/1.webp"


def test_an_unfinished_draft_is_not_part_of_the_release(load: Load) -> None:
    load()
    trim = Trim.objects.get(code="base")
    trim.name = {"zh-hans": "草稿", "en": "Draft"}
    trim.save_revision()
    Option.objects.filter(code="trip").update(live=False)
    model = compile_document(pictures={})["models"][0]
    assert model["trims"][0]["name"]["en"] == "Base"
    assert "trip" not in json.dumps(model["options"]) + json.dumps(
        model["availability"]
    ) + json.dumps(model["prices"])


def test_a_published_draft_is_part_of_the_next_release(published: ReleaseFacts) -> None:
    trim = Trim.objects.get(code="base")
    trim.name = {"zh-hans": "新版", "en": "New"}
    trim.save_revision().publish()
    made = publish_release(now=LATER, actor="test", pictures={})
    assert made.code == "R000002"
    assert on_sale().catalogue.models["colt"].trim("base").name["en"] == "New"


def test_a_refused_release_changes_nothing_and_says_why(published: ReleaseFacts) -> None:
    Rule.objects.create(
        model=Rule.objects.get(code="r1").model,
        code="r9",
        kind="boolean",
        must="not trim:base",
        text={"zh-hans": "没有基础版", "en": "No base cars."},
        position=9,
    )
    with pytest.raises(ReleaseRefused, match="no car of this trim can be built") as refusal:
        publish_release(now=LATER, actor="test", pictures={})
    findings = refusal.value.facts["findings"]
    assert any("“No base cars.” (r9)" in finding["text"]["en"] for finding in findings)
    assert Release.objects.count() == 1
    assert on_sale().code == "R000001"


def test_offers_that_take_off_more_than_the_car_costs_are_not_published(
    published: ReleaseFacts,
) -> None:
    offer = Incentive.objects.get(kind="price_bonus")
    assert offer.stack
    Incentive.objects.create(
        code="twice",
        kind="price_bonus",
        market=offer.market,
        for_models=offer.for_models,
        amounts={"colt": 6_000_000},
        valid_from=NOW.date(),
        stack=True,
        name={"zh-hans": "再减", "en": "Off again"},
    )
    with pytest.raises(ReleaseRefused, match="together the offers") as refusal:
        publish_release(now=LATER, actor="test", pictures={})
    findings = refusal.value.facts["findings"]
    assert {f["check"] for f in findings if f["level"] == "error"} == {"offers-exceed"}
    assert on_sale().code == "R000001"


def test_a_change_while_the_checks_run_is_noticed(
    published: ReleaseFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename_the_base_trim()
    check = releases.check_document

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = check(*args, **kwargs)
        rename_the_base_trim("Other")
        return found

    monkeypatch.setattr(releases, "check_document", slow)
    with pytest.raises(ReleaseRefused, match="publish again"):
        publish_release(now=LATER, actor="test", pictures={})
    assert Release.objects.count() == 1


def test_rolling_back_is_one_call(published: ReleaseFacts) -> None:
    rename_the_base_trim()
    publish_release(now=LATER, actor="test", pictures={})
    assert on_sale().code == "R000002"
    back = roll_back(to_code="R000001", now=LATER, actor="user:7")
    assert (back.code, back.made) == ("R000001", True)
    assert on_sale().catalogue.models["colt"].trim("base").name["en"] == "Base"
    assert [s.kind for s in ReleaseSwitch.objects.all()] == ["roll_back", "publish", "publish"]
    assert audit.verify_chain() == []
    assert not roll_back(to_code="R000001", now=LATER, actor="user:7").made


def test_after_a_roll_back_the_next_release_has_the_next_number(published: ReleaseFacts) -> None:
    rename_the_base_trim()
    publish_release(now=LATER, actor="test", pictures={})
    roll_back(to_code="R000001", now=LATER, actor="test")
    assert publish_release(now=LATER, actor="test", pictures={}).code == "R000003"


def test_there_is_no_way_back_to_what_never_was(published: ReleaseFacts) -> None:
    with pytest.raises(UnknownRelease):
        roll_back(to_code="R000009", now=LATER, actor="test")


def test_nothing_is_on_sale_before_the_first_release(db: None) -> None:
    with pytest.raises(NothingOnSale):
        on_sale()
    with pytest.raises(UnknownRelease):
        roll_back(to_code="R000001", now=NOW, actor="test")
    with pytest.raises(UnknownRelease):
        release("R000001")


def test_cars_imported_before_the_release_belong_to_it(published: ReleaseFacts) -> None:
    assert set(StockVehicle.objects.values_list("release__code", flat=True)) == {"R000001"}


def test_a_release_is_written_once(published: ReleaseFacts) -> None:
    row = Release.objects.get()
    row.note = "other"
    with pytest.raises(ImmutableRecord):
        row.save()
    with pytest.raises(ImmutableRecord):
        row.delete()
    assert str(row) == "R000001"
    assert str(ReleasePointer.objects.get()).startswith("on sale:")
    assert "publish" in str(ReleaseSwitch.objects.get())


def test_a_published_price_stays_what_buyers_were_told(published: ReleaseFacts) -> None:
    price = Price.objects.get(code="hook")
    price.amount = 1
    with pytest.raises(PublishedPriceBook):
        price.save()
    with pytest.raises(PublishedPriceBook):
        price.delete()
    book = PriceBook.objects.get(code="cn-1")
    book.valid_from = LATER
    with pytest.raises(PublishedPriceBook):
        book.save()
    with pytest.raises(PublishedPriceBook):
        book.delete()
    with pytest.raises(PublishedPriceBook):
        Price(price_book=book, model=price.model, kind="option", code="blue", amount=5).save()


def test_a_price_changed_behind_our_back_keeps_the_release_from_being_published(
    published: ReleaseFacts,
) -> None:
    Price.objects.filter(code="hook").update(amount=1)
    with pytest.raises(ReleaseRefused) as refusal:
        publish_release(now=LATER, actor="test", pictures={})
    said = [
        (f["check"], f["text"]["en"])
        for f in refusal.value.facts["findings"]
        if f["where"]["en"] == "cn-1 · Pony Colt"
    ]
    assert said == [
        ("book-price-new", "a published book has a new price: hook for ¥0.01"),
        ("book-price-gone", "a published book lost a price: hook for ¥500.00"),
    ]


def test_a_price_may_leave_with_its_option(published: ReleaseFacts) -> None:
    Option.objects.filter(code="trip").update(live=False)
    assert publish_release(now=LATER, actor="test", pictures={}).made


def test_an_old_draft_of_a_price_book_does_not_break_its_seal(load: Load) -> None:
    load()
    draft = PriceBook.objects.get(code="cn-1").save_revision()
    publish_release(now=NOW, actor="test", pictures={})
    draft.publish()
    assert PriceBook.objects.get(code="cn-1").published_in == "R000001"


def test_there_is_no_way_back_to_a_damaged_release(published: ReleaseFacts) -> None:
    rename_the_base_trim()
    publish_release(now=LATER, actor="test", pictures={})
    Release.objects.filter(code="R000001").update(document=b"x")
    with pytest.raises(DamagedRelease):
        roll_back(to_code="R000001", now=LATER, actor="test")
    assert on_sale().code == "R000002"


def test_two_first_publishers_at_one_moment_are_told(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()

    def taken(*args: Any) -> Release:
        raise IntegrityError("number is taken")

    monkeypatch.setattr(releases, "_store", taken)
    with pytest.raises(ReleaseRefused, match="somebody else published"):
        publish_release(now=NOW, actor="test", pictures={})


def test_the_command_says_in_short_what_buyers_notice(load: Load, capsys: Any) -> None:
    load()
    call_command("publish_release")
    first = capsys.readouterr().out
    assert "  Pony Colt in CN: Base 5; High 8 cars (compiled, " in first
    assert "since" not in first
    kept = save_build(model="colt", market="CN", choices=["trim:high", "trip"], now=NOW)
    save_build(model="colt", market="CN", choices=["trim:base"], now=NOW)
    Option.objects.filter(code="trip").update(live=False)
    Rule.objects.filter(code="r3").update(live=False)
    call_command("publish_release")
    said = capsys.readouterr().out
    assert "Base 5; High 6 cars" in said
    assert "since R000001: 1 models, trims or options came or went; 1 rules" in said
    assert "of 2 saved builds 1 cannot be built any more, 0 cost something else" in said
    assert f"{kept.code} Pony Colt High: “Trip package” (trip) is not sold any more" in said
    rename_the_base_trim()
    call_command("publish_release")
    assert "since R000002: nothing that buyers notice" in capsys.readouterr().out


def test_the_commands_publish_and_roll_back(load: Load, capsys: Any) -> None:
    load()
    call_command("publish_release", "--note", "First")
    assert "R000001 is on sale" in capsys.readouterr().out
    call_command("publish_release")
    assert "R000001 stays on sale: nothing changed" in capsys.readouterr().out
    call_command("rollback_release", "R000001")
    assert "R000001 is on sale already" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no release"):
        call_command("rollback_release", "R000777")
    Price.objects.filter(code="hook").update(amount=1)
    with pytest.raises(CommandError, match="not published"):
        call_command("publish_release")
    assert "error: cn-1 · Pony Colt: a published book has a new price" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_two_publishers_at_once_make_one_release(load: Load) -> None:
    load()
    publish_release(now=NOW, actor="test", pictures={})
    rename_the_base_trim()
    made: list[ReleaseFacts] = []

    def publish() -> None:
        made.append(publish_release(now=LATER, actor="test", pictures={}))
        connection.close()

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted((facts.code, facts.made) for facts in made) == [
        ("R000002", False),
        ("R000002", True),
    ]
