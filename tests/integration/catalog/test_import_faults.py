"""Every kind of fault an import reports, once: file, line, reason; nothing is written and nothing else is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.models import Option
from catalog.services import imports_reading
from catalog.services.imports import import_catalogue
from tests.factories.catalogue_faults import FAULTS, M
from tests.factories.catalogue_folder import changed, files, write
from tests.integration.catalog.conftest import NOW, Load

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("file", "old", "new", "line", "reason"), FAULTS)
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
