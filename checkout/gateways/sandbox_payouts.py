"""What the made-up payment vendor pays out to a bank account, and how it names and keeps things. NOT REAL."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from checkout.errors import GatewayRefused
from checkout.gateways.memory import Document, VendorMemory

PROVIDER = "sandbox"


class PayingOut(VendorMemory):
    """The vendor's payouts, one list in its folder."""

    def payouts(self) -> list[Document]:
        """Every payout, oldest first."""
        with self._locked():
            return self._payouts()

    def payout(self, code: str) -> Document:
        """The payout of that code; raises GatewayRefused if there is none."""
        found = next((each for each in self.payouts() if each["id"] == code), None)
        if found is None:
            raise refused("resource_missing", f"there is no payout {code}")
        return found

    def add_payout(self, currency: str, amount: int, moves: Sequence[str]) -> str:
        """Send `amount`, the sum of `moves`, to the bank; raises GatewayRefused for nothing or less."""
        if amount <= 0:
            raise refused("balance_insufficient", f"there is nothing of {currency} to pay out")
        with self._locked():
            found = self._payouts()
            code = self._identifier("pay", f"{currency}:{len(found) + 1}")
            made = {
                "id": code,
                "move": self._identifier("btx", code),
                "currency": currency,
                "amount": amount,
                "moves": list(moves),
                "state": "paid",
                "created_at": self.clock().isoformat(),
            }
            self._replace(self.directory / "payouts.json", json.dumps([*found, made]))
            return code

    def _payouts(self) -> list[Document]:
        path = self.directory / "payouts.json"
        found: list[Document] = json.loads(path.read_text()) if path.exists() else []
        return found

    def amend_payout(self, code: str, change: Callable[[Document], None]) -> None:
        """Change what the vendor remembers of a payout."""
        with self._locked():
            found = self._payouts()
            for payout in found:
                if payout["id"] == code:
                    change(payout)
            self._replace(self.directory / "payouts.json", json.dumps(found))

    def _identifier(self, prefix: str, key: str) -> str:
        # Made from the key under a secret: the same key finds its payment again, and nobody guesses another's.
        digest = hmac.new(self._kept("salt").encode(), key.encode(), hashlib.sha256)
        return f"{prefix}_{digest.hexdigest()[:24]}"

    def _kept(self, name: str) -> str:
        path = self.directory / name
        if not path.exists():
            self._replace(path, f"sandbox_{name}_{secrets.token_hex(16)}")
        return path.read_text()

    def _replace(self, path: Path, text: str) -> None:
        part = path.with_suffix(f".part{os.getpid()}")
        part.write_text(text)
        part.replace(path)


def refused(reason: str, message: str) -> GatewayRefused:
    """The vendor's refusal, in its own words."""
    return GatewayRefused(message, facts={"provider": PROVIDER, "reason": reason})
