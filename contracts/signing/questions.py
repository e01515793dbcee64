"""What the web process says to the process that looks at an upload; loads nothing that reads a PDF."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from contracts.domain.proofs import Expected
from contracts.signing.ports import Trust


def question(trust: Trust, expected: Expected, at: datetime) -> bytes:
    """The line that goes before the file."""
    document = {
        "roots": _encoded(trust.roots),
        "others": _encoded(trust.others),
        "crls": _encoded(trust.crls),
        "sellers": sorted(trust.sellers),
        "stage": expected.stage,
        "sha256": expected.sha256,
        "facts_sha256": expected.facts_sha256,
        "at": at.isoformat(),
    }
    return json.dumps(document).encode() + b"\n"


def _encoded(values: tuple[bytes, ...]) -> list[str]:
    return [base64.b64encode(one).decode() for one in values]
