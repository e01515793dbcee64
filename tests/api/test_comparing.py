"""Builds side by side through the API, and builds that a newer release changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Caller, code_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
VOYAGE = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]
ZENITH = ["trim:zenith", "paint-ink"]
SUMMIT = ["trim:summit", "paint-pine"]


def car(model: str, choices: list[str], **more: Any) -> dict[str, Any]:
    return {"model": model, "choices": choices, **more}


def saved(caller: Caller, model: str, choices: list[str]) -> str:
    return str(caller.post("/builds", car(model, choices), status=201)["code"])


def rows(answer: Any) -> dict[str, Any]:
    return {f"{s['code']}/{row['code']}": row for s in answer["sections"] for row in s["rows"]}


def test_saved_and_unsaved_builds_of_two_models_stand_side_by_side() -> None:
    caller = Caller()
    code = saved(caller, "haven", VOYAGE)
    body = {"builds": [{"build": code.lower()}, car("haven", ZENITH), car("vale", SUMMIT)]}
    answer = caller.post("/builds/compare", body)
    assert [build["code"] for build in answer["builds"]] == [code, None, None]
    assert [build["under"] for build in answer["builds"]] == ["today"] * 3
    assert answer["builds"][0]["price_sheet"]["total"]["amount"] == 39_530_000
    found = rows(answer)
    totals = [cell["money"]["amount"] for cell in found["price/total"]["cells"]]
    assert found["price/total"]["best"] == [totals.index(min(totals))]
    assert [cell["value"] for cell in found["delivery/days"]["cells"]] == [
        build["delivery"]["days"] for build in answer["builds"]
    ]
    assert found["group:paint/paint"]["cells"][1] == {
        "money": None,
        "value": None,
        "code": "paint-ink",
        "name": "Ink Resonance Black",
        "by": "chosen",
    }
    assert found["price/pkg-quiet"]["cells"][1:] == [None, None]
    assert len(found) == answer["rows"]["all"]


def test_differences_only_leaves_out_what_is_the_same() -> None:
    caller = Caller()
    body = {"builds": [car("haven", VOYAGE), car("haven", [*VOYAGE[:1], "paint-ink", *VOYAGE[2:]])]}
    every = caller.post("/builds/compare", body)
    fewer = caller.post("/builds/compare", {**body, "differences_only": True})
    different = [code for code, row in rows(every).items() if row["differs"]]
    assert sorted(rows(fewer)) == sorted(different)
    assert fewer["rows"] == every["rows"]
    assert fewer["rows"]["differing"] == len(different) < fewer["rows"]["all"]
    assert "group:paint/paint" in different
    assert "group:wheels/wheels" not in different


@pytest.mark.parametrize(
    ("builds", "status", "code", "field"),
    [
        ([car("haven", VOYAGE)], 422, "invalid-field", "builds"),
        ([car("haven", VOYAGE)] * 5, 422, "invalid-field", "builds"),
        ([car("haven", VOYAGE), {}], 422, "invalid-field", "builds.1"),
        (
            [car("haven", VOYAGE), {"build": "K7", "model": "vale"}],
            422,
            "invalid-field",
            "builds.1",
        ),
        ([car("haven", VOYAGE), {"build": "NOPE2345"}], 404, "unknown-build", "builds.1.build"),
        ([car("haven", VOYAGE), car("zeppelin", [])], 404, "unknown-model", "builds.1.model"),
        (
            [car("haven", VOYAGE), car("haven", ["trim:voyage", "no-such"])],
            422,
            "unknown-option",
            "builds.1.choices",
        ),
        ([car("haven", VOYAGE), car("haven", [])], 422, "not-buildable", "builds.1.choices"),
        (
            [car("haven", VOYAGE), car("haven", VOYAGE, market="XX")],
            422,
            "unknown-market",
            "builds.1.market",
        ),
        (
            [car("haven", VOYAGE), car("haven", ["a"] * 5000)],
            422,
            "invalid-field",
            "builds.1.choices",
        ),
    ],
)
def test_what_cannot_be_compared_names_its_place(
    builds: list[Any], status: int, code: str, field: str
) -> None:
    refused = Caller().post("/builds/compare", {"builds": builds}, status=status)
    assert code_of(refused) == code
    assert refused["errors"][0]["field"] == field
    assert refused["detail"].startswith(f"{field}: ")


def test_a_saved_build_beside_itself_is_refused() -> None:
    caller = Caller()
    code = saved(caller, "haven", VOYAGE)
    body = {"builds": [{"build": code}, {"build": code.lower()}]}
    refused = caller.post("/builds/compare", body, status=422)
    assert code_of(refused) == "not-comparable"
    assert refused["errors"] == [
        {"field": "builds.1.build", "message": f"{code} is there already; give another build"}
    ]
