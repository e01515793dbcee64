"""The store's pages as a browser without script gets them, over the real API and the demo store."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from kernel.jobs import run_until_idle
from storefront.web import api_client, memory
from storefront.web.api_client import ApiUnreachable
from storefront.web.views import errors

pytestmark = pytest.mark.usefixtures("shop")
PAGES = (
    "/",
    "/models/haven",
    "/models/vale/configure",
    "/stock",
    "/stories",
    "/help",
    "/legal",
    "/verify",
    "/orders",
    "/account",
    "/easy",
)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    memory.forget()


def body(answer: Any) -> str:
    return str(answer.content.decode())


def hidden(answer: Any, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', body(answer))
    assert found, name
    return found.group(1)


@pytest.mark.parametrize(
    ("lang", "html_lang", "other"), [("zh", "zh-Hans", "en"), ("en", "en", "zh-Hans")]
)
def test_every_page_opens_in_both_languages(
    client: Client, lang: str, html_lang: str, other: str
) -> None:
    for path in PAGES:
        answer = client.get(f"/{lang}{path}")
        assert answer.status_code == 200, path
        html = body(answer)
        assert f'<html lang="{html_lang}"' in html
        assert f'hreflang="{other}"' in html
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert answer.headers["Content-Language"] == html_lang.lower()


@pytest.mark.parametrize(
    ("asked", "to"),
    [("en-GB,en;q=0.9", "/en/"), ("zh-CN,zh;q=0.9,en;q=0.8", "/zh/"), ("", "/zh/"), ("de", "/zh/")],
)
def test_the_bare_address_leads_to_a_language(client: Client, asked: str, to: str) -> None:
    answer = client.get("/", headers={"accept-language": asked})
    assert (answer.status_code, answer.headers["Location"]) == (302, to)


def test_what_is_not_there_is_a_helpful_404(client: Client) -> None:
    gone = (
        "/zh/no/such",
        "/en/models/nope",
        "/en/models/nope/configure",
        "/zh/stock/NOPE",
        "/en/quote/Q-NOPE",
        "/zh/stories/nope",
    )
    for path in gone:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Content-Security-Policy" in answer.headers


def test_without_the_api_the_page_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise ApiUnreachable("no answer")

    monkeypatch.setattr(api_client.Api, "send", silent)
    answer = client.get("/en/stock")
    assert answer.status_code == 503
    assert "your choices are safe" in body(answer)


def test_a_failing_api_is_a_calm_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise api_client.ApiProblem(500, {"title": "broken"})

    monkeypatch.setattr(api_client.Api, "send", broken)
    assert client.get("/en/models/haven").status_code == 502


def test_a_refusal_of_the_api_names_what_happened(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise api_client.ApiProblem(
            429, {"type": "x/too-many", "title": "Too many", "retry_after": 7}
        )

    monkeypatch.setattr(api_client.Api, "send", refusing)
    answer = client.get("/en/models/haven")
    assert answer.status_code == 429
    assert "Try again in 7 seconds" in body(answer)


def test_the_pages_for_errors_around_a_view_ask_nobody(rf: Any) -> None:
    assert errors.page_not_found(rf.get("/en/x")).status_code == 404
    assert errors.server_error(rf.get("/zh/x")).status_code == 500
    stale = errors.csrf_failure(rf.get("/en/x"))
    assert (stale.status_code, "open for too long" in body(stale)) == (403, True)


def test_the_first_price_is_right_without_script(client: Client) -> None:
    html = body(client.get("/zh/models/haven/configure", {"c": ["trim:voyage", "paint-clearing"]}))
    assert "364,800" in html
    assert 'value="paint-clearing" checked' in html


def test_a_form_without_script_prices_the_click(client: Client) -> None:
    first = client.get("/en/models/haven/configure")
    was = hidden(first, "was")
    answer = client.get(
        "/en/models/haven/configure", {"was": was, "g-trim": "trim:voyage", "g-paint": "paint-lake"}
    )
    assert "365,800" in body(answer)


def test_a_click_that_moves_more_shows_before_and_after_with_undo(client: Client) -> None:
    was = "trim:voyage,paint-clearing"
    answer = client.get(
        "/en/models/haven/configure",
        {"was": was, "g-trim": "trim:voyage", "g-paint": "paint-clearing", "c": "com-tea"},
    )
    html = body(answer)
    assert "Travelling tea set chosen" in html
    assert "?apply=trim%3Avoyage%2Cpaint-clearing" in html


def test_a_click_that_does_not_fit_says_why_and_offers_repairs(client: Client) -> None:
    was = "trim:voyage,seat-comfort"
    answer = client.get(
        "/en/models/haven/configure",
        {"was": was, "g-trim": "trim:voyage", "g-seats": "seat-comfort", "c": "com-tea"},
    )
    html = body(answer)
    assert 'id="why"' in html
    assert "locks into the fridge lid" in html
    assert "+¥21,000" in html


def test_choices_nobody_can_build_fall_back_to_the_standard_car(client: Client) -> None:
    answer = client.get("/en/models/haven/configure", {"c": "no-such-option"})
    assert answer.status_code == 200
    assert "299,800" in body(answer)


def quote_of(
    client: Client, choices: str = "trim:voyage,paint-clearing,wheel-20-wing,int-cream,pkg-quiet"
) -> str:
    answer = client.post("/en/models/haven/quote", {"choices": choices})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_a_saved_build_opens_again_under_its_code(client: Client) -> None:
    answer = client.post(
        "/en/models/haven/quote", {"choices": "trim:voyage,paint-lake", "do": "save"}
    )
    html = body(client.get(answer.headers["Location"]))
    assert "Saved as build" in html
    assert "365,800" in html


def test_a_quote_shows_the_worked_example_to_the_cent(client: Client) -> None:
    address = quote_of(client)
    changed = client.post(
        f"{address}/change",
        {"finance": "luyin-60", "insurance": "cn-compulsory,cn-damage,cn-third-party-2m"},
    )
    html = body(client.get(changed.headers["Location"]))
    for figure in (
        "395,300.00",
        "45,476.99",
        "19,982.30",
        "8,504.73",
        "423,787.03",
        "5,081.06",
        "451,940.63",
    ):
        assert figure in html, figure
    assert "If it is us who fail" in html or "us who fail" in html


def ordered(client: Client, lang: str = "en") -> str:
    """An order placed by form; its code."""
    code = quote_of(client).rsplit("/", 1)[-1]
    form = client.get(f"/{lang}/checkout/{code}")
    sent = {
        "key": hidden(form, "key"),
        "kind": "person",
        "name": "Lin Zhixia",
        "phone": "138 1234 5678",
        "city": "Xiamen",
        "terms": "1",
    }
    answer = client.post(f"/{lang}/checkout/{code}", sent)
    again = client.post(f"/{lang}/checkout/{code}", sent)
    assert (answer.status_code, again.headers["Location"]) == (303, answer.headers["Location"])
    return str(answer.headers["Location"]).rsplit("/", 1)[-1]


def test_a_missing_detail_is_named_at_its_place_and_orders_nothing(client: Client) -> None:
    code = quote_of(client).rsplit("/", 1)[-1]
    for sent, words in (
        ({"name": "", "phone": "13812345678", "terms": "1"}, "Please give your name"),
        ({"name": "Lin", "terms": "1"}, "phone number or an e-mail"),
        ({"name": "Lin", "email": "lin", "terms": "1"}, "lacks an @"),
        ({"name": "Lin", "phone": "call me", "terms": "1"}, "digits, spaces"),
        ({"name": "Lin", "phone": "13812345678"}, "refund rules"),
    ):
        answer = client.post(f"/en/checkout/{code}", sent)
        assert answer.status_code == 422
        assert words in body(answer)
    assert not [name for name in client.cookies if name.startswith("fc_order_")]


def test_the_order_token_is_kept_signed_and_out_of_reach_of_scripts(client: Client) -> None:
    code = ordered(client)
    cookie = client.cookies[f"fc_order_{code}"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    client.cookies[f"fc_order_{code}"] = cookie.value[:-2] + "xx"
    assert client.get(f"/en/orders/{code}").headers["Location"] == f"/en/account?order={code}"


def test_a_stranger_is_asked_for_the_token_and_can_give_it(client: Client) -> None:
    code = ordered(client)
    page = body(client.get(f"/en/orders/{code}"))
    found = re.search(r'<code class="wrapcode">([^<]+)</code>', page)
    assert found
    stranger = Client()
    assert stranger.get(f"/en/orders/{code}").headers["Location"] == f"/en/account?order={code}"
    assert code in body(stranger.get(f"/en/account?order={code}"))
    assert stranger.post("/en/orders", {"code": code, "token": "wrong"}).status_code == 404
    answer = stranger.post("/en/orders", {"code": code.lower(), "token": found.group(1)})
    assert answer.headers["Location"] == f"/en/orders/{code}"
    assert stranger.get(f"/en/orders/{code}").status_code == 200


def test_a_quote_that_was_ordered_leads_to_its_order(client: Client) -> None:
    code = ordered(client)
    quote = re.search(r"/en/quote/([A-Z0-9-]+)", body(client.get(f"/en/orders/{code}")))
    assert quote
    assert "has been ordered" in body(client.get(quote.group(0)))
    assert client.get(f"/en/checkout/{quote.group(1)}").status_code == 303


def paid(client: Client, code: str, result: str = "succeed") -> None:
    """Presses a button of the sandbox's page for the order."""
    form = client.get(f"/en/pay/{code}")
    away = client.post(f"/en/pay/{code}", {"method": "alipay", "key": hidden(form, "key")})
    assert away.status_code == 303
    back = client.post(away.headers["Location"], {"result": result})
    assert back.headers["Location"].endswith(f"/en/pay/{code}?back=1")


