"""Figures of signed contracts: what signing and verifying cost, how large a file gets, and which changes go unseen.

The contract is the worked example with a loan of 60 instalments and cover; the authority is the demo's. Changes are looked
for by cryptography alone: with the archive's fingerprint none could pass.
"""

from __future__ import annotations

import io
import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

import psutil

from benchmarks.measuring import Timing, timed
from benchmarks.report import Row
from contracts.domain.proofs import Expected, Stage
from contracts.errors import VerifierBusy
from contracts.pdf.weasy import WeasyRenderer
from contracts.services.uploads import WORKER, verify_upload
from contracts.signing.pades import PadesSigner
from tests.factories.contract import contract_facts, document
from tests.factories.hostile import HOSTILE
from tests.factories.signing import (
    BUYER,
    LATER,
    SELLER,
    SIGNED,
    buyer_stamp,
    seller_stamp,
    world,
)
from tests.factories.tampering import ATTACKS, flips

ROUNDS, WARM, FLIPS, SEED = 15, 3, 1_000, 20261122


def rows() -> list[Row]:
    """Every figure of signing and verification."""
    facts = contract_facts(financed=True, insured=True)
    plain = WeasyRenderer().render(document(facts)).content
    signer = world().signer()
    once = signed_by_buyer(signer, plain)
    twice = signed_by_seller(signer, once)
    verifier = world().verifier
    timed(lambda _: signed_by_seller(signer, signed_by_buyer(signer, plain)), range(WARM))
    signing = timed(
        lambda _: signed_by_seller(signer, signed_by_buyer(signer, plain)), range(ROUNDS)
    )
    verifying: Timing = timed(
        lambda _: verifier.verify(twice, expected=Expected(), at=LATER), range(ROUNDS)
    )
    files = ((once, Stage.BUYER_SIGNED), (twice, Stage.COMPLETE))
    return [
        Row("contracts.sign_two_lta_ms", signing.median, "ms", "<= 260"),
        Row("contracts.verify_ms", verifying.median, "ms", "<= 100"),
        Row("contracts.size_signed_kb", len(twice) / 1000, "kB", "<= 320"),
        Row("contracts.flips_missed", float(sum(missed_flips(*one) for one in files)), "files", "= 0"),
        Row("contracts.attacks_missed", float(sum(missed_attacks(*one) for one in files)), "files", "= 0"),
        *upload_rows(),
    ]  # fmt: skip


def signed_by_buyer(signer: PadesSigner, pdf: bytes) -> bytes:
    """The contract with the buyer's certifying signature and a drawn name."""
    return signer.certify_for_buyer(pdf, signatory=BUYER, stamp=buyer_stamp(), at=SIGNED).content


def signed_by_seller(signer: PadesSigner, pdf: bytes) -> bytes:
    """The contract sealed and timestamped."""
    return signer.seal_for_seller(pdf, signatory=SELLER, stamp=seller_stamp(), at=SIGNED).content


def missed_flips(pdf: bytes, stage: Stage) -> int:
    """How many of 1,000 files with one other byte would be believed; an untouched file that is refused is one, too."""
    verifier, expected = world().verifier, Expected(stage)
    untouched = verifier.verify(pdf, expected=expected, at=LATER)
    return (not untouched.valid) + sum(
        verifier.verify(changed, expected=expected, at=LATER).valid
        for _, changed in flips(pdf, FLIPS, SEED)
    )


def missed_attacks(pdf: bytes, stage: Stage) -> int:
    """How many of the fourteen attacks would be believed."""
    verifier = world().verifier
    return sum(
        verifier.verify(attack(pdf), expected=Expected(stage), at=LATER).valid
        for attack in ATTACKS.values()
    )


def upload_rows() -> list[Row]:
    """What the worst of the hostile files costs: seconds on the clock, and the memory of its reader."""
    slowest, largest = 0.0, 0
    for made in HOSTILE.values():
        content = io.BytesIO(made())
        with Watched() as watched:
            began = time.monotonic()
            with suppress(VerifierBusy):  # an answer as well: the machine is too slow just now
                verify_upload(upload=content, trust=world().trust, now=LATER)
            slowest = max(slowest, time.monotonic() - began)
        largest = max(largest, watched.largest)
    return [
        Row("contracts.hostile_upload_s", slowest, "s", "<= 5"),
        Row("contracts.hostile_upload_mb", largest / 1_000_000, "MB", "<= 200"),
    ]


class Watched:
    """The most memory that a child of this process was seen to hold, looked at every few milliseconds.

    What the system itself notes of a child includes the parent it was copied from.
    """

    def __init__(self) -> None:
        self.largest = 0
        self._over = Event()
        self._watcher = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watched:
        """Begin to watch."""
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Watch no longer."""
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        this = psutil.Process()
        while not self._over.wait(0.005):
            for child in this.children():
                try:
                    if WORKER in child.cmdline():  # before that it is still a copy of this process
                        self.largest = max(self.largest, child.memory_info().rss)
                except psutil.Error:  # it has just ended
                    continue
