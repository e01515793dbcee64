"""What is wrong with a rule set before anybody buys from it: one function per finding, each naming parts.

`domains` is what any engine answers to `domains(())`. Whoever asks about parts shares one `Prover`; it keeps a warm
solver with one selector per part. A finding about one rule says what holds with every *other* part in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import TracebackType

from pysat.solvers import Glucose4

from catalog.domain.configuration.problem import Part, Problem, Table
from catalog.domain.configuration.tiers import FALSE, TRUE

TURNS = 200
"""So many readings of a rule's helping variables are tried before its redundancy is left open."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """No car exists. Leave out any of `parts` (names, in the problem's order) and the others allow one."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadOption:
    """No car has it. `hub`: it is a trim or version, so there is no car of that trim at all."""

    variable: int
    name: str
    hub: bool


@dataclass(frozen=True, slots=True)
class ConstantOption:
    """Every car has it."""

    variable: int
    name: str


@dataclass(frozen=True, slots=True)
class RedundantRule:
    """All other parts together already imply this rule. Of two equal rules each is redundant as long as both stand."""

    name: str


@dataclass(frozen=True, slots=True)
class SilentRule:
    """Without this rule no car meets `condition` (literals that must hold together), so it never has anything to do."""

    name: str
    condition: tuple[int, ...]


