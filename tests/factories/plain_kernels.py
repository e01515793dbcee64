"""The compiled tier with its kernels as plain Python, as they run where numba is not installed."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from unittest import mock

from catalog.domain.configuration import jit
from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.problem import Problem
from catalog.domain.configuration.tiers import Engine

PACKAGE = "catalog.domain.configuration.diagram."
MODULES = ("kernels", "cheapest", "engine")
"""In the order in which they import each other."""


def _as_it_is(function: Callable[..., object]) -> Callable[..., object]:
    return function


@functools.cache
def plain_engines() -> Callable[[Problem, Slices], Engine]:
    """The class `DiagramEngine`, read once more without numba; the real modules stay as they are."""
    fresh: dict[str, ModuleType] = {}
    with mock.patch.object(jit, "kernel", _as_it_is), mock.patch.dict(sys.modules):
        for name in MODULES:
            spec = importlib.util.find_spec(PACKAGE + name)
            assert spec is not None
            assert spec.loader is not None
            fresh[name] = importlib.util.module_from_spec(spec)
            sys.modules[PACKAGE + name] = fresh[name]
            spec.loader.exec_module(fresh[name])
    made: Callable[[Problem, Slices], Engine] = fresh["engine"].DiagramEngine
    return made
