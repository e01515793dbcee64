"""The cheapest ways to give up soft wishes so that the hard ones can be had: a best-first hitting-set tree.

An unsatisfiable set of wishes has a core; whatever is given up must hit every core (Reiter 1987). Taking the lightest
set first makes the first satisfiable one an optimum, and going on lists every other way in order of weight.
Weights are positive, so the order of equals depends on the sets alone and never on what a solver learnt before.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping

Answer = frozenset[int] | None
"""None: satisfiable; else a core of soft literals, empty when the hard wishes contradict each other."""


class SearchLimitError(RuntimeError):
    """More ways had to be weighed than the caller allows."""


def ways(
    ask: Callable[[frozenset[int]], Answer], weights: Mapping[int, int], *, limit: int
) -> Iterator[frozenset[int]]:
    """Yields every subset-minimal set of soft literals to give up, lightest first.

    `ask(given_up)` says whether the rest can be had. Raises SearchLimitError after asking `limit` times.
    """
    order = {literal: place for place, literal in enumerate(weights)}
    heap: list[tuple[int, tuple[int, ...], frozenset[int]]] = [(0, (), frozenset())]
    seen: set[frozenset[int]] = {frozenset()}
    cores: list[frozenset[int]] = []
    found: list[frozenset[int]] = []
    asked = 0
    while heap:
        weight, _, given_up = heapq.heappop(heap)
        if any(way <= given_up for way in found):
            continue
        core = next((known for known in cores if known.isdisjoint(given_up)), None)
        if core is None:
            asked += 1
            if asked > limit:
                raise SearchLimitError(f"gave up after {limit} questions")
            answer = ask(given_up)
            if answer is None:
                found.append(given_up)
                yield given_up
                continue
            core = answer
            cores.append(core)
        for literal in core:
            wider = given_up | {literal}
            if wider not in seen:
                seen.add(wider)
                key = tuple(sorted(order[one] for one in wider))
                heapq.heappush(heap, (weight + weights[literal], key, wider))
