"""Every word the pages use is there, in both languages, with the same blanks."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import storefront.web
from storefront.web.texts import TEXTS, text
from storefront.web.views.configure import ISLAND_WORDS

HOME = Path(storefront.web.__file__).parent
USED = re.compile(
    r"""\{%\s*t\s+"([^"]+)"|shop\.t\(\s*f?"([^"{]+)"|label="([^"]+)"|hint="([^"]+)\""""
)


def blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_fill_the_same_blanks(key: str) -> None:
    zh, en = TEXTS[key]
    assert blanks(zh) == blanks(en)


def test_every_key_that_is_used_was_written() -> None:
    used: set[str] = set(ISLAND_WORDS)
    for path in [*HOME.rglob("*.html"), *HOME.rglob("*.py")]:
        for groups in USED.findall(path.read_text()):
            used.update(g for g in groups if g and "{" not in g and " " not in g and g != "web")
    missing = sorted(key for key in used if key not in TEXTS and not key.endswith("."))
    assert missing == []


def test_no_word_of_pressure_is_used() -> None:
    loud = ("尊享", "极致", "震撼", "仅需", "！", "simply", "oops", "hurry")
    found = [
        (key, word)
        for key, pair in TEXTS.items()
        for word in loud
        if any(word in t.lower() for t in pair)
    ]
    assert found == []


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("no.such.key", "zh")


def test_no_template_holds_an_inline_style_or_script() -> None:
    bad = []
    for path in HOME.rglob("*.html"):
        source = path.read_text()
        if re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", source):
            bad.append(path.name)
    assert bad == []
