"""Words, money and findings of the desks in the language of the reader."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from checkout.domain.order import State as OrderState
from checkout.domain.payments import State as PaymentState
from checkout.models import Order, Payment, PaymentOperation, Quote
from cms import tables, words
from cms.desks.findings import in_words
from cms.money import MoneyField, currency_of, minor
from cms.templatetags import desk
from contracts.domain.clauses import CONDITIONS
from contracts.domain.states import State as ContractState
from contracts.models import ClauseVersion, Contract
from kernel.money import Money


@pytest.mark.parametrize(
    ("model", "field", "values"),
    [
        (Order, "state", OrderState),
        (Payment, "state", PaymentState),
        (Payment, "purpose", Payment.Purpose.values),
        (Contract, "state", ContractState),
        (Quote, "state", Quote.State.values),
        (ClauseVersion, "condition", CONDITIONS),
    ],
)
def test_every_stored_state_has_words(model: type, field: str, values: object) -> None:
    assert {str(value) for value in values} <= set(words.words_of(model, field))  # type: ignore[attr-defined]


def test_calls_to_a_provider_have_words() -> None:
    assert {*PaymentOperation.Kind.values, *PaymentOperation.State.values} <= set(words.OPERATION)


def test_a_value_nobody_named_is_shown_as_it_is() -> None:
    assert words.said("order", "on_the_moon") == "on_the_moon"
    assert words.said("nonsense", "x") == "x"


def test_a_state_speaks_the_language_of_the_admin() -> None:
    with override("zh-hans"):
        assert words.said("order", "awaiting_deposit") == "待付订（定）金"
        assert words.language() == "zh-hans"
    with override("en"):
        assert words.said("order", "awaiting_deposit") == "awaiting deposit"
        assert words.language() == "en"


def test_a_column_is_named_like_its_field_or_its_attribute() -> None:
    with override("en"):
        assert str(words.column_name(Order, "placed_at")) == "Placed at"
        assert str(words.column_name(Order, "some_thing")) == "Some thing"


@pytest.mark.parametrize(
    ("typed", "units"),
    [("1,500.00", 150000), ("1500", 150000), (" 0.01 ", 1), ("−", None), ("abc", None), ("NaN", None), ("1e99", None), ("1.005", None)],
)  # fmt: skip
def test_money_is_typed_in_major_units(typed: str, units: int | None) -> None:
    field = MoneyField(currency="CNY")
    if units is None:
        with pytest.raises(ValidationError):
            minor(field.to_python(typed), "CNY")
    else:
        assert minor(field.to_python(typed), "CNY") == units


def test_a_currency_without_cents_takes_none() -> None:
    assert minor(Decimal("1500"), "JPY") == 1500
    with pytest.raises(ValidationError):
        minor(Decimal("1500.5"), "JPY")
    assert minor(None, "CNY") is None


def test_stored_money_is_shown_as_people_write_it() -> None:
    field = MoneyField(currency="CNY", required=False)
    assert field.prepare_value(35980000) == "359,800.00"
    assert field.prepare_value("as typed") == "as typed"
    assert field.to_python("") is None
    assert not field.has_changed(35980000, "359800")
    assert field.has_changed(35980000, "359801")
    assert field.has_changed(35980000, "nonsense")


def test_a_row_without_a_market_has_no_currency() -> None:
    assert currency_of(SimpleNamespace()) == ""
    assert currency_of(SimpleNamespace(currency="EUR")) == "EUR"


def test_json_is_read_as_lists_texts_and_money() -> None:
    with override("en"):
        assert tables.readable({"zh-hans": "墨黑", "en": "Ink"}) == "Ink"
        assert tables.readable({"amount": 150000, "currency": "CNY"}) == "¥1,500.00"
        assert tables.readable({}) == tables.readable([]) == tables.readable(None) == "–"
        assert tables.readable(["a", "b"]) == "a, b"
        assert tables.readable(True) == "Yes"
        assert tables.readable(False) == "No"
        assert "<dt>id</dt><dd>7</dd>" in tables.readable({"id": 7})
        assert "<li>" in tables.readable([{"a": 1}])
        assert "&lt;script&gt;" in tables.readable({"x": "<script>"})


def test_filters_of_the_templates() -> None:
    assert desk.money(None) == "–"
    assert desk.money(Money(0, "CNY")) == "¥0.00"
    assert desk.money({"amount": 1, "currency": "CNY"}) == "¥0.01"
    assert desk.credit(Money(-500000, "CNY")) == "¥5,000.00"
    assert desk.words(None) == ""
    assert desk.percent("0.029900") == "2.99 %"
    assert (desk.tone("accepted"), desk.tone("void"), desk.tone("issued")) == (
        "good",
        "bad",
        "open",
    )
    with override("en"):
        assert desk.actor("guest") == "buyer"
        assert desk.actor("") == "the shop"
        assert desk.actor("staff:7") == "staff 7"


FINDINGS = [
    {
        "level": level,
        "check": "any",
        "where": {"zh-hans": "小溪", "en": "Rill"},
        "text": {"zh-hans": f"坏{level}", "en": f"bad {level}"},
        "advice": {"zh-hans": "修", "en": "mend"},
    }
    for level in ("note", "warning", "error")
]
OLD = {"level": "error", "where": "rill in CN", "text": "as it was said once"}


def test_findings_are_told_in_the_language_of_the_desk_errors_first() -> None:
    with override("zh-hans"):
        told = in_words([*FINDINGS, OLD])
    assert [f["text"] for f in told] == ["坏error", "as it was said once", "坏warning", "坏note"]
    assert (told[0]["where"], told[0]["advice"]) == ("小溪", "修")
    assert (told[1]["where"], told[1]["advice"]) == ("rill in CN", "")
    with override("en"):
        assert in_words(FINDINGS)[0]["text"] == "bad error"
