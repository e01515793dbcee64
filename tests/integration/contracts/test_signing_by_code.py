"""Signing with a one-time code: bound to the file that was shown, single-use, short-lived, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from checkout.models import Order
from contracts.domain import consent
from contracts.domain.states import State
from contracts.errors import (
    CodeRefused,
    CodeTooSoon,
    ConsentOutdated,
    ContractStateConflict,
    NobodyToReach,
    PdfMismatch,
    SignatureRequired,
    UnusableSignature,
)
from contracts.events import ContractBuyerSigned
from contracts.models import Contract, Signature, SigningCode
from contracts.queries import ContractSummary, contract, history, signing_facts
from contracts.services import signing
from contracts.services.codes import FreshCode, new_signing_code
from contracts.services.declining import decline, expire_waiting, remind_waiting
from contracts.services.drafting import draft_contract
from contracts.services.ending import void_contracts_of_order
from contracts.services.signing import Signing, accept, sign
from tests.factories.contract import NOW
from tests.integration.contracts.conftest import ORDER, STORE

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=2)


def a_code(viewed: ContractSummary, at: Any = NOW) -> FreshCode:
    return new_signing_code(number=viewed.number, channel="mail", actor="guest", now=at)


def given(viewed: ContractSummary, code: str, **other: Any) -> Signing:
    facts = signing_facts(viewed.number, NOW)
    return Signing(
        **{
            "pdf_sha256": viewed.pdf_sha256,
            "code": code,
            "consent_version": consent.VERSION,
            "name": facts["signatory"],
            "ip": "203.0.113.9",
            "agent": "Firefox",
        }
        | other
    )


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_signs_and_the_order_learns_of_it(
    viewed: ContractSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(signing, "publish", told.append)
    fresh = a_code(viewed)
    done = sign(number=viewed.number, signing=given(viewed, fresh.code), actor="user:7", now=LATER)
    assert (done.state, done.buyer_signed_at) == (State.BUYER_SIGNED, LATER)
    assert told == [ContractBuyerSigned(viewed.number, ORDER, viewed.pdf_sha256, LATER)]
    assert Order.objects.get(code=ORDER).contract_state == "buyer_signed"
    kept = Signature.objects.get()
    assert (kept.side, kept.ip, kept.pdf_sha256, kept.consent_version) == (
        "buyer",
        "203.0.113.9",
        viewed.pdf_sha256,
        consent.VERSION,
    )
    assert "Firefox" not in kept.agent_sha256
    assert [event["kind"] for event in history(viewed.number)][-2:] == ["code-sent", "buyer_signed"]


def test_the_database_keeps_no_code_and_no_full_address(viewed: ContractSummary) -> None:
    fresh = a_code(viewed)
    kept = SigningCode.objects.get()
    assert fresh.code not in kept.digest
    assert fresh.address not in (kept.sent_to, str(history(viewed.number)))
    assert fresh.ends == viewed.pdf_sha256[-8:]


def test_two_clicks_sign_once(viewed: ContractSummary) -> None:
    fresh = a_code(viewed)
    first = sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=LATER)
    again = sign(
        number=viewed.number,
        signing=given(viewed, fresh.code),
        actor="guest",
        now=LATER + timedelta(seconds=1),
    )
    assert again == first
    assert Signature.objects.count() == 1


def test_a_wrong_code_is_counted_and_five_kill_it(viewed: ContractSummary) -> None:
    fresh = a_code(viewed)
    left = []
    for _ in range(consent.TRIES):
        with pytest.raises(CodeRefused) as refused:
            sign(
                number=viewed.number,
                signing=given(viewed, wrong(fresh.code)),
                actor="guest",
                now=LATER,
            )
        left.append((refused.value.facts["reason"], refused.value.facts["tries_left"]))
    assert left == [("wrong", number) for number in (4, 3, 2, 1, 0)]
    with pytest.raises(CodeRefused) as dead:
        sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=LATER)
    assert dead.value.facts["reason"] == "tries"
    assert contract(viewed.number).state is State.VIEWED


def test_a_code_expires_and_a_new_one_ends_the_old(viewed: ContractSummary) -> None:
    fresh = a_code(viewed)
    late = NOW + consent.LIVES
    with pytest.raises(CodeRefused) as expired:
        sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=late)
    assert expired.value.facts["reason"] == "expired"
    newer = a_code(viewed, late)
    if newer.code != fresh.code:
        with pytest.raises(CodeRefused):
            sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=late)
    done = sign(number=viewed.number, signing=given(viewed, newer.code), actor="guest", now=late)
    assert done.state is State.BUYER_SIGNED


def test_codes_come_a_minute_apart(viewed: ContractSummary) -> None:
    a_code(viewed)
    with pytest.raises(CodeTooSoon) as soon:
        a_code(viewed, NOW + timedelta(seconds=20))
    assert soon.value.facts["retry_after"] == 41


def test_nothing_signs_without_a_code(viewed: ContractSummary) -> None:
    with pytest.raises(CodeRefused) as refused:
        sign(number=viewed.number, signing=given(viewed, "000000"), actor="guest", now=NOW)
    assert refused.value.facts["reason"] == "none"


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"pdf_sha256": "0" * 64}, PdfMismatch),
        ({"consent_version": "2025-01-a"}, ConsentOutdated),
        ({"name": "Somebody Else"}, UnusableSignature),
        ({"drawn_name": "R0lGODlh"}, UnusableSignature),
    ],
)
def test_what_does_not_fit_is_refused_and_the_code_stays_good(
    viewed: ContractSummary, other: dict[str, str], error: type[Exception]
) -> None:
    fresh = a_code(viewed)
    with pytest.raises(error):
        sign(
            number=viewed.number,
            signing=given(viewed, fresh.code, **other),
            actor="guest",
            now=LATER,
        )
    done = sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=LATER)
    assert done.state is State.BUYER_SIGNED


def test_an_unread_contract_gets_no_code(issued: ContractSummary) -> None:
    with pytest.raises(ContractStateConflict):
        a_code(issued)


def test_an_order_without_an_address_says_so(viewed: ContractSummary, monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "contracts.services.codes.CHANNELS", ()
    )  # facts are frozen: no way is known
    with pytest.raises(NobodyToReach):
        new_signing_code(number=viewed.number, channel="pigeon", actor="guest", now=NOW)


def test_a_click_accepts_nothing_where_contracts_are_signed(viewed: ContractSummary) -> None:
    with pytest.raises(SignatureRequired):
        accept(
            number=viewed.number,
            pdf_sha256=viewed.pdf_sha256,
            actor="guest",
            now=NOW,
            signed_here=True,
        )


def test_a_signature_is_never_changed_or_deleted(viewed: ContractSummary) -> None:
    fresh = a_code(viewed)
    sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        Signature.objects.update(name="X")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM contracts_signature")
    with pytest.raises(DatabaseError), transaction.atomic():
        Contract.objects.update(buyer_signed_at=NOW)


def test_the_buyer_says_no_and_may_have_it_drawn_up_again(viewed: ContractSummary) -> None:
    ended = decline(number=viewed.number, reason=" too long ", actor="guest", now=LATER)
    assert ended.state is State.DECLINED
    assert decline(number=viewed.number, reason="", actor="guest", now=LATER) == ended
    with pytest.raises(ContractStateConflict):
        a_code(viewed)
    another = draft_contract(order=ORDER, store_url=STORE, now=LATER)
    assert (another.state, another.number == viewed.number) == (State.DRAFT, False)


def test_a_signed_contract_cannot_be_declined_and_ends_with_its_order(
    viewed: ContractSummary,
) -> None:
    fresh = a_code(viewed)
    sign(number=viewed.number, signing=given(viewed, fresh.code), actor="guest", now=LATER)
    with pytest.raises(ContractStateConflict):
        decline(number=viewed.number, reason="", actor="guest", now=LATER)
    ended = void_contracts_of_order(
        order=ORDER, reason="r", actor="worker", now=LATER, to=State.WITHDRAWN
    )
    assert (ended, contract(viewed.number).state) == ([viewed.number], State.WITHDRAWN)


def test_a_waiting_contract_is_reminded_of_three_times_and_then_expires(
    viewed: ContractSummary,
) -> None:
    days = [day for day in range(91) if remind_waiting(now=NOW + timedelta(days=day))]
    assert days == [1, 3, 7]
    assert expire_waiting(now=NOW + consent.SIGN_WITHIN) == []
    over = NOW + consent.SIGN_WITHIN + timedelta(seconds=1)
    assert (expire_waiting(now=over), expire_waiting(now=over)) == ([viewed.number], [])
    assert contract(viewed.number).state is State.EXPIRED
    assert remind_waiting(now=over) == 0
