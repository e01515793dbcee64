"""What is sent to sign a contract."""

from __future__ import annotations

from typing import Annotated

from ninja import Field
from pydantic import StringConstraints

from storefront.api.schemas.requests import Input

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class CodeIn(Input):
    """Where the code shall go: `mail` or `sms`; the other one is taken where the order does not know it."""

    channel: Annotated[str, StringConstraints(pattern=r"^(mail|sms)$")] = "mail"


class SignatureIn(Input):
    """The buyer's act: the fingerprint of the file shown, the six digits, the consent's version, the name.

    `capacity`: of the person who signs for a company. `drawn_name`: the name as drawn, a PNG in base64, or empty.
    """

    pdf_sha256: Sha256
    code: Annotated[str, StringConstraints(pattern=r"^\s*[0-9]{6}\s*$")]
    consent_version: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=120)
    capacity: str = Field(default="", max_length=80)
    drawn_name: str = Field(default="", max_length=170_000)


class DeclineIn(Input):
    """Why, in the buyer's own words, if at all."""

    reason: str = Field(default="", max_length=500)
