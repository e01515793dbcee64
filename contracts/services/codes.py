"""One-time codes: made for one contract and one file, told once to whoever sends them, and good for one signature."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F

from contracts.domain.consent import DIGITS, TRIES, CodeState, wait_for_next
from contracts.domain.states import State, check_move
from contracts.errors import CodeRefused, CodeTooSoon, NobodyToReach
from contracts.models import Contract, SigningCode
from contracts.queries import facts_of
from contracts.services.recording import issued_contract, record
from kernel.crypto import blind_index, blind_indexes, mask

CHANNELS = ("mail", "sms")


@dataclass(frozen=True, slots=True)
class FreshCode:
    """A code to be sent now and forgotten; the database keeps a keyed digest only.

    `key` is the stored row's number; `ends` are the last eight digits of the file's fingerprint: the letter shows them beside the code.
    """

    key: int
    number: str
    order: str
    market: str
    language: str
    channel: str
    address: str = field(repr=False)
    code: str = field(repr=False)
    sent_to: str
    ends: str


def new_signing_code(*, number: str, channel: str, actor: str, now: datetime) -> FreshCode:
    """A code for the buyer of a viewed contract; it belongs to the archived file and lives ten minutes.

    `channel`: mail or sms; any other value takes the one there is. Raises UnknownContract, ContractNotIssued,
    ContractStateConflict, NobodyToReach, CodeTooSoon.
    """
    with transaction.atomic():
        row = issued_contract(number)
        check_move(row.number, State(row.state), State.BUYER_SIGNED)
        taken, address = _reach(row, channel)
        moments = list(row.codes.order_by("-pk").values_list("sent_at", flat=True)[:10])
        wait = wait_for_next(moments, now)
        if wait:
            seconds = int(wait.total_seconds()) + 1
            raise CodeTooSoon(
                f"contract {row.number}: the next code can be sent in {seconds} seconds",
                facts={"number": row.number, "retry_after": seconds},
            )
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        stored = SigningCode.objects.create(
            contract=row,
            pdf_sha256=row.pdf_sha256,
            digest=blind_index(_bound(row.number, row.pdf_sha256, code)),
            channel=taken,
            sent_to=mask(address),
            sent_at=now,
        )
        facts = {"pdf_sha256": row.pdf_sha256, "channel": taken, "sent_to": mask(address)}
        record(row, "code-sent", actor=actor, facts=facts, now=now)
    return FreshCode(
        key=stored.pk,
        number=row.number,
        order=row.order,
        market=row.market,
        language=row.language,
        channel=taken,
        address=address,
        code=code,
        sent_to=mask(address),
        ends=row.pdf_sha256[-8:],
    )


def _reach(row: Contract, channel: str) -> tuple[str, str]:
    buyer = facts_of(row).buyer
    known = {"mail": buyer.email, "sms": buyer.phone}
    for name in (channel, *CHANNELS):
        if known.get(name):
            return name, known[name]
    raise NobodyToReach(
        f"contract {row.number}: the order has neither e-mail nor telephone; amend the order first",
        facts={"number": row.number},
    )


def check_code(*, number: str, pdf_sha256: str, code: str, now: datetime) -> int:
    """The number of the stored code that these digits are, for this file; a wrong entry is counted for good.

    In a transaction of its own, so that a refusal does not take the count back. Raises CodeRefused.
    """
    with transaction.atomic(durable=True):
        last = (
            SigningCode.objects.select_for_update()
            .filter(contract__number=number)
            .order_by("-pk")
            .first()
        )
        reason = "none" if last is None else _refused(last, number, pdf_sha256, code, now)
        if reason == "wrong" and last is not None:
            SigningCode.objects.filter(pk=last.pk).update(tries=F("tries") + 1)
    if last is not None and not reason:
        return last.pk
    left = max(0, TRIES - last.tries - (reason == "wrong")) if last else 0
    raise CodeRefused(
        f"code: {_WHY[reason]}",
        facts={"number": number, "reason": reason, "tries_left": left},
    )


_WHY = {
    "none": "none was sent yet; ask for one",
    "wrong": "these are not the digits that were sent",
    "used": "this code has signed already; ask for a new one",
    "expired": "it is older than ten minutes; ask for a new one",
    "tries": "it was entered wrongly too often; ask for a new one",
    "file": "it was sent for another file; ask for a new one",
}


def _refused(last: SigningCode, number: str, pdf_sha256: str, code: str, now: datetime) -> str:
    why = CodeState(last.sent_at, last.tries, last.used_at).refused(now)
    if why:
        return why
    if last.pdf_sha256 != pdf_sha256:
        return "file"
    possible = blind_indexes(_bound(number, pdf_sha256, code.strip()))
    return "" if any(secrets.compare_digest(last.digest, one) for one in possible) else "wrong"


def _bound(number: str, pdf_sha256: str, code: str) -> str:
    return f"signing code:{number}:{pdf_sha256}:{code}"
