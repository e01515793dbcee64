"""UVL: the same products as an enumerator, and where a broken file is broken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.foreign import uvl, uvl_tree
from catalog.domain.configuration.foreign.uvl import read_uvl
from catalog.errors import ModelFileError
from tests.factories.foreign_models import FeatureModel, feature_models, named_cars

SMALL = """features
\tCar {abstract true, note 'a (b', sizes [1, 2], inner {x 3.5}} // the root
\t\tmandatory
\t\t\tBoolean Engine
\t\t\t\talternative
\t\t\t\t\tPetrol
\t\t\t\t\t"Electric motor"
\t\t\t\t\tHybrid
\t\t\tSeats
\t\t\t\t[1..2]
\t\t\t\t\tFront
\t\t\t\t\tRear
\t\t\t\t\tThird
\t\toptional
\t\t\tTowing
\t\t\t\talternative
\t\t\t\t\tHook
\t\t\t\t\tRail
constraints
\t/* over
\t   two lines */ Petrol => !Towing
\t("Electric motor"
\t\t& Hook) => Third
\tHook => Petrol | Third
"""


@settings(deadline=None, max_examples=200)
@given(feature_models())
def test_the_cars_are_the_products(model: FeatureModel) -> None:
    problem = read_uvl(model.text())
    assert named_cars(problem) == model.products()
    for group in problem.groups:
        members = {problem.names[member] for member in group}
        assert all(len(members & car) == 1 for car in model.products())


def test_names_parts_groups_and_the_hub() -> None:
    problem = read_uvl(SMALL)
    assert problem.names[1:6] == ("Car", "Engine", "Petrol", "Electric motor", "Hybrid")
    assert problem.groups == ((3, 4, 5),)
    assert problem.hub == 0
    structure = [part.name for part in problem.parts if not part.is_rule]
    assert structure[:3] == ["tree:Car", "tree:Engine", "tree:Seats"]
    assert "group:Towing" in structure
    assert [part.name for part in problem.parts if part.is_rule] == [
        "line 21: Petrol => !Towing",
        'line 22: ("Electric motor" & Hook) => Third',
        "line 24: Hook => Petrol | Third",
    ]
    assert len(named_cars(problem)) == 36


def test_two_groups_of_one_feature_and_long_rules_keep_names_of_their_own() -> None:
    long = " & ".join(["A"] * 60)
    problem = read_uvl(f"features\n  A\n    or\n      B\n    or\n      C\nconstraints\n  {long}\n")
    names = [part.name for part in problem.parts]
    assert names[:-1] == ["tree:A", "tree:B", "group:A", "tree:C", "group:A#2"]
    assert names[-1].endswith("...")
    assert len(names[-1]) < 140


def test_arrows_read_from_left_to_right_and_bind_weakest() -> None:
    tree = "features\n\tR\n\t\toptional\n\t\t\ta\n\t\t\tb\n\t\t\tc\nconstraints\n\t"
    for written, meant in [
        ("a => b => c", "(a => b) => c"),
        ("a <=> b => c", "a <=> (b => c)"),
        ("a | b & c", "a | (b & c)"),
        ("!a & b", "(!a) & b"),
        ("a <=> b <=> c", "(a <=> b) <=> c"),
    ]:
        assert named_cars(read_uvl(tree + written)) == named_cars(read_uvl(tree + meant))


def broken(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "no section 'features'"),
        ("features\n", 1, 1, "there is no feature"),
        ("  features\n", 1, 3, "the first line is indented"),
        ("namespace Shop\nfeatures\n\tA\n", 1, 1, "'namespace' is not read"),
        ("include\n\tBoolean.*\nfeatures\n\tA\n", 1, 1, "'include' is not read"),
        ("imports\n\tother\nfeatures\n\tA\n", 1, 1, "'imports' is not read"),
        ("features\n\tA\nfeatures\n\tB\n", 3, 1, "a second section"),
        ("features\n\tA\nremarks\n", 3, 1, "'remarks' is no section"),
        ("features\n\tA\n\tB\n", 3, 2, "a second root feature"),
        (broken("\t\tmandatory", "\t\tmandatry"), 3, 3, "'mandatry' stands where a group should"),
        (broken("\t\t\t\t\tPetrol\n\t\t\t\t\t\"Electric motor\"\n\t\t\t\t\tHybrid\n", ""), 5, 5, "a group without features"),
        (broken("\t\t\t\t\tRear", "\t\t\t\t\tor"), 12, 6, "'or' stands where a feature should"),
        (broken("\t\t\t\t\tHybrid", "\t\t\t\t\t\tHybrid\n\t\t\t\t\tX"), 8, 7, "'Hybrid' stands where a group should"),
        (broken("\t\t\tTowing", "\t\t\t\tTowing\n\t\t\tHood"), 16, 4, "this indentation fits no line above"),
        (broken("Rail", "Hook"), 18, 6, "a second feature 'Hook'"),
        (broken("Rail", "Integer Rail"), 18, 6, "a feature of type Integer"),
        (broken("Rail", "Rail cardinality [1..5]"), 18, 11, "several times"),
        (broken("Rail", "Rail Road"), 18, 11, "'Road' after a feature's name"),
        (broken("Rail", "Rail {x 1} y"), 18, 17, "'y' after the attributes"),
        (broken("Rail", "Rail {constraint Hook}"), 18, 12, "a constraint among attributes"),
        (broken("Rail", "Rail {x"), 18, 11, "'{' is never closed"),
        (broken("Rail", "Rail }"), 18, 11, "'}' closes nothing"),
        (broken("Rail", "Rail {x 3]"), 18, 15, "']' closes nothing"),
        (broken("Rail", "R$il"), 18, 7, "'$' has no meaning here"),
        (broken("\"Electric motor\"\n", "\"Electric motor\n"), 7, 6, "'\"' has no meaning here"),
        (broken("two lines */", "two lines" + " /*" * 9), 20, 2, "a comment is never closed"),
        (broken("Rail", '" "'), 18, 6, "an empty name"),
        (broken("[1..2]", "[2..1]"), 10, 5, "3 features cannot give"),
        (broken("[1..2]", "[4]"), 10, 5, "3 features cannot give"),
        (broken("[1..2]", "[1.5]"), 10, 5, "a cardinality that cannot be read"),
        (broken("[1..2]", "[1, 2]"), 10, 5, "a cardinality that cannot be read"),
        (broken("[1..2]", "[1..2.5]"), 10, 5, "a cardinality that cannot be read"),
        (broken("[1..2]", "[1.5..*]"), 10, 5, "a cardinality that cannot be read"),
        (broken("!Towing", "!Tow"), 21, 29, "no feature is called 'Tow'"),
        (broken("!Towing", "!"), 21, 28, "nothing follows '!'"),
        (broken("!Towing", "Seats.price"), 21, 33, "a name of another file or an attribute"),
        (broken("!Towing", "sum(price)"), 21, 31, "'(' is out of place"),
        (broken("!Towing", "Towing Hook"), 21, 35, "'Hook' is out of place"),
        (broken("!Towing", "Towing > 3"), 21, 35, "'>' needs numbers"),
        (broken("!Towing", "3 < 4"), 21, 28, "'3' needs numbers"),
        (broken("!Towing", "& Towing"), 21, 28, "'&' is out of place"),
        (broken("!Towing", "!" * 70 + "Towing"), 21, 88, "nested deeper than 60 levels"),
        (broken("!Towing", " => ".join(["Towing"] * 70)), 21, 625, "nested deeper than 60 levels"),
    ],
)  # fmt: skip
def test_a_broken_file_says_where(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        read_uvl(text)
    assert what in caught.value.message
    assert (caught.value.facts["line"], caught.value.facts["column"]) == (line, column)


@pytest.mark.parametrize(
    ("module", "limit", "most", "what"),
    [
        (uvl_tree, "MOST_VARIABLES", 6, "too many features"),
        (uvl, "MOST_CLAUSES", 12, "too many clauses in all"),
        (uvl, "MOST_COUNTING", 2, "too many ways to count"),
    ],
)
def test_sizes_are_bounded(
    module: object, limit: str, most: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, most)
    with pytest.raises(ModelFileError, match=what):
        read_uvl(SMALL)


def test_equivalences_of_equivalences_stay_small() -> None:
    tree = "features\n\tR\n\t\toptional\n" + "".join(f"\t\t\ta{n}\n" for n in range(50))
    chain = " <=> ".join(f"a{n}" for n in range(50))
    problem = read_uvl(f"{tree}constraints\n\t{chain}\n")
    assert sum(len(part.clauses) for part in problem.parts) < 400


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_is_in_the_file_only_its_own_error_comes_out(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SMALL)))
    length = data.draw(st.integers(0, 40))
    noise = data.draw(
        st.one_of(
            st.text(max_size=8),
            st.text(alphabet='\n\t ()[]{}"!&|=<>.*/,Rail0', max_size=14),
            st.sampled_from(("/*", "//", "[0..*]", "\n\t\t", "²", "[²]", "(" * 300, "!" * 3000)),
        )
    )
    text = SMALL[:start] + noise + SMALL[start + length :]
    try:
        read_uvl(text)
    except ModelFileError as error:
        line = error.facts["line"]
    else:
        line = 1
    assert 1 <= line <= len(text.splitlines()) + 1
