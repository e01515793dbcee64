"""Diagrams in a release document: problem key in hexadecimal -> bytes in base64.

A diagram is found by the problem it answers. So markets and stretches of days that say the same share one, and a
release whose diagrams were made by other encodings simply has none that fit: then the solver serves the model.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping

from catalog.domain.configuration.diagram.arrays import Slices
from catalog.domain.configuration.diagram.identity import problem_key
from catalog.domain.configuration.problem import Problem
from catalog.errors import DamagedRelease


def store(slices: Slices) -> tuple[str, str]:
    """The key and the value that a release document keeps."""
    return slices.key.hex(), b64encode(slices.to_bytes()).decode("ascii")


def slices_of(diagrams: Mapping[str, str], problem: Problem) -> Slices | None:
    """The diagrams of the problem, or None where the release has none; raises DamagedRelease for bytes that are none."""
    key = problem_key(problem)
    text = diagrams.get(key.hex())
    if text is None:
        return None
    try:
        slices = Slices.from_bytes(b64decode(text, validate=True))
    except (Error, ValueError) as error:
        raise DamagedRelease(f"a diagram of the release is not base64: {error}") from error
    if (slices.key, slices.count) != (key, problem.count):
        raise DamagedRelease("a diagram of the release was compiled from another problem")
    return slices
