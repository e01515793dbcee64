"""The inspection before delivery: what is looked at, and when a car has passed (`docs/rules/delivery.md`, "Inspection")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from checkout.errors import BadInspection
from kernel.text import Text

LONGEST_REMARK = 500
MOST_PHOTOS = 24
LARGEST_PHOTO = 700_000
"""Bytes."""
MOST_KILOMETRES = 2_000
"""A new car that drove further is no new car."""

_MAGIC: Mapping[str, bytes] = MappingProxyType(
    {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF"}
)

CHECKLIST: Mapping[str, Text] = MappingProxyType(
    {
        "identity": {
            "zh-hans": "车架号与订单一致",
            "en": "The VIN and equipment are those of the order",
        },
        "paint": {"zh-hans": "漆面与车身", "en": "Paint and body"},
        "glass": {"zh-hans": "玻璃与灯", "en": "Glass and lights"},
        "tyres": {"zh-hans": "轮胎、轮毂与胎压", "en": "Tyres, wheels and pressure"},
        "interior": {"zh-hans": "内饰与座椅", "en": "Interior and seats"},
        "electronics": {"zh-hans": "屏幕、音响与按键", "en": "Screens, sound and controls"},
        "assistance": {"zh-hans": "辅助驾驶与摄像头", "en": "Driver assistance and cameras"},
        "battery": {"zh-hans": "动力电池与充电", "en": "Traction battery and charging"},
        "brakes": {"zh-hans": "制动与转向", "en": "Brakes and steering"},
        "software": {"zh-hans": "软件版本为最新", "en": "The software is the newest"},
        "papers": {
            "zh-hans": "随车文件、钥匙与充电器具",
            "en": "Papers, keys and charging equipment",
        },
    }
)
"""What every car is looked at for, in this order."""


class Result(StrEnum):
    """What was found at one item."""

    FINE = "fine"
    MENDED = "mended"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the report; a remark is needed for anything but `fine`."""

    code: str
    result: Result
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that belongs to an item."""

    item: str
    media_type: str
    content: bytes


def check_report(*, items: Sequence[Item], photos: Sequence[Photo], kilometres: int) -> bool:
    """Whether the car passed: every item of the list once, none with a defect. Raises BadInspection."""
    codes = [item.code for item in items]
    wrong = [(f"items.{code}", "is missing") for code in CHECKLIST if code not in codes]
    wrong += [(f"items.{code}", "is not on the list") for code in codes if code not in CHECKLIST]
    wrong += [(f"items.{code}", "is there twice") for code in set(codes) if codes.count(code) > 1]
    wrong += [("items." + item.code, word) for item in items if (word := _remark(item))]
    if not 0 <= kilometres <= MOST_KILOMETRES:
        wrong.append(("kilometres", f"0 to {MOST_KILOMETRES}"))
    if len(photos) > MOST_PHOTOS:
        wrong.append(("photos", f"at most {MOST_PHOTOS}"))
    wrong += [(f"photos.{n}", word) for n, photo in enumerate(photos) if (word := _photo(photo))]
    if wrong:
        errors = [{"field": field, "message": message} for field, message in wrong]
        raise BadInspection(f"{wrong[0][0]}: {wrong[0][1]}", facts={"errors": errors})
    return all(item.result is not Result.DEFECT for item in items)


def _remark(item: Item) -> str:
    if item.result is not Result.FINE and not item.remark.strip():
        return "say in the remark what was found"
    return "" if len(item.remark) <= LONGEST_REMARK else f"at most {LONGEST_REMARK} characters"


def _photo(photo: Photo) -> str:
    if photo.item not in CHECKLIST:
        return "belongs to no item of the list"
    magic = _MAGIC.get(photo.media_type)
    if magic is None:
        return f"one of {', '.join(_MAGIC)}"
    if not 0 < len(photo.content) <= LARGEST_PHOTO:
        return f"1 to {LARGEST_PHOTO} bytes"
    return "" if photo.content.startswith(magic) else f"these bytes are no {photo.media_type}"
