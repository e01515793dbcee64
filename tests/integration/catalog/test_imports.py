"""Importing a catalogue folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Option, Price, PriceBook, Release, Rule, StockVehicle
from catalog.services.imports import import_catalogue
from catalog.services.releases import compile_document, publish_release
from kernel.models import AuditEntry
from tests.factories.catalogue import FOLDER, demo_document
from tests.factories.catalogue_folder import changed, files, stock, write
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db


def test_an_import_fills_the_tables_and_says_what_it_did(load: Load) -> None:
    report = load()
    assert report.faults == ()
    assert report.created["options"] == 5
    assert report.created["prices"] == 8
    assert report.created["stock"] == 3
    assert Option.objects.get(code="trip").contains == ["hook", "rack"]
    assert AuditEntry.objects.filter(subject="catalogue", action="import").count() == 1


def test_a_second_import_finds_everything_unchanged(load: Load) -> None:
    first = load()
    again = load()
    assert again.touched == 0
    assert sum(again.unchanged.values()) == sum(first.created.values())
    assert AuditEntry.objects.filter(action="import").count() == 1


def test_a_dry_run_counts_and_writes_nothing(load: Load) -> None:
    report = load(dry_run=True)
    assert report.created["options"] == 5
    assert report.created["stock"] == 3
    assert Option.objects.count() == 0
    assert StockVehicle.objects.count() == 0


def test_a_vehicle_owns_its_options_and_its_price_sheet(load: Load) -> None:
    load()
    car = StockVehicle.objects.get(choices=["trip"])
    assert car.options == ["hook", "rack", "red", "trip"]
    assert car.price_sheet["list_price"] == {"amount": 8120000, "currency": "CNY"}
    assert car.release_id is None


def test_a_changed_line_changes_one_row_and_a_moved_one_none(load: Load) -> None:
    load()
    report = load(changed("models/colt/rules.yaml", "Five days more.", "Five more days."))
    assert report.changed == {"rules": 1}
    swapped = files()
    head, first, second, rest = swapped["models/colt/rules.yaml"].split("\n", 3)
    swapped["models/colt/rules.yaml"] = "\n".join([head, second, first, rest]).replace(
        "Five days more.", "Five more days."
    )
    assert load(swapped).touched == 0
    assert list(Rule.objects.order_by("position").values_list("code", flat=True)) == [
        "r2",
        "r1",
        "r3",
    ]


RULES = "models/colt/rules.yaml"
SAID = [
    ("kind: lead, if: rack, add_days: 5", "says: 'rack takes 5 more days'"),
    ("kind: requires, if: rack, then: hook", "says: rack requires hook"),
    (
        "kind: excludes, if: 'blue and trim:base', not: [rack], until: 2027-03-01",
        "says: 'blue and trim:base excludes rack until 2027-03-01'",
    ),
]


def test_a_rule_may_be_said_in_one_line(load: Load) -> None:
    load()
    contents = files()
    for fields, says in SAID:
        assert fields in contents[RULES]
        contents[RULES] = contents[RULES].replace(fields, says)
    report = load(contents)
    assert report.faults == ()
    assert report.touched == 0


def test_a_statement_takes_its_scope_from_the_fields_that_it_leaves_alone(load: Load) -> None:
    said = "says: 'at least 1 of hook, rack when red on base in CN', from: 2027-01-01, until: 2027-06-01"
    assert load(changed(RULES, SAID[0][0], said)).faults == ()
    rule = Rule.objects.select_related("market").get(code="r3")
    assert (rule.kind, rule.count, rule.of, rule.condition) == (
        "at_least",
        1,
        ["hook", "rack"],
        "red",
    )
    assert rule.market is not None
    assert (rule.market.code, rule.trims) == ("CN", ["base"])
    assert (str(rule.valid_from), str(rule.valid_until)) == ("2027-01-01", "2027-06-01")


def test_a_counting_rule_reaches_the_release_and_holds_there(load: Load) -> None:
    said = "kind: at_least, count: 1, of: [hook, rack], if: 'red and not exactly 1 of (hook, trim:base)'"
    assert load(changed(RULES, SAID[0][0], said)).faults == ()
    (model,) = compile_document(pictures={})["models"]
    rule = next(rule for rule in model["rules"] if rule["code"] == "r3")
    assert (rule["kind"], rule["count"], rule["of"]) == ("at_least", 1, ["hook", "rack"])
    assert rule["text"]["en"] == "Five days more."


def test_a_row_that_left_the_file_is_withdrawn_and_comes_back_when_it_returns(load: Load) -> None:
    load()
    contents = files()
    contents["models/colt/rules.yaml"] = "\n".join(
        line for line in contents["models/colt/rules.yaml"].splitlines() if "r3" not in line
    )
    assert load(contents).withdrawn == {"rules": 1}
    assert not Rule.objects.get(code="r3").live
    assert "r3" not in str(compile_document(pictures={})["models"][0]["rules"])
    assert load().changed == {"rules": 1}
    assert Rule.objects.get(code="r3").live


def test_a_file_that_is_not_there_leaves_what_the_database_has(load: Load) -> None:
    load()
    contents = files()
    for file in ("incentives.yaml", "stock.csv", "models/colt/lead_times.csv"):
        del contents[file]
    report = load(contents)
    assert report.touched == 0
    assert len(compile_document(pictures={})["incentives"]) == 1


def test_a_fault_in_row_700_of_the_stock_changes_nothing(load: Load) -> None:
    contents = files(cars=750)
    lines = contents["stock.csv"].splitlines()
    lines[699] = lines[699].replace("in_stock", "stolen")
    contents["stock.csv"] = "\n".join(lines)
    contents["models/colt/rules.yaml"] = contents["models/colt/rules.yaml"].replace(
        "Five days more.", "Later."
    )
    load()
    report = load(contents)
    assert [(f.file, f.line) for f in report.faults] == [("stock.csv", 700)]
    assert "stolen" in report.faults[0].reason
    assert StockVehicle.objects.count() == 3
    assert Rule.objects.get(code="r3").text["en"] == "Five days more."


def test_a_car_that_cannot_be_built_names_the_rule_it_breaks(load: Load) -> None:
    contents = files()
    contents["stock.csv"] = contents["stock.csv"].replace("blue hook rack", "blue rack", 1)
    [fault] = load(contents).faults
    assert (fault.file, fault.line) == ("stock.csv", 2)
    assert "r1 (A rack hangs on the hook.)" in fault.reason


def test_a_list_price_must_be_what_the_price_book_says(load: Load) -> None:
    contents = files()
    contents["stock.csv"] = contents["stock.csv"].replace("82200.00", "82200.01")
    [fault] = load(contents).faults
    assert fault.reason == "`list_price` is 82200.01, price book cn-1 says 82200.00 on 2026-10-01"


def test_a_sold_car_stays_sold_and_a_cheaper_car_gets_its_price(load: Load) -> None:
    load()
    sold, other, *_ = StockVehicle.objects.order_by("vin")
    StockVehicle.objects.filter(pk=sold.pk).update(status="sold")
    contents = files()
    contents["stock.csv"] = "\n".join(
        line.replace(f"{other.list_price / 100:.2f},CNY", "50000.00,CNY")
        if other.vin in line
        else line
        for line in contents["stock.csv"].splitlines()
    )
    report = load(contents)
    assert report.changed == {"stock": 1}
    assert StockVehicle.objects.get(pk=sold.pk).status == "sold"
    assert StockVehicle.objects.get(pk=other.pk).price == 5000000


def test_a_vin_never_becomes_another_car(load: Load) -> None:
    load()
    contents = files()
    contents["stock.csv"] = (
        contents["stock.csv"].replace("high,trip,", "high,hook,").replace("81200.00", "80500.00")
    )
    [fault] = load(contents).faults
    assert "is stored as another car" in fault.reason


def test_a_car_missing_in_the_file_stays_in_stock(load: Load) -> None:
    load()
    contents = files()
    contents["stock.csv"] = stock(2)
    assert load(contents).touched == 0
    assert StockVehicle.objects.count() == 3


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("models/colt/prices.csv", "900.00", "950.00"),
        ("models/colt/prices.csv", "cn-2,trim,base,base,,61000.00,Up\n", ""),
        ("models/colt/prices.csv", "cn-2,trim", "cn-2,option,hook,*,,400.00,\ncn-2,trim"),
        ("price_books.csv", "2027-01-01T00:00", "2027-01-02T00:00"),
    ],
)
def test_a_published_price_book_never_changes(load: Load, file: str, old: str, new: str) -> None:
    contents = files()
    del contents["stock.csv"]
    load(contents)
    publish_release(now=NOW, actor="test", pictures={})
    before = list(Price.objects.values_list("code", "amount", "live"))
    contents = changed(file, old, new)
    del contents["stock.csv"]
    report = load(contents)
    assert len(report.faults) == 1
    assert "was published in R000001 and never changes; make a new one" in report.faults[0].reason
    assert list(Price.objects.values_list("code", "amount", "live")) == before


def test_a_new_price_book_says_what_changes_after_publishing(load: Load) -> None:
    load()
    publish_release(now=NOW, actor="test", pictures={})
    contents = changed(
        "price_books.csv",
        "Changes\n",
        "Changes\ncn-3,CN,CNY,0.13,yes,2027-06-01T00:00:00+08:00,cn-2,New\n",
    )
    contents["models/colt/prices.csv"] += "cn-3,option,rack,*,,950.00,\n"
    report = load(contents)
    assert report.faults == ()
    assert report.created == {"price_books": 1, "prices": 1}
    assert PriceBook.objects.get(code="cn-3").published_in == ""


def test_a_model_that_left_the_brand_leaves_the_release(load: Load) -> None:
    load()
    contents = {name: text for name, text in files().items() if not name.startswith("models/")}
    contents = {
        **contents,
        "brand.yaml": contents["brand.yaml"].replace("[colt]", "[foal]"),
        "finance.yaml": contents["finance.yaml"].replace("[colt]", "[foal]"),
        "deposits.yaml": contents["deposits.yaml"].replace("colt", "foal"),
        "incentives.yaml": contents["incentives.yaml"].replace("colt", "foal"),
        "insurance_premiums.csv": contents["insurance_premiums.csv"].replace("colt", "foal"),
    }
    del contents["stock.csv"]
    for name, text in files().items():
        if name.startswith("models/"):
            foal = text.replace("code: colt", "code: foal").replace(
                "model_letter: C", "model_letter: F"
            )
            contents[name.replace("colt", "foal")] = foal
    report = load(contents)
    assert report.faults == ()
    assert report.withdrawn["models"] == 1
    document = compile_document(pictures={})
    assert [model["code"] for model in document["models"]] == ["foal"]
    assert document["brand"]["models"] == ["foal"]


def test_the_command_reports_every_fault_and_fails(tmp_path: Any, capsys: Any) -> None:
    contents = changed("models/colt/rules.yaml", "kind: lead", "kind: lend")
    directory = write(tmp_path, contents)
    with pytest.raises(CommandError, match="1 faults; nothing was changed"):
        call_command("import_catalogue", str(directory))
    assert "models/colt/rules.yaml:4: `kind` is 'lend'" in capsys.readouterr().err


def test_the_command_shows_progress_and_a_summary(tmp_path: Any, capsys: Any) -> None:
    directory = write(tmp_path, files())
    call_command("import_catalogue", str(directory), "--dry-run")
    assert "would be: " in capsys.readouterr().out
    call_command("import_catalogue", str(directory))
    out = capsys.readouterr().out
    assert "model colt read" in out
    assert "0 changed, 0 withdrawn, 0 unchanged" in out
    with pytest.raises(CommandError, match="is no folder"):
        call_command("import_catalogue", str(tmp_path / "nowhere"))


def test_the_demo_catalogue_imports_and_compiles_to_what_its_files_say() -> None:
    lines: list[str] = []
    report = import_catalogue(
        directory=FOLDER, dry_run=False, now=NOW, actor="test", progress=lines.append
    )
    assert report.faults == ()
    assert report.created["stock"] == 1500
    assert "stock: 1000 of 1500 cars checked" in lines
    assert by_value(compile_document(pictures={})) == by_value(demo_document())
    assert Release.objects.count() == 0


def by_value(value: Any) -> Any:
    """Decimals and moments by what they mean: `0.20` is 0.2, +08:00 is a moment in UTC."""
    if isinstance(value, Mapping):
        return {key: by_value(part) for key, part in value.items()}
    if isinstance(value, list):
        return [by_value(part) for part in value]
    if isinstance(value, str):
        try:
            return Decimal(value).normalize()
        except InvalidOperation:
            pass
        try:
            return datetime.fromisoformat(value).timestamp() if "T" in value else value
        except ValueError:
            return value
    return value
