"""The store's own words, Chinese and English side by side; texts of cars and orders come from the API."""

from __future__ import annotations

from collections.abc import Mapping

from storefront.web.texts.amending import AMENDING
from storefront.web.texts.buying import BUYING
from storefront.web.texts.common import COMMON
from storefront.web.texts.comparing import COMPARING
from storefront.web.texts.credit import CREDIT
from storefront.web.texts.delivering import DELIVERING
from storefront.web.texts.financing import FINANCING
from storefront.web.texts.insuring import INSURING
from storefront.web.texts.ordering import ORDERING
from storefront.web.texts.paying import PAYING
from storefront.web.texts.quoting import QUOTING
from storefront.web.texts.repaying import REPAYING
from storefront.web.texts.shop import SHOP
from storefront.web.texts.signing import SIGNING
from storefront.web.texts.withdrawing import WITHDRAWING

TEXTS: Mapping[str, tuple[str, str]] = {**COMMON, **SHOP, **COMPARING, **BUYING, **PAYING, **REPAYING, **QUOTING, **CREDIT, **FINANCING, **INSURING, **WITHDRAWING, **ORDERING, **AMENDING, **DELIVERING, **SIGNING}
"""Key -> (zh, en). `{0}`, `{1}` are filled in by `text`; a text may hold `<b>` and `<br>`."""

API_LANGUAGES: Mapping[str, str] = {"zh": "zh-hans", "en": "en"}
"""The language of the path -> the language asked of the API."""

HTML_LANGUAGES: Mapping[str, str] = {"zh": "zh-Hans", "en": "en"}


def text(key: str, lang: str) -> str:
    """The words for `key` in `lang` (zh or en); raises KeyError for a key nobody wrote."""
    zh, en = TEXTS[key]
    return zh if lang == "zh" else en
