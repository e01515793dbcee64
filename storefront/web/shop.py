"""One visit of one page: its language, the API as this visitor sees it, and how it answers."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from storefront.web import brand, formatting, markets, paint, security
from storefront.web.api_client import Api, ApiProblem, ApiUnreachable, Caller
from storefront.web.texts import API_LANGUAGES, HTML_LANGUAGES, text

log = logging.getLogger(__name__)

ORDER_COOKIE, SESSION_COOKIE = "fc_order_{}", "fc_session"
ORDER_COOKIE_SECONDS = 400 * 24 * 3600
QUOTE_COOKIE, QUOTE_COOKIE_SECONDS = "fc_quotes", 60 * 24 * 3600
SESSION_COOKIE_SECONDS = 14 * 24 * 3600
SIGNIN_COOKIE, SIGNIN_COOKIE_SECONDS = "fc_signin", 900

P = ParamSpec("P")


@dataclass
class Shop:
    """What a view of the store needs; made once per request."""

    request: HttpRequest
    lang: str
    order: str | None = None
    """The order this page is about: its token is read from the visitor's cookie."""
    _cookies: list[tuple[str, str | None, int]] = field(default_factory=list)

    @functools.cached_property
    def api(self) -> Api:
        """The public API as this visitor."""
        return Api(self._caller(self.market))

    def _caller(self, market: str) -> Caller:
        return Caller(
            language=API_LANGUAGES[self.lang],
            market=market,
            origin=f"{self.request.scheme}://{self.request.get_host()}",
            address=str(self.request.META.get("REMOTE_ADDR") or ""),
            order_token=self.order_token(self.order) if self.order else None,
            session_token=self.session_token(),
            quote_token=self._signed(QUOTE_COOKIE, QUOTE_COOKIE_SECONDS),
        )

    @functools.cached_property
    def market(self) -> str:
        """The market whose prices and law this shop shows; known before the page says whose order it is about."""
        return markets.chosen(self.request, Api(self._caller(str(settings.DEFAULT_MARKET))))

    @functools.cached_property
    def places(self) -> tuple[markets.Place, ...]:
        """Every market on sale; none while the API does not answer."""
        return markets.on_sale(Api(self._caller(self.market)))

    def place(self, code: str | None = None) -> markets.Place | None:
        """The market of a code, or the visitor's own."""
        return markets.named(self.places, code or self.market)

    def caller_with(
        self, *, order_token: str | None = None, session_token: str | None = None
    ) -> Caller:
        """This visitor with another proof of who it is: to try one before it is kept."""
        caller = self.api.caller
        return replace(
            caller,
            order_token=order_token or caller.order_token,
            session_token=session_token or caller.session_token,
        )

    def t(self, key: str, *facts: Any) -> str:
        """The words of `key` as plain text."""
        return text(key, self.lang).format(*facts) if facts else text(key, self.lang)

    def url(self, name: str, *parts: Any) -> str:
        """A page of the store in this language."""
        return reverse(f"web:{name}", args=[self.lang, *parts])

    def cash(self, money: Mapping[str, Any], *, cents: bool = False, plus: bool = False) -> str:
        """A sum as text."""
        return formatting.plain(money, cents=cents, plus=plus)

    # what the visitor's browser keeps for us, signed and out of reach of scripts

    def _signed(self, name: str, seconds: int) -> str | None:
        try:
            return str(self.request.get_signed_cookie(name, salt=name, max_age=seconds))
        except (KeyError, signing.BadSignature):
            return None

    def order_token(self, order: str) -> str | None:
        """The token of an order this visitor placed here."""
        return self._signed(ORDER_COOKIE.format(order), ORDER_COOKIE_SECONDS)

    def session_token(self) -> str | None:
        """The session of a visitor who signed in."""
        return self._signed(SESSION_COOKIE, SESSION_COOKIE_SECONDS)

    def remember_order(self, order: str, token: str) -> None:
        """Keeps an order's token for this visitor."""
        self._cookies.append((ORDER_COOKIE.format(order), token, ORDER_COOKIE_SECONDS))

    def make_quote(self, asked: Mapping[str, Any]) -> Any:
        """A quote for this visitor, whose browser alone opens it unless they signed in."""
        risk = {**brand.driver_facts(str(asked["market"])), **(asked.get("insurance_facts") or {})}
        made = self.api.post("/quotes", {**asked, "insurance_facts": risk} if risk else asked)
        if made.get("token"):
            self._cookies.append((QUOTE_COOKIE, made["token"], QUOTE_COOKIE_SECONDS))
        return made

    def remember_session(self, token: str | None) -> None:
        """Keeps (or with None forgets) the visitor's session."""
        self._cookies.append((SESSION_COOKIE, token, SESSION_COOKIE_SECONDS))

    def remember_signin(self, state: str | None) -> None:
        """Keeps (or with None forgets) a sign-in that waits for its code."""
        self._cookies.append((SIGNIN_COOKIE, state, SIGNIN_COOKIE_SECONDS))

    def kept_signin(self) -> str | None:
        """The sign-in that waits for its code."""
        return self._signed(SIGNIN_COOKIE, SIGNIN_COOKIE_SECONDS)

    def known_orders(self) -> list[str]:
        """Orders whose token this browser holds, newest cookie last."""
        prefix = ORDER_COOKIE.format("")
        codes = [
            name.removeprefix(prefix) for name in self.request.COOKIES if name.startswith(prefix)
        ]
        return [code for code in codes if self.order_token(code)]

    # answers

    def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """A page of the store."""
        place = None if status >= 500 else self.place(self._market_of(context or {}))
        tones: list[str] = [paint.clean_hex(t) for t in (context or {}).get("tones", [])]
        own = {
            "lang": self.lang,
            "html_lang": HTML_LANGUAGES[self.lang],
            "other": "en" if self.lang == "zh" else "zh",
            "other_url": self.other_url(),
            "other_html_lang": HTML_LANGUAGES["en" if self.lang == "zh" else "zh"],
            "api_base": security.public_api_base(),
            "demo": getattr(settings, "DEMO", False),
            "tones_url": reverse("web:tones", args=["-".join(dict.fromkeys(tones))])
            if tones
            else None,
            "page_tone": tones[0] if tones else None,
            "place": place,
            "markets": self.places if place else (),
            "other_spoken": place is None
            or ("en" if self.lang == "zh" else "zh") in place.languages,
            "market_next": self._after_switch(),
            "signed_in": self.session_token() is not None,
        }
        return render(
            self.request, f"web/{template}.html", {**own, **(context or {})}, status=status
        )

    @staticmethod
    def _market_of(context: Mapping[str, Any]) -> str | None:
        """The market of the quote or order a page is about: its law holds, wherever the visitor shops."""
        about = context.get("quote") or context.get("order")
        return about.get("market") if isinstance(about, Mapping) else None

    def _after_switch(self) -> str:
        """Where the visitor goes after another market was chosen on this page; choices made in this one stay behind."""
        found = self.request.resolver_match
        leads = markets.page_after(found.url_name if found else None)
        return self.request.path if leads is None else self.url(leads)

    def other_url(self) -> str:
        """This very page in the other language."""
        rest = self.request.get_full_path()[len(f"/{self.lang}") :]
        return f"/{'en' if self.lang == 'zh' else 'zh'}{rest}"

    def go(self, name: str, *parts: Any) -> HttpResponse:
        """Sends the visitor to another page (303: what was sent is not sent again)."""
        return self.go_to(self.url(name, *parts))

    @staticmethod
    def go_to(address: str) -> HttpResponse:
        """Sends the visitor to an address."""
        response = HttpResponseRedirect(address)
        response.status_code = 303
        return response

    def go_to_market(self, code: str) -> HttpResponse:
        """This very page in another market; a market that is not on sale has no such page."""
        if self.place(code) is None or code == self.market:
            return self.render("404", status=404)
        query = self.request.GET.copy()
        query[markets.NAME] = code
        return self.go_to(f"{self.request.path}?{query.urlencode()}")

    def refused(self, error: ApiProblem) -> HttpResponse:
        """What follows a refusal: a session that has ended is forgotten, an order nobody proved is signed in for."""
        if error.status == 401 and error.code == "wrong-token" and self.session_token():
            self.remember_session(None)
            if self.request.method == "GET":
                return self.go_to(self.request.get_full_path())
        elif error.status == 401 and self.order:
            return self.go_to(f"{self.url('account')}?order={self.order}")
        return self.problem(error)

    def problem(self, error: ApiProblem) -> HttpResponse:
        """The page for a refusal of the API that no view had better words for."""
        if error.status == 404:
            return self.render("404", status=404)
        if error.status >= 500:
            log.error("api: %s", error)
            return self.render("500", status=502)
        detail = ""
        if error.status == 429:
            detail = self.t("problem.many", error.facts.get("retry_after", 60))
        elif error.status in {401, 403}:
            detail = self.t("problem.signin")
        return self.render("problem", {"error": error, "detail": detail}, status=error.status)

    def finish(self, response: HttpResponse) -> HttpResponse:
        """Cookies and security headers of every page."""
        linked = self.request.GET.get(markets.NAME)
        if linked and linked.upper() == self.market:
            markets.keep(self.request, response, self.market)
        for name, value, seconds in self._cookies:
            if value is None:
                response.delete_cookie(name)
            else:
                response.set_signed_cookie(
                    name,
                    value,
                    salt=name,
                    max_age=seconds,
                    httponly=True,
                    samesite="Lax",
                    secure=self.request.is_secure(),
                )
        return security.secure(response)


