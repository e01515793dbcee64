"""Compiled kernels where numba is installed (extra `fast`); otherwise the same functions as they are.

A kernel is a plain function over numpy arrays and numbers. Both ways give equal answers. Numba is loaded when a kernel
is first called: that takes longer than all the rest of the configurator, and most processes never answer a click.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

Kernel = TypeVar("Kernel", bound=Callable[..., object])
FAST = find_spec("numba") is not None


_LOADING = RLock()


class Compiled:
    """A kernel that is compiled at its first call, or read from the cache beside its file; `py_func` is the function.

    It does not hold the interpreter's lock while it runs.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        """Loads nothing yet."""
        update_wrapper(self, function)
        self.py_func = function
        self._own: Callable[..., object] | None = None
        self._ready: Callable[..., object] | None = None

    def __call__(self, *arguments: Any) -> object:
        """What the function gives."""
        return (self._ready or self.ready())(*arguments)

    def ready(self) -> Callable[..., object]:
        """Numba's own object for the function; the kernels that it calls are put in their places for numba to see."""
        with _LOADING:
            if self._own is None:
                self._own = import_module("numba").njit(cache=True, nogil=True)(self.py_func)
                names = self.py_func.__globals__
                kernels = {k: v for k, v in names.items() if isinstance(v, Compiled)}
                names.update({k: v.ready() for k, v in kernels.items()})
                self._ready = self._own
            return self._own


def kernel(function: Kernel) -> Kernel:
    """The function, compiled at its first call where numba is there."""
    if TYPE_CHECKING or not FAST:
        return function
    return Compiled(function)
