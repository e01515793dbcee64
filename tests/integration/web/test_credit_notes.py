"""Wherever the store names a monthly amount, the annual rate and the law's warning stand beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from storefront.web import memory

pytestmark = pytest.mark.usefixtures("shop")
WARNINGS = {"en": "Caution! Borrowing money costs money.", "zh": "请注意：借款需要付出成本。"}
RATES = {
    ("CN", "zh"): "年化利率 3.88%（单利，月内部收益率乘以 12）",
    ("CN", "en"): "3.88",
    ("DE", "zh"): "年化利率 4.48%（有效年利率，按复利计）",
    ("DE", "en"): "APR 4.48 % (effective annual rate, compounded)",
}
PAGES = ("/models/haven", "/models/haven/configure", "/stock?model=haven", "/")
NOTE = re.compile(r'<span class="credit small muted"[^>]*>(.*?)</span>', re.DOTALL)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def notes(client: Client, address: str) -> list[str]:
    """What the page says beside its monthly amounts."""
    answer: Any = client.get(address)
    assert answer.status_code == 200
    found = NOTE.findall(answer.content.decode())
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


@pytest.mark.parametrize(("market", "lang"), list(RATES))
@pytest.mark.parametrize("path", PAGES)
def test_a_monthly_amount_never_stands_alone(
    client: Client, market: str, lang: str, path: str
) -> None:
    client.cookies["market"] = market
    found = notes(client, f"/{lang}{path}")
    assert found
    for note in found:
        assert RATES[market, lang] in note
        assert (WARNINGS[lang] in note) == (market == "DE")


def test_every_car_of_the_stock_list_has_its_note(client: Client) -> None:
    client.cookies["market"] = "DE"
    html = client.get("/en/stock").content.decode()
    monthly = len(re.findall(r"€[\d,]+ a month</p>", html))
    assert monthly == len(NOTE.findall(html)) > 5


def test_a_car_in_stock_names_lender_sums_and_term_of_its_example(client: Client) -> None:
    client.cookies["market"] = "DE"
    listed = client.get("/en/stock").content.decode()
    [address] = re.findall(r'href="(/en/stock/[A-Z0-9]{17})"', listed)[:1]
    html = client.get(address).content.decode()
    assert re.search(
        r"Example with \w+ \w+ \(fictional\): loan of €[\d,.]+, €[\d,.]+ down, \d+ instalments of €[\d,.]+, "
        r"fixed rate [\d.]+% a year, €[\d,.]+ in all",
        html,
    )
    assert WARNINGS["en"] in html


def test_a_budget_by_the_month_says_what_the_loan_costs(client: Client) -> None:
    client.cookies["market"] = "DE"
    html = client.get("/en/models/haven/configure?budget=1500&per=month").content.decode()
    found = html.split('id="found"')[1].split("</div>")[0]
    assert "APR 4." in found
    assert WARNINGS["en"] in found
