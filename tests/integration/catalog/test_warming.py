"""A web process makes the configurators ready before the first buyer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from catalog.domain.configuration.configurator import Configurator
from catalog.queries.on_sale import on_sale
from catalog.queries.warming import warm

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.usefixtures("shop")
def test_every_model_on_sale_is_asked_once_and_stays_in_memory() -> None:
    catalogue = on_sale().catalogue
    markets = [market for market in catalogue.markets.values() if market.on_sale]
    assert warm(NOON) == len(markets) * len(catalogue.models)
    kept = [value for value in on_sale().memo.values() if isinstance(value, Configurator)]
    assert len(kept) >= len(catalogue.models)


@pytest.mark.django_db
def test_a_shop_without_a_release_starts_all_the_same() -> None:
    assert warm(NOON) == 0


@pytest.mark.usefixtures("shop")
def test_the_command_says_how_many_models_answered(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("warm_configurator")
    said = capsys.readouterr().out
    markets = sum(market.on_sale for market in on_sale().catalogue.markets.values())
    assert said.startswith(f"{markets * len(on_sale().catalogue.models)} configurators answered")