class ElsewhereError(Exception):
    """What the page shows is sold in another market, of code `market`."""

    def __init__(self, market: str) -> None:
        super().__init__(market)
        self.market = market


def _timezone(shop: Shop) -> str:
    """Where this visitor's clock is: that of the market, without a question for the site's own."""
    if shop.market == settings.DEFAULT_MARKET:
        return str(settings.TIME_ZONE)
    place = shop.place()
    return place.timezone if place else str(settings.TIME_ZONE)


Page = Callable[Concatenate[Shop, P], HttpResponse]


def page(view: Page[P]) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """A view of the store: gets a Shop, and what the API refuses becomes a page."""

    @functools.wraps(view)
    def answer(request: HttpRequest, lang: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        translation.activate(API_LANGUAGES[lang])
        shop = Shop(request, lang)
        try:
            with timezone.override(_timezone(shop)):
                response = view(shop, *args, **kwargs)
        except ApiProblem as error:
            response = shop.refused(error)
        except ElsewhereError as found:
            response = shop.go_to_market(found.market)
        except ApiUnreachable:
            response = shop.render("offline", status=503)
        except Http404:
            response = shop.render("404", status=404)
        return shop.finish(response)

    return answer  # type: ignore[return-value]  # mypy fears a view argument named `request` or `lang`
