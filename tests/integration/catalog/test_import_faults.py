"""Every kind of fault an import reports, once: file, line, reason; nothing is written and nothing else is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Option
from catalog.services import imports_reading
from catalog.services.imports import import_catalogue
from tests.factories.catalogue_folder import changed, files, vin, write
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db
M = "models/colt/"
GOOD_VIN = vin(1, "2")

ONE_FAULT = [
    # file, what it says, what it says instead, line, reason
    (
        "brand.yaml",
        "name: {zh-hans: '小马', en: 'Pony'}",
        "name: {zh-hans: '小马'}",
        2,
        "`name` is missing in en",
    ),
    ("brand.yaml", "en: 'Pony'}", "en: 'Pony', de: 'Pony'}", 2, "the store has no language `de`"),
    (
        "brand.yaml",
        "name: {zh-hans: '小马', en: 'Pony'}",
        "name: Pony",
        2,
        "`name` must give each language",
    ),
    ("brand.yaml", "wmi: L0S", "wmi: L0SX", 5, "at most 3 characters"),
    ("brand.yaml", "wmi: L0S\n", "", 1, "the brand: `wmi` is missing"),
    ("brand.yaml", "wmi: L0S", "wmi: [L0S]", 5, "`wmi` must be one word"),
    ("brand.yaml", "wmi: L0S", "wmi: L0S\nmotto: no", 6, "the brand has no field `motto`"),
    ("brand.yaml", "code: pony", "code: pony\ncode: colt", 2, "`code` is said twice"),
    ("brand.yaml", "code: pony", "code: Pony", 1, "`code` is 'Pony'; wanted: lower-case letters"),
    ("markets.yaml", "currency: CNY", "currency: XYZ", 4, "`currency` is 'XYZ'; wanted: one of"),
    (
        "markets.yaml",
        "languages: [zh-hans, en]",
        "languages: [zh-hans, fr]",
        5,
        "`languages`: 'fr' is",
    ),
    (
        "markets.yaml",
        "timezone: Asia/Shanghai",
        "timezone: Asia/Xiamen",
        7,
        "there is no time zone 'Asia/Xiamen'",
    ),
    (
        "markets.yaml",
        "included: true",
        "included: maybe",
        8,
        "`included` is 'maybe'; wanted: true or false",
    ),
    (
        "markets.yaml",
        "{amount: 0.00,",
        "{amount: 0.001,",
        10,
        "an amount of CNY with at most 2 digits",
    ),
    ("markets.yaml", "{amount: 0.00,", "{amount: -5.00,", 10, "an amount of CNY"),
    ("markets.yaml", "rate: 0.10", "rate: 1.10", 12, "a share from 0 to 1"),
    (
        "markets.yaml",
        "valid_until: 2028-01-01",
        "valid_until: 2026-01-01",
        12,
        "2026-01-01 is not after 2026-01-01",
    ),
    (
        "price_books.csv",
        "cn-2,CN,CNY,0.13",
        "cn-2,CN,EUR,0.13",
        3,
        "`currency` is EUR, market CN sells in CNY",
    ),
    (
        "price_books.csv",
        "cn-2,CN,CNY,0.13",
        "cn-2,CN,CNY,0.16",
        3,
        "`tax_rate` is 0.16, market CN has 0.13",
    ),
    (
        "price_books.csv",
        "0.13,yes,2027",
        "0.13,no,2027",
        3,
        "`tax_included` is no, market CN says otherwise",
    ),
    ("price_books.csv", "2027-01-01T00:00:00+08:00", "2027-01-01", 3, "a moment with its offset"),
    (
        "price_books.csv",
        "2027-01-01T00:00:00+08:00",
        "2026-01-01T00:00:00+08:00",
        3,
        "is not after",
    ),
    ("price_books.csv", "cn-1,Changes", "cn-9,Changes", 3, "no price book `cn-9` in a line above"),
    (
        "price_books.csv",
        "market,currency",
        "markets,currency",
        1,
        "the header must be code,market,currency",
    ),
    ("price_books.csv", ",cn-1,Changes", ",cn-1,Changes,more", 3, "has 9 cells, the header has 8"),
    ("places.yaml", "market: CN", "market: FR", 2, "there is no market `FR`"),
    ("places.yaml", "lat: 24.5", "lat: 124.5", 2, "a number from -90 to 90"),
    ("places.yaml", "'09:00-18:00'", "'9-18'", 2, "wanted: 09:00-18:00"),
    ("places.yaml", "mon-fri", "mon-fry", 2, "the opening hours has no field `mon-fry`"),
    (
        "deposits.yaml",
        "from: order-locked",
        "from: in-production",
        8,
        "it must start at order-locked",
    ),
    ("deposits.yaml", "amounts: {colt", "amounts: {calf", 5, "there is no model `calf`"),
    ("deposits.yaml", "colt: 1000.00", "colt: lots", 5, "`colt` has no amount"),
    (
        "finance.yaml",
        "max_amount: 500000.00",
        "max_amount: 5000.00",
        4,
        "`max_amount` is below `min_amount`",
    ),
    ("finance.yaml", "lender: bank,", "lender: bunk,", 4, "there is no lender `bunk`"),
    ("finance.yaml", "refuses_kinds: [insurance]", "refuses_kinds: [car, wine]", 2, "'wine' is"),
    ("finance.yaml", "months: 36", "months: 36.5", 4, "a whole number from 1 to 120"),
    ("insurance.yaml", "insurer: sure", "insurer: unsure", 4, "there is no insurer `unsure`"),
    (
        "insurance_premiums.csv",
        "compulsory,colt,lt6",
        "voluntary,colt,lt6",
        2,
        "there is no insurance product",
    ),
    ("insurance_premiums.csv", "lt6", "lt7", 2, "`seats` is 'lt7'; wanted: one of any, ge6, lt6"),
    (
        "services.yaml",
        "prices: {CN: 1980.00}",
        "prices: {DE: 1980.00}",
        2,
        "a price for each of `markets`",
    ),
    (
        "incentives.yaml",
        "until: 2027-01-01",
        "until: 2026-01-01",
        7,
        "`until` 2026-01-01 is not after 2026-09-01",
    ),
    ("incentives.yaml", "market: CN", "market: '*'", 4, "an amount needs a currency"),
    ("incentives.yaml", "from: 2026-09-01", "from: 2026-09-31", 6, "a date like 2026-09-01"),
    (M + "model.yaml", "code: colt", "code: calf", 1, "`code` is calf, the folder is colt"),
    (M + "model.yaml", "model_letter: C", "model_letter: Q", 9, "digits and capitals but I, O, Q"),
    (M + "model.yaml", "length: 3980", "length: 39800", 10, "a whole number from 100 to 20000"),
    (M + "model.yaml", "specs: {seats: 5}", "specs: five", 13, "`specs` must be a mapping"),
    (
        M + "options.yaml",
        "group: paint, name: {zh-hans: '红'",
        "group: pant, name: {zh-hans: '红'",
        5,
        "has no group `pant`",
    ),
    (M + "options.yaml", "'#AA0000'", "'red'", 5, "`hex` is 'red'; wanted: #RRGGBB"),
    (
        M + "options.yaml",
        "contains: [hook, rack]",
        "contains: [hook, rack, crane]",
        9,
        "has no option `crane`",
    ),
    (
        M + "options.yaml",
        "contains: [hook, rack]",
        "contains: [hook, trip]",
        9,
        "a package cannot contain itself",
    ),
    (
        M + "options.yaml",
        "contains: [hook, rack]",
        "contains: [hook, hook]",
        9,
        "`contains` names `hook` twice",
    ),
    (
        M + "options.yaml",
        "choose: any",
        "choose: some",
        3,
        "`choose` is 'some'; wanted: one of any, one",
    ),
    (
        M + "availability.csv",
        "CN,blue,O,O",
        "CN,blue,O,X",
        3,
        "`high` is 'X'; wanted: one of N, O, S",
    ),
    (M + "availability.csv", "CN,blue,O,O", "CN,red,O,O", 3, "is there twice, first in line 2"),
    (M + "availability.csv", "CN,trip,N,O", "CN,trip,N,O\nCN,wing,N,N", 7, "has no option `wing`"),
    (M + "rules.yaml", "kind: requires", "kind: demands", 2, "`kind` is 'demands'; wanted: one of"),
    (
        M + "rules.yaml",
        "then: hook",
        "then: hook or",
        2,
        "an option code, 'not' or '(' is missing before the end",
    ),
    (M + "rules.yaml", "then: hook", "then: hock", 2, "`then`: model colt has no option `hock`"),
    (M + "rules.yaml", "trim:base", "trim:basic", 3, "`if`: model colt has no trim `basic`"),
    (M + "rules.yaml", "not: [rack]", "not: [rock]", 3, "`not`: model colt has no option `rock`"),
    (
        M + "rules.yaml",
        "until: 2027-03-01",
        "from: 2027-04-01, until: 2027-03-01",
        3,
        "`until` 2027-03-01 is not after",
    ),
    (
        M + "rules.yaml",
        "add_days: 5",
        "add_days: 5, count: 2",
        4,
        "a rule of kind lead has no `count`",
    ),
    (
        M + "rules.yaml",
        "kind: lead, if: rack, add_days: 5",
        "kind: at_most, count: 3, of: [hook, rack]",
        4,
        "`of` names only 2",
    ),
    (
        M + "rules.yaml",
        "add_days: 5",
        "add_days: 5, trims: [basic]",
        4,
        "`trims`: model colt has no trim `basic`",
    ),
    (
        M + "rules.yaml",
        "code: r3",
        "code: r1",
        4,
        "a rule `colt r1` is there twice, first in line 2",
    ),
    (M + "prices.csv", "cn-2,trim", "cn-3,trim", 9, "there is no price book `cn-3`"),
    (
        M + "prices.csv",
        "cn-1,option,hook",
        "cn-1,option,hock",
        5,
        "`code`: model colt has no option `hock`",
    ),
    (M + "prices.csv", "hook,*,,500.00", "hook,*,,5OO", 5, "`amount` is '5OO'"),
    (M + "prices.csv", "rack,*,blue,", "rack,*,blue blue,", 7, "'and' or 'or' is missing"),
    (
        M + "prices.csv",
        "package,trip",
        "option,trip",
        8,
        "`trip` contains options, so its kind is package",
    ),
    (
        M + "prices.csv",
        "option,hook",
        "package,hook",
        5,
        "`hook` contains nothing, so its kind is option",
    ),
    (
        M + "prices.csv",
        "trim,high,high",
        "trim,high,base",
        3,
        "the price of trim high cannot depend on trim base",
    ),
    (
        M + "prices.csv",
        "blue,*,,1000.00",
        "blue,low,,1000.00",
        4,
        "`trim`: model colt has no trim `low`",
    ),
    (
        M + "lead_times.csv",
        "CN,trim,base,21",
        "CN,trim,basic,21",
        3,
        "`code`: model colt has no trim `basic`",
    ),
    (
        M + "lead_times.csv",
        "CN,trim,base,21",
        "CN,trim,base,-1",
        3,
        "a whole number from 0 to 1000",
    ),
    (M + "reference_cars.yaml", "violates: [r2]", "violates: [r9]", 3, "has no rule `r9`"),
    (
        M + "reference_cars.yaml",
        "price_book: cn-1, ",
        "",
        2,
        "a reference car: `price_book` is missing",
    ),
    (
        M + "reference_cars.yaml",
        "choices: [hook, rack]",
        "choices: {hook: 1}",
        2,
        "`choices` must be a list of words",
    ),
    ("stock.csv", GOOD_VIN, GOOD_VIN[:-1], 2, "has 16"),
    ("stock.csv", GOOD_VIN, GOOD_VIN[:-1] + "2", 2, "the check digit of"),
    ("stock.csv", GOOD_VIN, GOOD_VIN[:-1] + "O", 2, "'O' at position 17"),
    ("stock.csv", GOOD_VIN, vin(1, "1"), 2, "has '1' at position 5; trim high has '2'"),
    ("stock.csv", GOOD_VIN, vin(2, "2"), 3, "is there twice, first in line 2"),
    ("stock.csv", ",colt,my2027,high", ",calf,my2027,high", 2, "there is no model `calf`"),
    (
        "stock.csv",
        ",colt,my2027,high",
        ",colt,my2026,high",
        2,
        "model colt has no model year `my2026`",
    ),
    ("stock.csv", ",xm,", ",xn,", 2, "there is no place `xn`"),
    ("stock.csv", "in_stock,0,", "in_stock,12,", 2, "only a car of status demo has a mileage"),
    (
        "stock.csv",
        "2026-11-23",
        "2026-09-23",
        2,
        "`available_on` 2026-09-23 is before `built_on` 2026-10-01",
    ),
    ("stock.csv", "82200.00,CNY", "82300.00,CNY", 2, "`price` is above `list_price`"),
    ("stock.csv", "82200.00,CNY", "82200.00,EUR", 2, "`currency` is EUR, market CN sells in CNY"),
    ("stock.csv", "82200.00,CNY", "0,CNY", 2, "`price` is zero"),
    ("stock.csv", "blue hook rack", "blue hook rock", 2, "has no option `rock`"),
    ("stock.csv", "2026-10-01", "2026-08-01", 2, "no price book of market CN is in force"),
]

MORE_FAULTS = [
    ("places.yaml", "places:\n", "places:\n  - here\n", 2, "a place must be a mapping"),
    ("incentives.yaml", "incentives:", "incentives: here\nmore:", 1, "`incentives` must be a list"),
    ("brand.yaml", "[colt]", "[colt, Calf]", 6, "`models`: 'Calf' is no code"),
    ("brand.yaml", "[colt]", "[colt, [calf]]", 6, "`models` must be a list of words"),
    ("markets.yaml", "languages: [zh-hans, en]", "languages: [en, en]", 5, "`languages` names 'en' twice"),
    ("deposits.yaml", "amounts: {colt: 1000.00}", "amounts: 1000.00", 5, "`amounts` must be a mapping"),
    ("brand.yaml", "'小马', en", f"'{'马' * 4001}', en", 2, "more than 4000 characters in zh-hans"),
    (M + "lead_times.csv", "*,option,rack,7", "*,option,rack,7\n*,option,rack,9", 3, "is there twice"),
    ("incentives.yaml", "kind: price_bonus", "kind: option_bonus", 2, "`option` is missing"),
    (M + "model.yaml", "steering: left", "steering: left\nbattery_steps: [{kwh: 5}]", 9, "a list of mappings with an"),
    ("places.yaml", "kind: store", "kind: {a: b}", 2, "`kind` must be one word"),
    ("places.yaml", "city: {zh-hans: '厦门', en: 'Xiamen'}", "city: {zh-hans: [x], en: 'Xiamen'}", 2, "missing in zh-hans"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "reason"), [*ONE_FAULT, *MORE_FAULTS])
def test_each_fault_is_named_with_its_line_and_changes_nothing(
    load: Load, file: str, old: str, new: str, line: int, reason: str
) -> None:
    report = load(changed(file, old, new))
    said = [str(fault) for fault in report.faults]
    assert any(f.file == file and f.line == line and reason in f.reason for f in report.faults), (
        said
    )
    assert all(fault.file == file for fault in report.faults), said
    assert Option.objects.count() == 0


def test_all_faults_are_reported_at_once(load: Load) -> None:
    contents = files()
    chosen = [
        ("brand.yaml", "wmi: L0S", "wmi: L0SX"),
        (M + "rules.yaml", "then: hook", "then: hock"),
    ]
    chosen += [("finance.yaml", "months: 36", "months: x"), ("stock.csv", "in_stock", "stolen")]
    for file, old, new in chosen:
        contents[file] = contents[file].replace(old, new, 1)
    report = load(contents)
    assert {fault.file for fault in report.faults} == {file for file, _, _ in chosen}
    assert list(report.faults) == sorted(report.faults)


UNREADABLE = [
    (b"code: pony\xff\n", 1, "not UTF-8"),
    (b"code: pony\nname: \x00\n", 2, "control character U+0000"),
    (b"- pony\n", 1, "must be a mapping"),
    (b"", 1, "must be a mapping"),
    (b"code: [pony\n", 2, "no YAML"),
    (b"code: &a pony\nname: *a\n", 1, "anchors and aliases are not used"),
    (b"code: !!python/object/apply:os.system ['true']\n", 0, ""),
    (b"code: !!str pony\n", 1, "the tag tag:yaml.org,2002:str is not used"),
    (b"code: pony\n---\ncode: pony\n", 2, "a second document begins"),
    (b"code: " + b"[" * 30 + b"]" * 30, 1, "nested deeper than 20 levels"),
    (b"code: " + b"[" * 100_000, 1, "nested deeper than 20 levels"),
    (b"? [a]\n: b\n", 1, "a name is a word"),
    (b"code: @pony\n", 1, "no YAML"),
]


@pytest.mark.parametrize(("data", "line", "reason"), UNREADABLE)
def test_yaml_that_cannot_be_read_is_one_fault(
    tmp_path: Path, data: bytes, line: int, reason: str
) -> None:
    directory = write(tmp_path, files())
    (directory / "brand.yaml").write_bytes(data)
    report = import_catalogue(directory=directory, dry_run=False, now=NOW, actor="test")
    assert any(
        f.file == "brand.yaml" and (not line or f.line == line) and reason in f.reason
        for f in report.faults
    ), report.faults


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the header line is missing"),
        (b'price_book,kind,code,trim,when,amount,note\n"open,1\n', "no CSV"),
        (b"price_book,kind\n", "the header must be"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_fault(tmp_path: Path, data: bytes, reason: str) -> None:
    directory = write(tmp_path, files())
    (directory / "models/colt/prices.csv").write_bytes(data)
    report = import_catalogue(directory=directory, dry_run=False, now=NOW, actor="test")
    assert [(f.file, reason in f.reason) for f in report.faults] == [
        ("models/colt/prices.csv", True)
    ]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    directory = write(tmp_path, files())
    for path in directory.rglob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert import_catalogue(directory=directory, dry_run=True, now=NOW, actor="test").faults == ()


def test_a_file_too_large_is_not_read(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports_reading, "LARGEST", 10)
    assert all("larger than" in fault.reason for fault in load().faults)


def test_a_missing_file_does_not_make_everything_else_a_fault(load: Load) -> None:
    contents = files()
    del contents["models/colt/options.yaml"]
    assert [str(f) for f in load(contents).faults] == [
        "models/colt/options.yaml: the file is missing"
    ]


def test_a_misspelt_file_name_and_an_unnamed_model_are_faults(load: Load) -> None:
    contents = {**files(), "rules.yml": "a: b", "models/calf/model.yaml": "code: calf"}
    said = {fault.file: fault.reason for fault in load(contents).faults}
    assert said["rules.yml"] == "no file of a catalogue has this name"
    assert "models/calf is there, but `models` does not name it" in said["brand.yaml"]


def test_pages_and_clauses_are_checked_as_yaml_only(load: Load) -> None:
    good = {**files(), "content/home.yaml": "page: home\nanything: {goes: [here]}\n"}
    assert load(good, dry_run=True).faults == ()
    bad = {**files(), "contracts/purchase.yaml": "clauses: [\n"}
    [fault] = load(bad, dry_run=True).faults
    assert fault.file == "contracts/purchase.yaml"


def test_a_blocked_click_names_what_the_model_has(load: Load) -> None:
    text = "blocked_clicks:\n  - {code: b1, market: CN, trim: base, date: 2026-11-22, chosen: [blue], click: rock}\n"
    [fault] = load({**files(), M + "blocked_clicks.yaml": text}).faults
    assert "has no option `rock`" in fault.reason


TEXTS = sorted(files().items())
JUNK = st.sampled_from(
    ["", "\x00", "\ud7ff", "'", '"', ":", "- ", "{", "}", "[", "]", "\n", "\t", "*", "&a", "!!", "#", "|", ">", ",", "~",
     "null", "true", "1e9", "-1", "9" * 40, "0x10", "2026-02-30", "NaN", ".inf", "trim:", "not ", "()", "é", "𝕏", "\u2028"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(TEXTS),
    st.floats(0, 1),
    st.integers(0, 12),
    st.one_of(JUNK, st.text(max_size=6)),
)
def test_no_damage_to_a_file_is_more_than_a_fault(
    tmp_path_factory: pytest.TempPathFactory,
    db: None,
    where: tuple[str, str],
    at: float,
    cut: int,
    junk: str,
) -> None:
    file, text = where
    place = int(at * len(text))
    damaged = text[:place] + junk + text[place + cut :]
    directory = write(tmp_path_factory.mktemp("fuzz"), {**files(), file: ""})
    (directory / file).write_bytes(damaged.encode("utf-8", "surrogatepass"))
    report = import_catalogue(directory=directory, dry_run=True, now=NOW, actor="test")
    assert all(re.match(r"[a-z0-9/_.-]+$", fault.file) and fault.reason for fault in report.faults)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([name for name, _ in TEXTS]), st.binary(max_size=200))
def test_no_bytes_at_all_are_more_than_a_fault(
    tmp_path_factory: pytest.TempPathFactory, db: None, file: str, data: bytes
) -> None:
    directory = write(tmp_path_factory.mktemp("bytes"), files())
    (directory / file).write_bytes(data)
    import_catalogue(directory=directory, dry_run=True, now=NOW, actor="test")
