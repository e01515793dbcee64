"""A reserved order, the demo template, and an archive in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.archive import FileArchive
from contracts.queries import ContractSummary
from contracts.services.drafting import draft_contract
from contracts.services.issuing import issue_contract
from contracts.services.signing import mark_viewed
from contracts.services.templates import import_template
from tests.factories.contract import NOW, TEMPLATE_FILE, contract_facts
from tests.factories.contract_order import InkRenderer, reserved_order
from tests.factories.contract_words import LAWYERS

ORDER = "C26-N4X8R2KQ"
STORE = "https://store.example"


@pytest.fixture
def template(db: None) -> None:
    """The demo's purchase agreement, in force."""
    import_template(path=TEMPLATE_FILE, now=NOW, people=LAWYERS)


@pytest.fixture
def order(template: None) -> str:
    """A reserved order of a cash buyer; its code."""
    return reserved_order(contract_facts()).code


@pytest.fixture
def archive(tmp_path: Path) -> FileArchive:
    return FileArchive(tmp_path / "archive")


@pytest.fixture
def draft(order: str) -> Callable[[], ContractSummary]:
    """Draft the order's contract."""
    return lambda: draft_contract(order=order, store_url=STORE, now=NOW)


@pytest.fixture
def issued(draft: Callable[[], ContractSummary], archive: FileArchive) -> ContractSummary:
    """An issued contract."""
    return issue_contract(number=draft().number, renderer=InkRenderer(), archive=archive, now=NOW)


@pytest.fixture
def viewed(issued: ContractSummary) -> ContractSummary:
    """A contract the buyer has read."""
    return mark_viewed(number=issued.number, actor="guest", now=NOW)
