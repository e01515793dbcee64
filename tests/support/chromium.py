"""Where the browser is and how it starts without talking to anybody."""

from __future__ import annotations

import os
import shutil

ARGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
]


def chromium() -> str | None:
    """The binary named by FORECOURT_CHROMIUM, else one on the path, else None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("FORECOURT_CHROMIUM") or next(
        (p for n in names if (p := shutil.which(n))), None
    )
