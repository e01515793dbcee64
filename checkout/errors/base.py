"""What every refusal of the checkout is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar


class CheckoutError(Exception):
    """Any refusal of the checkout; `code` is stable, `facts` can be written as JSON."""

    code: ClassVar[str] = "checkout-error"

    def __init__(self, message: str, *, facts: Mapping[str, Any] | None = None) -> None:
        """`message`: plain English that names the field and the mend."""
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = MappingProxyType(dict(facts or {}))
