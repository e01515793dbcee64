"""From the buyer's act to a complete contract, with real keys on a real PDF: once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from checkout.models import Order
from contracts.archive import FileArchive
from contracts.domain import consent
from contracts.domain.proofs import Check, Expected, Outcome, Report
from contracts.domain.states import State
from contracts.errors import SealNotValid, TimestampUnavailable
from contracts.events import ContractSigned
from contracts.models import Signature, SignedFile
from contracts.pdf.weasy import WeasyRenderer
from contracts.queries import ContractSummary, contract, contract_page, history, verification
from contracts.services import sealing
from contracts.services.archiving import read_pdf
from contracts.services.codes import new_signing_code
from contracts.services.ending import void_contracts_of_order
from contracts.services.issuing import issue_contract
from contracts.services.sealing import Doors, seal
from contracts.services.signing import Signing, mark_viewed, sign
from contracts.signing.ports import SignedPdf, Signer
from kernel import audit
from tests.factories.contract import NOW
from tests.factories.signing import MADE, world
from tests.integration.contracts.conftest import ORDER
from tests.support.crashing import for_every_write

pytestmark = pytest.mark.django_db
AT = MADE + timedelta(hours=1)


@pytest.fixture
def doors(archive: FileArchive) -> Doors:
    return Doors(world().signer(), world().verifier, archive)


@pytest.fixture
def signed(draft: Callable[[], ContractSummary], archive: FileArchive) -> ContractSummary:
    """A contract its buyer has signed."""
    number = draft().number
    issued = issue_contract(number=number, renderer=WeasyRenderer(), archive=archive, now=NOW)
    mark_viewed(number=number, actor="guest", now=NOW)
    fresh = new_signing_code(number=number, channel="mail", actor="guest", now=AT)
    given = Signing(issued.pdf_sha256, fresh.code, consent.VERSION, _buyer(number))
    return sign(number=number, signing=given, actor="guest", now=AT)


def _buyer(number: str) -> str:
    return contract_page(number).document.facts.buyer.name


def clock() -> datetime:
    return AT


def sealed_once(number: str) -> None:
    """The contract is complete, its order knows, and nothing exists twice."""
    found = contract(number)
    assert found.state is State.COUNTERSIGNED
    assert Order.objects.get(code=ORDER).contract_state == "signed"
    assert list(SignedFile.objects.values_list("step", "level")) == [
        ("buyer", "B-LT"),
        ("seller", "B-LTA"),
    ]
    assert list(Signature.objects.values_list("side", flat=True)) == ["buyer", "seller"]
    assert [event["kind"] for event in history(number)].count("countersigned") == 1
    assert audit.verify_chain() == []


def test_a_signed_contract_is_sealed_verified_archived_and_told(
    signed: ContractSummary, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(sealing, "publish", told.append)
    done = seal(number=signed.number, doors=doors, clock=clock)
    sealed_once(signed.number)
    assert told == [ContractSigned(signed.number, ORDER, done.signed_sha256, AT)]
    pdf = read_pdf(number=signed.number, archive=doors.archive)
    assert (pdf.sha256, pdf.sha256 == signed.pdf_sha256) == (done.signed_sha256, False)
    assert (
        read_pdf(number=signed.number, archive=doors.archive, issued=True).sha256
        == signed.pdf_sha256
    )
    expected = Expected(sha256=done.signed_sha256, facts_sha256=done.facts_fingerprint)
    assert world().verifier.verify(pdf.content, expected=expected, at=AT).valid
    assert verification(signed.number).signed_sha256 == done.signed_sha256
    assert seal(number=signed.number, doors=doors, clock=clock) == done


class Remembering:
    """The real signer, asked once for the same bytes: dying twenty times makes no twenty times two signatures."""

    def __init__(self, doors: Doors) -> None:
        self.signer, self.made = doors.signer, dict[bytes, SignedPdf]()

    def certify_for_buyer(self, pdf: bytes, **about: Any) -> SignedPdf:
        return self._once(pdf, lambda: self.signer.certify_for_buyer(pdf, **about))

    def seal_for_seller(self, pdf: bytes, **about: Any) -> SignedPdf:
        return self._once(pdf, lambda: self.signer.seal_for_seller(pdf, **about))

    def _once(self, pdf: bytes, make: Callable[[], SignedPdf]) -> SignedPdf:
        if pdf not in self.made:
            self.made[pdf] = make()
        return self.made[pdf]


def test_at_whatever_write_it_dies_the_next_run_finishes_with_one_seal(
    signed: ContractSummary, doors: Doors
) -> None:
    remembering = replace(doors, signer=cast(Signer, Remembering(doors)))

    def act() -> None:
        seal(number=signed.number, doors=remembering, clock=clock)

    def died() -> None:
        complete = contract(signed.number).state is State.COUNTERSIGNED
        axis = Order.objects.get(code=ORDER).contract_state
        assert axis == ("signed" if complete else "buyer_signed")

    for_every_write(act, died=died, done=lambda: sealed_once(signed.number))


def test_without_a_timestamp_nothing_is_complete_and_the_buyers_part_is_kept(
    signed: ContractSummary, doors: Doors
) -> None:
    class NoTime:
        def answer(self, request: bytes) -> bytes:
            raise TimestampUnavailable("silence", facts={"door": "demo", "reason": "silence"})

    silent = replace(doors, signer=world().signer(timestamps=NoTime()))
    with pytest.raises(TimestampUnavailable):
        seal(number=signed.number, doors=silent, clock=clock)
    assert contract(signed.number).state is State.BUYER_SIGNED
    seal(number=signed.number, doors=doors, clock=clock)
    sealed_once(signed.number)


def test_a_seal_that_does_not_verify_completes_nothing(
    signed: ContractSummary, doors: Doors
) -> None:
    class Strict:
        def verify(self, pdf: bytes, *, expected: Expected, at: datetime) -> Report:
            found = doors.verifier.verify(pdf, expected=expected, at=at)
            return replace(found, outcomes=(Outcome(Check.COVERED, False, "appended"),))

    with pytest.raises(SealNotValid) as refused:
        seal(number=signed.number, doors=replace(doors, verifier=Strict()), clock=clock)
    assert refused.value.facts["failed"] == ["covered: appended"]
    assert contract(signed.number).state is State.BUYER_SIGNED
    assert Order.objects.get(code=ORDER).contract_state == "buyer_signed"


def test_an_order_that_ended_meanwhile_is_not_sealed(signed: ContractSummary, doors: Doors) -> None:
    void_contracts_of_order(order=ORDER, reason="cancelled", actor="worker", now=AT)
    assert seal(number=signed.number, doors=doors, clock=clock).state is State.VOID
    assert not SignedFile.objects.exists()
