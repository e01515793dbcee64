"""Imports the `content/` folder of a catalogue as pages, and its pictures; a second import changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml
from django.core.files.images import ImageFile
from django.db import transaction
from wagtail.models import Locale, Site

from cms.models import HomePage, ModelPage, Picture, StorePage, StoryPage, TextPage
from kernel.text import LANGUAGES, pick

PICTURE_TYPES = {".svg", ".webp", ".avif", ".png", ".jpg"}


@dataclass(frozen=True, slots=True)
class PicturePlan:
    """A file to show for a subject of the catalogue, e.g. `model:haven` in the role `side`."""

    file: Path
    subject: str
    role: str
    alt: Mapping[str, str]


@transaction.atomic
def import_content(*, directory: Path, now: datetime) -> int:
    """Home, model, story, help and legal pages in every language; returns how many pages were made.

    Raises KeyError or yaml.YAMLError on a file that is not of the format of `docs/rules/catalogue-format.md`.
    """
    content = {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in (directory / "content").glob("*.yaml")
    }
    made = 0
    homes: dict[str, HomePage] = {}
    for language in LANGUAGES:
        home, fresh = _home(content["home"], language, homes.get(LANGUAGES[0]))
        homes[language] = home
        made += fresh
    for kind, title, rows in _folders(content):
        folders = _everywhere(
            homes, TextPage, kind, lambda language, t=title: {"title": t[language]}, now
        )
        made += folders[1]
        for page_class, slug, values in rows:
            made += _everywhere(folders[0], page_class, slug, values, now)[1]
    return made


@transaction.atomic
def import_pictures(*, plans: list[PicturePlan]) -> int:
    """Upload the pictures that are not there yet; returns how many were added."""
    known = set(Picture.objects.values_list("subject", "role"))
    added = 0
    for plan in plans:
        if (plan.subject, plan.role) in known or plan.file.suffix not in PICTURE_TYPES:
            continue
        name = f"{plan.subject}-{plan.role}{plan.file.suffix}".replace(":", "-").replace("/", "-")
        Picture.objects.create(
            title=f"{plan.subject} {plan.role}",
            file=ImageFile(BytesIO(plan.file.read_bytes()), name=name),
            subject=plan.subject,
            role=plan.role,
            alt=dict(plan.alt),
        )
        added += 1
    return added


def _home(
    source: Mapping[str, Any], language: str, first: HomePage | None
) -> tuple[HomePage, bool]:
    locale, _ = Locale.objects.get_or_create(language_code=language)
    found = HomePage.objects.filter(locale=locale).first()
    if found:
        return found, False
    root = StorePage.get_first_root_node()
    slug = language
    home = HomePage(
        title=pick(source["hero"]["headline"], language),
        slug=slug,
        locale=locale,
        body=_home_body(source, language),
    )
    if first is not None:
        home.translation_key = first.translation_key
    root.add_child(instance=home)
    home.save_revision().publish()
    if first is None:
        _become_site_root(home)
    return home, True


def _become_site_root(home: HomePage) -> None:
    site = Site.objects.filter(is_default_site=True).first() or Site(
        is_default_site=True, hostname="localhost"
    )
    old = site.root_page if site.pk else None
    site.root_page, site.site_name = home, "Forecourt"
    site.save()
    # Wagtail's own migration leaves a welcome page that no shop wants.
    if old is not None and type(old.specific) is StorePage and old.depth > 1:
        old.delete()


def _home_body(source: Mapping[str, Any], language: str) -> list[tuple[str, Any]]:
    def words(row: Mapping[str, Any], *names: str) -> dict[str, str]:
        return {name: pick(row[name], language) for name in names}

    hero = source["hero"]
    actions = [{"to": a["to"], "label": pick(a["label"], language)} for a in hero["actions"]]
    blocks: list[tuple[str, Any]] = [
        ("hero", {**words(hero, "kicker", "headline", "body"), "actions": actions})
    ]
    blocks += [
        ("model", {"model": m["model"], **words(m, "headline", "body")}) for m in source["models"]
    ]
    blocks += [("promise", words(p, "title", "body")) for p in source["promises"]]
    offer = source.get("offer")
    if offer:
        blocks.append(("offer", {"incentive": offer["incentive"], **words(offer, "headline")}))
    return blocks


def _folders(
    content: Mapping[str, Any],
) -> list[tuple[str, Mapping[str, str], list[tuple[Any, str, Any]]]]:
    models = [row for name, row in sorted(content.items()) if name.startswith("model_")]
    return [
        ("models", {"zh-hans": "车型", "en": "Models"}, [_model_page(row) for row in models]),
        (
            "stories",
            {"zh-hans": "故事", "en": "Stories"},
            [_story_page(row) for row in content["stories"]["stories"]],
        ),
        ("help", {"zh-hans": "帮助", "en": "Help"}, [_faq_page(content["faq"]["faq"])]),
        (
            "legal",
            {"zh-hans": "法律信息", "en": "Legal"},
            [_legal_page(row) for row in content["legal"]["legal"]],
        ),
    ]


def _model_page(row: Mapping[str, Any]) -> tuple[Any, str, Any]:
    def values(language: str) -> dict[str, Any]:
        return {
            "title": pick(row["closing"], language),
            "model_code": row["model"],
            "closing": pick(row["closing"], language),
            "body": [
                (
                    "section",
                    {"title": pick(s["title"], language), "body": pick(s["body"], language)},
                )
                for s in row["sections"]
            ],
        }

    return ModelPage, row["model"], values


def _story_page(row: Mapping[str, Any]) -> tuple[Any, str, Any]:
    def values(language: str) -> dict[str, Any]:
        published = row["published_on"]
        return {
            "title": pick(row["title"], language),
            "teaser": pick(row["teaser"], language),
            "published_on": published
            if isinstance(published, date)
            else date.fromisoformat(published),
            "model_codes": list(row.get("models", [])),
            "body": [("paragraph", text) for text in row["body"][language]],
        }

    return StoryPage, row["code"], values


def _faq_page(rows: list[Mapping[str, Any]]) -> tuple[Any, str, Any]:
    def values(language: str) -> dict[str, Any]:
        return {
            "title": {"zh-hans": "常见问题", "en": "Questions and answers"}[language],
            "body": [
                (
                    "question",
                    {
                        "code": row["code"],
                        "topic": row["topic"],
                        "question": pick(row["q"], language),
                        "answer": pick(row["a"], language),
                    },
                )
                for row in rows
            ],
        }

    return TextPage, "faq", values


def _legal_page(row: Mapping[str, Any]) -> tuple[Any, str, Any]:
    def values(language: str) -> dict[str, Any]:
        return {
            "title": pick(row["title"], language),
            "body": [("paragraph", pick(row["body"], language))],
        }

    return TextPage, row["code"], values


def _everywhere(
    parents: Mapping[str, StorePage], page_class: Any, slug: str, values: Any, now: datetime
) -> tuple[dict[str, StorePage], int]:
    """The page `slug` under each language's parent, made where it is missing; translations share one key."""
    pages: dict[str, StorePage] = {}
    made = 0
    for language, parent in parents.items():
        found = page_class.objects.child_of(parent).filter(slug=slug).first()
        if found is None:
            found = page_class(
                slug=slug, locale=parent.locale, first_published_at=now, **values(language)
            )
            if pages:
                found.translation_key = next(iter(pages.values())).translation_key
            parent.add_child(instance=found)
            found.save_revision().publish()
            made += 1
        pages[language] = found
    return pages, made
