"""Signed contracts for tests: the demo's authority with a clock that tests set, and files signed once a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

from PIL import Image, ImageDraw

from contracts.pdf.weasy import WeasyRenderer
from contracts.signing import FONT
from contracts.signing.authority import AuthorityFolder, make_authority
from contracts.signing.keys import FileKeys
from contracts.signing.pades import PadesSigner
from contracts.signing.ports import KeySource, Signatory, Stamp, TimestampAuthority, Trust
from contracts.signing.timestamps import DemoTimestamps
from contracts.signing.verifying import StrictVerifier
from tests.factories.contract import NUMBER, contract_facts, document

MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When the authority was made; everything here happens in the hours after it."""
SIGNED = MADE + timedelta(hours=1)
LATER = MADE + timedelta(hours=2)
BUYER, SELLER = Signatory("林䶮㛃", NUMBER), Signatory("鹭行汽车科技有限公司（虚构）", NUMBER)


@dataclass
class Clock:
    """What the time-stamping authority reads."""

    now: datetime = SIGNED

    def __call__(self) -> datetime:
        """The moment set."""
        return self.now


@dataclass
class World:
    """An authority with everything that signs and verifies by it."""

    folder: AuthorityFolder
    clock: Clock = field(default_factory=Clock)

    def keys(self, name: str) -> FileKeys:
        """The key of buyer, seller or timestamps."""
        return FileKeys(self.folder.pkcs12(name))

    @property
    def timestamps(self) -> DemoTimestamps:
        """The authority that stamps by `clock`."""
        return DemoTimestamps(self.keys("timestamps").key_for(BUYER), self.clock)

    @property
    def trust(self) -> Trust:
        """This authority alone, and its seller."""
        own = self.keys("seller").key_for(SELLER).certificates[0]
        sellers = frozenset({hashlib.sha256(own).hexdigest()})
        return Trust((self.folder.root,), crls=(self.folder.crl,), sellers=sellers)

    def signer(
        self,
        *,
        buyer: KeySource | None = None,
        seller: KeySource | None = None,
        timestamps: TimestampAuthority | None = None,
        trust: Trust | None = None,
    ) -> PadesSigner:
        """A signer with the authority's keys unless others are given."""
        return PadesSigner(
            buyer=buyer or self.keys("buyer"),
            seller=seller or self.keys("seller"),
            timestamps=timestamps or self.timestamps,
            trust=trust or self.trust,
            font=FONT,
        )

    @property
    def verifier(self) -> StrictVerifier:
        """Believes this authority."""
        return StrictVerifier(self.trust)


@lru_cache(maxsize=1)
def world() -> World:
    """The authority that signed `signed_once` and `signed_twice`; made once a process."""
    return new_world()


def new_world() -> World:
    """Another authority, with the same names and other keys."""
    return World(make_authority(Path(mkdtemp(prefix="forecourt-authority-")) / "ca", now=MADE))


@lru_cache(maxsize=2)
def rendered(language: str = "zh-hans") -> bytes:
    """A contract as the buyer was shown it."""
    return WeasyRenderer().render(document(contract_facts(language=language))).content


@lru_cache(maxsize=1)
def signed_once() -> bytes:
    """The contract with the buyer's certifying signature."""
    return (
        world()
        .signer()
        .certify_for_buyer(rendered(), signatory=BUYER, stamp=buyer_stamp(), at=SIGNED)
        .content
    )


@lru_cache(maxsize=1)
def signed_twice() -> bytes:
    """The contract with both signatures and the timestamp: complete."""
    return (
        world()
        .signer()
        .seal_for_seller(signed_once(), signatory=SELLER, stamp=seller_stamp(), at=SIGNED)
        .content
    )


def buyer_stamp(picture: bytes | None = None) -> Stamp:
    """What is printed in the buyer's field."""
    drawn = drawn_name() if picture is None else picture
    return Stamp(BUYER.name, "电子签名 · 验证码确认", "2026年11月22日", "21:00:00 UTC+8", drawn)


def seller_stamp() -> Stamp:
    """What is printed in the seller's field."""
    return Stamp(SELLER.name, "电子签章", "2026年11月22日", "21:00:00 UTC+8")


@lru_cache(maxsize=1)
def drawn_name() -> bytes:
    """A line drawn with a finger, on nothing, as a browser sends it."""
    picture = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    pen.line([(40, 150), (120, 40), (200, 150), (280, 60), (420, 140), (560, 70)], (10, 20, 60), 6)
    output = BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()
