"""Test databases copied from migrated templates, so that no test run and no worker migrates twice.

Two templates: `bare` (migrations only) and `shop` (the demo store, with a release on sale). Templates are
files under `build/`, named by a hash of what they are made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.db import connections

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "test-templates"
KEPT = 4
MADE_FROM = {
    "bare": ("*/migrations/*.py", "storefront/*/migrations/*.py"),
    "shop": (
        "*/migrations/*.py",
        "storefront/*/migrations/*.py",
        "catalog/services/*.py",
        "cms/services/*.py",
        "contracts/services/templates.py",
        "storefront/demo/*.py",
        "storefront/demo/catalogue/**/*",
    ),
}


@cache
def template_key(kind: str) -> str:
    """A short hash of what the template is made from, the same for the whole run of this process."""
    digest = hashlib.sha256()
    for name in ("django", "wagtail", "django-allauth"):
        digest.update(f"{name}={version(name)};".encode())
    files = {path for pattern in MADE_FROM[kind] for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(name: str) -> Iterator[None]:
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _manage(database_url: str, *arguments: str) -> None:
    environment = os.environ | {
        "TEST_DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "storefront.settings.test",
        "FORECOURT_TEST_DATA": str(BUILD / "data"),
        "COVERAGE_PROCESS_START": "",
        "COVERAGE_PROCESS_CONFIG": "",
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(
            f"manage.py {' '.join(arguments)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        )


def _fill(kind: str, database_url: str) -> None:
    _manage(database_url, "migrate", "--verbosity", "0")
    if kind == "shop":
        _manage(database_url, "load_demo", "--no-users")


class SqliteTemplates:
    """Databases are files; a copy takes milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def template(self, kind: str) -> Path:
        """The template file, made now if it is not there."""
        path = BUILD / f"{kind}-{template_key(kind)}.sqlite3"
        with _locked(f"sqlite-{kind}"):
            if not path.exists():
                self._forget_old(kind)
                part = path.with_suffix(".part")
                for leftover in BUILD.glob(f"{part.name}*"):
                    leftover.unlink()
                _fill(kind, f"sqlite:///{part}")
                _checkpoint(part)
                part.rename(path)
        return path

    def _forget_old(self, kind: str) -> None:
        """Other runs may still copy from the newest ones."""
        found = sorted(BUILD.glob(f"{kind}-*.sqlite3"), key=lambda path: path.stat().st_mtime)
        for old in found[:-KEPT]:
            old.unlink(missing_ok=True)

    def name(self, kind: str) -> str:
        """Where the copy of `kind` for this worker lives."""
        return str(self.folder / f"{kind}.sqlite3")

    def restore(self, kind: str) -> None:
        """Put a fresh copy of the template in place."""
        target = Path(self.name(kind))
        for suffix in ("-wal", "-shm"):
            Path(f"{target}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template(kind), target)


def _checkpoint(path: Path) -> None:
    import sqlite3

    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
    database.close()


class PostgresTemplates:
    """Databases of one server; a copy is `CREATE DATABASE ... TEMPLATE`."""

    def __init__(self, server_url: str, worker: str) -> None:
        self.server_url = server_url
        self.worker = worker

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement)

    def _exists(self, name: str) -> bool:
        with psycopg.connect(self.server_url, autocommit=True) as database:
            return bool(
                database.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            )

    def template(self, kind: str) -> str:
        """The template database's name, made now if it is not there."""
        name = f"template_{kind}"
        with _locked(f"postgres-{kind}"):
            if not self._exists(name):
                part = f"{name}_part"
                self._run(f"DROP DATABASE IF EXISTS {part} WITH (FORCE)", f"CREATE DATABASE {part}")
                _fill(kind, self.server_url.rsplit("/", 1)[0] + f"/{part}")
                self._run(f"ALTER DATABASE {part} RENAME TO {name}")
        return name

    def name(self, kind: str) -> str:
        """The database of `kind` for this worker."""
        return f"test_{kind}_{self.worker}"

    def restore(self, kind: str) -> None:
        """Put a fresh copy of the template in place."""
        template = self.template(kind)
        self._run(
            f"DROP DATABASE IF EXISTS {self.name(kind)} WITH (FORCE)",
            f"CREATE DATABASE {self.name(kind)} TEMPLATE {template} STRATEGY FILE_COPY",
        )


def use(name: str) -> None:
    """Point Django's connection of this process at the database `name`."""
    for connection in connections.all():
        connection.close()
    connections.databases["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name
