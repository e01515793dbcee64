"""JSON calls to a vendor's server: time limits, the same key again, one word for each way an answer may fail, and readers.

Whatever may have happened there is `Silent`; what the vendor will not do is `Refused`. Doors turn both into their own errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

import httpx

from checkout.errors import CheckoutError

Json = dict[str, Any]
T = TypeVar("T")

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
"""Seconds for one try; a buyer waits behind the first."""
TRIES = 3
PAUSES = (0.2, 0.8)
"""Seconds before the second and the third try."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed."""
LARGEST_ANSWER = 200_000
"""Bytes; an answer of ours is a few hundred."""


class CallFailed(Exception):
    """A call without a usable answer; `reason` is a short code, the vendor's own where it gave one."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Silent(CallFailed):
    """Nobody knows whether it happened."""


class Stranger(Silent):
    """The vendor does not know us: a wrong key of ours is no decision about the buyer; mend it and it goes through."""


class Refused(CallFailed):
    """The vendor will not do it, for good; nothing happened."""


class JsonCalls:
    """Calls to one vendor at `base` with a bearer `token`; `pause` sleeps between tries."""

    def __init__(
        self, *, base: str, token: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._pause = pause
        self._http = httpx.Client(
            base_url=base.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def call(self, method: str, path: str, *, body: Json | None = None, key: str = "") -> Json:
        """The answer's JSON object, empty for an empty answer; raises Silent, Stranger, Refused."""
        headers = {"Idempotency-Key": key} if key else {}
        reason = ""
        for number in range(TRIES):
            if number:
                self._pause(PAUSES[number - 1])
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError as error:
                reason = type(error).__name__
                continue
            if answer.status_code not in AGAIN:
                return _read(answer)
            reason = f"status {answer.status_code}"
        raise Silent(reason)


def _read(answer: httpx.Response) -> Json:
    if answer.status_code in {401, 403}:
        raise Stranger(f"status {answer.status_code}")
    if 400 <= answer.status_code < 500:
        raise Refused(_code(answer))
    if not answer.is_success or len(answer.content) > LARGEST_ANSWER:
        raise Silent(f"status {answer.status_code}, {len(answer.content)} bytes")
    if not answer.content:
        return {}
    found = _object(answer)
    if found is None:
        raise Silent("no JSON object")
    return found


def _code(answer: httpx.Response) -> str:
    code = (_object(answer) or {}).get("code")
    named = isinstance(code, str) and code.isascii() and code.isprintable() and code
    return str(code)[:64] if named else f"status {answer.status_code}"


def _object(answer: httpx.Response) -> Json | None:
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class HttpDoor:
    """What every door over HTTP does alike: calls with the vendor's words for what failed, and answers read or not heard.

    A door names itself: `who` in sentences, its two errors, and `unreadable`, what a reader of its answers may raise.
    """

    who: ClassVar[str]
    unavailable: ClassVar[type[CheckoutError]]
    refused: ClassVar[type[CheckoutError]]
    unreadable: ClassVar[tuple[type[Exception], ...]]

    def __init__(
        self,
        *,
        code: str,
        base: str,
        token: str,
        secrets: Sequence[str],
        pause: Callable[[float], None],
    ) -> None:
        """`code` of the vendor; calls carry `token`, its messages are signed with one of `secrets`, newest first."""
        self._code = code
        self._secrets = tuple(secrets)
        self._calls = JsonCalls(base=base, token=token, pause=pause)

    def _call(self, method: str, path: str, *, body: Json | None = None, key: str = "") -> Json:
        try:
            return self._calls.call(method, path, body=body, key=key)
        except Silent as silence:
            raise self._unheard(silence) from silence
        except Refused as refusal:
            raise self.refused(
                f"the {self.who} refused: {refusal.reason}", facts=self._facts(refusal.reason)
            ) from refusal

    def _unheard(self, silence: Silent) -> CheckoutError:
        return self._silence(silence.reason)

    def _first(self, path: str, read: Callable[[Any], T]) -> T | None:
        """The first thing of a list; None where the list is empty, never where its first thing cannot be read."""
        items = self._call("GET", path).get("items")
        if not isinstance(items, list):
            raise self._silence("the list has no items")
        return read(items[0]) if items else None

    def _read(self, read: Callable[[Any], T], found: Any, *, as_: str) -> T:
        try:
            return read(found)
        except self.unreadable as error:
            # It may well have happened: an answer that cannot be read is no answer.
            raise self._silence(f"not {as_}") from error

    def _silence(self, reason: str) -> CheckoutError:
        return self.unavailable(
            f"the {self.who} gave no usable answer; what became of it is found out later",
            facts=self._facts(reason),
        )

    def _facts(self, reason: str) -> dict[str, str]:
        return {self.who: self._code, "reason": reason}


def whole(value: Any) -> int:
    """A whole number of reasonable size; raises ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or not -(10**15) < value < 10**15:
        raise ValueError("a whole number of reasonable size")
    return value


def name(value: Any) -> str:
    """A name of 1 to 200 printable characters; raises ValueError."""
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise ValueError("a name of 1 to 200 printable characters")
    return value