class Prover:
    """A warm solver over the parts of one problem; use it in a `with` block or `close()` it. One thread at a time."""

    def __init__(self, problem: Problem) -> None:
        """Loads every part behind a selector of its own."""
        self.problem = problem
        first = problem.top + 1
        self.selectors = list(range(first, first + len(problem.parts)))
        self.top = problem.top + len(problem.parts)
        self._solver = Glucose4()
        for selector, part in zip(self.selectors, problem.parts, strict=True):
            for clause in part.clauses:
                self._solver.add_clause([-selector, *clause])

    def __enter__(self) -> Prover:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Frees the solver."""
        self._solver.delete()

    def without(self, place: int | None) -> list[int]:
        """The selectors of all parts but one."""
        return [s for at, s in enumerate(self.selectors) if at != place]

    def solvable(self, literals: Iterable[int] = (), *, leaving_out: int | None = None) -> bool:
        """Whether a car has the literals, with every part in force but the one at `leaving_out`."""
        return bool(self._solver.solve([*self.without(leaving_out), *literals]))

    def reasons(self, literals: Iterable[int] = ()) -> tuple[str, ...] | None:
        """A smallest-by-inclusion set of parts, by name, no car of which has the literals; None if one has.

        Found by deletion from the solver's core: structure is tried first, so rules are what is left if they can be.
        """
        wanted = list(literals)
        if self._solver.solve([*self.selectors, *wanted]):
            return None
        core = self._core()
        parts = self.problem.parts
        offset = self.problem.top + 1
        for selector in sorted(core, key=lambda s: (parts[s - offset].is_rule, s)):
            if selector not in core:
                continue
            rest = sorted(core - {selector})
            if not self._solver.solve([*rest, *wanted]):
                core = self._core()
        return tuple(parts[s - offset].name for s in sorted(core))

    def _core(self) -> set[int]:
        found = self._solver.get_core() or []
        return {literal for literal in found if literal > self.problem.top}

    def implied(self, place: int) -> bool | None:
        """Whether the other parts imply the part at that place; None if `TURNS` did not suffice.

        A car that breaks the part breaks it under every reading of its helping variables. So cars of the other parts
        are looked for that break the readings known; each that keeps the part after all brings a new reading
        (counterexample-guided expansion of "for all", as in Janota and Marques-Silva, SAT 2011).
        """
        part = self.problem.parts[place]
        self.top += 1
        asked = self.top
        if part.table is None:
            answer = self._implied(place, part, asked)
        else:
            for row in _cells(part.table):
                self._solver.add_clause([-asked, *(-cell for cell in row)])
            answer = not self.solvable([asked], leaving_out=place)
        self._solver.add_clause([-asked])
        return answer

    def _implied(self, place: int, part: Part, asked: int) -> bool | None:
        count = self.problem.count
        named = {abs(literal) for clause in part.clauses for literal in clause}
        seen = [variable for variable in named if variable <= count]
        with Glucose4(bootstrap_with=part.clauses) as alone:
            for _ in range(TURNS):
                if not self.solvable([asked], leaving_out=place):
                    return True
                car = self._values(self._solver)
                if not alone.solve([v if v in car else -v for v in seen]):
                    return False
                self._break(part, asked, self._values(alone))
        return None

    def _values(self, solver: Glucose4) -> set[int]:
        return {literal for literal in solver.get_model() or () if literal > 0}

    def _break(self, part: Part, asked: int, reading: set[int]) -> None:
        """Under `asked` some clause of the part fails, its helping variables read as in `reading`."""
        one_fails = [-asked]
        for clause in part.clauses:
            helping = [literal for literal in clause if abs(literal) > self.problem.count]
            if any((literal > 0) == (abs(literal) in reading) for literal in helping):
                continue
            self.top += 1
            one_fails.append(self.top)
            for literal in clause:
                if literal not in helping:
                    self._solver.add_clause([-self.top, -literal])
        self._solver.add_clause(one_fails)


def _cells(table: Table) -> Iterator[list[int]]:
    """Each row as the variables it names."""
    for row in table.rows:
        yield [column[cell] for column, cell in zip(table.scope, row, strict=True)]


def premise(part: Part) -> tuple[int, ...]:
    """The variables every clause of the part speaks under: `if a and b: ...` has a and b. Empty: it always speaks."""
    if part.table is not None or not part.clauses:
        return ()
    common = reduce(set.intersection, ({-lit for lit in c if lit < 0} for c in part.clauses))
    return tuple(sorted(common))


def contradiction(prover: Prover) -> Contradiction | None:
    """Why no car exists at all, as a minimal set of parts; None when one exists."""
    parts = prover.reasons()
    return None if parts is None else Contradiction(parts)


def dead_options(problem: Problem, domains: bytes) -> tuple[DeadOption, ...]:
    """What no car has, trims among it. Nothing where no car exists: that is a contradiction."""
    hub = set() if problem.hub is None else set(problem.groups[problem.hub])
    return tuple(
        DeadOption(variable, problem.names[variable], variable in hub)
        for variable in range(1, problem.count + 1)
        if domains[variable] == FALSE
    )


def empty_hub_members(problem: Problem, domains: bytes) -> tuple[DeadOption, ...]:
    """The trims or versions without a car."""
    return tuple(dead for dead in dead_options(problem, domains) if dead.hub)


def constant_options(problem: Problem, domains: bytes) -> tuple[ConstantOption, ...]:
    """What every car has. Nothing where no car exists."""
    return tuple(
        ConstantOption(variable, problem.names[variable])
        for variable in range(1, problem.count + 1)
        if domains[variable] == TRUE
    )


def redundant_rules(prover: Prover) -> tuple[RedundantRule, ...]:
    """The authored rules all other parts imply; never structure. Nothing where no car exists.

    A rule whose redundancy could not be settled (`Prover.implied`) is not reported.
    """
    if not prover.solvable():
        return ()
    return tuple(
        RedundantRule(part.name)
        for place, part in enumerate(prover.problem.parts)
        if part.is_rule and prover.implied(place)
    )


def silent_rules(
    prover: Prover, conditions: Mapping[str, Sequence[int]] | None = None
) -> tuple[SilentRule, ...]:
    """The authored rules whose condition no car meets, even without the rule itself; nothing where no car exists.

    `conditions` gives for a rule, by name, the literals that must hold together for it to speak (a helping variable
    that stands for a longer condition among them). Rules not named there speak under their `premise`; a rule without
    a premise always speaks and is never reported.
    """
    if not prover.solvable():
        return ()
    given = conditions or {}
    found = []
    for place, part in enumerate(prover.problem.parts):
        if not part.is_rule:
            continue
        condition = tuple(given.get(part.name, premise(part)))
        if condition and not prover.solvable(condition, leaving_out=place):
            found.append(SilentRule(part.name, condition))
    return tuple(found)
