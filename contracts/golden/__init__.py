"""Orders of reference: frozen facts of three whole orders that every new text of a contract is proved against.

They are data beside the code, in the form of `contract.json`: a cash buyer of a stock car in mainland China, a
company there with a configured car, a loan, extras and covers, and a buyer in Germany with a reduction that needs a
proof. Template and seller in them are placeholders; a proof sets those of the words it proves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from contracts.domain.facts import ContractFacts, read_facts

GOLDEN = ("cash-stock-cn", "financed-extras-cn", "proof-bound-de")
"""Their names, which are the names of the files."""


@lru_cache(maxsize=1)
def golden_orders() -> Mapping[str, ContractFacts]:
    """The facts by name, in the order of GOLDEN."""
    folder = Path(__file__).parent
    read = {name: (folder / f"{name}.json").read_text(encoding="utf-8") for name in GOLDEN}
    return MappingProxyType({name: read_facts(json.loads(text)) for name, text in read.items()})
