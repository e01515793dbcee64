"""A tiny catalogue imported or on sale; releases in memory never outlive a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.models import Trim
from catalog.queries import on_sale
from catalog.services.imports import ImportReport, import_catalogue
from catalog.services.releases import ReleaseFacts, publish_release
from tests.factories.catalogue_folder import files, write

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
Load = Callable[..., ImportReport]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    on_sale.forget()
    yield
    on_sale.forget()


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Writes these files and imports them: `load(files)`."""
    turn = iter(range(1000))

    def run(contents: dict[str, str] | None = None, *, dry_run: bool = False) -> ImportReport:
        directory = write(tmp_path / str(next(turn)), contents or files())
        return import_catalogue(directory=directory, dry_run=dry_run, now=NOW, actor="test")

    return run


@pytest.fixture
def published(load: Load) -> ReleaseFacts:
    """The tiny catalogue on sale as R000001."""
    assert load().faults == ()
    return publish_release(now=NOW, actor="test", pictures={})


def rename_the_base_trim(name: str = "Basis") -> None:
    trim = Trim.objects.get(code="base")
    trim.name = {"zh-hans": name, "en": name}
    trim.save()
