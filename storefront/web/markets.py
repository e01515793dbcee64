"""The markets this store sells in, and the one a visitor shops in.

The choice is the `market` of the address (so that a link can carry it), else the browser's cookie, else the
site's own market. A market that is not, or no longer, on sale counts as no choice: nobody meets an error for
an old cookie. The list comes from the API, in the visitor's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from storefront.web import formatting
from storefront.web.api_client import Api, ApiError
from storefront.web.memory import remembered
from storefront.web.texts import API_LANGUAGES

NAME = "market"
"""Name of the cookie and of the query parameter."""
SECONDS = 365 * 24 * 3600
LEGAL_DEPOSIT = "dingjin-legal"
"""The kind of a deposit stage, as the API names it."""

STAYS = frozenset(
    {
        "home",
        "easy",
        "model",
        "configure",
        "stock",
        "compare",
        "stories",
        "story",
        "help",
        "legal",
        "verify",
        "find",
        "account",
        "order",
        "withdraw",
    }
)
"""Pages that mean something in every market: after a switch the visitor is on the same page."""
LEADS = {"vehicle": "stock"}
"""Where a switch leads from a page of one market; from any other it leads home."""


@dataclass(frozen=True, slots=True)
class Place:
    """One market as the pages show it: `languages` are those of the store's paths, `notice` a label it must wear."""

    code: str
    name: str
    currency: str
    languages: tuple[str, ...]
    timezone: str
    notice: str | None
    doubles: bool
    """Whether a seller in breach owes the deposit twice: a legal deposit (定金) of the Civil Code, and nothing else."""
    withdrawal: Mapping[str, Any] | None = None
    """The words of the entry to withdraw that the law wants on every page: `begin`, `local`; None where no law does."""

    @property
    def sign(self) -> str:
        """The sign of its currency."""
        return formatting.sign_of(self.currency).strip()

    def language(self, wanted: str) -> str:
        """The wanted language if the market speaks it, else the market's first."""
        return wanted if wanted in self.languages or not self.languages else self.languages[0]


def _place(item: Mapping[str, Any]) -> Place:
    stages = (item.get("deposit") or {}).get("stages") or ()
    spoken = {api: path for path, api in API_LANGUAGES.items()}
    return Place(
        code=item["code"],
        name=item["name"],
        currency=item["currency"],
        languages=tuple(spoken[code] for code in item["languages"] if code in spoken),
        timezone=item["timezone"],
        notice=item.get("notice"),
        doubles=any(stage["kind"] == LEGAL_DEPOSIT for stage in stages),
        withdrawal=item.get("withdrawal"),
    )


def on_sale(api: Api) -> tuple[Place, ...]:
    """Every market on sale; none when the API does not answer, so that the page about that can be drawn."""
    try:
        found: tuple[Place, ...] = remembered(
            (NAME, api.caller.language),
            lambda: tuple(_place(item) for item in api.get("/markets")["items"]),
        )
    except ApiError:
        return ()
    return found


def named(places: tuple[Place, ...], code: str | None) -> Place | None:
    """The market of a code, in any case of letters; None for a code that is not on sale."""
    wanted = (code or "").strip().upper()
    return next((place for place in places if place.code == wanted), None)


def chosen(request: HttpRequest, api: Api) -> str:
    """The code of the market this visitor shops in; asks the API only if the visitor named one."""
    home = str(settings.DEFAULT_MARKET)
    for wish in (request.GET.get(NAME), request.COOKIES.get(NAME)):
        if wish and wish != home:
            place = named(on_sale(api), wish)
            if place:
                return place.code
        elif wish:
            return home
    return home


def keep(request: HttpRequest, response: HttpResponse, code: str) -> HttpResponse:
    """The response that also keeps the market for this browser."""
    response.set_cookie(
        NAME, code, max_age=SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def page_after(url_name: str | None) -> str | None:
    """The page a switch of market leads to, None for the very page the visitor is on."""
    if url_name in STAYS:
        return None
    return LEADS.get(url_name or "", "home")
