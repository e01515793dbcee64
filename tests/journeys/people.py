"""People of the stories: a buyer who speaks to the public API and to nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from kernel.jobs import run_until_idle

API = "/api/v1"


@dataclass
class Buyer:
    """A guest with a browser; remembers the order's token and that of the quotes."""

    language: str = "zh-hans"
    name: str = "王小鹭"
    client: Client = field(default_factory=Client)
    token: str = ""
    quote_token: str = ""
    keys: int = 0

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """JSON of a GET that answers `status`."""
        answer = self.client.get(f"{API}{path}", query, headers=self._headers())
        assert answer.status_code == status, (path, answer.status_code, answer.content[:800])
        return answer.json()

    def post(self, path: str, body: dict[str, Any], status: int = 200, *, key: str = "") -> Any:
        """JSON of a POST that answers `status`; every one carries a fresh Idempotency-Key unless `key` is given."""
        self.keys += 1
        headers = self._headers() | {"Idempotency-Key": key or f"{id(self)}-{self.keys}"}
        answer = self.client.post(
            f"{API}{path}", json.dumps(body), "application/json", headers=headers
        )
        assert answer.status_code == status, (path, answer.status_code, answer.content[:800])
        found = answer.json()
        if path == "/quotes" and status == 201:
            self.quote_token = found["token"] or self.quote_token
        return found

    def pdf(self, number: str) -> bytes:
        """The contract's PDF."""
        answer = self.client.get(f"{API}/contracts/{number}/pdf", headers=self._headers())
        assert answer.status_code == 200, answer.content[:800]
        return answer.getvalue()

    def _headers(self) -> dict[str, str]:
        tokens = {"X-Order-Token": self.token, "X-Quote-Token": self.quote_token}
        return {"Accept-Language": self.language} | {
            name: token for name, token in tokens.items() if token
        }

    def order(self, quote: dict[str, Any], status: int = 201, **changes: Any) -> Any:
        """Place the order of `quote`, terms accepted; keeps the token."""
        body = {
            "quote": quote["code"],
            "buyer": {
                "kind": "person",
                "name": self.name,
                "email": "xiaolu@example.com",
                "phone": "+8613800138000",
                "address": {"country": "CN", "city": "厦门", "line": "思明区鹭江道 1 号"},
            },
            "terms": {"version": quote["deposit"]["terms_version"], "accepted": True},
            "language": self.language,
        } | changes
        placed = self.post("/orders", body, status)
        self.token = placed.get("token", self.token)
        return placed

    def pay(
        self,
        order: str,
        result: str = "succeed",
        method: str = "card",
        purpose: str = "deposit",
    ) -> dict[str, Any]:
        """Pay what is due on the sandbox's page with `result`, come back and let the shop's jobs run."""
        step = self.post(
            f"/orders/{order}/payments",
            {"purpose": purpose, "method": method, "return_url": "http://testserver/back"},
            201,
        )
        page = urlsplit(step["redirect_url"]).path
        shown = self.client.get(page)
        assert shown.status_code == 200
        pressed = self.client.post(page, {"result": result})
        assert pressed.status_code in {200, 302}, pressed.content[:800]
        run_until_idle()
        return dict(step)
