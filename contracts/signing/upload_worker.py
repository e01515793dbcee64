"""The process that looks at one file of a stranger, started anew for every file: `python -m contracts.signing.upload_worker`.

Standard input: one line of JSON (`question`), then the bytes. Standard output: the report as JSON. It has no settings, no
database and no secrets; memory, time and files are limited before the first byte is read.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.domain.proofs import Expected, Stage, report_document
from contracts.signing.ports import Trust
from contracts.signing.verifying import StrictVerifier

MEMORY = 200 * 1024 * 1024
"""Bytes of address space, libraries included."""
SECONDS = 3
"""Of processor time, starting included, which takes one."""


def answer(asked: Mapping[str, Any], pdf: bytes) -> dict[str, Any]:
    """The report on `pdf` as JSON values."""
    trust = Trust(
        roots=_decoded(asked["roots"]),
        others=_decoded(asked["others"]),
        crls=_decoded(asked["crls"]),
        sellers=frozenset(asked["sellers"]),
    )
    expected = Expected(
        Stage(asked["stage"]) if asked["stage"] else None, asked["sha256"], asked["facts_sha256"]
    )
    at = datetime.fromisoformat(asked["at"])
    return report_document(StrictVerifier(trust).verify(pdf, expected=expected, at=at))


def main() -> int:
    """Answer one question; the exit code is 0 where a report was written."""
    limit()
    asked = json.loads(sys.stdin.buffer.readline())
    found = answer(asked, sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(found))
    return 0


def limit() -> None:
    """From here on this process can neither grow, nor run long, nor write a file, nor leave an image of itself."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (lowest, lowest))
        except (
            OSError,
            ValueError,
        ):  # macOS cannot limit memory; time is limited from outside as well
            continue


def _decoded(values: list[str]) -> tuple[bytes, ...]:
    return tuple(base64.b64decode(one) for one in values)


if __name__ == "__main__":
    sys.exit(main())
