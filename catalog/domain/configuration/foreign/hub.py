"""Which group of a foreign model is its version: nothing in the file says so."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_SHARE = 4
"""A hub is named by at least one in so many rules; where no group is, splitting on one would gain nothing."""


def central(groups: Sequence[Sequence[int]], uses: Sequence[int], rules: int) -> int | None:
    """The place of the hub: the group most rules name, of those the largest, of those the first.

    `uses[i]` says how many of the `rules` name a member of `groups[i]`. A group of one member is no hub. None if the
    best is named by less than one rule in `LEAST_SHARE`.
    """
    best = max(
        (place for place, group in enumerate(groups) if len(group) > 1),
        key=lambda place: (uses[place], len(groups[place]), -place),
        default=None,
    )
    if best is None or uses[best] * LEAST_SHARE < rules or not uses[best]:
        return None
    return best
