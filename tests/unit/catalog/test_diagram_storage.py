"""Diagrams as bytes: what goes in comes out, and nothing else comes out of anything."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.domain.configuration.diagram.arrays import FIELD, HEAD, SEAL, Shape, Slices
from catalog.domain.configuration.diagram.compiling import compile_problem
from catalog.domain.configuration.diagram.engine import DiagramEngine
from catalog.domain.configuration.diagram.stored import slices_of, store
from catalog.domain.configuration.problem import Part, Problem
from catalog.errors import DamagedRelease
from tests.factories.small_problems import exactly_one, small_problems

EXAMPLES = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PARTS = (
    Part("group:0", False, exactly_one((1, 2))),
    Part("group:1", False, exactly_one((3, 4, 5))),
    Part("r1", True, ((-1, -3), (-6, 4), (-2, 7, 8), (-7, -8))),
)
SMALL = Problem(("", *"abcdefgh"), 8, 8, ((1, 2), (3, 4, 5)), PARTS, 0)


def compiled(problem: Problem) -> Slices:
    slices = compile_problem(problem)
    assert slices is not None
    return slices


def sealed(plain: bytes) -> bytes:
    """Bytes with a checksum that fits."""
    return plain + hashlib.sha256(plain).digest()


@EXAMPLES
@given(small_problems())
def test_what_was_stored_is_read_back_as_it_was(problem: Problem) -> None:
    slices = compiled(problem)
    again = Slices.from_bytes(slices.to_bytes())
    assert again.to_bytes() == slices.to_bytes()
    assert (again.key, again.count, again.nodes) == (slices.key, slices.count, slices.nodes)
    for one, other in zip(map(np.asarray, slices.shape), map(np.asarray, again.shape), strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_numbers_beyond_a_byte_and_beyond_two_take_the_width_they_need() -> None:
    wide = 70_000
    problem = Problem(("", *(f"o{v}" for v in range(1, wide + 1))), wide, wide, (), (), None)
    slices = compiled(problem)
    again = Slices.from_bytes(slices.to_bytes())
    assert np.array_equal(again.shape.slots, slices.shape.slots)
    assert len(slices.to_bytes()) > 2 * wide * 4


def test_shared_arrays_cannot_be_written() -> None:
    for slices in (compiled(SMALL), Slices.from_bytes(compiled(SMALL).to_bytes())):
        for array in slices.shape:
            with pytest.raises(ValueError, match="read-only"):
                array[:] = 0


@EXAMPLES
@given(st.data())
def test_bytes_that_were_damaged_are_refused(data: Any) -> None:
    good = compiled(SMALL).to_bytes()
    place = data.draw(st.integers(0, len(good) - 1))
    flipped = bytearray(good)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(flipped), good[:place], good + b"\0", b""):
        with pytest.raises(DamagedRelease):
            Slices.from_bytes(bad)


@EXAMPLES
@given(st.data())
def test_bytes_that_were_forged_are_refused_or_do_no_harm(data: Any) -> None:
    plain = bytearray(compiled(SMALL).to_bytes()[:-SEAL])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(HEAD.size, len(plain) - 1))
        plain[place] = data.draw(st.integers(0, 255))
    try:
        slices = Slices.from_bytes(sealed(bytes(plain)))
    except DamagedRelease:
        return
    engine = DiagramEngine(SMALL, slices)
    for choices in ([], [1], [-4, 6], [2, 7]):
        assert len(engine.relaxed(choices)) == 9
        engine.cheapest(choices, [0, 1, 2, 3, 4, 5, 6, 7, 8])


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        (b"", "cannot be read"),
        (HEAD.pack(b"XXXX", 1, 8, bytes(32)), "not diagrams of version 1"),
        (HEAD.pack(b"FCDD", 2, 8, bytes(32)), "not diagrams of version 1"),
        (HEAD.pack(b"FCDD", 1, 8, bytes(32)), "cannot be read"),
        (HEAD.pack(b"FCDD", 1, 8, bytes(32)) + FIELD.pack(3, 1) + b"abc", "3 bytes a number"),
        (HEAD.pack(b"FCDD", 1, 8, bytes(32)) + FIELD.pack(4, 9) + b"abc", "cannot be read"),
        (compiled(SMALL).to_bytes()[:-SEAL] + b"\0", "go on after their end"),
    ],
)
def test_the_error_says_what_is_wrong_with_the_bytes(plain: bytes, says: str) -> None:
    with pytest.raises(DamagedRelease, match=says):
        Slices.from_bytes(sealed(plain))


@pytest.mark.parametrize("name", Shape._fields)
def test_an_array_that_is_too_short_is_refused(name: str) -> None:
    slices = compiled(SMALL)
    shorter = slices.shape._replace(**{name: getattr(slices.shape, name)[:-1]})
    with pytest.raises((DamagedRelease, ValueError)):
        Slices.from_bytes(Slices(slices.key, slices.count, shorter).to_bytes())


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("edge_slot", 0, 0),
        ("edge_slot", 0, 18),
        ("slots", 0, 0),
        ("slots", -1, 18),
        ("members", 0, 9),
        ("group_of", 1, 2),
        ("node_level", 0, 0),
        ("node_level", 1, 99),
    ],
)
def test_an_array_that_would_lead_a_kernel_astray_is_refused(
    name: str, place: int, value: int
) -> None:
    slices = compiled(SMALL)
    array = getattr(slices.shape, name).copy()
    array[place] = value
    forged = Slices(slices.key, slices.count, slices.shape._replace(**{name: array}))
    with pytest.raises(DamagedRelease, match="do not fit together"):
        Slices.from_bytes(forged.to_bytes())


def test_a_release_gives_the_diagrams_of_a_problem_or_none() -> None:
    key, text = store(compiled(SMALL))
    found = slices_of({key: text}, SMALL)
    assert found is not None
    assert found.to_bytes() == compiled(SMALL).to_bytes()
    assert slices_of({}, SMALL) is None


@pytest.mark.parametrize("text", ["%", "YWJj", "äöü", "YWJ"])
def test_a_release_with_damaged_diagrams_is_refused(text: str) -> None:
    key, _ = store(compiled(SMALL))
    with pytest.raises(DamagedRelease):
        slices_of({key: text}, SMALL)


def test_diagrams_under_the_key_of_another_problem_are_refused() -> None:
    other = Problem(("", "a"), 1, 1, (), (), None)
    key, _ = store(compiled(SMALL))
    _, text = store(compiled(other))
    with pytest.raises(DamagedRelease, match="another problem"):
        slices_of({key: text}, SMALL)
