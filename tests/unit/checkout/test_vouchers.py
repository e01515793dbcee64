"""What a quote says to each code word: the table of docs/rules/quotes.md, and the words themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.domain.incentives import Buyer, Incentive, Subject, read_incentives
from catalog.errors import UnknownVoucher
from checkout.domain.vouchers import REASONS, VoucherAnswer, told_vouchers
from kernel.text import LANGUAGES
from tests.factories.rulebook import table

DAY = date(2026, 11, 22)


def _offer(code: str, **parts: Any) -> dict[str, Any]:
    row = {
        "code": code,
        "kind": "price_bonus",
        "market": "CN",
        "models": {"haven": 10_000},
        "from": "2026-01-01",
        "voucher": code.upper(),
        "stack": True,
        "name": {"zh-hans": f"优惠 {code}", "en": f"offer {code}"},
    }
    return row | parts


ROWS = [
    _offer("best", models={"haven": 900_000}, stack=False),
    _offer("less", stack=False),
    _offer("past", until="2026-11-22"),
    _offer("soon", **{"from": "2026-11-23"}),
    _offer("full", quota=1),
    _offer("wheels", kind="option_bonus", models=["haven"], option="wheel-20-wing", amount=50_000),
    _offer("proof", needs="trade-in-proof"),
    _offer("loan", kind="finance_campaign", models=["haven"], product="luyin-60"),
    _offer("vale", models={"vale": 10_000}),
    _offer("twin-vale", models={"vale": 10_000}, voucher="TWIN"),
    _offer("twin-past", voucher="TWIN", until="2026-01-02"),
]


def _told(words: str, options: str = "", **buyer: Any) -> dict[str, VoucherAnswer]:
    incentives: tuple[Incentive, ...] = read_incentives(ROWS, "CN")
    options_on = options.split()
    found = told_vouchers(
        incentives,
        subject=Subject(
            model="haven",
            options=options_on,
            lines={"trim:voyage": 35_980_000, **dict.fromkeys(options_on, 600_000)},
            list_price=36_580_000,
        ),
        day=DAY,
        buyer=Buyer(vouchers=tuple(words.split()), **buyer),
        taken={"full": 1},
        shown=[one.code for one in incentives],
    )
    return {one.word: one for one in found}


@pytest.mark.parametrize("row", table("quotes.md", "vouchers"), ids=lambda row: row["words"])
def test_each_word_is_answered_as_the_rules_tell(row: dict[str, str]) -> None:
    found = _told(row["words"], row["options"])
    assert list(found) == row["words"].split()
    applied = [word.upper() for word, one in found.items() if not one.reason]
    assert applied == row["applied"].split()
    refused = " ".join(f"{word.upper()} {one.reason}" for word, one in found.items() if one.reason)
    assert refused == row["reasons"]


def test_with_what_was_missing_the_word_applies() -> None:
    assert _told("PROOF", proofs=frozenset({"trade-in-proof"}))["PROOF"].reason == ""
    assert _told("LOAN", product="luyin-60")["LOAN"].reason == ""


def test_the_words_name_days_and_the_better_offer_in_both_languages() -> None:
    found = _told("PAST SOON BEST LESS")
    assert found["PAST"].text == {
        "zh-hans": "优惠已于 2026-11-22 结束。",
        "en": "It ended on 2026-11-22.",
    }
    assert "2026-11-23" in found["SOON"].text["en"]
    assert "优惠 best" in found["LESS"].text["zh-hans"]
    assert "offer best" in found["LESS"].text["en"]
    assert found["BEST"].facts() == {
        "word": "BEST",
        "applied": True,
        "offer": "best",
        "name": {"zh-hans": "优惠 best", "en": "offer best"},
        "reason": None,
        "text": {"zh-hans": "已抵扣。", "en": "Applied."},
    }


def test_every_reason_has_words_in_every_language() -> None:
    for words in REASONS.values():
        assert set(words) == set(LANGUAGES)


def test_a_place_lost_since_the_sheet_was_made_is_told_as_taken() -> None:
    found = told_vouchers(
        read_incentives(ROWS, "CN"),
        subject=Subject("haven", (), {"trim:voyage": 35_980_000}, 35_980_000),
        day=DAY,
        buyer=Buyer(vouchers=("BEST",)),
        taken={},
        shown=(),
    )
    assert [one.reason for one in found] == ["quota"]


def test_a_word_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UnknownVoucher) as refused:
        _told("BEST NOBODY")
    assert refused.value.facts == {"vouchers": ["NOBODY"]}
