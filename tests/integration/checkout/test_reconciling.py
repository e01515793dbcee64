"""The tie-out run over the tables: nothing is found where all ties out, and each exception is opened and settled once."""

from __future__ import annotations

import pytest

from checkout.models import MoneyException, ReconciliationRun
from checkout.services import reconciling
from tests.factories.tied_tables import NOW, PROVIDER, tied_store

pytestmark = pytest.mark.django_db


def test_a_store_that_ties_out_has_no_exceptions() -> None:
    books = tied_store()
    run = reconciling.run(provider=PROVIDER, books=books, now=NOW, by="staff:1")
    assert list(MoneyException.objects.values_list("kind", "key", "facts")) == []
    assert run is not None
    assert (run.found, run.opened, run.error, run.finished_at) == (0, 0, "", NOW)
    assert run.sums["moves"] == run.sums["vendor"] == run.sums["ledger"] == dict(books.holds)
    assert ReconciliationRun.objects.count() == 1
