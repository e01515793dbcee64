"""Kernels made ready before the first buyer clicks: loading them takes half a second, compiling them ten."""

from __future__ import annotations

from catalog.domain.configuration.jit import FAST
from catalog.domain.configuration.problem import Part, Problem
from catalog.domain.configuration.sat.engine import SatEngine

SMALL = Problem(
    names=("", "red", "blue", "roof", "rack"),
    count=4,
    top=4,
    groups=((1, 2),),
    parts=(
        Part("group:paint", False, ((1, 2), (-1, -2))),
        Part("rack-needs-roof", True, ((-4, 3),)),
        Part("roof-or-rack-or-blue", True, ((2, 3, 4),)),
    ),
    hub=0,
)
"""Two paints and two options: enough for every kernel to run."""


def warm_solver_kernels() -> None:
    """Runs each kernel of the solver's tier once; without numba there is nothing to make ready."""
    if not FAST:
        return
    engine = SatEngine(SMALL)
    engine.domains(())
    engine.relaxed((1,))
    engine.cheapest((), [0, 3, 2, 1, 1])
    engine.close()
