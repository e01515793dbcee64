"""Starts the Stripe stand-in (Stripe World) for a test session; every test has an account of its own there.

Looked for at STRIPE_WORLD (path of the `stripe-world` script), then beside the clone, where it is installed on
demand into `build/stripe-world`. A stand-in is no Stripe: `docs/rules/payments.md` names what it cannot show.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.conftest import missing
from tests.support.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
MEND = "set STRIPE_WORLD to the stripe-world script of the stand-in"


def find_stripe_world() -> Path | None:
    """The `stripe-world` script, installed now if only its installer is there; None if neither is."""
    given = os.environ.get("STRIPE_WORLD")
    if given:
        return Path(given) if Path(given).exists() else None
    script = ROOT / "build" / "stripe-world" / "stripe-world"
    installer = ROOT.parent / "shared" / "tools" / "stripe-world" / "install.sh"
    if not script.exists() and installer.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        with (script.parent.parent / "stripe-world.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # one of several workers installs, the others wait
            command = ["bash", str(installer), str(script.parent)]
            if subprocess.run(command, capture_output=True).returncode:
                return None  # no network, say: what is half there is not used
    return script if script.exists() else None


@dataclass
class StripeWorld:
    """A running stand-in; `account()` gives the address of a fresh Stripe account in it."""

    script: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> StripeWorld:
        """Run it on a free loopback port and wait until it answers; raises RuntimeError."""
        self.port = free_port()
        self.process = subprocess.Popen(
            [str(self.script), str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"stripe-world ended with {self.process.returncode}")
            if self._answers():
                return self
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("stripe-world did not answer within a minute")

    def account(self, *, settled: bool = False) -> str:
        """The base address of a Stripe account that nobody else uses; `settled`: money is available at once."""
        address = f"http://127.0.0.1:{self.port}/worlds/{uuid4().hex}"
        if settled:
            at_once = """UPDATE account SET settings='{"ledger":{"settlement_business_days":0}}'"""
            body = {"startup": {"livemode": False}, "setup_sql": at_once}
            requests.put(address, json=body, timeout=20).raise_for_status()
        return address

    def stop(self) -> None:
        """End the process that `start` began, and what it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


@pytest.fixture(scope="session")
def stripe_world() -> Iterator[StripeWorld]:
    """One stand-in for the session of this worker; a conftest imports this fixture to offer it."""
    script = find_stripe_world()
    if script is None:
        missing("Stripe stand-in", MEND)
        raise AssertionError("unreachable")
    world = StripeWorld(script).start()
    yield world
    world.stop()
