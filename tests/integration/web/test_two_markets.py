"""One store, two markets: the switch, what it changes, and that an old or foreign choice harms nobody."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from storefront.web import memory

pytestmark = pytest.mark.usefixtures("shop")
DEMO = {
    "en": "Demonstration market: contract and legal texts are in English",
    "zh": "演示市场",
}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def body(answer: Any) -> str:
    return str(answer.content.decode())


def switch(client: Client, market: str, lang: str = "en", page: str = "/en/") -> Any:
    """Presses a button of the market switch."""
    return client.post(f"/{lang}/market", {"market": market, "next": page})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_switch_needs_no_script_and_is_remembered(client: Client, lang: str) -> None:
    before = body(client.get(f"/{lang}/models/haven"))
    assert "€" not in before.replace("€</button>", "")
    assert DEMO[lang] not in before

    answer = switch(client, "DE", lang, f"/{lang}/models/haven")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{lang}/models/haven")
    for path in ("/", "/models/haven", "/models/rill/configure", "/stock", "/easy"):
        html = body(client.get(f"/{lang}{path}"))
        assert DEMO[lang] in html, path
        assert "€" in html.replace("€</button>", ""), path
        assert "¥" not in html.replace("¥</button>", ""), path

    switch(client, "CN", lang)
    assert DEMO[lang] not in body(client.get(f"/{lang}/"))


def test_a_link_carries_its_market_and_the_next_page_keeps_it(client: Client) -> None:
    assert "€" in body(client.get("/en/stock?market=DE")).replace("€</button>", "")
    assert client.cookies["market"].value == "DE"
    assert DEMO["en"] in body(client.get("/en/"))


@pytest.mark.parametrize("market", ["XX", "", "de-DE", "<b>", "CN;DE", "9" * 400])
def test_an_unknown_market_is_the_shops_own(client: Client, market: str) -> None:
    client.cookies["market"] = market
    answer = client.get("/en/models/haven")
    assert answer.status_code == 200
    assert DEMO["en"] not in body(answer)
    assert client.get("/en/", {"market": market}).status_code == 200
    assert switch(client, market).status_code == 303


def test_the_switch_never_leads_out_of_the_shop(client: Client) -> None:
    answer = switch(client, "DE", page="https://elsewhere.example/")
    assert answer.headers["Location"] == "/en/"


def test_a_build_opens_in_the_market_it_was_saved_in(client: Client) -> None:
    client.cookies["market"] = "DE"
    saved = client.post("/en/models/rill/quote", {"choices": "trim:plus", "do": "save"})
    address = saved.headers["Location"]
    other = Client()
    moved = other.get(address)
    assert moved.status_code == 303
    shown = other.get(moved.headers["Location"])
    assert shown.status_code == 200
    assert DEMO["en"] in body(shown)


def test_a_quote_wears_the_label_of_its_own_market(client: Client) -> None:
    client.cookies["market"] = "DE"
    made = client.post("/en/models/rill/quote", {"choices": "trim:plus"})
    assert made.status_code == 303
    client.cookies["market"] = "CN"
    html = body(client.get(made.headers["Location"]))
    assert DEMO["en"] in html
    assert "€" in html.replace("€</button>", "")


def test_only_where_the_law_says_so_is_a_deposit_returned_twice(client: Client) -> None:
    for path in ("/en/", "/en/models/haven"):
        assert "get double" in body(client.get(path))
    switch(client, "DE")
    for path in ("/en/", "/en/models/haven"):
        assert "get double" not in body(client.get(path))


def test_ranges_are_those_of_the_markets_own_test_cycle(client: Client) -> None:
    assert "735 km" in body(client.get("/en/models/haven/configure"))
    switch(client, "DE")
    assert "735 km" not in body(client.get("/en/models/haven/configure"))
