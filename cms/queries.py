"""What may be asked of pages and pictures; answers are plain facts for the API and for publishing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from wagtail.models import Locale

from cms.blocks import picture_facts, told
from cms.models import HomePage, ModelPage, Picture, StorePage, StoryPage, TextPage

KINDS: dict[str, type[StorePage]] = {
    "home": HomePage,
    "model": ModelPage,
    "story": StoryPage,
    "text": TextPage,
}
HOME_PATH = "home"


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A published page in one language; `path` is the same in every language, e.g. `stories/winter-range`."""

    path: str
    kind: str
    title: str
    language: str
    languages: tuple[str, ...]
    seo_title: str
    seo_description: str
    updated_at: str
    body: tuple[Mapping[str, Any], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def picture_addresses() -> dict[str, list[dict[str, Any]]]:
    """Every picture that points at the catalogue, by subject: what publishing passes into a release."""
    found: dict[str, list[dict[str, Any]]] = {}
    for picture in Picture.objects.exclude(subject="").order_by("subject", "role", "pk"):
        found.setdefault(picture.subject, []).append(picture_facts(picture))
    return found


def published_page(path: str, language: str) -> PageFacts | None:
    """The live page at `path` in `language`, or None."""
    home = _home(language)
    if home is None:
        return None
    wanted = (
        home.url_path
        if path.strip("/") in {"", HOME_PATH}
        else f"{home.url_path}{path.strip('/')}/"
    )
    page = StorePage.objects.live().filter(locale=home.locale, url_path=wanted).first()
    return _facts(page.specific, home, with_body=True) if page else None


@dataclass(frozen=True, slots=True)
class PageList:
    """Some of a list of pages; `next` is the position to ask on from, None at the end."""

    items: tuple[PageFacts, ...]
    next: str | None


def published_pages(
    kind: str | None, language: str, *, after: str | None = None, limit: int | None = None
) -> PageList:
    """Live pages of `language`, of one kind or of all, newest story first; raises KeyError for an unknown kind.

    At most `limit` of those that follow `after`, the `next` of an earlier list of the same kind and
    language; it holds when pages come and go meanwhile.
    """
    home = _home(language)
    if home is None:
        return PageList((), None)
    model = StorePage if kind is None else KINDS[kind]
    pages = model.objects.live().descendant_of(home, inclusive=True).order_by("path")
    if kind == "story":
        pages = pages.order_by("-published_on", "path")
    if after is not None:
        pages = pages.filter(_following(after))
    rows = list(pages if limit is None else pages[: limit + 1])
    shown = rows[:limit]
    return PageList(
        items=tuple(_facts(page.specific, home, with_body=False) for page in shown),
        next=_position(shown[-1], kind) if len(rows) > len(shown) else None,
    )


def _position(page: Any, kind: str | None) -> str:
    """The page's sort key as text: its path in the tree, of stories behind their day."""
    return f"{page.published_on.isoformat()}:{page.path}" if kind == "story" else str(page.path)


def _following(position: str) -> Q:
    day, dated, path = position.rpartition(":")
    if not dated:
        return Q(path__gt=path)
    return Q(published_on__lt=day) | Q(published_on=day, path__gt=path)


def _home(language: str) -> HomePage | None:
    locale = Locale.objects.filter(language_code=language).first()
    return HomePage.objects.live().filter(locale=locale).first() if locale else None


def _facts(page: Any, home: HomePage, *, with_body: bool) -> PageFacts:
    path = page.url_path.removeprefix(home.url_path).strip("/") or HOME_PATH
    translations = page.get_translations(inclusive=True).live().select_related("locale")
    return PageFacts(
        path=path,
        kind=page.kind,
        title=page.title,
        language=page.locale.language_code,
        languages=tuple(sorted(t.locale.language_code for t in translations)),
        seo_title=page.seo_title or page.title,
        seo_description=page.search_description,
        updated_at=page.last_published_at.isoformat() if page.last_published_at else "",
        body=tuple(told(b.block_type, b.value) for b in page.body) if with_body else (),
        details=_details(page),
    )


def _details(page: Any) -> dict[str, Any]:
    if isinstance(page, ModelPage):
        return {"model": page.model_code, "closing": page.closing}
    if isinstance(page, StoryPage):
        return {
            "published_on": page.published_on.isoformat(),
            "teaser": page.teaser,
            "models": list(page.model_codes),
        }
    return {}
