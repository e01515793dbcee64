"""`manage.py demo`: the whole store on one machine, from an empty folder to a shop that takes orders."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from storefront.demo.people import PEOPLE

READY_SECONDS = 60


class Command(BaseCommand):
    """Prepare the database, load the demo store, start web and worker; Ctrl-C or a closed terminal stops all."""

    help = "Run the demo store: web and worker on the loopback address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--prepare-only` stops before web and worker."""
        parser.add_argument("--prepare-only", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C; raises CommandError when the port is taken or a part ends by itself."""
        port = self._port()
        if not options["prepare_only"]:
            self._refuse_taken_port(port)
        self._prepare()
        if options["prepare_only"]:
            return
        Running(self, port).until_stopped()

    def say(self, line: str) -> None:
        """One line of progress, at once."""
        self.stdout.write(f"forecourt: {line}")
        self.stdout.flush()

    def _port(self) -> int:
        given = os.environ.get("PORT", "8000")
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise CommandError(f"PORT={given!r} is no port; use a number between 1 and 65535")
        return int(given)

    def _refuse_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CommandError(
                    f"port {port} is taken; choose another: make run PORT={port + 1}"
                ) from None

    def _prepare(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.say(
                f"preparing the database ({len(plan)} steps, about half a minute the first time)"
            )
            call_command("migrate", verbosity=0)
        call_command("load_demo", stdout=self.stdout)
        if not (settings.STATIC_ROOT / "web").exists():
            self.say("collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)


class Running:
    """Web and worker as two processes that live and die together."""

    def __init__(self, command: Command, port: int) -> None:
        self.command = command
        self.port = port
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def until_stopped(self) -> None:
        """Start both, say where they are, wait; every way out stops both."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored: started by nohup
            signal.signal(signal.SIGHUP, self._on_signal)
        try:
            self._start()
            self._wait_until_ready()
            self._greet()
            self._watch()
        finally:
            self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self) -> None:
        environment = os.environ | {"FORECOURT_BASE_URL": f"http://localhost:{self.port}"}
        web = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1", "--blocking-threads", "2", "--http", "1", "--no-ws", "--log-level", "warning",
            "storefront.wsgi:application",
        ]  # fmt: skip
        worker = [sys.executable, "manage.py", "worker"]
        for name, arguments in (("web", web), ("worker", worker)):
            self.children[name] = subprocess.Popen(
                arguments, env=environment, start_new_session=True
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.stopping:
            self._refuse_dead_child()
            if self._healthy():
                return
            if time.monotonic() > deadline:
                raise CommandError(
                    f"the web server did not answer on port {self.port} within {READY_SECONDS} s"
                )
            time.sleep(0.1)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/healthz", timeout=5
            ) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _refuse_dead_child(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None and not self.stopping:
                raise CommandError(f"{name} ended by itself with code {child.returncode}")

    def _greet(self) -> None:
        if self.stopping:
            return
        base = f"http://localhost:{self.port}"
        say = self.command.say
        say("ready")
        say(f"  store   {base}/zh/   {base}/en/")
        say(f"  API     {base}/api/v1/docs")
        say(f"  CMS     {base}/cms/")
        for person in PEOPLE:
            say(f"  login   {person.email}  password {person.password}  ({person.role})")
        say("  payments are a sandbox, mail is printed here; Ctrl-C stops everything")

    def _watch(self) -> None:
        while not self.stopping:
            self._refuse_dead_child()
            time.sleep(0.2)

    def _stop(self) -> None:
        running = [child for child in self.children.values() if child.poll() is None]
        for child in running:
            child.terminate()
        for child in running:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.command.say("stopped")
