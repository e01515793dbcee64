"""TEST ONLY: the edge itself, a small HTTP server in the test's own process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from kernel.money import Money, exponent
from tests.support.stripe_edge import pages

SCRIPT = Path(__file__).with_name("stripe.js")
LARGEST = 99_999_999
THREE_D_SECURE = "4000002500003155"
WALLETS = frozenset({"alipay", "wechat_pay"})
FAILED = "payment_intent_authentication_failure"
SECRET = {"Authorization": "Bearer sk_test_edge"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next call whose path contains `path`.

    `kind`: lost (done, the answer does not come), 429, 500 (nothing happened), slow (a second).
    """

    kind: str
    path: str


@dataclass
class Waiting:
    """A payment that its buyer has to approve elsewhere; `means` is what it is then confirmed with."""

    means: dict[str, str]
    return_url: str


@dataclass
class Answer:
    """What goes back over the wire; `lost` closes the line instead."""

    status: int
    body: bytes
    kind: str = "application/json"
    location: str = ""
    lost: bool = False


@dataclass
class StripeEdge:
    """Stripe as a browser and a shop see it; `account` is the address of an account at the stand-in."""

    account: str
    waiting: dict[str, Waiting] = field(default_factory=dict)
    refused: dict[str, Json] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    """Payments that a browser confirmed, each time it did."""
    _server: ThreadingHTTPServer | None = None

    def start(self) -> StripeEdge:
        """Listen on a free loopback port."""
        edge = self

        class Handler(_Handler):
            """The handler of this edge."""

            of = edge

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def address(self) -> str:
        """What STRIPE_API_BASE is set to."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def script(self) -> str:
        """What STRIPE_JS_URL is set to."""
        return f"{self.address}/v3/"

    # ---- What the test itself may do ----

    def intent(self, pi: str) -> Json:
        """A payment as Stripe has it."""
        found: Json = requests.get(
            f"{self.account}/v1/payment_intents/{pi}", headers=SECRET, timeout=20
        ).json()
        refusal = self.refused.get(pi)
        if refusal and found.get("status") == "requires_payment_method":
            found["last_payment_error"] = refusal
        return found

    def intents(self) -> list[Json]:
        """Every payment, oldest first."""
        found = requests.get(
            f"{self.account}/v1/payment_intents",
            headers=SECRET,
            params={"limit": "100"},
            timeout=20,
        ).json()
        return [self.intent(each["id"]) for each in reversed(found["data"])]

    def approve(self, pi: str) -> Json:
        """The buyer approves, wherever they do."""
        self.refused.pop(pi, None)
        return self._confirm(pi, self.waiting.pop(pi).means)[1]

    def turn_back(self, pi: str) -> None:
        """The buyer cancels there, or the bank does not believe them."""
        del self.waiting[pi]
        self.refused[pi] = {"type": "invalid_request_error", "code": FAILED, "message": _NOT_YOU}

    # ---- What the browser asks ----

    def browser(self, method: str, path: str, form: Mapping[str, str], key: str) -> Answer:
        """The browser's side: publishable key and client secret, nothing else."""
        parts = path.split("/")
        if len(parts) < 4 or parts[2] != "payment_intents":
            return _error(401, "Use the secret key for this.")
        found = self.intent(parts[3])
        if form.get("client_secret") != found.get("client_secret"):
            return _error(401, "The client_secret is not that of this payment.")
        if method == "GET":
            return _json(200, _public(found))
        if any(name.startswith(("amount", "currency")) for name in form):
            return _error(400, "A publishable key cannot change the amount.")
        return self._browser_confirms(found, form)

    def _browser_confirms(self, found: Json, form: Mapping[str, str]) -> Answer:
        pi, kind = found["id"], form.get("payment_method_data[type]", "")
        self.confirmed.append(pi)
        if kind not in found["payment_method_types"]:
            return _error(400, f"The payment takes no {kind}.")
        means = {
            name.removeprefix("payment_method_data").replace("[", "", 1).replace("]", "", 1): value
            for name, value in form.items()
            if name.startswith("payment_method_data")
        }
        challenged = means.get("card[number]") == THREE_D_SECURE
        if kind not in WALLETS and not challenged:
            self.refused.pop(pi, None)
            status, body = self._confirm(pi, means)
            return _json(status, _public(body) if status < 400 else body)
        if found["status"] not in {"requires_payment_method", "requires_action"}:
            return _error(400, "The payment is over.", code="payment_intent_unexpected_state")
        if challenged:
            means["card[number]"] = "4242424242424242"
        self.waiting[pi] = Waiting(means, form.get("return_url", ""))
        next_action: Json = (
            {"type": "use_stripe_sdk"}
            if challenged
            else {
                "type": "redirect_to_url",
                "redirect_to_url": {"url": f"{self.address}/redirect/{pi}"},
            }
        )
        asked = {**_public(found), "status": "requires_action", "next_action": next_action}
        return _json(200, asked)

    def _confirm(self, pi: str, means: Mapping[str, str]) -> tuple[int, Json]:
        made = requests.post(
            f"{self.account}/v1/payment_methods", headers=SECRET, data=dict(means), timeout=20
        )
        if made.status_code >= 400:
            return made.status_code, made.json()
        done = requests.post(
            f"{self.account}/v1/payment_intents/{pi}/confirm",
            headers=SECRET,
            data={"payment_method": made.json()["id"]},
            timeout=20,
        )
        return done.status_code, done.json()

    def elsewhere(self, method: str, path: str, form: Mapping[str, str]) -> Answer:
        """The pages of wallets and banks."""
        place, _, pi = path.lstrip("/").partition("/")
        if place not in {"fields", "redirect", "3ds"}:
            return _error(404, "There is nothing here.")
        if place == "fields":
            return _page(pages.fields(pi))
        found = self.intent(pi)
        if method == "GET" and place == "redirect":
            amount = Money(found["amount"], found["currency"].upper())
            return _page(pages.wallet(found["payment_method_types"][0], str(amount)))
        if method == "GET":
            return _page(pages.challenge())
        back = self.waiting[pi].return_url
        if form.get("result") in {"approve", "complete"}:
            self.approve(pi)
            word = "succeeded"
        else:
            self.turn_back(pi)
            word = "failed"
        if place == "3ds":
            return _page(pages.challenged())
        said = urlencode(
            {
                "payment_intent": pi,
                "payment_intent_client_secret": found["client_secret"],
                "redirect_status": word,
            }
        )
        return Answer(303, b"", location=f"{back}{'&' if '?' in back else '?'}{said}")

    # ---- What the shop's server asks ----

    def shop(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The server's side, word for word to the stand-in and back, but for sums that the real vendor refuses."""
        path = urlsplit(target).path
        form = dict(parse_qsl(body.decode()))
        refusal = _sum_refused(form) if method == "POST" and path == "/v1/payment_intents" else None
        if refusal:
            return refusal
        kept = ("authorization", "idempotency-key", "stripe-version", "content-type")
        answer = requests.request(
            method,
            self.account + target,
            data=body or None,
            headers={name: value for name, value in headers.items() if name.lower() in kept},
            timeout=30,
        )
        parts = path.split("/")
        if method == "GET" and len(parts) == 4 and parts[2] == "payment_intents" and answer.ok:
            refused = self.refused.get(parts[3])
            if refused and answer.json()["status"] == "requires_payment_method":
                return _json(200, {**answer.json(), "last_payment_error": refused})
        return Answer(answer.status_code, answer.content)

    def next_fault(self, path: str) -> str:
        """The fault planned for a call of this path, used up by it."""
        for fault in self.faults:
            if fault.path in path:
                self.faults.remove(fault)
                return fault.kind
        return ""


_NOT_YOU = (
    "We are unable to authenticate your payment method. Please choose another one and try again."
)
_PUBLIC = frozenset(
    {"id", "object", "amount", "currency", "status", "client_secret", "payment_method_types"}
)


def _public(intent: Json) -> Json:
    """What a publishable key may see."""
    return {
        name: value
        for name, value in intent.items()
        if name in _PUBLIC | {"last_payment_error", "next_action"}
    }


def _sum_refused(form: Mapping[str, str]) -> Answer | None:
    amount, currency = int(form.get("amount", "0")), form.get("currency", "").upper()
    if amount > LARGEST:
        return _error(400, "Amount must be no more than 99999999.", code="amount_too_large")
    if amount < 1:
        return _error(400, "Amount must be positive.", code="amount_too_small")
    if exponent(currency) == 3 and amount % 10:
        return _error(400, "The last digit must be 0 in this currency.", code="invalid_amount")
    return None


def _json(status: int, value: Json) -> Answer:
    return Answer(status, json.dumps(value).encode())


def _page(text: str) -> Answer:
    return Answer(200, text.encode(), kind="text/html; charset=utf-8")


def _error(status: int, message: str, *, code: str = "") -> Answer:
    said = {"type": "invalid_request_error", "message": message, "code": code or None}
    return _json(status, {"error": said})


class _Handler(BaseHTTPRequestHandler):
    """Sorts requests: script and pages, the browser by its publishable key, the shop by its secret one."""

    of: StripeEdge
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def do_OPTIONS(self) -> None:
        self._send(Answer(204, b""))

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _serve(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = urlsplit(self.path)
        if target.path == "/v3/":
            self._send(Answer(200, SCRIPT.read_bytes(), kind="text/javascript; charset=utf-8"))
            return
        fault = self.of.next_fault(f"{method} {target.path}")
        if fault in {"429", "500"}:
            kind = "rate_limit_error" if fault == "429" else "api_error"
            self._send(_json(int(fault), {"error": {"type": kind, "message": "Try again."}}))
            return
        if fault == "slow":
            time.sleep(1)
        answer = self._answer(method, target.path, target.query, body)
        answer.lost = fault == "lost"
        self._send(answer)

    def _answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        form = {**dict(parse_qsl(query)), **dict(parse_qsl(body.decode()))}
        if not path.startswith("/v1/"):
            return self.of.elsewhere(method, path, form)
        if key.startswith("pk_"):
            return self.of.browser(method, path, form, key)
        return self.of.shop(method, self.path, body, dict(self.headers))

    def _send(self, answer: Answer) -> None:
        if answer.lost:
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "authorization, content-type")
        self.send_header("Access-Control-Allow-Methods", "GET, POST")
        if answer.location:
            self.send_header("Location", answer.location)
        self.end_headers()
        self.wfile.write(answer.body)
