"""What the buyer is told when something happened to an order; each notice goes out once per event."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from checkout.events import DepositPaid, OrderPlaced
from checkout.queries.orders import order, order_facts_for_contract
from contracts.events import ContractIssued
from kernel.crypto import mask
from kernel.money import shown
from kernel.text import LANGUAGES, pick
from storefront.notify.models import NoticeLog
from storefront.notify.tasks import mail

PROOFS = {
    "zh-hans": {"guest": "本邮箱", "account": "您账户邮箱"},
    "en": {"guest": "this address", "account": "the address of your account"},
}
"""Where the code goes that opens the order's page on another device (docs/decisions/0006-guest-access.md)."""

PLACES = {"zh-hans": "zh", "en": "en"}
"""Language of a text, and how the addresses of the store begin in it."""


def on_order_placed(event: OrderPlaced, *, event_id: str) -> None:
    """Tell the buyer what was ordered, what to pay, and until when."""
    _tell(template="order_placed", order_code=event.order, event_id=event_id, facts={})


def on_deposit_paid(event: DepositPaid, *, event_id: str) -> None:
    """Tell the buyer that the deposit has arrived."""
    _tell(
        template="deposit_paid",
        order_code=event.order,
        event_id=event_id,
        facts={"amount": shown(event.amount), "paid_at": event.at},
    )


def on_contract_issued(event: ContractIssued, *, event_id: str) -> None:
    """Tell the buyer that the contract can be read and accepted."""
    _tell(
        template="contract_ready",
        order_code=event.order,
        event_id=event_id,
        facts={"contract": event.contract, "fingerprint": event.pdf_sha256},
    )


def _tell(*, template: str, order_code: str, event_id: str, facts: dict[str, Any]) -> None:
    now = timezone.now()
    page, agreed = order(order_code, now), order_facts_for_contract(order_code)
    language = page.language if page.language in LANGUAGES else LANGUAGES[0]
    place = ZoneInfo(agreed.timezone)
    store = f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}/{PLACES[language]}"
    told = {
        "order": order_code,
        "name": page.buyer.name,
        "car": f"{pick(agreed.car.model, language)} {pick(agreed.car.trim, language)}",
        "seller": pick(agreed.seller.name, language),
        "total": shown(page.money.total),
        "deposit": shown(page.money.deposit),
        "deadline": _clock(page.expires_at, place),
        "next_step": pick(page.next_step.text, language),
        "proof": PROOFS[language]["guest" if page.customer is None else "account"],
        "order_url": f"{store}/orders/{order_code}",
        "contract_url": f"{store}/orders/{order_code}/contract",
        "verify_url": f"{store}/verify/{facts.get('contract', '')}",
        **{k: _clock(v, place) if isinstance(v, datetime) else v for k, v in facts.items()},
    }
    text = render_to_string(f"notify/{language}/{template}.txt", told)
    subject, _, body = text.strip().partition("\n")
    address = agreed.buyer.email
    with transaction.atomic():
        _, first = NoticeLog.objects.get_or_create(
            event_id=event_id,
            template=template,
            defaults={
                "order": order_code,
                "language": language,
                "sent_to": mask(address) if address else "",
                "at": now,
            },
        )
        if first and address:
            mail(to=address, subject=subject.strip(), body=body.strip() + "\n")


def _clock(moment: datetime, place: ZoneInfo) -> str:
    """The moment on the wall clock of the market, e.g. `2026-11-22 20:30`."""
    return f"{moment.astimezone(place):%Y-%m-%d %H:%M}"
