"""Random foreign models for hypothesis, as values that tests print and evaluate themselves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from catalog.domain.configuration.problem import Problem
from tests.factories.small_problems import cars_of

Assignment = Mapping[str, int]


def named_cars(problem: Problem) -> set[frozenset[str]]:
    """Every car by the names of what it has."""
    return {frozenset(problem.names[v] for v in car) for car in cars_of(problem)}


@dataclass(frozen=True)
class Relation:
    """Rows over some variables, allowed (`supports`) or forbidden."""

    scope: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    supports: bool

    def holds(self, assignment: Assignment) -> bool:
        return (tuple(assignment[name] for name in self.scope) in self.rows) == self.supports


@dataclass(frozen=True)
class Tables:
    """An XCSP model: the values of each variable, and relations."""

    domains: Mapping[str, tuple[int, ...]]
    relations: tuple[Relation, ...]

    def solutions(self) -> set[frozenset[str]]:
        """Every allowed assignment, as `v0=3` names."""
        found = set()
        for values in itertools.product(*self.domains.values()):
            one = dict(zip(self.domains, values, strict=True))
            if all(relation.holds(one) for relation in self.relations):
                found.add(frozenset(f"{name}={value}" for name, value in one.items()))
        return found

    def text(self) -> str:
        """The file."""
        out = ['<instance>\n<presentation format="XCSP 2.1"/>\n<domains>']
        for name, values in self.domains.items():
            out.append(f'<domain name="D{name}" nbValues="{len(values)}">')
            out.append(" ".join(map(str, values)) + "</domain>")
        out.append("</domains>\n<variables>")
        out += [f'<variable name="{name}" domain="D{name}"/>' for name in self.domains]
        out.append("</variables>\n<relations>")
        for number, relation in enumerate(self.relations):
            semantics = "supports" if relation.supports else "conflicts"
            out.append(f'<relation name="R{number}" arity="{len(relation.scope)}"')
            out.append(f' nbTuples="{len(relation.rows)}" semantics="{semantics}">')
            out.append("|".join(" ".join(map(str, row)) for row in relation.rows) + "</relation>")
        out.append("</relations>\n<constraints>")
        for number, relation in enumerate(self.relations):
            scope = " ".join(relation.scope)
            out.append(f'<constraint name="c{number}" scope="{scope}" reference="R{number}"/>')
        out.append("</constraints>\n</instance>\n")
        return "\n".join(out)


@st.composite
def tables(draw: Callable[[Any], Any]) -> Tables:
    """Up to four variables of up to three values, up to four relations of one to four columns."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    domains = {f"v{n}": tuple(range(-1, size - 1)) for n, size in enumerate(sizes)}
    relations = []
    for _ in range(draw(st.integers(0, 4))):
        scope = tuple(
            draw(st.lists(st.sampled_from(sorted(domains)), min_size=1, max_size=4, unique=True))
        )
        every = list(itertools.product(*(domains[name] for name in scope)))
        rows = tuple(draw(st.lists(st.sampled_from(every), unique=True, max_size=len(every))))
        relations.append(Relation(scope, rows, draw(st.booleans())))
    return Tables(domains, tuple(relations))


@dataclass
class Feature:
    """A feature of UVL with its groups."""

    name: str
    groups: list[FeatureGroup] = field(default_factory=list)

    def lines(self, indent: int) -> Iterator[str]:
        yield "\t" * indent + self.name
        for group in self.groups:
            yield "\t" * (indent + 1) + group.kind
            for member in group.members:
                yield from member.lines(indent + 2)

    def kept(self, car: frozenset[str]) -> bool:
        """Whether the groups below count right; a feature without its parent is not."""
        for group in self.groups:
            there = sum(member.name in car for member in group.members)
            if self.name not in car:
                if there:
                    return False
            elif not group.allows(there):
                return False
            if not all(member.kept(car) for member in group.members):
                return False
        return True


@dataclass
class FeatureGroup:
    """A group keyword or cardinality, and its features."""

    kind: str
    members: list[Feature]

    def allows(self, there: int) -> bool:
        size = len(self.members)
        fixed = {
            "mandatory": (size, size),
            "optional": (0, size),
            "alternative": (1, 1),
            "or": (1, size),
        }
        if self.kind in fixed:
            least, most = fixed[self.kind]
        else:
            first, _, last = self.kind.strip("[]").partition("..")
            least, most = int(first), size if last == "*" else int(last or first)
        return least <= there <= most


Formula = Any
"""A feature, ("!", f), or (sign, f, g)."""


def formula_text(formula: Formula) -> str:
    """With every pair of parentheses that could be needed."""
    if isinstance(formula, str):
        return formula
    if formula[0] == "!":
        return f"!({formula_text(formula[1])})"
    return f"({formula_text(formula[1])}) {formula[0]} ({formula_text(formula[2])})"


def formula_true(formula: Formula, car: frozenset[str]) -> bool:
    """Whether the formula is true of the car."""
    if isinstance(formula, str):
        return formula in car
    if formula[0] == "!":
        return not formula_true(formula[1], car)
    left, right = formula_true(formula[1], car), formula_true(formula[2], car)
    return {"&": left and right, "|": left or right, "=>": not left or right, "<=>": left == right}[
        formula[0]
    ]


@dataclass
class FeatureModel:
    """A tree of features and constraints."""

    root: Feature
    names: list[str]
    constraints: list[Formula]

    def text(self) -> str:
        """The file."""
        lines = ["features", *self.root.lines(1), "constraints"]
        return "\n".join([*lines, *("\t" + formula_text(c) for c in self.constraints)]) + "\n"

    def products(self) -> set[frozenset[str]]:
        """Every car by the names of its features."""
        rest = [name for name in self.names if name != self.root.name]
        found = set()
        for some in itertools.product((False, True), repeat=len(rest)):
            car = frozenset([self.root.name, *itertools.compress(rest, some)])
            if self.root.kept(car) and all(formula_true(c, car) for c in self.constraints):
                found.add(car)
        return found


@st.composite
def feature_models(draw: Callable[[Any], Any]) -> FeatureModel:
    """Up to nine features and three constraints."""
    root = Feature("F0")
    features = [root]
    while len(features) < draw(st.integers(2, 7)):
        parent = draw(st.sampled_from(features))
        size = draw(st.integers(1, 3))
        members = [Feature(f"F{len(features) + n}") for n in range(size)]
        least = draw(st.integers(0, size))
        most = draw(st.integers(least, size))
        kinds = (
            "mandatory",
            "optional",
            "alternative",
            "or",
            f"[{least}..{most}]",
            f"[{least}..*]",
            f"[{least}]",
        )
        parent.groups.append(FeatureGroup(draw(st.sampled_from(kinds)), members))
        features += members
    names = [feature.name for feature in features]
    formulas = st.recursive(
        st.sampled_from(names),
        lambda inner: st.one_of(
            st.tuples(st.just("!"), inner),
            st.tuples(st.sampled_from(("&", "|", "=>", "<=>")), inner, inner),
        ),
        max_leaves=8,
    )
    return FeatureModel(root, names, draw(st.lists(formulas, max_size=3)))
