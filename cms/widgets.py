"""Form widgets for the shapes the catalogue stores: texts side by side, lists of codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from kernel.text import LANGUAGES

NAMES = {"zh-hans": "简体中文", "en": "English"}


class TextPairWidget(forms.MultiWidget):
    """One field per language, side by side; the value is the JSON of a text."""

    template_name = "cms/widgets/text_pair.html"

    def __init__(self, *, lines: int = 1) -> None:
        self.lines = lines
        widgets = {
            language: forms.Textarea(
                attrs={"rows": lines, "lang": language, "aria-label": NAMES[language]}
            )
            for language in LANGUAGES
        }
        super().__init__({name.replace("-", "_"): widget for name, widget in widgets.items()})

    def decompress(self, value: Any) -> list[str]:
        """The text of each language; an empty value gives empty fields."""
        try:
            text = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            text = None
        text = text if isinstance(text, Mapping) else {}
        return [str(text.get(language, "")) for language in LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """As Django's, with the language's name for each field."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for language, widget in zip(LANGUAGES, context["widget"]["subwidgets"], strict=True):
            widget["language"] = NAMES[language]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """The JSON of what was typed; languages left empty are left out."""
        values = super().value_from_datadict(data, files, name)
        typed = {
            language: (value or "").strip()
            for language, value in zip(LANGUAGES, values, strict=True)
        }
        return json.dumps(
            {language: value for language, value in typed.items() if value}, ensure_ascii=False
        )


class WordSelect(forms.Select):
    """A choice of stored codes, shown in words."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        super().__init__()
        self.words = words

    def create_option(
        self,
        name: str,
        value: Any,
        label: Any,
        selected: Any,
        index: int,
        subindex: int | None = None,
        attrs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """As Django's, with the code's words."""
        words = self.words.get(str(value), label)
        option: dict[str, Any] = super().create_option(
            name, value, words, selected, index, subindex, attrs
        )
        return option


class CodesWidget(forms.Textarea):
    """A list of codes, one a line or separated by spaces or commas; the value is a JSON list."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"})

    def format_value(self, value: Any) -> str:
        """The codes, separated by spaces."""
        try:
            codes = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return str(value)
        return " ".join(str(code) for code in codes or [])

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        """The JSON list of the codes that were typed."""
        return json.dumps(str(data.get(name) or "").replace(",", " ").split())


class JsonWidget(forms.Textarea):
    """Facts as readable JSON."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 6, "spellcheck": "false"})

    def format_value(self, value: Any) -> str:
        """Indented, with Chinese as Chinese; nothing for nothing."""
        try:
            facts = json.loads(value)
            return "" if facts is None else json.dumps(facts, ensure_ascii=False, indent=2)
        except (TypeError, ValueError):
            return str(value or "")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was typed; blank lines are nothing."""
        typed = super().value_from_datadict(data, files, name)
        return typed.strip() if isinstance(typed, str) else typed
