"""Compiled diagrams as flat read-only arrays, and as bytes: what a release carries and a kernel walks.

A *slice* is one member of the hub with everything that follows from it. Its diagram is multi-valued: one *level* a
group or boolean variable, one *slot* a value of the level, edges only for values that lead to a car. An edge may jump
over levels whose values make no difference; what a slice forces or leaves free is a level that every path jumps over.

Bytes are little-endian and checked: magic, version, a key naming the problem, the arrays in fixed order in the least
width that holds them, and a SHA-256 of it all. Equal arrays give equal bytes.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from catalog.errors import DamagedRelease

Ints = npt.NDArray[np.int32]
Bits = npt.NDArray[np.uint8]
Kind = TypeVar("Kind", bound=np.generic)
MAGIC, VERSION = b"FCDD", 1
HEAD = struct.Struct("<4sHI32s")
FIELD = struct.Struct("<BI")
SEAL = 32


class Shape(NamedTuple):
    """The arrays of all slices; places of nodes, levels, slots and edges count through all slices.

    Slot code v is "variable v is true", code `count + 1 + v` "boolean variable v is false". A slice's first node is
    the end of every path, its last the root; children come before parents.
    """

    roots: Bits
    """slice x (count + 1): the bits TRUE and FALSE of each variable while nothing is chosen."""
    slice_nodes: Ints
    """slice -> its first node; one more at the end, as in every array of firsts."""
    slice_levels: Ints
    """slice -> its first level."""
    node_level: Ints
    """node -> level; the end of paths is one past the last level of its slice."""
    node_edges: Ints
    """node -> first edge."""
    edge_slot: Ints
    """edge -> slot code."""
    edge_child: Ints
    """edge -> node."""
    level_slots: Ints
    """level -> place of its first slot."""
    slots: Ints
    """place -> slot code."""
    group_of: Ints
    """variable -> group, or -1."""
    group_members: Ints
    """group -> place of its first member."""
    members: Ints
    """place -> variable."""


DELTAS = ("slice_nodes", "slice_levels", "node_edges", "level_slots", "group_members")
"""Ascending arrays, kept as their steps."""
FIRSTS = {
    "slice_nodes": "node_level",
    "slice_levels": "level_slots",
    "node_edges": "edge_child",
    "level_slots": "slots",
    "group_members": "members",
}
"""An array of firsts ends with the number of what it divides."""
OPEN_ENDED = ("level_slots",)
"""These have one place more than there are levels."""


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The diagrams of one problem: `key` names the problem, `count` its visible variables."""

    key: bytes
    count: int
    shape: Shape
    bare: tuple[Bits, Ints] = field(init=False, repr=False)
    """The roots, and all other arrays end to end: for kernels. Numba takes an array that may be written in a fifth of
    the time; none writes these."""
    places: tuple[int, ...] = field(init=False, repr=False)
    """Where each of the other arrays starts in the second of `bare`, and the end."""

    def __post_init__(self) -> None:
        """Shows the arrays read-only: threads share them."""
        roots, *others = self.shape
        lists, places = joined(others)
        bare = np.array(roots), lists
        shown = Shape._make((bare[0].view(), *parted(lists, places)))
        for array in shown:
            array.setflags(write=False)
        object.__setattr__(self, "bare", bare)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "shape", shown)

    @property
    def held(self) -> int:
        """Bytes held in memory."""
        return sum(array.nbytes for array in self.shape)

    @property
    def nodes(self) -> int:
        """Nodes of all slices, the ends of paths not counted."""
        return len(self.shape.node_level) - (len(self.shape.slice_nodes) - 1)

    def to_bytes(self) -> bytes:
        """The diagrams as bytes; equal diagrams give equal bytes."""
        body = [HEAD.pack(MAGIC, VERSION, self.count, self.key)]
        for array in _squeezed(self.shape):
            width = _width(array)
            body += [FIELD.pack(width, len(array)), array.astype(f"<u{width}").tobytes()]
        plain = b"".join(body)
        return plain + hashlib.sha256(plain).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Slices:
        """Reads what `to_bytes` wrote; raises DamagedRelease for anything else."""
        plain = data[:-SEAL]
        if hashlib.sha256(plain).digest() != data[-SEAL:]:
            raise DamagedRelease("the bytes of a diagram do not match their checksum")
        try:
            magic, version, count, key = HEAD.unpack_from(plain)
            if (magic, version) != (MAGIC, VERSION):
                raise DamagedRelease(f"these are not diagrams of version {VERSION}")
            shape = _spread(_fields(plain[HEAD.size :]), count)
        except (struct.error, ValueError, IndexError) as error:
            raise DamagedRelease(f"the bytes of a diagram cannot be read: {error}") from error
        _check(shape, count)
        return cls(key, count, shape)