@pytest.mark.django_db(transaction=True)
def test_from_payment_to_an_accepted_contract(client: Client) -> None:
    code = ordered(client)
    assert "/sandbox/" not in body(client.get(f"/en/pay/{code}"))
    paid(client, code, "decline")
    run_until_idle()
    assert client.get(f"/en/pay/{code}/state").json()["state"] == "declined"
    assert "Nothing was taken" in body(client.get(f"/en/pay/{code}?back=1"))
    paid(client, code)
    run_until_idle()
    assert client.get(f"/en/pay/{code}").headers["Location"] == f"/en/orders/{code}"
    assert client.get(f"/en/orders/{code}/state").json()["go"] == f"/en/orders/{code}"

    deal = client.get(f"/en/orders/{code}/contract")
    assert "395,300.00" in body(deal)
    pdf = client.get(f"/en/orders/{code}/contract.pdf")
    assert pdf.content.startswith(b"%PDF")
    sent = {"key": hidden(deal, "key"), "sha256": hidden(deal, "sha256")}
    assert client.post(f"/en/orders/{code}/contract", sent).status_code == 422
    assert (
        client.post(
            f"/en/orders/{code}/contract", {**sent, "accept": "1", "sha256": "0" * 64}
        ).status_code
        == 409
    )
    done = client.post(f"/en/orders/{code}/contract", {**sent, "accept": "1"})
    assert done.headers["Location"] == f"/en/orders/{code}"
    page = body(client.get(f"/en/orders/{code}"))
    number = re.search(r"FC-\d{4}-[A-Z0-9]+", page)
    assert number
    assert "This contract is genuine" in body(
        client.get("/en/verify", {"number": number.group(0)}, follow=True)
    )
    assert "You have accepted" in body(client.get(f"/en/orders/{code}/contract"))


