"""The port to a sender of text messages."""

from __future__ import annotations

from typing import Protocol

LONGEST = 480
"""Characters; longer texts are cut in too many parts by networks."""


class SmsFailed(Exception):
    """A text message did not go out; `reason` is a short code, the sender's own where it gave one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SmsUnavailable(SmsFailed):
    """Nobody knows whether it went out; the same key may be sent again."""


class SmsRefused(SmsFailed):
    """The sender will not send it, for good: a wrong number, a text it does not take."""


class SmsDoor(Protocol):
    """One sender of text messages."""

    @property
    def real(self) -> bool:
        """False where nothing leaves the machine."""

    def send(self, *, to: str, text: str, key: str) -> str:
        """`text` to the number `to` (E.164) once per `key`; gives the sender's name of the message.

        The same key with the same message is answered with the first name again. Raises SmsUnavailable, SmsRefused.
        """


def checked(to: str, text: str) -> None:
    """Raises SmsRefused for what no sender takes: no E.164 number, no text, or one longer than LONGEST."""
    digits = to.removeprefix("+")
    if not (
        to.startswith("+") and digits.isascii() and digits.isdecimal() and 7 <= len(digits) <= 15
    ):
        raise SmsRefused("number")
    if not text or len(text) > LONGEST:
        raise SmsRefused("text")
