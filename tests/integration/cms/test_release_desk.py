"""The release desk shows what publishing does to buyers before anybody publishes, in the reader's language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Market, Model, Option, Release, Rule
from catalog.queries.saved_cars import CARS
from catalog.services.builds import save_build
from catalog.services.releases import publish_release
from checkout.models import Quote
from checkout.queries.open_quotes import quoted_cars
from checkout.services.quotes import create_quote
from cms.queries import picture_addresses
from tests.integration.cms.people import admin, staff

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]
TEXT = {"zh-hans": "雪具架停产。", "en": "No more ski carriers."}
SKI = ["trim:voyage", "roof-ski", "acc-mats"]


def quoted(choices: list[str]) -> tuple[str, str]:
    """A saved haven of these clicks and an open quote for it: their codes."""
    now = timezone.now()
    build = save_build(model="haven", market="CN", choices=choices, now=now).code
    quote = create_quote(
        market="CN",
        build=build,
        vin=None,
        finance=None,
        insurance=None,
        insurance_facts=None,
        place=None,
        now=now,
    )
    return build, quote.code


def no_more_skis() -> None:
    """A rule that nobody in China can have the ski carrier of the haven, and no reference cars in its way."""
    haven = Model.objects.get(code="haven")
    haven.reference_cars.all().delete()
    Option.objects.filter(model=haven, code="pkg-winter").update(live=False)
    Rule(
        model=haven,
        code="x1",
        kind="boolean",
        must="not roof-ski",
        text=TEXT,
        market=Market.objects.get(code="CN"),
        position=99,
    ).save()


def test_the_check_names_the_rule_the_advice_and_the_cars_that_break() -> None:
    build, quote = quoted(SKI)
    no_more_skis()
    page = admin().post("/cms/desk/release/check/").content.decode()
    for words in (
        "To mend before publishing (1)",
        "no car can have “Ski carrier” (roof-ski): “No more ski carriers.” (x1)",
        "Loosen or withdraw one of these rules",
        "Cars people hold that cannot be built any more: 1 saved, 1 quoted.",
        "A quote stands until its end",
        build,
        quote,
        "always not roof-ski",
        "cannot be had any more",
        "Different cars",
        "11,884,549,824",
        "compiled: ",
    ):
        assert words in page, words
    assert "Publish release" not in page


def test_the_check_speaks_chinese() -> None:
    quoted(SKI)
    no_more_skis()
    page = admin("zh-hans").post("/cms/desk/release/check/").content.decode()
    for words in (
        "发布前须修正（1）",
        "没有任何车能选“车顶雪具架”（roof-ski）：“雪具架停产。”（x1）",
        "放宽或撤回其中一条规则",
        "买家手中不能再生产的车：已保存 1 个，已报价 1 个。",
        "可生产的配置",
        "远航版",
    ):
        assert words in page, words


def test_a_marketer_sees_how_many_quotes_break_and_not_which() -> None:
    _, quote = quoted(SKI)
    no_more_skis()
    page = staff("Marketers").post("/cms/desk/release/check/").content.decode()
    assert "1 saved, 1 quoted" in page
    assert quote not in page


def test_warnings_and_notes_do_not_keep_a_release_from_being_published() -> None:
    haven = Model.objects.get(code="haven")
    for code, condition, then in (
        ("x1", "com-tea and not com-fridge and not seat-first", "acc-mats"),
        ("x2", "com-tea", "com-fridge or seat-first or acc-mats"),
    ):
        Rule(
            model=haven, code=code, kind="requires", condition=condition, then=then, text=TEXT
        ).save()
    page = admin().post("/cms/desk/release/check/").content.decode()
    for words in (
        "To look at (4)",  # the rule, and law that nobody has confirmed yet in each market
        "(x1) never fires",
        "Good to know (1)",
        "(x2) is redundant",
        "Nothing keeps this release from being published.",
        "Publish release",
    ):
        assert words in page, words


def test_two_releases_are_compared_by_name() -> None:
    client = staff("Marketers")
    first = Release.objects.get().code
    haven = Model.objects.get(code="haven")
    Rule.objects.filter(model=haven, code="haven-r50").update(live=False)
    made = publish_release(now=timezone.now(), actor="test", pictures=picture_addresses())
    page = client.get("/cms/desk/release/compare/").content.decode()
    assert f"From {first} to {made.code}" in page
    assert "haven-r50" in page
    back = client.get(f"/cms/desk/release/compare/?before={made.code}&after={first}")
    assert f"From {made.code} to {first}" in back.content.decode()
    same = client.get(f"/cms/desk/release/compare/?before={first}&after={first}")
    assert "For buyers nothing changes" in same.content.decode()
    assert f"compare/?after={made.code}" in client.get("/cms/desk/release/").content.decode()


def test_a_release_nobody_published_is_not_compared() -> None:
    answer = admin().get("/cms/desk/release/compare/?before=R999999", follow=True)
    assert "There is no release R999999." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/cms/desk/release/compare/"


def test_finance_compares_no_releases() -> None:
    assert staff("Finance clerks").get("/cms/desk/release/compare/").status_code in {302, 403}


def test_the_cars_of_open_quotes_are_grouped_without_stock_cars_and_old_quotes() -> None:
    now = timezone.now()
    codes = [quoted(choices)[1] for choices in (SKI, SKI, ["trim:calm"], ["trim:zenith"])]
    Quote.objects.filter(code=codes[3]).update(state=Quote.State.ORDERED)
    found, left_out = quoted_cars(now=now, limit=CARS)
    assert [(one.count, set(one.codes)) for one in found] == [
        (1, {codes[2]}),
        (2, {codes[0], codes[1]}),
    ]
    assert (found[1].model, found[1].market, set(found[1].choices)) == ("haven", "CN", set(SKI))
    assert left_out == 0
    assert quoted_cars(now=now, limit=1)[1] == 2
    assert quoted_cars(now=now + timedelta(days=30), limit=CARS) == ([], 0)
