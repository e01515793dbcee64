"""Feature models in the Universal Variability Language (Boolean level) as a problem.

Every feature is a visible variable. The tree is structure: `tree:Seats` (a feature is there only with its parent, a
mandatory one always with it) and `group:Seats#2` (how many of the second counted group of Seats). Each line under
`constraints` is an authored rule named after its line and text. An alternative group whose parent is in every car, that
is the root and whatever is mandatory below it, is a group of the problem. Attributes are skipped. `namespace`,
`imports` and `include` are refused: a file is read by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from catalog.domain.configuration.encoding import Encoder
from catalog.domain.configuration.expression import (
    Atom,
    Expression,
    Not,
    conjunction,
    disjunction,
)
from catalog.domain.configuration.foreign.hub import central
from catalog.domain.configuration.foreign.places import (
    MOST_CLAUSES,
    check_size,
    distinct,
    fault,
    shown,
)
from catalog.domain.configuration.foreign.tables import at_most_one
from catalog.domain.configuration.foreign.uvl_formulas import Formula
from catalog.domain.configuration.foreign.uvl_lines import Line, Word, lines
from catalog.domain.configuration.foreign.uvl_tree import Group, Tree, read_tree
from catalog.domain.configuration.problem import Part, Problem

LONGEST_NAME = 120
"""A rule's name shows so much of its text."""
MOST_COUNTING = 400_000
"""Members times bound of one cardinality group, which is what counting them costs."""


def _sections(text: str) -> tuple[list[Line], list[Line]]:
    """The lines under `features` and those under `constraints`."""
    features: list[Line] = []
    constraints: list[Line] = []
    seen: list[str] = []
    for line in lines(text):
        word = line.words[0]
        if line.indent == 0:
            _check_section(line, seen)
            seen.append(word.text)
        elif not seen:
            raise word.wrong("the first line is indented", "start with 'features'")
        else:
            (features if seen[-1] == "features" else constraints).append(line)
    if "features" not in seen:
        raise fault("there is no section 'features'", "start with 'features'", line=1)
    return features, constraints


def _check_section(line: Line, seen: Sequence[str]) -> None:
    word = line.words[0]
    if word.says("namespace", "imports", "include"):
        raise word.wrong(
            f"{shown(word.text)} is not read", "remove it; the file must say everything itself"
        )
    if not word.says("features", "constraints") or len(line.words) > 1:
        raise word.wrong(
            f"{shown(word.text)} is no section", "write 'features' or 'constraints', or indent it"
        )
    if word.text in seen:
        raise word.wrong(f"a second section {shown(word.text)}", "put them together")


