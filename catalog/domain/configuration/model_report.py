"""Everything that can be said about a problem as it stands: is there a car, how many, and which faults its rules have."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.lint import (
    Prover,
    constant_options,
    contradiction,
    dead_options,
    redundant_rules,
    silent_rules,
)
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.engine import SatEngine
from catalog.domain.configuration.tiers import Engine


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What `report` finds; every tuple holds names.

    `cars` is None where nobody can count: the model does not compile (`tier` is `sat` then, else `compiled`).
    `core` is a minimal set of parts that contradict each other, empty where a car exists. `rules` counts authored
    rules, `parts` the structure as well; redundant and silent rules are looked for among authored rules only. `because`
    gives for some of the `dead` a minimal set of parts that rule it out.
    """

    variables: int
    groups: int
    hub: tuple[str, ...]
    parts: int
    rules: int
    tier: str
    cars: int | None
    core: tuple[str, ...]
    dead: tuple[str, ...]
    because: Mapping[str, tuple[str, ...]]
    constant: tuple[str, ...]
    redundant: tuple[str, ...]
    silent: tuple[str, ...]

    @property
    def buildable(self) -> bool:
        """Whether a car exists."""
        return not self.core


def report(problem: Problem, *, explained: int | None = 10) -> ModelReport:
    """Compiles the problem if it stays small, and looks for every fault `lint` knows.

    Up to `explained` dead options get their reasons; None: all, which takes long where there are thousands.
    """
    slices = compile_problem(problem)
    engine: Engine = SatEngine(problem) if slices is None else DiagramEngine(problem, slices)
    with closing(engine), Prover(problem) as prover:
        found = contradiction(prover)
        domains = engine.domains(())
        dead = dead_options(problem, domains)
        return ModelReport(
            variables=problem.count,
            groups=len(problem.groups),
            hub=() if problem.hub is None else names_of(problem, problem.groups[problem.hub]),
            parts=len(problem.parts),
            rules=sum(part.is_rule for part in problem.parts),
            tier="sat" if slices is None else "compiled",
            cars=engine.count(()),
            core=() if found is None else found.parts,
            dead=tuple(one.name for one in dead),
            because={one.name: prover.reasons([one.variable]) or () for one in dead[:explained]},
            constant=tuple(one.name for one in constant_options(problem, domains)),
            redundant=tuple(one.name for one in redundant_rules(prover)),
            silent=tuple(one.name for one in silent_rules(prover)),
        )


def names_of(problem: Problem, variables: tuple[int, ...]) -> tuple[str, ...]:
    """The names of some variables."""
    return tuple(problem.names[variable] for variable in variables)
