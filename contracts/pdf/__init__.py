"""The rendering door: a contract document in, the bytes of a PDF out.

`contracts.pdf.ports` says what a renderer promises; `contracts.pdf.weasy` is one and the only module that
imports WeasyPrint. It is loaded by name when the first contract is rendered, which only the worker does: the
web process never carries its libraries.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from contracts.pdf.ports import Renderer

__all__ = ["Renderer", "open_renderer"]

DEFAULT = "contracts.pdf.weasy.WeasyRenderer"


@lru_cache(maxsize=1)
def open_renderer() -> Renderer:
    """The renderer of this installation, one a process: `settings.CONTRACT_RENDERER`, else WeasyPrint.

    Raises ImportError for an unknown name and OSError where a system library is missing (`manage.py check`
    says which).
    """
    renderer: Renderer = import_string(getattr(settings, "CONTRACT_RENDERER", DEFAULT))()
    return renderer
