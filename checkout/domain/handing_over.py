"""Wishes for the handover, the address of a home delivery, and what is written down when the key changes hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from checkout.errors import BadHandover
from kernel.text import Text

WISHES: Mapping[str, Text] = MappingProxyType(
    {
        "charged": {"zh-hans": "交车时充满电", "en": "Fully charged"},
        "plates": {"zh-hans": "装好号牌", "en": "With the plates mounted"},
        "tour": {"zh-hans": "详细讲解车辆功能", "en": "A thorough tour of the car"},
        "quiet": {"zh-hans": "不拍照，不办仪式", "en": "No photographs, no ceremony"},
        "child_seat": {"zh-hans": "协助安装儿童座椅", "en": "Help with a child seat"},
        "step_free": {"zh-hans": "需要无障碍通道", "en": "Step-free access"},
    }
)
"""What a buyer may wish for; none of it costs anything."""
LONGEST_NOTE = 300
MOST_DAMAGES = 20
MOST_KEYS = 6
MOST_KILOMETRES = 2_000
ADDRESS = ("city", "street", "postcode", "contact", "phone")
NEEDED = ("city", "street", "contact", "phone")
LONGEST_LINE = 160


@dataclass(frozen=True, slots=True)
class Wishes:
    """Words of WISHES and a note in the buyer's own."""

    codes: tuple[str, ...]
    note: str

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {"codes": list(self.codes), "note": self.note}


@dataclass(frozen=True, slots=True)
class Damage:
    """Something found when the key was handed over, and what the seller does about it."""

    part: str
    remark: str

    def stored(self) -> dict[str, str]:
        """As JSON."""
        return {"part": self.part, "remark": self.remark}


@dataclass(frozen=True, slots=True)
class HandoverReport:
    """What both sides see at the handover: kilometres on the clock, keys given out, damage if there is any."""

    kilometres: int
    keys: int
    damages: tuple[Damage, ...] = ()
    remark: str = ""


def read_wishes(codes: Sequence[str], note: str) -> Wishes:
    """The wishes, each once, in the order of WISHES; raises BadHandover."""
    wrong = [(f"wishes.{code}", "is nothing we offer") for code in codes if code not in WISHES]
    clean = note.strip()
    if len(clean) > LONGEST_NOTE or not _printable(clean):
        wrong.append(("note", f"at most {LONGEST_NOTE} printable characters"))
    _refuse(wrong)
    return Wishes(tuple(code for code in WISHES if code in codes), clean)


def read_address(given: Mapping[str, Any]) -> dict[str, str]:
    """Where the car is brought and who takes it; raises BadHandover."""
    wrong = [(f"home.{key}", "is no part of an address") for key in given if key not in ADDRESS]
    found = {key: str(given.get(key) or "").strip() for key in ADDRESS}
    wrong += [(f"home.{key}", "is missing") for key in NEEDED if not found[key]]
    wrong += [
        (f"home.{key}", f"at most {LONGEST_LINE} printable characters")
        for key, text in found.items()
        if len(text) > LONGEST_LINE or not _printable(text)
    ]
    _refuse(wrong)
    return found


def check_handover(report: HandoverReport) -> None:
    """Return if the report can be written down; raises BadHandover."""
    wrong = []
    if not 0 <= report.kilometres <= MOST_KILOMETRES:
        wrong.append(("kilometres", f"0 to {MOST_KILOMETRES}"))
    if not 1 <= report.keys <= MOST_KEYS:
        wrong.append(("keys", f"1 to {MOST_KEYS}"))
    if len(report.damages) > MOST_DAMAGES:
        wrong.append(("damages", f"at most {MOST_DAMAGES}"))
    for number, damage in enumerate(report.damages):
        if not damage.part.strip() or not damage.remark.strip():
            wrong.append((f"damages.{number}", "say which part and what is agreed about it"))
    _refuse(wrong)


def _printable(text: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in text)


def _refuse(wrong: Sequence[tuple[str, str]]) -> None:
    if wrong:
        errors = [{"field": field, "message": message} for field, message in wrong]
        raise BadHandover(f"{wrong[0][0]}: {wrong[0][1]}", facts={"errors": errors})
