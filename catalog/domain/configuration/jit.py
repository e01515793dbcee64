"""Compiled kernels where numba is installed (extra `fast`); otherwise the same functions as they are.

A kernel is a plain function over numpy arrays and numbers. Both ways give equal answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

Kernel = TypeVar("Kernel", bound=Callable[..., object])

try:
    from numba import njit
except ImportError:  # the extra is not installed
    FAST = False
else:
    FAST = True


def kernel(function: Kernel) -> Kernel:
    """The function, compiled at its first call where numba is there; it does not hold the interpreter's lock then."""
    if TYPE_CHECKING or not FAST:
        return function
    return njit(cache=True, nogil=True)(function)
