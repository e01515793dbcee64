"""The release on sale as every process and thread sees it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from catalog.errors import (
    DamagedRelease,
)
from catalog.models import (
    Release,
    ReleasePointer,
)
from catalog.queries import on_sale as shelf
from catalog.queries.on_sale import on_sale, release
from catalog.services.releases import ReleaseFacts, publish_release
from tests.integration.catalog.conftest import NOW, Load, rename_the_base_trim

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def test_inside_the_poll_interval_no_sql_is_needed(published: ReleaseFacts, settings: Any) -> None:
    settings.RELEASE_POLL_SECONDS = 60
    first = on_sale()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(100):
            assert on_sale() is first
            assert release("R000001") is first
    assert len(queries) == 0
    shelf.look_again()
    with CaptureQueriesContext(connection) as queries:
        assert on_sale() is first
    assert len(queries) == 1


def test_an_older_release_is_read_once_and_kept(
    published: ReleaseFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename_the_base_trim()
    publish_release(now=LATER, actor="test", pictures={})
    on_sale()
    shelf.forget()
    on_sale()
    old = release("R000001")
    with CaptureQueriesContext(connection) as queries:
        assert release("R000001") is old
    assert len(queries) == 0
    monkeypatch.setattr(shelf, "KEPT", 1)
    shelf.forget()
    assert on_sale().code == "R000002"
    release("R000001")
    assert release("R000002").code == "R000002"


def test_a_damaged_release_is_not_sold(published: ReleaseFacts) -> None:
    shelf.forget()
    Release.objects.update(document=b"x")
    with pytest.raises(DamagedRelease, match="unpacked"):
        on_sale()


def test_a_tampered_release_is_not_sold(published: ReleaseFacts) -> None:
    shelf.forget()
    Release.objects.update(fingerprint="0" * 64)
    with pytest.raises(DamagedRelease, match="fingerprint"):
        on_sale()


def test_the_store_goes_on_while_the_database_is_away(
    published: ReleaseFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = on_sale()

    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(ReleasePointer.objects, "filter", away)
    assert on_sale() is held
    shelf.forget()
    with pytest.raises(OperationalError):
        on_sale()


def test_threads_go_on_with_what_they_have_while_one_looks(published: ReleaseFacts) -> None:
    held = on_sale()
    assert shelf._SHELF._looking.acquire(blocking=False)
    try:
        with CaptureQueriesContext(connection) as queries:
            assert on_sale() is held
        assert len(queries) == 0
    finally:
        shelf._SHELF._looking.release()


WATCH = """
import sys, time, django
django.setup()
from catalog.queries.on_sale import on_sale
seen = on_sale().code
print(seen, flush=True)
deadline = time.monotonic() + 20
while on_sale().code == seen and time.monotonic() < deadline:
    time.sleep(0.02)
print(on_sale().code, flush=True)
"""


def database_url() -> str:
    """The test database as another process names it."""
    row = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{row['NAME']}"
    login = f"{row['USER']}:{row['PASSWORD']}" if row["PASSWORD"] else row["USER"]
    return f"postgres://{login}@{row['HOST'] or 'localhost'}:{row['PORT'] or 5432}/{row['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_two_other_processes_see_a_new_release_within_a_second(load: Load) -> None:
    load()
    publish_release(now=NOW, actor="test", pictures={})
    settings = "from storefront.settings.test import *\nRELEASE_POLL_SECONDS = 0.5\n"
    folder = Path(os.environ["FORECOURT_DATA"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "watching_settings.py").write_text(settings)
    environment = {
        **os.environ,
        "TEST_DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "watching_settings",
        "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).resolve().parents[3])]),
    }
    watchers = [
        subprocess.Popen(
            [sys.executable, "-c", WATCH], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for watcher in watchers:
            assert watcher.stdout is not None
            assert watcher.stdout.readline().strip() == "R000001"
        rename_the_base_trim()
        publish_release(now=LATER, actor="test", pictures={})
        moved = time.monotonic()
        for watcher in watchers:
            assert watcher.stdout is not None
            assert watcher.stdout.readline().strip() == "R000002"
        assert time.monotonic() - moved < 1.0
    finally:
        for watcher in watchers:
            watcher.kill()
            watcher.wait()
