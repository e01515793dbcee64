"""What a letter may speak of: the facts of an order at this moment and of one event, in words of one language.

Every value is text; an empty one means that there is nothing to say. `storefront.notify.letters` refuses a letter that
asks for a fact which is not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from checkout import events as happened
from checkout.domain.order import State
from checkout.queries.orders import OrderFacts, OrderForContract, order, order_facts_for_contract
from checkout.queries.paid import going_back_of
from checkout.queries.withdrawals import withdrawal_receipt
from contracts import events as contracts
from kernel.money import shown
from kernel.text import LANGUAGES, pick
from storefront.notify.words import (
    AMENDED,
    COVERS,
    DECISIONS,
    MARKETS,
    REPEATING,
    STAGE_OF_STATE,
    STAGES,
    TOLD_OTHERWISE,
    listed,
    pair,
    reason,
    word,
)

PROOFS = {
    "zh-hans": {"guest": "本邮箱", "account": "您账户邮箱"},
    "en": {"guest": "this address", "account": "the address of your account"},
}
"""Where the code goes that opens the order's page on another device (docs/decisions/0006-guest-access.md)."""

PLACES = {"zh-hans": "zh", "en": "en"}
"""Language of a text, and how the addresses of the store begin in it."""

Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Order:
    """The order that an event is about, with its frozen facts and the clock of its market."""

    page: OrderFacts
    agreed: OrderForContract

    @property
    def place(self) -> ZoneInfo:
        """The time zone of the market."""
        return ZoneInfo(self.agreed.timezone)

    @property
    def language(self) -> str:
        """The buyer's language, one of ours."""
        return self.page.language if self.page.language in LANGUAGES else LANGUAGES[0]


def look_up(code: str, *, now: datetime) -> Order:
    """The order of that code; raises UnknownOrder."""
    return Order(order(code, now), order_facts_for_contract(code))


def facts_of(event: Any, about: Order, language: str) -> Facts:
    """Everything a letter about `event` may say, in `language`."""
    told = _general(about, language)
    specific = _SPECIFIC.get(type(event))
    return told | (specific(event, about, language) if specific else {})


def clock(moment: datetime | None, place: ZoneInfo) -> str:
    """The moment on the wall clock of the market with its zone: `2026-11-22 20:30 (UTC+08:00)`."""
    if moment is None:
        return ""
    local = moment.astimezone(place)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M} (UTC{offset[:3]}:{offset[3:5]})"


def days(from_on: date, until_on: date, language: str) -> str:
    """A promise in words; both days included."""
    if from_on == until_on:
        return from_on.isoformat()
    return f"{from_on} 至 {until_on}" if language == "zh-hans" else f"{from_on} to {until_on}"


def _general(about: Order, language: str) -> Facts:
    page, agreed = about.page, about.agreed
    base = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
    store = f"{base}/{PLACES[language]}"
    promise = page.delivery
    return {
        "order": page.code,
        "name": page.buyer.name,
        "car": f"{pick(agreed.car.model, language)} {pick(agreed.car.trim, language)}",
        "seller": pick(agreed.seller.name, language),
        "market": word(MARKETS, page.market, language) or page.market,
        "total": shown(page.money.total),
        "deposit": shown(page.money.deposit),
        "paid": shown(page.money.paid),
        "deadline": clock(page.expires_at, about.place),
        "next_step": pick(page.next_step.text, language),
        "promise": days(promise.from_on, promise.until_on, language),
        "proof": PROOFS[language]["guest" if page.customer is None else "account"],
        "order_url": f"{store}/orders/{page.code}",
        "desk_url": f"{base}{reverse('desk_order:index')}?q={page.code}",
    }


def _deposit_paid(event: Any, about: Order, language: str) -> Facts:
    return {"amount": shown(event.amount), "paid_at": clock(event.at, about.place)}


def _contract(event: Any, about: Order, language: str) -> Facts:
    store = f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}/{PLACES[language]}"
    return {
        "contract": event.contract,
        "fingerprint": getattr(event, "pdf_sha256", ""),
        "contract_url": f"{store}/orders/{event.order}/contract",
        "verify_url": f"{store}/verify/{event.contract}",
        "at": clock(event.at, about.place),
    }


def _moment(event: Any, about: Order, language: str) -> Facts:
    return {"at": clock(event.at, about.place)}


def _failed(event: Any, about: Order, language: str) -> Facts:
    waiting = about.page.state == State.AWAITING_DEPOSIT
    return {"deadline": clock(about.page.expires_at, about.place) if waiting else ""}


def _reminded(event: Any, about: Order, language: str) -> Facts:
    return {"locks_at": clock(event.locks_at, about.place)}


def _locked(event: Any, about: Order, language: str) -> Facts:
    return {"by_buyer": _by_buyer(event), "at": clock(event.at, about.place)}


def _by_buyer(event: Any) -> str:
    return "yes" if event.by.partition(":")[0] == "buyer" else ""


