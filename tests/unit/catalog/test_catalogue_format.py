"""docs/rules/catalogue-format.md speaks of the files and columns there are: those of the demo, which the importer takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAW = (ROOT / "docs/rules/catalogue-format.md").read_text()
DEMO = ROOT / "storefront/demo/catalogue"
TABLE = LAW.partition("## Files\n")[2].partition("\n\n")[0]
HEADERS = re.findall(r"^### (\S+\.csv): `([^`]+)`", LAW, re.MULTILINE)


def general(path: Path) -> str:
    """A file's name as the law gives it: `M` for a model, `*` for content of any name."""
    name = re.sub(r"^models/[^/]+/", "models/M/", str(path.relative_to(DEMO)))
    return re.sub(r"^(content|contracts)/.*\.yaml$", r"\1/*.yaml", name)


def test_the_table_names_every_file_of_a_catalogue_and_no_other() -> None:
    promised = set(re.findall(r"`([^`]+\.(?:yaml|csv))`", TABLE))
    found = {general(path) for path in DEMO.rglob("*") if path.suffix in {".yaml", ".csv"}}
    assert promised == found


def test_every_csv_file_has_its_columns_written_down() -> None:
    assert {name for name, _ in HEADERS} == {general(path) for path in DEMO.rglob("*.csv")}


@pytest.mark.parametrize(("name", "columns"), HEADERS)
def test_the_columns_are_those_that_the_importer_takes(name: str, columns: str) -> None:
    fixed = columns.partition(",<")[0].split(",")
    for path in DEMO.glob(name.replace("/M/", "/*/")):
        header = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
        assert header[: len(fixed)] == fixed
        assert "<" in columns or len(header) == len(fixed)