def test_a_contract_that_is_not_drafted_yet_waits(client: Client) -> None:
    code = ordered(client)
    assert "being drafted" in body(client.get(f"/en/orders/{code}/contract"))


def test_a_number_nobody_issued_is_told_so(client: Client) -> None:
    answer = client.get("/en/verify/FC-2026-AAAAAAAA")
    assert answer.status_code == 404
    assert "no contract of that number" in body(answer)


def test_the_stock_filters_count_and_say_what_to_drop(client: Client) -> None:
    html = body(
        client.get(
            "/en/stock",
            {"model": "haven", "paint": "paint-clearing", "max": "330000", "sort": "price"},
        )
    )
    assert "Remove: Haven" in html
    assert "Remove: Clearing Blue" in html
    assert "Up to ¥330,000" in html
    assert client.get("/en/stock", {"cursor": "nonsense"}).status_code == 303


def test_the_stock_pages_follow_each_other(client: Client) -> None:
    first = body(client.get("/en/stock"))
    onward = re.search(r'href="(\?[^"]*cursor=[^"]+)"', first)
    assert onward
    second = client.get("/en/stock" + onward.group(1).replace("&amp;", "&"))
    assert second.status_code == 200
    assert "Back to the first page" in body(second)


def test_a_car_in_stock_becomes_a_quote(client: Client) -> None:
    listed = body(client.get("/zh/stock", {"availability": "in_stock"}))
    vin = re.search(r"/zh/stock/([A-Z0-9]{17})", listed)
    assert vin
    assert client.get(f"/zh/stock/{vin.group(1)}").status_code == 200
    answer = client.post(f"/zh/stock/{vin.group(1)}/quote")
    assert client.get(answer.headers["Location"]).status_code == 200


