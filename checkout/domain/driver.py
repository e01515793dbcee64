"""The driver a premium is for: what the buyer said, and what stands in its place (`docs/rules/insurance.md`). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from kernel.text import Text

DEFAULT_DRIVER_AGE = 30
"""Assumed where the buyer has not said it."""
FIRST_CLASS = "insurance.first_class"
"""The key of the law's rows that name the no-claims class of whoever insures a car for the first time."""

NUMBER = re.compile("[0-9]+")
AGE, CLASS = "age", "no_claims_class"
NAMES = MappingProxyType(
    {
        AGE: {"zh-hans": "驾驶人 {} 岁", "en": "a driver of {}"},
        CLASS: {
            "zh-hans": "首次投保（{} 级）",
            "en": "a first car insured (no-claims class {})",
        },
    }
)
NOTE: Text = {
    "zh-hans": "保费暂按{}计算；告诉我们实际情况，保费会随之更新。",
    "en": "This premium assumes {}; tell us what is true for you, and it is worked out again.",
}
AND: Text = {"zh-hans": "、", "en": " and "}


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """What a premium takes from the driver; `assumed` names the facts that the buyer has not said: age, no_claims_class."""

    age: int
    no_claims_class: str
    assumed: tuple[str, ...] = ()

    @property
    def note(self) -> Text | None:
        """The assumptions in words; None where everything was said."""
        said = {AGE: str(self.age), CLASS: self.no_claims_class}
        if not self.assumed:
            return None
        return {
            language: words.format(
                AND[language].join(NAMES[one][language].format(said[one]) for one in self.assumed)
            )
            for language, words in NOTE.items()
        }


def driver_facts(*, age: int | None, no_claims_class: str | None, first_class: str) -> DriverFacts:
    """The driver as said; 30 years and `first_class` where nothing is, which is empty in a market without classes."""
    assumed = [AGE] if age is None else []
    if not no_claims_class and first_class:
        assumed.append(CLASS)
    return DriverFacts(
        age=DEFAULT_DRIVER_AGE if age is None else age,
        no_claims_class=no_claims_class or first_class,
        assumed=tuple(assumed),
    )


def in_order(values: Iterable[str]) -> list[str]:
    """Classes or bands as people count them, by their first number: SF5 before SF10."""
    return sorted(set(values), key=lambda word: (int((NUMBER.findall(word) or ["0"])[0]), word))
