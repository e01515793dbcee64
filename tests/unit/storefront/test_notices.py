"""Letters, the table of notices and quiet hours, against docs/rules/notices.md."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text import LANGUAGES
from storefront.notify.letters import (
    FOLDER,
    Action,
    Paragraph,
    Rows,
    UndefinedFact,
    compose,
    names_in,
    plain,
    source,
)
from storefront.notify.phones import international
from storefront.notify.quiet import day_before, hours_of, may_go
from storefront.notify.table import NOTICES, TEMPLATES, Audience, Channel, Urgency, row_of
from storefront.settings.base import NOTICE_QUIET_HOURS
from tests.factories.rulebook import table

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_table_of_the_program_is_the_table_of_the_rules() -> None:
    told = [
        {
            "letter": row.template,
            "event": row.event.rpartition(".")[2],
            "reader": "buyer" if row.audience is Audience.BUYER else row.desk,
            "urgency": str(row.urgency),
            "text message": "yes" if Channel.SMS in row.channels else "",
            "only when": row.only,
        }
        for row in NOTICES
    ]
    assert told == table("notices.md", "notices")


def test_a_template_is_found_by_its_name_and_a_strange_one_is_refused() -> None:
    assert row_of("handover_reminder").channels == (Channel.MAIL, Channel.SMS)
    with pytest.raises(KeyError):
        row_of("no_such_letter")


def test_every_letter_stands_in_both_languages_and_no_letter_is_left_over() -> None:
    for language in LANGUAGES:
        files = {path.stem for path in (FOLDER / language).glob("*.txt")}
        assert files == set(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_both_languages_of_a_letter_have_the_same_form_and_facts(template: str) -> None:
    chinese, english = (source(template, language) for language in LANGUAGES)
    assert len(chinese) == len(english)
    facts = [names_in(lines) - {"seller"} for lines in (chinese, english)]
    assert facts[0] - facts[1] <= {"name", "car", "order"}
    assert facts[1] - facts[0] <= {"name", "car", "order", "starts_at"}
    kinds = [[_kind(line) for line in lines[1:]] for lines in (chinese, english)]
    assert kinds[0] == kinds[1]


def _kind(line: str) -> str:
    bare = line.split(" ", 1)[1] if line[0] in "?!" else line
    mark = "action" if bare.startswith("> ") else "sms" if bare.startswith("sms: ") else ""
    return line.split(" ")[0] + (" row" if " :: " in bare else "") if line[0] in "?!" else mark


@pytest.mark.parametrize(
    "template", [row.template for row in NOTICES if Channel.SMS in row.channels]
)
def test_a_notice_that_goes_by_text_message_has_its_words(template: str) -> None:
    for language in LANGUAGES:
        assert sum("sms: " in line for line in source(template, language)) == 1


def test_a_letter_is_made_of_paragraphs_rows_and_one_action() -> None:
    lines = [
        "Order {order}",
        "A {thing}.",
        "Sum :: {sum}",
        "落地价 :: {sum}",
        "> {url} Look",
        "sms: {order} now",
    ]
    letter = compose(lines, {"order": "C\n1", "thing": "{sum}", "sum": "¥1", "url": "https://x/y"})
    assert letter.subject == "Order C 1"
    assert letter.blocks == (
        Paragraph("A {sum}."),
        Rows((("Sum", "¥1"), ("落地价", "¥1"))),
        Action("https://x/y", "Look"),
    )
    assert letter.sms == "C 1 now"
    assert plain(letter, opening="Dear you,", closing="We").splitlines() == [
        "Dear you,",
        "",
        "A {sum}.",
        "",
        "    Sum     ¥1",
        "    落地价  ¥1",
        "",
        "Look",
        "https://x/y",
        "",
        "We",
    ]


def test_a_line_with_a_condition_stands_only_where_it_holds() -> None:
    lines = ["S", "?one If {one}", "!one If not", "?one !two Both"]
    assert compose(lines, {"one": "1", "two": ""}).blocks == (
        Paragraph("If 1"),
        Paragraph("Both"),
    )
    assert compose(lines, {"one": "", "two": ""}).blocks == (Paragraph("If not"),)
    assert names_in(lines) >= {"one"}


@pytest.mark.parametrize("lines", [["{who}"], ["S", "{who}"], ["S", "?who x"], ["S", "> {who} x"]])
def test_a_letter_that_asks_for_an_unknown_fact_is_refused(lines: list[str]) -> None:
    with pytest.raises(UndefinedFact):
        compose(lines, {"whom": "x"})


@given(st.text(), st.text())
def test_a_value_is_never_read_as_a_letter(name: str, sum_: str) -> None:
    letter = compose(["S {name}", "Dear {name}", "L :: {sum}"], {"name": name, "sum": sum_})
    assert letter.blocks == (Paragraph(f"Dear {name}"), Rows((("L", sum_),)))
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


def test_quiet_hours_are_those_of_the_rules() -> None:
    rows = {
        row["market"]: [row["from"], row["until"]] for row in table("notices.md", "quiet hours")
    }
    assert rows == NOTICE_QUIET_HOURS


@pytest.mark.parametrize("row", table("notices.md", "nights"))
def test_a_notice_goes_when_the_rules_say(row: dict[str, str]) -> None:
    place = ZoneInfo(row["zone"])
    written = datetime.fromisoformat(row["written (local)"]).replace(tzinfo=place)
    hours = hours_of(row["market"], NOTICE_QUIET_HOURS)
    goes = may_go(written.astimezone(UTC), hours, place)
    if row["urgency"] != Urgency.CALM:
        goes = written
    assert f"{goes.astimezone(place):%Y-%m-%d %H:%M}" == row["goes (local)"]


@given(
    st.integers(0, 2 * 366 * 24 * 60).map(lambda n: NEW_YEAR + timedelta(minutes=n)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
    st.tuples(st.times(), st.times()),
)
def test_what_waited_may_go_and_waits_less_than_a_day_and_an_hour(
    moment: datetime, zone: str, hours: tuple[time, time]
) -> None:
    place = ZoneInfo(zone)
    goes = may_go(moment, hours, place)
    assert goes >= moment
    assert (goes - moment).total_seconds() <= 25 * 3600


def test_hours_that_do_not_cross_midnight_and_no_hours_at_all() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
    rest = hours_of("CN", {"*": ["12:00", "14:00"]})
    assert may_go(noon, rest, SHANGHAI) == noon.replace(hour=14)
    assert may_go(noon, hours_of("CN", {"CN": [], "*": ["00:00", "23:00"]}), SHANGHAI) == noon
    assert may_go(noon, (time(8), time(8)), SHANGHAI) == noon
    with pytest.raises(ValueError, match="isoformat"):
        hours_of("CN", {"*": ["late", "early"]})


def test_an_appointment_is_recalled_at_ten_on_the_day_before() -> None:
    late = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)  # half past midnight on the 26th in Shanghai
    assert day_before(late, SHANGHAI) == datetime(2026, 11, 25, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("number", "market", "told"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("+86-138-0013-8000", "DE", "+8613800138000"),
        ("0049 (30) 901820", "CN", "+4930901820"),
        ("030/901820", "DE", "+4930901820"),
        ("12345", "CN", "+8612345"),
        ("no number", "CN", ""),
        ("13800138000", "FR", ""),
        ("", "CN", ""),
    ],
)
def test_a_number_is_written_as_networks_want_it(number: str, market: str, told: str) -> None:
    assert international(number, market) == told
