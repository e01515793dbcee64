"""Codes in the buyer's words: options and trims by name, rules by their author's text, structure by a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.domain.catalogue import Model
from kernel.text import LANGUAGES, Text

SENTENCES: dict[str, Text] = {
    "group": {
        "zh-hans": "每台车在“{name}”里有且只有一项。",
        "en": "Every car has exactly one choice of {name}.",
    },
    "contents": {
        "zh-hans": "“{name}”包含：{parts}。",
        "en": "{name} contains {parts}.",
    },
    "standard": {
        "zh-hans": "“{name}”是该版本的标准配置。",
        "en": "{name} is always on this trim.",
    },
    "availability": {
        "zh-hans": "该版本不提供“{name}”。",
        "en": "{name} is not offered on this trim.",
    },
}
TRIMS: Text = {"zh-hans": "版本", "en": "trim"}
JOINTS = {"zh-hans": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Named:
    """A code with what it is called, or with what it says."""

    code: str
    text: Text


class Wording:
    """The words of one model."""

    def __init__(self, model: Model) -> None:
        """Collects names and texts."""
        self._names: dict[str, Text] = {trim.atom: trim.name for trim in model.trims}
        self._names |= {option.code: option.name for option in model.options}
        self._groups: dict[str, Text] = {group.code: group.name for group in model.groups}
        self._groups["trim"] = TRIMS
        self._contents = {option.code: option.contains for option in model.options}
        self._rules: dict[str, Text] = {rule.code: rule.text for rule in model.rules}

    def name(self, code: str) -> Text:
        """The name of an option or trim; raises KeyError."""
        return self._names[code]

    def names(self, codes: Iterable[str]) -> tuple[Named, ...]:
        """Options and trims with their names."""
        return tuple(Named(code, self._names[code]) for code in codes)

    def parts(self, names: Iterable[str]) -> tuple[Named, ...]:
        """Rules and structure, as conflicts name them, each with its sentence."""
        return tuple(Named(name, self.says(name)) for name in names)

    def says(self, part: str) -> Text:
        """The author's text of a rule, or the sentence of a piece of structure such as `group:wheels`."""
        kind, colon, code = part.partition(":")
        if not colon:
            return self._rules[part]
        names = self._groups if kind == "group" else self._names
        inside = [self._names[one] for one in self._contents.get(code, ())]
        return {
            language: SENTENCES[kind][language].format(
                name=names[code][language],
                parts=JOINTS[language].join(name[language] for name in inside),
            )
            for language in LANGUAGES
        }
