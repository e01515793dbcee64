"""The door to a sender of text messages over HTTP, by the JSON contract of docs/guide/sms.md."""

from __future__ import annotations

import time
from collections.abc import Callable

from checkout.gateways.calling import JsonCalls, Refused, Silent, name
from storefront.notify.sms.ports import SmsRefused, SmsUnavailable, checked


class HttpSms:
    """A sender at `base`, called with `token`; readers see `sender`."""

    real = True

    def __init__(
        self, *, base: str, token: str, sender: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._sender = sender
        self._calls = JsonCalls(base=base, token=token, pause=pause)

    def send(self, *, to: str, text: str, key: str) -> str:
        """See the port."""
        checked(to, text)
        body = {"to": to, "text": text, "sender": self._sender}
        try:
            answer = self._calls.call("POST", "messages", body=body, key=key)
            return name(answer["id"])
        except Refused as refusal:
            raise SmsRefused(refusal.reason) from refusal
        except Silent as silence:
            raise SmsUnavailable(silence.reason) from silence
        except (KeyError, ValueError) as error:
            raise SmsUnavailable("not a message") from error
