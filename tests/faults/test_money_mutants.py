"""Mutants of the code that moves money: with each, a test that is named beside it must fail.

Patched is a copy of the tree, never the tree itself. That every mutant still applies and is documented is held every day;
`make prove ONLY=money` runs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.factories.rulebook import table
from tests.faults.mutants import MUTANTS, ROOT, Mutant
from tests.support.postgres import Postgres, find_binaries

pytestmark = [pytest.mark.prove, pytest.mark.sqlite]
FULL = os.environ.get("FORECOURT_PROVE") == "1"
LEFT_OUT = (".git", ".venv", "var", "__pycache__", ".mypy_cache", "build", "node_modules")
OURS = ("FORECOURT_", "PYTEST_", "TEST_", "DATABASE_URL", "DJANGO_", "COV")
FAILED = 1
"""pytest's word for: tests ran, and some failed. Everything above is no verdict."""


@dataclass
class Copy:
    """The tree beside itself; `run` gives pytest's exit code and words."""

    folder: Path
    server: Postgres | None = None
    started: list[Postgres] = field(default_factory=list)

    def run(self, tests: tuple[str, ...], database: str) -> tuple[int, str]:
        """Run tests of the copy, as in a process of their own."""
        clean = {name: told for name, told in os.environ.items() if not name.startswith(OURS)}
        if database == "postgres":
            clean["TEST_POSTGRES_URL"] = self._postgres().url
        command = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", "-n", "0"]
        done = subprocess.run(
            [sys.executable, *command, "--database", database, *tests],
            cwd=self.folder,
            env=clean,
            capture_output=True,
            text=True,
        )
        return done.returncode, f"{done.stdout[-3000:]}\n{done.stderr[-1000:]}"

    def _postgres(self) -> Postgres:
        if self.server is None:
            binaries = find_binaries()
            if binaries is None:
                missing("PostgreSQL", "apt-get install postgresql, or set POSTGRES_BIN")
                raise AssertionError("unreachable")
            self.server = Postgres(binaries)
            self.server.start()
        return self.server


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    folder = tmp_path_factory.mktemp("mutants") / "tree"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    templates = ROOT / "build" / "test-templates"
    kept = folder / "build" / "test-templates"
    kept.mkdir(parents=True)
    for template in templates.glob("bare-*.sqlite3"):
        shutil.copy2(template, kept)
    made = Copy(folder)
    yield made
    if made.server is not None:
        made.server.stop()


def listed() -> dict[str, str]:
    """What the page says: the tests by the mutant's name."""
    return {row["mutant"]: row["caught by"] for row in table("../mutants-money.md", "mutants")}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_of_money_still_fits_the_code_and_names_tests_that_exist(mutant: Mutant) -> None:
    before = (ROOT / mutant.file).read_text()
    assert mutant.applied(before) != before
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}" in (ROOT / file).read_text(), test


def test_the_page_lists_every_mutant_of_money_with_what_catches_it() -> None:
    caught = {
        mutant.name: ", ".join(f"`{Path(test.partition('::')[0]).name}`" for test in mutant.tests)
        for mutant in MUTANTS
    }
    assert listed() == caught


@pytest.mark.skipif(not FULL, reason="mutants run in `make prove ONLY=money`")
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_without_a_mutant_the_tests_that_catch_money_pass(copy: Copy, database: str) -> None:
    tests = [test for mutant in MUTANTS if mutant.database == database for test in mutant.tests]
    code, words = copy.run(tuple(dict.fromkeys(tests)), database)
    assert code == 0, words


@pytest.mark.skipif(not FULL, reason="mutants run in `make prove ONLY=money`")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_of_money_is_caught(copy: Copy, mutant: Mutant) -> None:
    file = copy.folder / mutant.file
    whole = file.read_text()
    file.write_text(mutant.applied(whole))
    try:
        for test in mutant.tests:
            code, words = copy.run((test,), mutant.database)
            assert code == FAILED, f"{mutant.name} was not caught by {test}:\n{words}"
    finally:
        file.write_text(whole)
