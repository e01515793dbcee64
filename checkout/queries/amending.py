"""What a change of a placed order would do: one frozen preview, computed by the function that executing computes it with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog.queries.builds import SavedCar, saved_car
from checkout.domain.agreed import place_in
from checkout.domain.amounts import Json
from checkout.domain.asking import Asked, read_asked
from checkout.domain.buyer import read_address
from checkout.domain.extras import Answer
from checkout.domain.order_policy import Changes
from checkout.domain.payments import State as PaymentState
from checkout.domain.wishes import read_answers
from checkout.errors import AmendmentNotPossible, NothingToQuote, UnknownOrder
from checkout.models import Amendment, Order, Payment
from checkout.queries.amendment_effects import (
    UNTOUCHED,
    Change,
    Effects,
    effects_of,
    is_drawn,
    shown_of,
)
from checkout.queries.amendment_history import CAR, OF_A_PLACE, kinds_now, may_change
from checkout.queries.quotes import asked_of
from checkout.queries.reworking import PROMISED, Limits, Reworked, Version, Wanted, reworked
from kernel.text import fingerprint


@dataclass(frozen=True, slots=True)
class Preview:
    """What was computed; `shown` is the frozen preview and `fingerprint` names it; the rest is for executing it."""

    kinds: tuple[str, ...]
    wanted: Wanted
    address: Mapping[str, str] | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    number: int
    effects: Effects
    shown: Json
    fingerprint: str

    def facts(self) -> Json:
        """As it is shown, with its fingerprint."""
        return {**self.shown, "fingerprint": self.fingerprint}


def preview_amendment(*, order: str, wishes: Mapping[str, Any], now: datetime) -> Preview:
    """What the wishes would change on the order, and the one move of money; nothing is stored.

    `wishes`: any of `build` (a saved build's code), `choices` with perhaps `model`, `extras`, `finance` (None takes the loan
    away), `insurance`, `insurance_facts`, `delivery` {place}, `buyer_address`; what is not named stays. Raises UnknownOrder,
    AmendmentNotPossible, BadBuyer, NotBuildable with `conflict` and `repairs`, and what making a quote raises.
    """
    row = Order.objects.select_related("quote").filter(code=order).first()
    if row is None:
        raise UnknownOrder(f"order: there is no {order!r}", facts={"order": order})
    return preview_of(row=row, wishes=wishes, now=now)


def preview_of(*, row: Order, wishes: Mapping[str, Any], now: datetime) -> Preview:
    """As `preview_amendment`, for a row that may be locked."""
    changes = changes_of(row)
    amendments = list(row.amendments.order_by("number"))
    versions = versions_of(row, amendments)
    present = versions[-1]
    wanted, address = read_wishes(row, present, wishes)
    kinds = _kinds(row, present, wanted, address)
    _check(row, kinds, changes)
    found = Reworked(present.document, PROMISED)
    if set(kinds) - {"address"}:
        limits = Limits("finance" not in changes.kinds, changes.fee)
        found = reworked(row=row, versions=versions, wanted=wanted, limits=limits, now=now)
    if found.document is present.document:
        kinds = tuple(kind for kind in kinds if kind == "address")
    last = amendments[-1] if amendments else None
    change = Change(row, last, present.document, found, bool(kinds), now)
    effects = effects_of(change)
    if effects.loan not in UNTOUCHED and is_drawn(change):
        raise _not_possible(row, "drawn", "the loan is paid out; it cannot change any more")
    shown = {
        "order": row.code,
        "state": row.state,
        "number": len(amendments) + 1,
        "kinds": list(kinds),
        **shown_of(change, effects),
        "address": {"changed": "address" in kinds},
        # Everything that was asked for, personal facts by their fingerprint alone.
        "asked": fingerprint([wanted.request, address]),
    }
    return Preview(
        kinds=kinds,
        wanted=wanted,
        address=address,
        before=present.document,
        after=found.document,
        number=len(amendments) + 1,
        effects=effects,
        shown=shown,
        fingerprint=fingerprint(shown),
    )


def changes_of(row: Order) -> Changes:
    """What may change on the order now, by the policy frozen in it; raises AmendmentNotPossible where nothing may."""
    changes = may_change(row)
    if changes is None:
        raise _not_possible(row, "state", f"the order is {row.state}: nothing of it changes now")
    return changes


def versions_of(row: Order, amendments: Sequence[Amendment]) -> list[Version]:
    """Everything the order stood at, oldest first; the last one is in force."""
    first = amendments[0].before if amendments else row.document
    asked = asked_of(row.quote)
    versions = [Version(request_of(asked, first["car"]), first)]
    versions += [Version(each.request, each.after) for each in amendments]
    # The order's own copy is the one in force.
    return [*versions[:-1], Version(versions[-1].request, row.document)]


def request_of(asked: Asked, car: Mapping[str, Any]) -> Json:
    """A request as amendments keep it: with the car itself, so that it can be asked again under any release."""
    named = {"model": car["model"], "choices": list(car["choices"])}
    return {**asked.facts(), "build": car["build"], "car": named}


def read_wishes(
    row: Order, present: Version, wishes: Mapping[str, Any]
) -> tuple[Wanted, Mapping[str, str] | None]:
    """What the order shall ask for, and the buyer's new address or None; raises what reading a quote's request raises."""
    given = present.request
    named = ("finance", "insurance", "insurance_facts", "extras")
    merged = {name: wishes[name] if name in wishes else given[name] for name in named}
    place = given["place"] or place_in(present.document)
    if wishes.get("delivery") is not None:
        place = wishes["delivery"].get("place") or place
    asked = read_asked(
        market=row.market,
        currency=row.currency,
        build=None if row.quote.vin else given["build"] or row.code,
        vin=row.quote.vin or None,
        place=place,
        vouchers=given["vouchers"],
        proofs=given["proofs"],
        trade_in=given["trade_in"],
        **merged,
    )
    before = {answer.code: answer for answer in read_answers(given["extras"])}
    asked = replace(asked, extras=tuple(_as_before(one, before) for one in asked.extras))
    car = _car(row, present, wishes)
    request = {**asked.facts(), "build": given["build"], "car": given["car"]}
    if car is not None:
        named_car = {"model": car.model, "choices": list(car.choices)}
        request |= {"build": car.code or None, "car": named_car}
    address = wishes.get("buyer_address")
    return Wanted(asked, request, car), None if address is None else read_address(address)


def _as_before(one: Answer, before: Mapping[str, Answer]) -> Answer:
    """An answer that was given already keeps its moment and words."""
    known = before.get(one.code)
    same = known is not None and known.wanted == one.wanted
    return known if known and same and one.version in ("", known.version) else one


def _car(row: Order, present: Version, wishes: Mapping[str, Any]) -> SavedCar | None:
    """The car that is wished for; None where it is the one that the order has."""
    car = present.document["car"]
    if wishes.get("build"):
        wished = saved_car(wishes["build"])
    elif wishes.get("choices") is not None:
        model = wishes.get("model") or car["model"]
        wished = SavedCar("", model, row.market, tuple(wishes["choices"]))
    else:
        return None
    if wished.market != row.market:
        raise NothingToQuote(
            f"build {wished.code} is for market {wished.market}, not {row.market}",
            facts={"build": wished.code, "market": wished.market},
        )
    same = wished.model == car["model"] and set(wished.choices) == set(car["choices"])
    return None if same else wished


def _kinds(
    row: Order, present: Version, wanted: Wanted, address: Mapping[str, str] | None
) -> tuple[str, ...]:
    before, after = present.request, wanted.request
    yes = [{one["code"]: one["wanted"] for one in side["extras"]} for side in (before, after)]
    changed = {
        CAR: wanted.car is not None,
        "extras": yes[0] != yes[1],
        "finance": before["finance"] != after["finance"],
        "insurance": any(before[n] != after[n] for n in ("insurance", "insurance_facts")),
        "delivery": wanted.asked.place != place_in(present.document),
        "address": address is not None and dict(address) != dict(row.buyer_address),
    }
    return tuple(kind for kind, differs in changed.items() if differs)


def _check(row: Order, kinds: Sequence[str], changes: Changes) -> None:
    """Raises AmendmentNotPossible for what may not change now, or while a payment is on its way."""
    forbidden = [kind for kind in kinds if kind not in changes.kinds]
    if forbidden:
        raise _not_possible(
            row,
            "kind",
            f"{', '.join(forbidden)} cannot change while the order is {row.state}",
            kinds=kinds_now(row),
            asked=forbidden,
        )
    fixed = [kind for kind in kinds if row.quote.vin and kind in OF_A_PLACE]
    if fixed:
        raise _not_possible(
            row,
            "stock",
            "a car from stock stays as it is, where it is",
            kinds=kinds_now(row),
            asked=fixed,
        )
    later = row.payments.exclude(purpose=Payment.Purpose.DEPOSIT)
    if later.filter(state=PaymentState.PROCESSING).exists():
        raise _not_possible(row, "payment", "a payment is on its way; try again when it arrived")


def _not_possible(
    row: Order,
    reason: str,
    message: str,
    *,
    kinds: Sequence[str] = (),
    asked: Sequence[str] = (),
) -> AmendmentNotPossible:
    facts = {
        "order": row.code,
        "state": row.state,
        "reason": reason,
        "kinds": list(kinds),
        "asked": list(asked),
    }
    return AmendmentNotPossible(message, facts=facts)
