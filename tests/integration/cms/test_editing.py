"""A marketer edits the catalogue: drafts stay drafts, amounts are money, mistakes are named where they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.test.utils.form_data import querydict_from_html

from catalog.domain.configuration.expression import parse, show
from catalog.domain.configuration.language import read_statement
from catalog.models import Incentive, Model, Option, Price, PriceBook, Rule
from catalog.services.releases import compile_document
from cms.queries import picture_addresses
from cms.rules import columns, statement
from cms.services.roles import CATALOGUE
from tests.integration.cms.people import admin, staff

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db]


def address(row: Any, view: str = "edit") -> str:
    """Where a row is edited."""
    return f"/cms/snippets/catalog/{row._meta.model_name}/{view}/{row.pk}/"


def edited(client: Client, row: Any, *, publish: bool = False, **typed: str) -> Any:
    """What the CMS answers after a form is changed and saved."""
    html = client.get(address(row)).content.decode()
    data = querydict_from_html(html, form_id="w-editor-form")
    for name, value in typed.items():
        data[name] = value
    if publish:
        data["action-publish"] = "action-publish"
    return client.post(address(row), data)


def line_of(code: str) -> str:
    """The line of a model as it would be published now."""
    document = compile_document(pictures=picture_addresses())
    return str({m["code"]: m["line"]["en"] for m in document["models"]}[code])


def test_a_draft_does_not_ride_along_and_publishing_it_does() -> None:
    client, model = staff("Marketers"), Model.objects.get(code="rill")
    before = line_of("rill")
    assert edited(client, model, line_en="A drafted line.").status_code == 302
    model.refresh_from_db()
    assert model.has_unpublished_changes
    assert line_of("rill") == before
    assert b"A drafted line." in client.get(address(model)).content
    assert edited(client, model, publish=True, line_en="A published line.").status_code == 302
    assert line_of("rill") == "A published line."
    history = client.get(address(model, "history"))
    assert history.status_code == 200
    assert model.revisions.count() == 2


def test_an_unpublished_option_is_not_compiled() -> None:
    client = staff("Marketers")
    option = Option.objects.filter(model__code="rill", group__code="paint").last()
    assert option is not None
    assert client.post(address(option, "unpublish")).status_code == 302
    document = compile_document(pictures={})
    rill = next(m for m in document["models"] if m["code"] == "rill")
    assert option.code not in {o["code"] for o in rill["options"]}


def test_a_price_of_a_published_book_is_refused_with_a_clear_message() -> None:
    price = Price.objects.filter(price_book__code="cn-2026-09").first()
    assert price is not None
    for language, said in (
        ("en", "Price book cn-2026-09 is published; a change is a new price book."),
        ("zh-hans", "价格表 cn-2026-09 已发布，不能修改；调价请新建价格表。"),
    ):
        client = staff("Marketers", language) if language == "en" else admin(language)
        answer = edited(client, price, publish=True, amount="1.00")
        assert answer.status_code == 200
        assert said in answer.content.decode()
    assert Price.objects.get(pk=price.pk).amount == price.amount


def draft_price() -> Price:
    """A price in a book that is not published."""
    old = Price.objects.filter(price_book__code="cn-2026-09", kind="option").first()
    assert old is not None
    book = PriceBook.objects.create(
        code="cn-2099-01",
        market=old.price_book.market,
        valid_from="2099-01-01T00:00:00Z",
        based_on=old.price_book,
        live=False,
    )
    return Price.objects.create(
        price_book=book, model=old.model, kind="option", code=old.code, amount=150000
    )


def test_a_price_is_typed_and_listed_in_major_units() -> None:
    client, price = staff("Marketers"), draft_price()
    assert 'value="1,500.00"' in client.get(address(price)).content.decode()
    assert edited(client, price, publish=True, amount="1,234.50").status_code == 302
    assert Price.objects.get(pk=price.pk).amount == 123450
    listed = client.get("/cms/snippets/catalog/price/?price_book=" + str(price.price_book_id))
    assert "¥1,234.50" in listed.content.decode()


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("12.345", "CNY has 2 decimals, this amount has more."),
        ("about ten", "Type an amount such as 1,500.00."),
        ("-5", "greater than or equal to 0"),
    ],
)
def test_an_amount_that_is_none_is_refused(amount: str, said: str) -> None:
    client, price = staff("Marketers"), draft_price()
    answer = edited(client, price, publish=True, amount=amount)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Price.objects.get(pk=price.pk).amount == 150000


def test_a_price_for_an_option_the_model_does_not_have_is_refused() -> None:
    client, price = staff("Marketers"), draft_price()
    answer = edited(client, price, publish=True, code="flux-capacitor", condition="not (wings")
    assert "has no option or trim flux-capacitor" in answer.content.decode()


def test_an_empty_amount_of_an_offer_stays_empty() -> None:
    client = staff("Marketers")
    offer = Incentive.objects.filter(amount=None).first()
    assert offer is not None
    assert edited(client, offer, publish=True, needs="invoice").status_code == 302
    offer.refresh_from_db()
    assert (offer.amount, offer.needs) == (None, "invoice")


@pytest.mark.parametrize("field", ["condition", "then", "must"])
def test_an_expression_is_read_before_it_is_stored(field: str) -> None:
    client, rule = staff("Marketers"), Rule.objects.filter(kind="requires").first()
    assert rule is not None
    before = getattr(rule, field)
    answer = edited(client, rule, publish=True, **{field: "paint-ink and (wheel-19"})
    assert answer.status_code == 200
    assert "is missing for the" in answer.content.decode()
    assert "at character 14" in answer.content.decode()
    assert getattr(Rule.objects.get(pk=rule.pk), field) == before


def test_a_misread_expression_is_named_in_chinese_too() -> None:
    client, rule = admin("zh-hans"), Rule.objects.filter(kind="requires").first()
    assert rule is not None
    page = edited(client, rule, condition="and or").content.decode()
    assert "表达式有误：第 0 个字符处" in page


def test_a_rule_names_only_what_its_model_has() -> None:
    client, rule = staff("Marketers"), Rule.objects.filter(kind="requires").first()
    assert rule is not None
    page = edited(client, rule, condition="warp-drive", adds="warp-core").content.decode()
    assert "has no option or trim warp-drive" in page
    assert "has no option or trim warp-core" in page


def rule_of(kind: str) -> Rule:
    found = Rule.objects.filter(kind=kind, live=True).order_by("pk").first()
    assert found is not None
    return found


def test_staff_read_the_statement_of_a_rule_and_type_another() -> None:
    client, rule = staff("Marketers"), Rule.objects.get(code="haven-r03")
    assert "paint-cinnabar excludes int-jade" in client.get(address(rule)).content.decode()
    said = "at least 1 of com-hud, acc-ppf when paint-ink on calm in CN until 2028-01-01"
    assert edited(client, rule, publish=True, says=said).status_code == 302
    rule.refresh_from_db()
    assert (rule.kind, rule.count, rule.of) == ("at_least", 1, ["com-hud", "acc-ppf"])
    assert (rule.condition, rule.excluded) == ("paint-ink", [])
    assert rule.market is not None
    assert (rule.market.code, rule.trims, str(rule.valid_until)) == ("CN", ["calm"], "2028-01-01")
    assert said in client.get(address(rule)).content.decode()


def test_every_rule_of_the_store_has_a_statement_that_says_the_same() -> None:
    for rule in Rule.objects.select_related("market"):
        said = columns(read_statement(statement(rule)))
        stored = {name: getattr(rule, name) for name in said}
        for name in ("condition", "then", "must"):
            stored[name] = show(parse(stored[name])) if stored[name] else ""
        assert stored == said, rule.code


def test_fields_change_a_rule_while_the_statement_is_left_alone() -> None:
    client, rule = staff("Marketers"), Rule.objects.get(code="haven-r03")
    assert (
        edited(client, rule, publish=True, condition="paint-ink or paint-silk").status_code == 302
    )
    rule.refresh_from_db()
    assert statement(rule) == "paint-ink or paint-silk excludes int-jade"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("paint-ink excludes", "an option code is missing before the end at character 18"),
        ("paint-ink requires warp-drive", "has no option or trim warp-drive. (character 19)"),
        ("paint-ink excludes com-hud on sport", "has no option or trim trim:sport. (character 30)"),
        ("paint-ink requires com-hud in XX", "There is no market XX. (character 30)"),
        ("always com-hud or market:XX", "There is no market XX. (character 25)"),
        ("always " + "com-hud or " * 500 + "acc-ppf", "at most 2000 characters at character 2007"),
    ],
)
def test_a_statement_is_read_before_anything_is_stored(typed: str, said: str) -> None:
    client, rule = staff("Marketers"), rule_of("requires")
    before = statement(rule)
    answer = edited(client, rule, publish=True, says=typed)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert statement(Rule.objects.select_related("market").get(pk=rule.pk)) == before


def test_a_statement_and_a_field_that_contradict_each_other_are_refused() -> None:
    client, rule = staff("Marketers"), Rule.objects.get(code="haven-r03")
    changed = {"says": "paint-ink excludes int-jade", "condition": "paint-silk"}
    page = edited(client, rule, publish=True, **changed).content.decode()
    assert "The statement says otherwise" in page
    same = {"says": "paint-ink excludes int-jade", "condition": "paint-ink", "trims": "calm"}
    assert edited(client, rule, publish=True, **same).status_code == 302
    rule.refresh_from_db()
    assert statement(rule) == "paint-ink excludes int-jade on calm"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"says": "paint-ink excludes int-jade"}, "paint-ink excludes int-jade"),
        ({"condition": "paint-silk"}, "paint-silk excludes int-jade"),
        ({}, "paint-cinnabar excludes int-jade"),
    ],
)
def test_a_copied_rule_follows_what_was_changed(typed: dict[str, str], said: str) -> None:
    client, rule = staff("Marketers"), Rule.objects.get(code="haven-r03")
    page = client.get(address(rule, "copy")).content.decode()
    data = querydict_from_html(page, form_id="w-editor-form")
    for name, value in {"code": "copied", **typed}.items():
        data[name] = value
    assert client.post("/cms/snippets/catalog/rule/add/", data).status_code == 302
    copied = Rule.objects.get(code="copied")
    assert statement(copied.latest_revision.as_object()) == said


def test_a_new_rule_is_typed_as_a_statement_alone() -> None:
    client, rule = staff("Marketers"), Rule.objects.get(code="haven-r03")
    page = client.get("/cms/snippets/catalog/rule/add/").content.decode()
    data = querydict_from_html(page, form_id="w-editor-form")
    for name, value in {
        "model": str(rule.model_id),
        "code": "typed",
        "says": "exactly 1 of com-hud, acc-ppf when paint-ink",
        "text_zh_hans": "二选一。",
        "text_en": "One of the two.",
        "action-publish": "action-publish",
    }.items():
        data[name] = value
    assert client.post("/cms/snippets/catalog/rule/add/", data).status_code == 302
    assert statement(Rule.objects.get(code="typed")) == data["says"]


def test_a_misread_statement_is_named_in_chinese_too() -> None:
    client, rule = admin("zh-hans"), rule_of("requires")
    page = edited(client, rule, says="always or").content.decode()
    assert "表达式有误：第 9 个字符处" in page
    assert "规则语句" in page


def test_the_condition_of_a_price_names_no_market_and_no_day() -> None:
    client, price = staff("Marketers"), draft_price()
    page = edited(client, price, publish=True, condition="from 2027-01-01").content.decode()
    assert "A price belongs to a price book" in page


def test_a_rule_is_saved_as_it_was_read() -> None:
    client, rule = staff("Marketers"), Rule.objects.filter(kind="requires").first()
    assert rule is not None
    before = (rule.condition, rule.then, rule.excluded, rule.trims)
    assert edited(client, rule, publish=True, text_en="Because.").status_code == 302
    rule.refresh_from_db()
    assert (rule.condition, rule.then, rule.excluded, rule.trims) == before
    assert rule.text["en"] == "Because."


def test_a_text_missing_in_a_language_is_refused() -> None:
    client, model = staff("Marketers"), Model.objects.get(code="rill")
    page = edited(client, model, publish=True, name_en="").content.decode()
    assert "The text is missing in en." in page


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_table_lists_opens_and_shows_its_rows(language: str) -> None:
    client = admin(language)
    for table in CATALOGUE:
        listed = client.get(f"/cms/snippets/catalog/{table}/")
        assert listed.status_code == 200, table
        row = listed.context["object_list"][0]
        for view in ("edit", "inspect", "history", "copy"):
            assert client.get(address(row, view)).status_code == 200, (table, view)
        shown = client.get(address(row, "inspect")).content.decode()
        assert "{&#x27;" not in shown, table
        assert "{&quot;" not in shown, table


def test_a_long_list_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    client = admin()
    for table in ("price", "availability", "option", "rule", "premium"):
        client.get(f"/cms/snippets/catalog/{table}/")
        with django_assert_max_num_queries(40):
            client.get(f"/cms/snippets/catalog/{table}/")


def bonus() -> Incentive:
    return Incentive.objects.get(code="harbour-cn")


def test_what_an_offer_takes_off_each_model_is_typed_in_major_units() -> None:
    client = staff("Marketers")
    html = client.get(address(bonus())).content.decode()
    assert "rill: 1,500.00\nvale: 3,000.00\nhaven: 5,000.00" in html
    typed = "rill: 1500\n\n haven：6,000.50"
    assert edited(client, bonus(), publish=True, amounts=typed).status_code == 302
    assert bonus().amounts == {"rill": 150_000, "haven": 600_050}


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ("haven 5,000.00", "One line for each model, such as haven: 1,500.00."),
        ("haven: -5", "One line for each model"),
        ("haven: 5\nhaven: 6", "One line for each model"),
        ("haven: lots", "Type an amount such as 1,500.00."),
        ("haven: 5.001", "CNY has 2 decimals, this amount has more."),
    ],
)
def test_amounts_that_are_none_are_refused(amounts: str, said: str) -> None:
    answer = edited(staff("Marketers"), bonus(), publish=True, amounts=amounts)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert bonus().amounts["haven"] == 500_000
