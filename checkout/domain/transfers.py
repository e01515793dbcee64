"""The reference a buyer writes on a bank transfer, made so that it survives what banks do to it.

`C26K7Q2M4XW` and two more: the order's code without its dash, then two check characters (ISO 7064, MOD 1271-36; the
MOD 97-10 of an IBAN reads `2M` and `M2` as the same digits). Upper
case letters and digits only and 13 long, so it fits a Chinese remark of 20 characters as well as an ISO 20022
end-to-end field of 35, and no bank has to cut or translate it. Every single wrong character and every swap of two
neighbours breaks the check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTH = 13
"""Of a whole reference."""
BODY = 11
"""Of the order's code within it."""
SHORTEST = 6
"""A cut reference shorter than this points at nobody."""
SAFE = 10
"""With so many characters left of a cut one, chance does not bring two orders together (7 of them are random)."""

_SHAPE = re.compile(r"C\d{2}[0-9A-Z]{10}")
_TORN = re.compile(r"C\d{2}[0-9A-Z]{3,}")
_CUT = re.compile(r"C\d{2}[0-9A-Z]{3,9}$")
_MODULUS, _SIGNS = 1271, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOISE = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True)
class Found:
    """What a text says about an order: whole references with right check digits, and one cut off at its end.

    `orders` are codes as the order has them; `cut` is what is left of the last reference, empty where none is cut.
    `torn` is what else looks like a reference beside the whole ones, and does not pass the check.
    """

    orders: tuple[str, ...]
    cut: str
    torn: tuple[str, ...] = ()


def reference(order: str) -> str:
    """The transfer reference of an order's code such as `C26-K7Q2M4XW`; raises ValueError for another shape."""
    body = order.replace("-", "")
    if len(body) != BODY or not body.isascii() or not body.isalnum() or body != body.upper():
        raise ValueError(f"{order!r} is no order code")
    check = (1 - int(body + "00", 36)) % _MODULUS
    return f"{body}{_SIGNS[check // 36]}{_SIGNS[check % 36]}"


def references_in(text: str) -> Found:
    """Every reference in a bank's text, whatever spaces, dashes, case or line breaks it put in."""
    plain = _NOISE.sub("", text.upper())
    found, rest = [], plain
    for start in range(len(plain) - LENGTH + 1):
        piece = plain[start : start + LENGTH]
        if _SHAPE.fullmatch(piece) and int(piece, 36) % _MODULUS == 1:
            found.append(f"{piece[:3]}-{piece[3:BODY]}")
            rest = rest.replace(piece, " ")
    cut = _CUT.search(plain)
    return Found(tuple(dict.fromkeys(found)), cut.group() if cut else "", _torn(rest, found))


def _torn(rest: str, whole: list[str]) -> tuple[str, ...]:
    years = {order[:3] for order in whole}
    return tuple(piece for piece in _TORN.findall(rest) if piece[:3] in years)


def begins(order: str, cut: str) -> bool:
    """Whether the reference of `order` begins with what was left of one."""
    return len(cut) >= SHORTEST and reference(order).startswith(cut)
