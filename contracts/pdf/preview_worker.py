"""The child of `contracts.pdf.previews`: one document a line comes in, one PDF goes out, until nobody asks any more.

In: one line of JSON, a contract document. Out: one line of JSON {bytes, pages, places} or {bytes: 0, error}, then
the bytes. It reads no tables, opens no network, ends after IDLE_SECONDS and may not grow beyond MEMORY.
"""

from __future__ import annotations

import json
import resource
import select
import sys
from typing import Any, BinaryIO

from contracts.domain.codec import from_json
from contracts.domain.documents import ContractDocument
from contracts.errors import ContractError
from contracts.pdf.ports import Renderer
from contracts.pdf.weasy import WeasyRenderer

IDLE_SECONDS = 600.0
MEMORY = 2 << 30
"""Address space, not pages in use: fonts are mapped."""


def answer(line: bytes, renderer: Renderer) -> tuple[dict[str, Any], bytes]:
    """Head and bytes for one document; a document that cannot be set gives a head with `error`."""
    try:
        done = renderer.render(from_json(ContractDocument, json.loads(line), "document"))
    except (ContractError, MemoryError) as error:
        return {"bytes": 0, "error": str(error) or type(error).__name__}, b""
    return {
        "bytes": len(done.content),
        "pages": done.pages,
        "places": dict(done.places),
    }, done.content


def serve(asked: BinaryIO, told: BinaryIO, renderer: Renderer) -> None:
    """Answer until the pipe ends or nobody asked for IDLE_SECONDS."""
    while select.select([asked], [], [], IDLE_SECONDS)[0]:
        line = asked.readline()
        if not line:
            return
        head, content = answer(line, renderer)
        told.write(json.dumps(head).encode() + b"\n" + content)
        told.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer, WeasyRenderer())
