"""Kernels: compiled at the first call, with the kernels they call, whichever thread comes first."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from catalog.domain.configuration import jit
from catalog.domain.configuration.jit import FAST, Compiled, kernel

ROOT = Path(__file__).resolve().parents[3]


@kernel
def doubled(number: int) -> int:
    return 2 * number


@kernel
def total(numbers: np.ndarray) -> int:
    found = 0
    for number in numbers:
        found += doubled(number)
    return found


@pytest.mark.skipif(not FAST, reason="the extra `fast` is not installed")
def test_a_kernel_finds_the_kernels_it_calls_in_any_thread() -> None:
    numbers = np.arange(100)
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(total, [numbers] * 32))
    assert answers == {9_900}
    assert getattr(total, "py_func")(numbers) == 9_900  # noqa: B009 - the kernel has it, a function has not
    assert total.__name__ == "total"


def test_without_the_extra_a_kernel_is_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "FAST", False)

    def tripled(number: int) -> int:
        return 3 * number

    assert kernel(tripled) is tripled
    assert not isinstance(tripled, Compiled)


def test_the_configurator_is_imported_without_numba() -> None:
    code = (
        "import sys; import catalog.domain.configuration.configurator; "
        "sys.exit('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
