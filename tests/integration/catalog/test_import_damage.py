"""Damaged files are faults and never tracebacks; what passes for sound imports and compiles."""

from __future__ import annotations

import re

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.services.imports import import_catalogue
from catalog.services.releases import check_document, compile_document
from tests.factories.catalogue_folder import files, write
from tests.integration.catalog.conftest import NOW

pytestmark = pytest.mark.django_db
TEXTS = sorted(files().items())
JUNK = st.sampled_from(
    ["", "\x00", "\ud7ff", "'", '"', ":", "- ", "{", "}", "[", "]", "\n", "\t", "*", "&a", "!!", "#", "|", ">", ",", "~",
     "null", "true", "1e9", "-1", "9" * 40, "0x10", "2026-02-30", "NaN", ".inf", "trim:", "not ", "()", "é", "𝕏", "\u2028"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(TEXTS),
    st.floats(0, 1),
    st.integers(0, 12),
    st.one_of(JUNK, st.text(max_size=6)),
)
def test_no_damage_to_a_file_is_more_than_a_fault(
    tmp_path_factory: pytest.TempPathFactory,
    db: None,
    where: tuple[str, str],
    at: float,
    cut: int,
    junk: str,
) -> None:
    file, text = where
    place = int(at * len(text))
    damaged = text[:place] + junk + text[place + cut :]
    directory = write(tmp_path_factory.mktemp("fuzz"), {**files(), file: ""})
    (directory / file).write_bytes(damaged.encode("utf-8", "surrogatepass"))
    report = import_catalogue(directory=directory, dry_run=True, now=NOW, actor="test")
    assert all(re.match(r"[a-z0-9/_.-]+$", fault.file) and fault.reason for fault in report.faults)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([name for name, _ in TEXTS]), st.binary(max_size=200))
def test_no_bytes_at_all_are_more_than_a_fault(
    tmp_path_factory: pytest.TempPathFactory, db: None, file: str, data: bytes
) -> None:
    directory = write(tmp_path_factory.mktemp("bytes"), files())
    (directory / file).write_bytes(data)
    import_catalogue(directory=directory, dry_run=True, now=NOW, actor="test")


TOKENS = {
    name: [found.span() for found in re.finditer(r"[A-Za-z0-9.:+_-]+|'[^']*'", text)]
    for name, text in TEXTS
}
WORDS = st.sampled_from(
    ["0", "-1", "0.000000001", "99999999999999", "999999999999.99", "2147483648", "9" * 30, "2199-12-31", "true", "null",
     "~", "''", "[a, b]", "{a: b}", "a" * 61, "*", "trim:base", "not red", "red", "hook", "CN", "colt", "S", "any", "one",
     "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "[]", "{}", "1e5", "\U0001f697", "'\u200b'"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(TEXTS), st.data(), WORDS)
def test_a_folder_with_another_word_is_refused_or_imports_like_any_other(
    tmp_path_factory: pytest.TempPathFactory,
    db: None,
    where: tuple[str, str],
    data: st.DataObject,
    word: str,
) -> None:
    file, text = where
    start, end = data.draw(st.sampled_from(TOKENS[file]))
    contents = {**files(), file: text[:start] + word + text[end:]}
    directory = write(tmp_path_factory.mktemp("word"), contents)
    with transaction.atomic():
        report = import_catalogue(directory=directory, dry_run=False, now=NOW, actor="test")
        if not report.faults:
            again = import_catalogue(directory=directory, dry_run=False, now=NOW, actor="test")
            assert again.touched == 0
            check_document(compile_document(pictures={}), now=NOW)
        transaction.set_rollback(True)
