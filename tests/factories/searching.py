"""Made-up cars to search, requests, and the plain way to answer them: the oracle of every engine."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from hypothesis import strategies as st

from catalog.search.request import MANY, NUMBERS, SINGLE, Car, SearchRequest, SearchResult, Span

VALUES = ("a", "b", "c")
PLACES = {"a": 0, "b": 7, "c": 7}


def answered(cars: Iterable[Car], request: SearchRequest) -> SearchResult:
    """The answer, car by car."""
    hits = [car for car in cars if fits(car, request)]
    keys = sorted((_value(car, request), car.vin) for car in hits)
    descending = request.sort.startswith("-")
    keys = keys[::-1] if descending else keys
    pinned = [vin for vin in dict.fromkeys(request.first) if vin in {car.vin for car in hits}]
    organic = [key for key in keys if key[1] not in request.first]
    if request.after is not None:
        after = request.after
        organic = [key for key in organic if (key < after if descending else key > after)]
        pinned = []
    room = max(request.limit - len(pinned), 0)
    page = organic[:room]
    more = len(organic) > room
    last = page[-1] if page else ((organic[0][0], "~" if descending else "") if organic else None)
    counts = {
        name: Counter(car.values[name] for car in cars if fits(car, request, without=name))
        for name in SINGLE
    }
    options = Counter(option for car in hits for option in car.options)
    return SearchResult(
        vins=(*pinned[: request.limit], *(vin for _, vin in page)),
        place=last if more else None,
        total=len(hits),
        facets={**{name: dict(found) for name, found in counts.items()}, MANY[0]: dict(options)},
    )


def fits(car: Car, request: SearchRequest, *, without: str = "") -> bool:
    """Whether a car matches, one field's own choice left out."""
    return (
        all(not v or n == without or car.values[n] in v for n, v in request.values.items())
        and request.options <= car.options
        and all(_inside(car.numbers[name], span) for name, span in request.spans.items())
        and (request.near is None or car.values["place"] in request.near)
        and (request.vins is None or car.vin in request.vins)
    )


def _inside(number: int, span: Span) -> bool:
    return (span.least is None or number >= span.least) and (
        span.most is None or number <= span.most
    )


def _value(car: Car, request: SearchRequest) -> int:
    name = request.sort.removeprefix("-")
    if name == "distance":
        near: Mapping[str, int] = request.near or {}
        return near[car.values["place"]]
    return car.numbers[name]


def a_car(at: int, luck: random.Random, *, values: Sequence[str] = VALUES, most: int = 6) -> Car:
    """A car with values drawn by luck."""
    return Car(
        vin=f"VIN{at:05}",
        values={name: luck.choice(values) for name in SINGLE},
        options=frozenset(name for name in ("o1", "o2", "o3", "o4") if luck.random() < 0.5),
        numbers={name: luck.randrange(most) for name in NUMBERS},
    )


spans = st.builds(Span, st.none() | st.integers(-1, 6), st.none() | st.integers(-1, 6))
SORTS = tuple(sign + name for name in NUMBERS for sign in ("", "-"))


@st.composite
def requests(draw: st.DrawFn) -> SearchRequest:
    """A request over made-up cars; one in some asks for what no car has."""
    near = draw(st.none() | st.just(PLACES) | st.just({"b": 3}))
    sorts = (*SORTS, "distance", "-distance") if near is not None else SORTS
    values = st.frozensets(st.sampled_from((*VALUES, "nowhere")), max_size=3)
    return SearchRequest(
        values=draw(st.dictionaries(st.sampled_from(SINGLE), values, max_size=4)),
        options=draw(st.frozensets(st.sampled_from(("o1", "o2", "o3", "none")), max_size=2)),
        spans=draw(st.dictionaries(st.sampled_from(NUMBERS), spans, max_size=2)),
        near=near,
        sort=draw(st.sampled_from(sorts)),
        limit=draw(st.integers(1, 8)),
        first=draw(st.lists(st.integers(0, 40).map("VIN{:05}".format), max_size=3)),
        vins=draw(
            st.none() | st.frozensets(st.integers(0, 40).map("VIN{:05}".format), max_size=12)
        ),
    )
