"""Lists come in parts; cursors belong to their query and cannot be made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from storefront.accounts.models import User
from storefront.api.cursors import position_of, signed_cursor
from storefront.api.errors import InvalidField
from tests.api.caller import Caller, code_of

QUERY = {"model": ["haven"], "sort": ["price"]}


def test_a_cursor_gives_its_position_back() -> None:
    assert position_of(signed_cursor("100:VIN", query=QUERY), query=QUERY) == "100:VIN"


def test_no_cursor_is_the_first_page_and_no_position_is_the_last() -> None:
    assert position_of(None, query=QUERY) is None
    assert position_of("", query=QUERY) is None
    assert signed_cursor(None, query=QUERY) is None


def test_a_cursor_of_another_query_is_refused() -> None:
    cursor = signed_cursor("100:VIN", query=QUERY)
    with pytest.raises(InvalidField):
        position_of(cursor, query={**QUERY, "sort": ["days"]})


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "\x00", "é" * 2000, "W10:1:1"])
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidField) as caught:
        position_of(cursor, query=QUERY)
    assert caught.value.facts["errors"][0]["field"] == "cursor"


def parts(caller: Caller, path: str, **query: Any) -> list[list[Any]]:
    """Every part of a list, from the first to the one without `next`."""
    part = caller.get(path, **query)
    found = [part["items"]]
    while part["next"]:
        part = caller.get(path, **query, cursor=part["next"])
        found.append(part["items"])
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_pages_come_in_parts_that_make_up_the_whole_list() -> None:
    caller = Caller()
    queries: tuple[dict[str, Any], ...] = ({}, {"type": "story"})
    for query in queries:
        whole = caller.get("/pages", limit=100, **query)
        assert whole["next"] is None
        found = parts(caller, "/pages", limit=1, **query)
        assert [len(part) for part in found] == [1] * len(whole["items"])
        assert [page for part in found for page in part] == whole["items"]


def buyer(email: str) -> Caller:
    """Somebody who is signed in."""
    http = Client()
    http.force_login(User.objects.create_user(email))
    return Caller(http=http)


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_my_orders_come_in_parts_and_the_cursor_is_mine_alone() -> None:
    anna, bert = buyer("anna@example.com"), buyer("bert@example.com")
    made = []
    for _ in range(3):
        made.append(anna.order()["order"]["code"])
        anna.token = ""  # the session speaks for her, not the order's token
    found = parts(anna, "/orders", limit=2)
    assert [[one["code"] for one in part] for part in found] == [[made[2], made[1]], [made[0]]]
    cursor = anna.get("/orders", limit=2)["next"]
    assert code_of(bert.get("/orders", cursor=cursor, status=422)) == "invalid-field"


@pytest.mark.django_db
@pytest.mark.usefixtures("shop")
def test_a_cursor_of_another_list_and_a_limit_out_of_range_are_refused() -> None:
    caller, anna = Caller(), buyer("anna@example.com")
    stories = caller.get("/pages", type="story", limit=1)["next"]
    lot = caller.get("/stock", limit=1)["next"]
    assert stories
    assert lot
    for refused in (
        caller.get("/pages", cursor=stories, status=422),
        caller.get("/pages", cursor=lot, status=422),
        caller.get("/pages", cursor="x", status=422),
        caller.get("/stock", cursor=stories, status=422),
        anna.get("/orders", cursor=stories, status=422),
        Caller("zh-hans").get("/pages", type="story", cursor=stories, status=422),
    ):
        assert code_of(refused) == "invalid-field"
        assert refused["errors"][0]["field"] == "cursor"
    for path, who in (("/pages", caller), ("/orders", anna)):
        for limit in (0, 101):
            assert who.get(path, limit=limit, status=422)["errors"][0]["field"] == "limit"
