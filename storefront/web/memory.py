"""Answers of the API that change only with a release, remembered for half a minute in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

REMEMBERED_SECONDS = 30.0
MOST = 2000
_memory: dict[tuple[Any, ...], tuple[float, Any]] = {}
_lock = threading.Lock()


def remembered(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """`make()`, at most once in half a minute for a key."""
    at = time.monotonic()
    with _lock:
        found = _memory.get(key)
    if found and at - found[0] < REMEMBERED_SECONDS:
        return found[1]
    made = make()
    with _lock:
        if len(_memory) > MOST:
            _memory.clear()
        _memory[key] = (at, made)
    return made


def forget() -> None:
    """Empties the memory (tests)."""
    with _lock:
        _memory.clear()
