"""The test run: which database, which servers, and the two templates every test starts from.

`--database sqlite` (default) or `--database postgres` (a server of our own, or TEST_DATABASE_URL).
A test that asks for the fixture `shop` runs on a copy of the demo store with a release on sale.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from modelsearch.backends.database.postgres.weights import set_weights

from storefront.settings.base import database_from
from tests.support.databases import PostgresTemplates, SqliteTemplates, use
from tests.support.postgres import Postgres, find_binaries

SERVER = pytest.StashKey[Postgres]()
TEMPLATES: dict[str, Any] = {}
PRESENT: dict[str, Any] = {"kind": None, "ready": set()}


def missing(what: str, mend: str) -> None:
    """Skip with one line, or fail where a machine must have everything (CI)."""
    line = f"{what} not found: {mend}"
    if os.environ.get("CI"):
        pytest.fail(line, pytrace=False)
    pytest.skip(line, allow_module_level=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--database`: where integration tests run."""
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once, in the controlling process, when it is asked for."""
    config.addinivalue_line(
        "markers", "postgres: needs PostgreSQL; runs only with --database postgres"
    )
    config.addinivalue_line("markers", "sqlite: runs only with --database sqlite")
    config.addinivalue_line("markers", "prove: full size with FORECOURT_PROVE=1, else a sample")
    if config.getoption("--database") != "postgres" or hasattr(config, "workerinput"):
        return
    if os.environ.get("TEST_POSTGRES_URL"):
        return
    binaries = find_binaries()
    if binaries is None:
        line = "PostgreSQL not found: apt-get install postgresql, or set POSTGRES_BIN"
        if os.environ.get("CI"):
            raise pytest.UsageError(line)
        pytest.exit(f"SKIPPED: {line}", returncode=0)
    server = Postgres(binaries)
    server.start()
    config.stash[SERVER] = server
    os.environ["TEST_POSTGRES_URL"] = server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server this run started."""
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()
        os.environ.pop("TEST_POSTGRES_URL", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of one database do not run on the other."""
    chosen = config.getoption("--database")
    other = {"sqlite": "postgres", "postgres": "sqlite"}[chosen]
    keep = [item for item in items if item.get_closest_marker(other) is None]
    dropped = [item for item in items if item.get_closest_marker(other) is not None]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = keep


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> None:
    """Databases come from templates, so pytest-django creates none."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if request.config.getoption("--database") == "postgres":
        url = os.environ["TEST_POSTGRES_URL"]
        TEMPLATES["source"] = PostgresTemplates(url, worker)
        set_weights()  # Wagtail's search prepares itself for the database it starts with
        settings = database_from(url)
    else:
        folder = Path(os.environ["FORECOURT_TEST_ROOT"]) / worker
        TEMPLATES["source"] = SqliteTemplates(folder)
        settings = database_from(f"sqlite:///{folder / 'bare.sqlite3'}")
    with django_db_blocker.unblock():
        _adopt(settings)
        _choose(PRESENT["wanted"] or "bare")


def _adopt(settings: dict[str, Any]) -> None:
    from django.db import connections

    for connection in connections.all():
        connection.close()
    connections.databases["default"] = {"TEST": {}, "OPTIONS": {}, **settings}
    del connections["default"]
    connections.configure_settings(connections.databases)


def _choose(kind: str) -> None:
    source = TEMPLATES["source"]
    if kind not in PRESENT["ready"]:
        use(source.name(kind))
        source.restore(kind)
        PRESENT["ready"].add(kind)
    if PRESENT["kind"] != kind:
        use(source.name(kind))
        PRESENT["kind"] = kind


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture: the demo store for tests that ask for `shop`, else the bare database."""
    kind = "shop" if "shop" in getattr(item, "fixturenames", ()) else "bare"
    PRESENT["wanted"] = kind
    if TEMPLATES:
        from pytest_django.plugin import blocking_manager_key

        with item.config.stash[blocking_manager_key].unblock():
            _choose(kind)


def _restore_from_template(self: TransactionTestCase) -> None:
    """After a test that committed: a fresh copy, instead of a flush that append-only tables refuse."""
    kind = PRESENT["kind"]
    use(TEMPLATES["source"].name(kind))
    TEMPLATES["source"].restore(kind)


@pytest.fixture(autouse=True, scope="session")
def _restore_instead_of_flush() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", _restore_from_template)
    yield
    patch.undo()


@pytest.fixture
def shop(db: None) -> None:
    """The demo store: catalogue, pages and contract template loaded, a release on sale."""
