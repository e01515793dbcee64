"""XCSP 2.1: the same solutions as an enumerator, and where a broken file is broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.foreign import xcsp, xcsp_elements
from catalog.domain.configuration.foreign.xcsp import read_xcsp
from catalog.errors import ModelFileError
from tests.factories.foreign_models import Tables, named_cars, tables

SMALL = """<instance>
 <presentation format="XCSP 2.1" type="CSP"/>
 <domains nbDomains="2">
  <domain name="D0" nbValues="3">0..2</domain>
  <domain name="D1" nbValues="2"> 5 -1 </domain>
 </domains>
 <variables>
  <variable name="a" domain="D1"/>
  <variable name="v0" domain="D0"/>
  <variable name="b" domain="D1"/>
 </variables>
 <relations>
  <relation name="R" arity="2" nbTuples="2" semantics="supports">
   0 5 |
   1 -1
  </relation>
  <relation name="N" arity="3" nbTuples="1" semantics="conflicts">0 5 5</relation>
 </relations>
 <constraints>
  <constraint name="c1" arity="2" scope="v0 a" reference="R"/>
  <constraint name="c2" arity="2" scope="v0 b" reference="R"/>
  <constraint name="c1" arity="3" scope="v0 a b" reference="N"/>
 </constraints>
</instance>
"""


@settings(deadline=None, max_examples=200)
@given(tables())
def test_the_cars_are_the_solutions(model: Tables) -> None:
    assert named_cars(read_xcsp(model.text())) == model.solutions()


def test_variables_are_groups_of_their_values_and_constraints_rules_with_tables() -> None:
    problem = read_xcsp(SMALL)
    assert problem.names == ("", "a=5", "a=-1", "v0=0", "v0=1", "v0=2", "b=5", "b=-1")
    assert problem.groups == ((1, 2), (3, 4, 5), (6, 7))
    assert problem.hub == 1
    rules = [part for part in problem.parts if part.is_rule]
    assert [part.name for part in rules] == ["c1", "c2", "c1 (2)"]
    assert rules[0].table is not None
    assert rules[0].table.rows == ((0, 0), (1, 1))
    assert rules[2].table is not None
    assert len(rules[2].table.rows) == 11
    assert named_cars(problem) == {frozenset({"v0=1", "a=-1", "b=-1"})}


def test_a_row_with_a_value_outside_the_domain_is_passed_over() -> None:
    problem = read_xcsp(
        SMALL.replace("1 -1\n", "1 -1 | 7 5\n").replace('nbTuples="2"', 'nbTuples="3"')
    )
    assert named_cars(problem) == named_cars(read_xcsp(SMALL))


def test_large_lists_of_forbidden_rows_become_a_clause_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("catalog.domain.configuration.foreign.tables.COMPLEMENT", 5)
    problem = read_xcsp(SMALL)
    assert problem.parts[-1].table is None
    assert problem.parts[-1].clauses == ((-3, -1, -6),)
    assert named_cars(problem) == named_cars(read_xcsp(SMALL))


def broken(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "the XML is broken: no element found"),
        ("<instance/>", 1, 1, "the file names no variable"),
        (broken("</domains>", "</domain>"), 6, 4, "the XML is broken: mismatched tag"),
        ('<!DOCTYPE x [<!ENTITY a "b">]>\n<instance/>', 1, 13, "a document type"),
        ('<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd"><instance/>', 1, 50, "a document type"),
        (broken("<domains nbDomains", "<predicates/><domains nbDomains"), 3, 2, "<predicates> has no meaning inside <instance>"),
        ("<model/>", 1, 1, "<model> has no meaning inside the file"),
        (broken("XCSP 2.1", "XCSP 3"), 2, 2, "the format is 'XCSP 3'"),
        (broken("0..2", "0..x"), 4, 34, "'0..x' is no value of a domain"),
        (broken("0..2", "0..999999999"), 4, 34, "too many values"),
        (broken("0..2", " "), 4, 3, "has no value"),
        (broken(">0..2", ">0..1"), 4, 3, "announces '3' values, 2 are there"),
        (broken('"D1" nbValues', '"D0" nbValues'), 5, 3, "a second domain 'D0'"),
        (broken('domain="D0"', 'domain="D7"'), 9, 3, "unknown domain 'D7'"),
        (broken('domain="D0"', ''), 9, 3, "<variable> has no 'domain'"),
        (broken('name="v0"', 'name="a"'), 9, 3, "a second variable 'a'"),
        (broken('semantics="supports"', 'semantics="soft"'), 13, 3, "semantics 'soft'"),
        (broken("1 -1\n", "1 x\n"), 15, 6, "'x' is no value"),
        (broken("1 -1\n", "1 1-1\n"), 15, 6, "'1-1' is no value"),
        (broken("1 -1\n", "1\n"), 15, 4, "a tuple of 1 values in a relation of 2 columns"),
        (broken("1 -1\n", "|\n"), 15, 4, "a tuple of 0 values"),
        (broken('nbTuples="2"', 'nbTuples="9"'), 13, 3, "'R' announces '9' tuples, 2 are there"),
        (broken('scope="v0 a"', 'scope="v0 z"'), 20, 3, "unknown variable 'z'"),
        (broken('scope="v0 a"', 'scope="v0 v0"'), 20, 3, "stands twice"),
        (broken('scope="v0 a"', 'scope="v0 a b"'), 20, 3, "3 variables in the scope, 2 columns"),
        (broken('reference="R"', 'reference="global:allDifferent"'), 20, 3, "unknown relation"),
        (broken('arity="2" scope', 'arity="5" scope'), 20, 3, "announces '5' variables"),
    ],
)  # fmt: skip
def test_a_broken_file_says_where(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_xcsp(text)
    assert what in caught.value.message
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (line, column)


@pytest.mark.parametrize(
    ("module", "limit", "most", "what"),
    [
        (xcsp, "MOST_VARIABLES", 6, "too many values in all"),
        (xcsp, "MOST_CELLS", 6, "too many tuples in all"),
        (xcsp, "MOST_CLAUSES", 12, "too many clauses in all"),
        (xcsp_elements, "MOST_ELEMENTS", 8, "too many elements"),
    ],
)
def test_sizes_are_bounded(
    module: object, limit: str, most: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, most)
    with pytest.raises(ModelFileError, match=what):
        read_xcsp(SMALL)


def test_text_that_would_unfold_to_gigabytes_is_refused_before_it_does() -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "bomb">{entities}]><instance>&e12;</instance>'
    with pytest.raises(ModelFileError, match="no entity is read"):
        read_xcsp(bomb)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_is_in_the_file_only_its_own_error_comes_out(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SMALL)))
    length = data.draw(st.integers(0, 60))
    noise = data.draw(
        st.one_of(
            st.text(max_size=8),
            st.text(alphabet='<>/|"= 0123456789-.v&;', max_size=12),
            st.sampled_from(
                ("<domain/>", "&lt;", "<!--", "]]>", 'arity="', "99999999999", "\ud800")
            ),
        )
    )
    text = SMALL[:start] + noise + SMALL[start + length :]
    try:
        read_xcsp(text)
    except ModelFileError as error:
        line = error.facts["line"]
    else:
        line = 1
    assert 1 <= line <= len(text.splitlines()) + 1
