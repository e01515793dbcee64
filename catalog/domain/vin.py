"""Vehicle identification numbers: form and check digit (ISO 3779; check digit as in GB 16735 and 49 CFR 565)."""

from __future__ import annotations

from catalog.errors import BadVin

LETTERS = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
"""What each letter counts; I, O and Q are never used."""
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
LENGTH = 17
CHECK_DIGIT_AT = 8


def check_digit(vin: str) -> str:
    """The digit (or X for ten) that position 9 must carry; raises BadVin for a wrong length or letter."""
    if len(vin) != LENGTH:
        raise BadVin(
            f"a VIN has {LENGTH} characters, {vin[:40]!r} has {len(vin)}", facts={"vin": vin[:40]}
        )
    total = 0
    for place, sign in enumerate(vin):
        value = LETTERS.get(sign) if not ("0" <= sign <= "9") else int(sign)
        if value is None:
            raise BadVin(
                f"{sign!r} at position {place + 1} of {vin!r}: a VIN has digits and capitals but I, O, Q",
                facts={"vin": vin, "position": place + 1},
            )
        total += value * WEIGHTS[place]
    return "X" if total % 11 == 10 else str(total % 11)


def check_vin(vin: str) -> str:
    """`vin` again when its form and check digit are right; raises BadVin."""
    wanted = check_digit(vin)
    if vin[CHECK_DIGIT_AT] != wanted:
        raise BadVin(
            f"the check digit of {vin!r} is {vin[CHECK_DIGIT_AT]!r}, it should be {wanted!r}",
            facts={"vin": vin, "position": CHECK_DIGIT_AT + 1},
        )
    return vin