class _Model:
    """Grows the parts of one model."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.encoder = Encoder(word.text for word in tree.words)
        self.always = _always(tree)
        self.parts: list[Part] = []
        self.groups: list[tuple[int, ...]] = []
        self.clauses = 0

    def add(self, name: str, is_rule: bool, clauses: Iterable[Sequence[int]], word: Word) -> None:
        """One more part."""
        made = tuple(tuple(clause) for clause in clauses)
        self.clauses += len(made)
        if self.clauses > MOST_CLAUSES:
            raise word.wrong("too many clauses in all", f"at most {MOST_CLAUSES:,} are made")
        self.parts.append(Part(name, is_rule, made))

    def structure(self) -> None:
        """The tree."""
        words = self.tree.words
        self.add(f"tree:{words[0].text}", False, [[1]], words[0])
        numbers: Counter[int] = Counter()
        for group in self.tree.groups:
            for member in group.members:
                clauses = [[-member, group.parent]]
                if group.separate and group.least:
                    clauses.append([-group.parent, member])
                self.add(f"tree:{words[member - 1].text}", False, clauses, words[member - 1])
            if not group.separate:
                numbers[group.parent] += 1
                number = f"#{numbers[group.parent]}" if numbers[group.parent] > 1 else ""
                name = f"group:{words[group.parent - 1].text}{number}"
                self.add(name, False, self.counted(group), group.word)

    def counted(self, group: Group) -> Iterator[Sequence[int]]:
        """With its parent the right number of members, without it none anyway."""
        parent, members, least = group.parent, group.members, group.least
        size = len(members)
        most = size if group.most is None else min(group.most, size)
        if least > most:
            raise group.word.wrong(
                f"{size} features cannot give what the cardinality asks", "mend the numbers"
            )
        if min(most, size - least) * size > MOST_COUNTING:
            raise group.word.wrong("too many ways to count", "split the group")
        if least == most == 1 and parent in self.always:
            self.groups.append(tuple(members))
        codes = [self.tree.words[member - 1].text for member in members]
        if most == 1:
            yield from at_most_one(members, self.encoder.fresh)
        else:
            yield from self.encoder.at_most(most, codes)
        if least == 1:
            yield [-parent, *members]
        else:
            yield from ([-parent, *clause] for clause in self.encoder.at_least(least, codes))

    def constraint(self, line: Line) -> None:
        """One authored rule."""
        first = line.words[0]
        definitions: list[Sequence[int]] = []

        def same(left: Expression, right: Expression) -> Expression:
            left, right = self.short(left, definitions), self.short(right, definitions)
            return conjunction([disjunction([Not(left), right]), disjunction([left, Not(right)])])

        expression = Formula(line.words, self.encoder.variables, same).read()
        stated = self.encoder.clauses(expression)
        self.add(f"line {first.line}: {_shown(line.words)}", True, [*definitions, *stated], first)

    def short(self, expression: Expression, definitions: list[Sequence[int]]) -> Expression:
        """The expression if it is one name, else a helping variable that is equally true: it is going to stand twice."""
        if isinstance(expression, Atom):
            return expression
        if isinstance(expression, Not) and isinstance(expression.part, Atom):
            return expression
        name = f"\\n{self.encoder.top}"  # no feature is called so: names have no line break
        self.encoder.named(name)
        helper = Atom(name)
        definitions += self.encoder.clauses(disjunction([Not(helper), expression]))
        definitions += self.encoder.clauses(disjunction([helper, Not(expression)]))
        return helper


def _always(tree: Tree) -> set[int]:
    """The root and what is mandatory below what is always there; groups stand in the file below their parents."""
    always = {1}
    for group in tree.groups:
        if group.parent in always and group.separate and group.least:
            always.update(group.members)
    return always


def _uses(groups: Sequence[Sequence[int]], rules: Iterable[Part]) -> list[int]:
    """For each group how many rules name one of its members."""
    group_of = {member: place for place, group in enumerate(groups) for member in group}
    uses = Counter(
        place
        for rule in rules
        for place in {group_of.get(abs(lit), -1) for clause in rule.clauses for lit in clause}
    )
    return [uses[place] for place in range(len(groups))]


def _shown(words: Sequence[Word]) -> str:
    """A constraint as it was written, on one line, shortened to `LONGEST_NAME`."""
    text = " ".join(word.text if word.bare else f'"{word.text}"' for word in words)
    text = text.replace("( ", "(").replace(" )", ")").replace("! ", "!")
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 3] + "..."


def read_uvl(text: str) -> Problem:
    """The problem of a UVL file; raises ModelFileError with line, column and what to mend."""
    check_size(text)
    features, constraints = _sections(text.removeprefix("\ufeff"))
    if not features:
        raise fault("there is no feature", "indent the root feature under 'features'", line=1)
    model = _Model(read_tree(features))
    model.structure()
    structure = len(model.parts)
    for line in constraints:
        model.constraint(line)
    names = [word.text for word in model.tree.words]
    rules = model.parts[structure:]
    parts = zip(distinct([part.name for part in model.parts]), model.parts, strict=True)
    return Problem(
        names=("", *names),
        count=len(names),
        top=model.encoder.top,
        groups=tuple(model.groups),
        parts=tuple(Part(name, part.is_rule, part.clauses) for name, part in parts),
        hub=central(model.groups, _uses(model.groups, rules), len(rules)),
    )
