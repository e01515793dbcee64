"""Everything the CMS says has a Chinese translation: templates, code, and the names of fields and choices."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Field
from django.utils.translation import gettext, override, pgettext
from django.utils.translation.template import templatize
from wagtail import blocks

from cms import words
from cms.desks.lists import MoneyGroup, SalesGroup
from cms.models import HomePage, ModelPage, StoryPage, TextPage
from cms.services.roles import CATALOGUE
from cms.snippets.catalogue import HIDDEN

ROOT = Path(__file__).resolve().parents[3]
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SAME = {"CSV", "VIN", "Forecourt", "Stripe", "ID", "WMI", "PDF (SHA-256)", "Km"}
"""What is written alike in Chinese."""
TOLD = re.compile(r"""\bgettext\(u?(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
TOLD_IN = re.compile(
    r"""pgettext\(u?(?P<context>'[^']*'|"[^"]*"), u?(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\)"""
)


def of_templates() -> Iterator[str]:
    """Every text that a template of the CMS asks to be translated."""
    for path in (ROOT / "cms" / "templates").rglob("*.html"):
        plain = templatize(path.read_text("utf-8"), origin=str(path))
        yield from (ast.literal_eval(found["text"]) for found in TOLD.finditer(plain))


def of_code() -> Iterator[str]:
    """Every text that code of the CMS, and the tables it edits, ask to be translated."""
    models = (ROOT / package / "models" for package in ("catalog", "checkout", "contracts"))
    folders = (ROOT / "cms", *models)
    paths = [path for folder in folders for path in folder.rglob("*.py")]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in CALLS and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def of_fields() -> Iterator[str]:
    """Names and helps of the fields that staff edit, names of the columns they read."""
    tables = [f"catalog.{name}" for name in CATALOGUE]
    for label in (*tables, "contracts.templateversion", "contracts.clauseversion"):
        for field in apps.get_model(label)._meta.get_fields():
            if isinstance(field, Field) and field.editable and field.name not in HIDDEN:
                yield str(words.field_name(field))
                yield str(field.help_text)
    for listed in (*SalesGroup.items, *MoneyGroup.items):
        for column in listed.list_display:
            yield str(words.field_name(listed.model._meta.get_field(column)))


def of_blocks(block: blocks.BaseBlock) -> Iterator[str]:
    """The names of the parts of a page, all the way down."""
    yield str(block.label)
    inner = getattr(block, "child_block", None)
    for part in (*getattr(block, "child_blocks", {}).values(), *([inner] if inner else [])):
        yield from of_blocks(part)


def test_the_parts_of_a_page_have_chinese_names() -> None:
    with override("zh-hans"):
        found = [
            label
            for page in (HomePage, TextPage)
            for part in page._meta.get_field("body").stream_block.child_blocks.values()
            for label in of_blocks(part)
        ]
        assert [label for label in found if re.search("[A-Za-z]", label)] == []
        for page in (HomePage, ModelPage, StoryPage, TextPage):
            assert not re.search("[A-Za-z]", str(page._meta.verbose_name)), page


def is_said(text: str) -> bool:
    """Whether Chinese readers get Chinese; one word may stand alone or in a context."""
    return text in SAME or not re.search("[A-Za-z]{2}", text) or gettext(text) != text


@pytest.mark.parametrize("source", [of_templates, of_code, of_fields])
def test_everything_the_cms_says_has_a_chinese_translation(source: object) -> None:
    with override("en"):
        texts = set(source())  # type: ignore[operator]
    with override("zh-hans"):
        missing = sorted(text for text in texts if not is_said(text))
    assert missing == []


def test_words_in_a_context_have_their_own_translation() -> None:
    with override("zh-hans"):
        assert pgettext("ledger", "Account") == "科目"
        assert gettext("Account") != "科目"
        assert words.said("purpose", "balance") == "尾款"


def test_the_compiled_translations_are_as_written() -> None:
    folder = ROOT / "cms" / "locale" / "zh_Hans" / "LC_MESSAGES"
    written = set(re.findall(r'^msgid "(.+)"$', (folder / "django.po").read_text("utf-8"), re.M))
    compiled = (folder / "django.mo").read_bytes()
    assert [text for text in written if text.encode() not in compiled and "\\" not in text] == []