def test_large_text_and_theme_work_without_script(client: Client) -> None:
    answer = client.post("/zh/look", {"mode": "elder", "theme": "dark", "next": "/zh/verify"})
    assert answer.headers["Location"] == "/zh/verify"
    html = body(client.get("/zh/verify"))
    assert 'data-mode="elder"' in html
    assert 'data-theme="dark"' in html
    assert (
        client.post("/zh/look", {"mode": "huge", "next": "https://evil.example/"}).headers[
            "Location"
        ]
        == "/zh/"
    )


def test_the_easy_way_ends_in_a_quote(client: Client) -> None:
    html = body(client.get("/en/easy", {"car": "rill"}))
    paint = re.search(r'name="paint" value="([^"]+)"', html)
    assert paint
    answer = client.post("/en/easy", {"car": "rill", "paint": paint.group(1)})
    assert "/en/quote/" in answer.headers["Location"]


def test_tints_and_drawings_are_files_that_never_change(client: Client) -> None:
    css = client.get("/store/tones/6fa3ae-1f3b5c.css")
    assert body(css).splitlines()[0] == ":root{--paint:#6fa3ae}"
    assert "immutable" in css.headers["Cache-Control"]
    assert client.get("/store/tones/red.css").status_code == 404
    svg = client.get("/store/drawings/haven/8e2a25.svg")
    assert "var(--paint,#8e2a25)" in body(svg)
    assert client.get("/store/drawings/nope/8e2a25.svg").status_code == 404


def test_a_form_without_its_csrf_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/en/models/haven/quote", {"choices": "trim:voyage"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_visitor_signs_up_with_a_code_and_sees_the_account(client: Client) -> None:
    answer = client.post("/en/account", {"do": "signup", "email": "lin@example.com"})
    assert answer.status_code == 303
    run_until_idle()
    code = re.search(r"\b(\d{8})\b", str(mail.outbox[-1].body))
    assert code
    assert client.post("/en/account", {"do": "confirm", "code": "00000000"}).status_code == 422
    assert client.post("/en/account", {"do": "confirm", "code": code.group(1)}).status_code == 303
    html = body(client.get("/en/account"))
    assert "Signed in as lin@example.com" in html
    assert "no order in this account" in html
    client.post("/en/account", {"do": "out"})
    assert "Sign in with a code" in body(client.get("/en/account"))


def test_asking_for_another_address_starts_over(client: Client) -> None:
    client.post("/en/account", {"do": "login", "email": "lin@example.com"})
    assert "A code is on its way" in body(client.get("/en/account"))
    client.post("/en/account", {"do": "other"})
    assert "A code is on its way" not in body(client.get("/en/account"))
    assert client.post("/en/account", {"do": "confirm", "code": "1"}).status_code == 303
    assert client.post("/en/account", {"do": "login", "email": "nonsense"}).status_code == 422
