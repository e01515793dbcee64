"""The door of the demo: prints text messages, labelled, and sends nothing."""

from __future__ import annotations

import hashlib
import sys
from typing import TextIO

from storefront.notify.sms.ports import SmsRefused, checked

LABEL = "[SMS, NOT SENT: console door]"


class ConsoleSms:
    """Prints to `out`, by default to the terminal of the worker; remembers keys as long as it lives."""

    real = False

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out
        self._sent: dict[str, tuple[str, str]] = {}

    def send(self, *, to: str, text: str, key: str) -> str:
        """See the port."""
        checked(to, text)
        if self._sent.setdefault(key, (to, text)) != (to, text):
            raise SmsRefused("idempotency_mismatch")
        name = f"console-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
        print(f"{LABEL} {to} {text}", file=self._out or sys.stdout, flush=True)
        return name