def _ended(event: Any, about: Order, language: str) -> Facts:
    back = going_back_of(event.order)
    return {
        "by_buyer": _by_buyer(event) if hasattr(event, "by") else "yes",
        "receipt": getattr(event, "receipt", ""),
        "comes_back": shown(back) if back else "",
        "paid": shown(max(about.page.money.paid, back, key=lambda money: money.minor)),
        "at": clock(event.at, about.place),
    }


def _withdrawn(event: Any, about: Order, language: str) -> Facts:
    """What was confirmed, word by word; the moment is on the clock that the receipt names."""
    told = _ended(event, about, language) | {"contract": "", "refund_by": "", "hold_back": ""}
    kept = withdrawal_receipt(event.order)
    if kept is None:
        return told | {"finance_by": ""}
    return told | {
        "receipt": kept.number,
        "contract": kept.contract,
        "name": kept.name or about.page.buyer.name,
        "at": clock(kept.received_at, ZoneInfo(kept.zone)) + f" {kept.zone}",
        "comes_back": shown(kept.refund) if kept.refund else "",
        "refund_by": kept.refund_by.isoformat() if kept.refund_by else "",
        "hold_back": "yes" if kept.hold_back else "",
        "finance_by": kept.finance_by.isoformat() if kept.finance_by else "",
    }


def _amended(event: Any, about: Order, language: str) -> Facts:
    kinds = [word(AMENDED, kind, language) or kind for kind in event.kinds]
    return {"kinds": listed(kinds, language)}


def _promise(event: Any, about: Order, language: str) -> Facts:
    history = about.page.delivery.history
    at = min(event.number, len(history)) - 1
    before = history[at - 1] if at > 0 else None
    why = history[at].reason if at >= 0 else None
    return {
        "before": days(before.from_on, before.until_on, language) if before else "",
        "now_promised": days(event.from_on, event.until_on, language),
        "reason": pick(why or {}, language),
    }


def _stage(event: Any, about: Order, language: str) -> Facts:
    if isinstance(event, happened.OrderMoved):
        stage = STAGE_OF_STATE.get(event.state, "")
    else:
        stage = "" if event.stage in TOLD_OTHERWISE else event.stage
    number = str(event.number) if stage in REPEATING else ""
    return {
        "stage": word(STAGES, stage, language),
        # The order's move and the car's stage are told by two events, and are one piece of news.
        "once": f"stage:{event.order}:{stage}{number}",
    }


def _sum(event: Any, about: Order, language: str) -> Facts:
    return {"amount": shown(event.amount), "paid_at": clock(event.at, about.place)}


def _owed(event: Any, about: Order, language: str) -> Facts:
    due_on = getattr(event, "due_on", None)
    return {
        "amount": shown(event.amount),
        "reason": reason(getattr(event, "reason", ""), language),
        "due_on": due_on.isoformat() if due_on else "",
        "at": clock(event.at, about.place),
    }


AT_HOME = {"zh-hans": "送到您指定的地址", "en": "at the address you gave us"}


def _slot(event: Any, about: Order, language: str) -> Facts:
    delivery = about.page.delivery
    booked, known = delivery.appointment, delivery.place or {}
    if booked is not None and (booked.kind, booked.starts_at) == ("home", event.starts_at):
        place = AT_HOME[language]
    elif known.get("code") == event.place:
        name, address = pick(known["name"], language), pick(known.get("address") or {}, language)
        place = f"{name}{'，' if language == 'zh-hans' else ', '}{address}" if address else name
    else:
        place = event.place
    return {"starts_at": clock(event.starts_at, about.place), "place": place}


def _finance(event: Any, about: Order, language: str) -> Facts:
    decision, consequence = pair(DECISIONS, event.state, language)
    return {"decision": decision, "consequence": consequence}


def _cover(event: Any, about: Order, language: str) -> Facts:
    cover, consequence = pair(COVERS, event.state, language)
    return {"cover": cover, "consequence": consequence}


_SPECIFIC: Mapping[type, Callable[[Any, Order, str], Facts]] = {
    happened.DepositPaid: _deposit_paid,
    contracts.ContractIssued: _contract,
    contracts.ContractStuck: _contract,
    contracts.ContractReminded: _contract,
    contracts.ContractSigned: _contract,
    contracts.ContractExpired: _contract,
    happened.PaymentFailed: _failed,
    happened.LockReminded: _reminded,
    happened.OrderLocked: _locked,
    happened.OrderAmended: _amended,
    happened.PromiseChanged: _promise,
    happened.OrderMoved: _stage,
    happened.DeliveryStageReached: _stage,
    happened.BalanceDue: _sum,
    happened.BalancePaid: _sum,
    happened.HandoverBooked: _slot,
    happened.OrderHandedOver: _moment,
    happened.OrderCancelled: _ended,
    happened.OrderWithdrawn: _withdrawn,
    happened.RefundPlanned: _owed,
    happened.RefundSent: _owed,
    happened.CompensationProposed: _owed,
    happened.FinanceMoved: _finance,
    happened.PolicyMoved: _cover,
    happened.DamageNoted: _moment,
}