def joined(arrays: Sequence[npt.NDArray[Kind]]) -> tuple[npt.NDArray[Kind], tuple[int, ...]]:
    """Arrays of one width end to end, and where each starts, with the end."""
    places = itertools.accumulate((len(array) for array in arrays), initial=0)
    return np.concatenate(arrays), tuple(places)


def parted(array: npt.NDArray[Kind], places: Sequence[int]) -> list[npt.NDArray[Kind]]:
    """The arrays that were joined, as views."""
    return [array[start:end] for start, end in itertools.pairwise(places)]


def _width(array: npt.NDArray[np.int64]) -> int:
    top = int(array.max(initial=0))
    return 1 if top < 1 << 8 else 2 if top < 1 << 16 else 4


def _squeezed(shape: Shape) -> list[npt.NDArray[np.int64]]:
    """The arrays as small numbers that are never negative, in the order of `Shape`."""
    found = {name: np.asarray(array, np.int64) for name, array in shape._asdict().items()}
    for name in DELTAS:
        found[name] = np.diff(found[name])
    parents = np.repeat(np.arange(len(shape.node_level)), np.diff(shape.node_edges))
    found["edge_child"] = parents - found["edge_child"]
    starts = np.repeat(shape.slice_levels[:-1], np.diff(shape.slice_nodes))
    found["node_level"] = found["node_level"] - starts
    found["group_of"] = found["group_of"] + 1
    return list(found.values())


def _fields(body: bytes) -> list[npt.NDArray[np.int64]]:
    found, at = [], 0
    for _ in Shape._fields:
        width, length = FIELD.unpack_from(body, at)
        if width not in (1, 2, 4):
            raise DamagedRelease(f"no array of a diagram has {width} bytes a number")
        at += FIELD.size
        found.append(np.frombuffer(body, f"<u{width}", length, at).astype(np.int64))
        at += width * length
    if at != len(body):
        raise DamagedRelease("the bytes of a diagram go on after their end")
    return found


def _spread(fields: list[npt.NDArray[np.int64]], count: int) -> Shape:
    """The inverse of `_squeezed`."""
    found = dict(zip(Shape._fields, fields, strict=True))
    for name in DELTAS:
        found[name] = np.concatenate(([0], np.cumsum(found[name])))
    for firsts, of in FIRSTS.items():
        if int(found[firsts][-1]) != len(found[of]) - OPEN_ENDED.count(of):
            raise DamagedRelease(f"the {of} of a diagram are not as many as its {firsts} say")
    parents = np.repeat(np.arange(len(found["node_level"])), np.diff(found["node_edges"]))
    found["edge_child"] = parents - found["edge_child"]
    starts = np.repeat(found["slice_levels"][:-1], np.diff(found["slice_nodes"]))
    found["node_level"] = found["node_level"] + starts
    found["group_of"] = found["group_of"] - 1
    arrays = {name: array.astype(np.int32) for name, array in found.items()}
    roots: Bits = arrays.pop("roots").astype(np.uint8)
    return Shape(roots=roots, **arrays)


def _within(array: Ints, low: int, end: int) -> bool:
    return not len(array) or (int(array.min()) >= low and int(array.max()) < end)


def _check(shape: Shape, count: int) -> None:
    """Raises DamagedRelease where a kernel would leave its arrays or not come to an end."""
    sizes = (
        len(shape.group_of) == count + 1
        and len(shape.roots) == (len(shape.slice_nodes) - 1) * (count + 1)
        and len(shape.slice_levels) == len(shape.slice_nodes)
        and len(shape.edge_child) == len(shape.edge_slot)
        and bool((np.diff(shape.slice_nodes) > 0).all())
        and bool((np.diff(shape.level_slots) > 0).all())
    )
    codes = (
        _within(shape.edge_slot, 1, 2 * count + 2)
        and _within(shape.slots, 1, 2 * count + 2)
        and _within(shape.members, 1, count + 1)
        and _within(shape.group_of, -1, len(shape.group_members) - 1)
    )
    if not (sizes and codes and _ordered(shape)):
        raise DamagedRelease("the arrays of a diagram do not fit together")


def _ordered(shape: Shape) -> bool:
    """Whether every edge leads to an earlier node of its slice on a later level, and each slice has one end."""
    nodes = len(shape.node_level)
    each = np.diff(shape.slice_nodes)
    parents = np.repeat(np.arange(nodes), np.diff(shape.node_edges))
    firsts = np.repeat(shape.slice_nodes[:-1], each)
    level_ends = np.repeat(shape.slice_levels[1:], each)
    is_end = np.arange(nodes) == firsts
    child = shape.edge_child
    return bool(
        (child >= firsts[parents]).all()
        and (child < parents).all()
        and (shape.node_level[child] > shape.node_level[parents]).all()
        and ((shape.node_level == level_ends) == is_end).all()
        and (shape.node_level <= level_ends).all()
    )
