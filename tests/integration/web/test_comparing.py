"""Comparing, budgets, undoing and reopening in the store, as a browser without script does it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from catalog.models import Build
from storefront.web import keeping, memory, wishes
from tests.integration.web.test_store import body, hidden

pytestmark = pytest.mark.usefixtures("shop")
VOYAGE = "trim:voyage,paint-clearing,wheel-20-wing,int-cream,pkg-quiet"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def save(client: Client, model: str, choices: str, do: str = "save", lang: str = "en") -> Any:
    return client.post(f"/{lang}/models/{model}/quote", {"choices": choices, "do": do})


def code_of(answer: Any) -> str:
    found = re.search(r"(?:build|b)=([A-Z0-9]{8})", answer.headers["Location"])
    assert found
    return found.group(1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_saved_builds_stand_side_by_side(client: Client, lang: str) -> None:
    first = code_of(save(client, "haven", VOYAGE, lang=lang))
    answer = save(client, "vale", "trim:summit", do="compare", lang=lang)
    second = code_of(answer)
    assert answer.headers["Location"] == f"/{lang}/compare?b={second}&b={first}"
    html = body(client.get(answer.headers["Location"]))
    assert first in html
    assert second in html
    assert "395,300" in html
    every = body(client.get(f"{answer.headers['Location']}&d=0"))
    assert every.count('<th scope="row">') > html.count('<th scope="row">')


def test_differences_only_can_be_switched_off_and_prices_as_saved_asked_for(client: Client) -> None:
    codes = [code_of(save(client, "haven", choices)) for choices in (VOYAGE, "trim:calm")]
    query = "&".join(f"b={code}" for code in codes)
    html = body(client.get(f"/en/compare?{query}&d=0&d=1&o=0&o=1"))
    assert "price when saved on" in html
    assert "identical rows are folded away" in html
    assert "identical rows" not in body(client.get(f"/en/compare?{query}&d=0"))


def test_the_best_value_carries_a_word(client: Client) -> None:
    codes = [code_of(save(client, "haven", choices)) for choices in (VOYAGE, "trim:calm")]
    html = body(client.get("/en/compare?" + "&".join(f"b={code}" for code in codes)))
    assert "<i>lowest</i>" in html
    assert "<i>furthest</i>" in html


def test_a_code_can_be_added_and_a_wrong_one_is_named(client: Client) -> None:
    first, second = (code_of(save(client, "haven", choices)) for choices in (VOYAGE, "trim:calm"))
    html = body(client.get(f"/en/compare?b={first}&add={second.lower()}"))
    assert f'name="b" value="{second}"' in html
    wrong = body(client.get(f"/en/compare?b={first}&b={second}&add=NOPE2345"))
    assert "There is no build NOPE2345" in wrong
    assert f'name="b" value="{second}"' in wrong
    assert "There is no build" in body(client.get("/en/compare?add=%21%21"))
    assert "There is no build NOPE2345" in body(client.get("/en/compare?b=NOPE2345"))


def test_five_builds_are_one_too_many(client: Client) -> None:
    codes = [code_of(save(client, "haven", f"trim:calm,{p}")) for p in ("paint-ink", "paint-lake")]
    codes += [code_of(save(client, "vale", t)) for t in ("trim:summit", "trim:summit,paint-pine")]
    query = "&".join(f"b={code}" for code in codes)
    extra = code_of(save(client, "rill", "trim:lite"))
    html = body(client.get(f"/en/compare?{query}&add={extra}"))
    assert "Four at most" in html
    assert f'value="{extra}"' not in html


def test_with_one_build_the_page_says_what_is_missing(client: Client) -> None:
    assert "enter a build code somebody gave you" in body(client.get("/en/compare"))
    code = code_of(save(client, "haven", VOYAGE))
    html = body(client.get("/en/compare"))
    assert "One more to go" in html
    assert code in html
    client.cookies[keeping.COOKIE] = f"{code}.GONE2345"
    assert body(client.get("/zh/compare")).count('name="b"') == 2  # the box, and the field's own


def test_a_quote_is_made_for_one_of_them(client: Client) -> None:
    code = code_of(save(client, "haven", VOYAGE))
    answer = client.post("/en/compare/quote", {"build": code})
    assert answer.status_code == 303
    assert "/en/quote/" in answer.headers["Location"]


def test_an_adjusted_click_is_shown_before_and_after_and_undone_by_a_link(client: Client) -> None:
    html = body(client.get("/en/models/haven/configure", query(VOYAGE, c=["pkg-quiet", "com-tea"])))
    assert "3 more changed with it" in html
    assert "¥395,300" in html
    assert "¥416,300" in html
    undo = re.search(r'href="[^"]*\?apply=([^"]+)"><svg[^>]*><use href="[^"]*#undo', html)
    assert undo
    back = client.get("/en/models/haven/configure", {"apply": unquote(undo.group(1))})
    assert set(hidden(back, "choices").split(",")) == set(VOYAGE.split(","))


def query(was: str, **more: Any) -> dict[str, Any]:
    parts = was.split(",")
    groups = {"trim": "trim:", "paint": "paint-", "wheels": "wheel-", "interior": "int-"}
    cards = {
        f"g-{group}": next(code for code in parts if code.startswith(start))
        for group, start in groups.items()
    }
    return {"was": was, **cards, **more}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_budget_finds_a_car_and_says_what_moved(client: Client, lang: str) -> None:
    page = f"/{lang}/models/haven/configure"
    sent = {"apply": "trim:calm", "budget": "400,000", "per": "car"}
    answer = client.get(page, sent)
    html = body(answer)
    assert "¥400,000" in html
    assert 'class="beforeafter"' in html
    assert hidden(answer, "choices") != "trim:calm"
    assert "?apply=trim%3Acalm" in html
    kept = client.get(page, {**sent, "keep": "1"})
    assert "trim:calm" in hidden(kept, "choices").split(",")


def test_a_monthly_amount_names_the_loan(client: Client) -> None:
    sent = {"apply": "trim:calm", "budget": "6000", "per": "month"}
    html = body(client.get("/en/models/haven/configure", sent))
    assert "within ¥6,000 a month" in html
    assert "for 60 months" in html


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"budget": "1000", "per": "car"}, "The cheapest such car costs"),
        ({"budget": "2000", "per": "month"}, "It takes at least"),
        ({"budget": "1", "per": "month"}, "No loan can be had"),
        ({"budget": "many", "per": "car"}, "Write a whole number above zero"),
        ({"budget": "0", "per": "month"}, "Write a whole number above zero, such as 6,000"),
        ({"budget": "٣", "per": "car"}, "Write a whole number above zero"),
    ],
)
def test_a_budget_that_buys_nothing_says_what_would(
    client: Client, sent: dict[str, str], told: str
) -> None:
    answer = client.get("/en/models/haven/configure", {"apply": "trim:calm", **sent})
    assert told in body(answer)
    assert hidden(answer, "choices") == "trim:calm"


def test_the_car_one_has_is_said_to_be_the_best(client: Client) -> None:
    sent = {"apply": "trim:calm", "budget": "400000", "per": "car"}
    found = hidden(client.get("/en/models/haven/configure", sent), "choices")
    again = body(client.get("/en/models/haven/configure", {**sent, "apply": found, "keep": "1"}))
    assert "nothing suits better" in again


def test_a_budget_that_keeps_packages_and_extras_keeps_them(client: Client) -> None:
    sent = {"apply": VOYAGE, "budget": "500000", "per": "car", "keep": "1"}
    found = hidden(client.get("/en/models/haven/configure", sent), "choices").split(",")
    assert set(VOYAGE.split(",")) <= set(found)


def test_a_build_that_is_what_it_was_is_opened_without_a_word(client: Client) -> None:
    code = code_of(save(client, "haven", VOYAGE))
    html = body(client.get(f"/en/models/haven/configure?build={code}"))
    assert f"Saved as build {code}" in html
    assert 'id="again"' not in html


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_build_that_cannot_be_built_any_more_is_mended_by_one_link(
    client: Client, lang: str
) -> None:
    code = with_something_gone(code_of(save(client, "haven", VOYAGE, lang=lang)))
    other = code_of(save(client, "haven", "trim:calm", lang=lang))
    page = f"/{lang}/models/haven/configure"
    html = body(client.get(f"{page}?build={code}"))
    assert 'id="again"' in html
    way = re.search(r'class="repair repair--best" href="[^"]*\?apply=([^"]+)"', html)
    assert way
    taken = client.get(page, {"apply": unquote(way.group(1))})
    assert "com-gone" not in hidden(taken, "choices")
    assert save(client, "haven", hidden(taken, "choices")).status_code == 303
    compared = body(client.get(f"/{lang}/compare?b={code}&b={other}"))
    assert 'class="tag tag--warn"' in compared
    assert f"?build={code}" in compared


def with_something_gone(code: str) -> str:
    """A copy of a saved build that also had an option which is not sold any more."""
    row = Build.objects.get(code=code)
    gone = {
        "code": "com-gone",
        "kind": "option",
        "name": {"zh-hans": "绝版茶盘", "en": "Discontinued tray"},
        "amount": {"amount": 100_000, "currency": "CNY"},
    }
    copied = ("release", "model", "market", "trim", "lead_days", "created_at")
    Build.objects.create(
        **{name: getattr(row, name) for name in copied},
        code="GGGG2345",
        choices=[*row.choices, "com-gone"],
        options=[*row.options, "com-gone"],
        price_sheet={**row.price_sheet, "lines": [*row.price_sheet["lines"], gone]},
    )
    return "GGGG2345"


def test_amounts_are_read_as_people_write_them() -> None:
    assert wishes.whole_amount("300,000") == wishes.whole_amount(" 300 000") == 300_000
    assert wishes.whole_amount("¥6000") == 6_000
    assert [wishes.whole_amount(x) for x in ("", "0", "-5", "3.5", "1" * 10, "x")] == [None] * 6
