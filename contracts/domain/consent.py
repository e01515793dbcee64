"""What the buyer agrees to before signing: the text, its version, and the rules of the one-time code. Plain Python.

The agreement that such a signature shall count is a "reliable condition agreed by the parties" (Electronic Signature
Law of the PRC, article 13, last sentence); what it says is frozen with the signature by its version and fingerprint.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from kernel.text import Text, canonical_json

VERSION = "2026-11-a"
"""Raised with every change of `TEXT`; a signature with another version is refused."""
TEXT: Text = MappingProxyType(
    {
        "zh-hans": (
            "我同意以电子方式签署本合同。我收到的一次性验证码只对应屏幕上这份文件（以其 SHA-256 指纹为准），"
            "输入验证码即表示由我本人签署。双方约定：以此方式形成的电子签名是可靠的电子签名，与手写签名具有同等效力。"
            "我可以改为索取纸质合同，也可以随时下载或打印已签署的文件。"
        ),
        "en": (
            "I agree to sign this contract electronically. The one-time code sent to me belongs to the file on the screen "
            "alone (by its SHA-256 fingerprint); entering it is my own act of signing. We agree that an electronic "
            "signature made this way is reliable and has the effect of one made by hand. I may ask for a contract on "
            "paper instead, and may download or print the signed file at any time."
        ),
    }
)
DIGITS = 6
"""A code is so many decimal digits."""
LIVES = timedelta(minutes=10)
TRIES = 5
"""After so many wrong entries a code is dead: guessing one of a million in five tries is 1 in 200,000."""
PAUSE = timedelta(seconds=60)
"""Between two codes for one contract."""
AN_HOUR = 5
"""At most so many codes an hour for one contract."""
SIGN_WITHIN = timedelta(days=90)
"""An issued contract that nobody signed for so long expires; its order may be put under a new one."""
REMIND_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
"""When a buyer is reminded of a contract that waits, counted from its issue; never more often."""


def fingerprint() -> str:
    """SHA-256 of the text in every language, as kept with each signature."""
    document = {"version": VERSION, "text": dict(TEXT)}
    return hashlib.sha256(canonical_json(document)).hexdigest()


@dataclass(frozen=True, slots=True)
class CodeState:
    """A code as it stands: when it was sent, how often a wrong one was entered, when it was used."""

    sent_at: datetime
    tries: int
    used_at: datetime | None

    def refused(self, now: datetime) -> str:
        """Why it cannot be used at `now`: `used`, `expired`, `tries`; empty when it can."""
        if self.used_at is not None:
            return "used"
        if now >= self.sent_at + LIVES:
            return "expired"
        return "tries" if self.tries >= TRIES else ""


def wait_for_next(sent: list[datetime], now: datetime) -> timedelta:
    """How long until the next code may be sent, given when the last ones were; zero when at once."""
    recent = sorted(moment for moment in sent if moment > now - timedelta(hours=1))
    waits = [timedelta(0)]
    if recent:
        waits.append(recent[-1] + PAUSE - now)
    if len(recent) >= AN_HOUR:
        waits.append(recent[-AN_HOUR] + timedelta(hours=1) - now)
    return max(waits)


def due_reminders(issued_at: datetime, sent: int, now: datetime) -> bool:
    """Whether the next reminder, after `sent` so far, is due."""
    return sent < len(REMIND_AFTER) and now >= issued_at + REMIND_AFTER[sent]
