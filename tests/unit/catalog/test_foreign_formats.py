"""One door for every format, and the real rule sets where CONFIGURATOR_DATA has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import data
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.foreign import formats
from catalog.domain.configuration.foreign.formats import model_format, read_model
from catalog.domain.configuration.model_report import report
from catalog.errors import ModelFileError
from tests.factories.rulebook import table

DIMACS = "c a remark\n\np cnf 1 1\n1 0\n"
UVL = "// a remark\n\nfeatures\n\tCar\n"
XCSP = (
    '<instance><domains><domain name="D">1</domain></domains>'
    '<variables><variable name="v" domain="D"/></variables></instance>'
)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (DIMACS, "car.cnf", "DIMACS"),
        (DIMACS, "CAR.DIMACS.GZ", "DIMACS"),
        (DIMACS, "car", "DIMACS"),
        (UVL, "car.uvl.gz", "UVL"),
        (UVL, "car.txt", "UVL"),
        (XCSP, "car.xml", "XCSP 2.1"),
        ("\ufeff" + XCSP, "", "XCSP 2.1"),
    ],
)
def test_a_file_is_known_by_its_name_or_its_beginning(text: str, name: str, expected: str) -> None:
    assert model_format(text, name) == expected
    assert read_model(text, name).count == 1
    assert read_model(text.encode(), name) == read_model(text, name)


def test_the_name_decides_before_the_text() -> None:
    with pytest.raises(ModelFileError, match="the XML is broken"):
        read_model(DIMACS, "car.xml")


@pytest.mark.parametrize(
    ("content", "line", "column", "what"),
    [
        ("anything else", 1, 1, "this is none of DIMACS, UVL, XCSP 2.1"),
        (b"features\n\tC\xff\n", 2, 3, "byte 0xff is not UTF-8"),
        (b"\xff\xfe<\x00", 1, 1, "byte 0xff is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    content: str | bytes, line: int, column: int, what: str
) -> None:
    with pytest.raises(ModelFileError, match=what) as caught:
        read_model(content, "car")
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (line, column)


def test_too_many_bytes_are_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_CHARACTERS", 10)
    with pytest.raises(ModelFileError, match="the file has 11 bytes"):
        read_model(b"\xff" * 11, "car.cnf")


@pytest.mark.parametrize("row", table("foreign-models.md", "files"), ids=lambda row: row["format"])
def test_the_worked_files_of_the_page(row: dict[str, str]) -> None:
    text = row["file"]
    if row["format"] == "XCSP 2.1":  # a cell of a table cannot hold an upright stroke
        text = text.replace("` ¦ `", " | ").strip("`")
    else:
        text = text.replace(";", "\n").replace(">", "\t")
    assert model_format(text, "") == row["format"]
    found = report(read_model(text, ""))
    assert (str(found.cars), " ".join(found.dead)) == (row["cars"], row["dead"])


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200)),
    st.sampled_from(("", "a.cnf", "a.uvl", "a.xml", "a.dimacs.gz")),
)
def test_noise_is_refused_by_name(content: str | bytes, name: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_model(content, name)
    assert caught.value.facts["mend"]


@pytest.mark.parametrize(
    ("name", "cars"), [("renault_small", 172_056), ("renault_medium", 278_744)]
)
def test_real_tables_have_as_many_cars_as_three_other_counters_found(name: str, cars: int) -> None:
    if not data.has(name):
        pytest.skip(data.SKIPPED)
    problem = data.load(name)
    slices = compile_problem(problem)
    assert slices is not None
    assert DiagramEngine(problem, slices).count(()) == cars
    assert problem.hub is not None
    assert problem.names[problem.groups[problem.hub][0]] == "v0=0"
