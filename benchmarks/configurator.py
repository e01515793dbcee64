"""Figures of the configurator: clicks on the demo's models, on generated ones and on real rule sets.

Every figure is CPU time of the thread over recorded clicks (seeds in `foreign` and `demo_clicks`), compiled kernels warm.
The naive loop and CP-SAT answer the same clicks in the same run, and what they find is what we found.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks import data, foreign
from benchmarks.demo import rows as demo_rows
from benchmarks.foreign import Instance
from benchmarks.instances import random310, star310
from benchmarks.measuring import Target
from benchmarks.report import Row
from benchmarks.server import ROOT
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.sat.engine import SatEngine

IMPORTS = 5
IMPORT = (
    "import sys, time; sys.modules['coverage'] = None; began = time.thread_time();"
    "import catalog.domain.configuration.configurator; print(time.thread_time() - began)"
)
"""A shop has no coverage tool; numba would load it where it is installed for the tests."""


def compiled(problem: Problem) -> DiagramEngine:
    """The compiled tier; raises AssertionError for a problem whose diagrams are too large."""
    slices = compile_problem(problem)
    assert slices is not None
    return DiagramEngine(problem, slices)


def _real(name: str, tier: type[SatEngine] | None, target: Target, sampled: int = 5) -> Instance:
    return Instance(name, partial(data.load, name), tier or compiled, target, sampled)


GENERATED = (
    Instance("random310", random310, SatEngine, Target(2.5, 5, 3)),
    Instance("star310", star310, compiled, Target(0.1, 0.5, 50)),
)
REAL = (
    _real("renault_small", None, Target(0.05, 0.2, 40)),
    _real("renault_medium", None, Target(0.1, 0.4, 50)),
    _real("C210_FVF", SatEngine, Target(5, 50, 5)),
    _real("C211_FW", SatEngine, Target(2, 10, 5)),
    _real("automotive01", SatEngine, Target(160, 210), sampled=1),
)


def rows() -> list[Row]:
    """Every figure of the group; raises AssertionError where an answer is not the oracle's."""
    return list(_rows())


def _rows() -> Iterator[Row]:
    yield from demo_rows()
    for instance in GENERATED:
        yield from foreign.rows(instance)
    yield from foreign.cheapest_rows("random310", random310(), SatEngine)
    for instance in REAL:
        if data.has(instance.name):
            yield from foreign.rows(instance)
        else:
            print(f"configurator.{instance.name}.click: {data.SKIPPED}")
    yield Row("configurator.import_s", import_seconds(), "s", "<= 0.3")


def import_seconds() -> float:
    """CPU seconds to import the configurator in a fresh process; the middle of five."""
    spent = [
        float(
            subprocess.run(
                [sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(IMPORTS)
    ]
    return statistics.median(spent)
