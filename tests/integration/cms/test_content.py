"""Pages and pictures: imported once, told to front ends in their language, passed into releases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.models import Picture, StorePage
from cms.queries import picture_addresses, published_page, published_pages
from cms.services.content import PicturePlan, import_content, import_pictures

DEMO = Path(__file__).resolve().parents[3] / "storefront" / "demo" / "catalogue"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def content(db: None) -> None:
    import_content(directory=DEMO, now=NOW)


@pytest.mark.usefixtures("content")
def test_a_second_import_makes_no_page() -> None:
    before = StorePage.objects.count()
    assert import_content(directory=DEMO, now=NOW) == 0
    assert StorePage.objects.count() == before


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(
    ("language", "headline"),
    [("zh-hans", "轻，是另一种有力。"), ("en", "Lightness is a kind of strength.")],
)
def test_the_home_page_speaks_the_language_asked_for(language: str, headline: str) -> None:
    page = published_page("home", language)
    assert page is not None
    assert page.body[0]["type"] == "hero"
    assert page.body[0]["value"]["headline"] == headline
    assert page.languages == ("en", "zh-hans")


@pytest.mark.usefixtures("content")
def test_a_page_has_the_same_path_in_every_language() -> None:
    chinese = {page.path for page in published_pages(None, "zh-hans").items}
    assert chinese == {page.path for page in published_pages(None, "en").items}
    assert {"home", "models/haven", "stories/winter-range", "help/faq", "legal/imprint"} <= chinese


@pytest.mark.usefixtures("content")
def test_stories_come_newest_first_and_say_which_models_they_are_about() -> None:
    stories = published_pages("story", "en").items
    dates = [story.details["published_on"] for story in stories]
    assert dates == sorted(dates, reverse=True)
    assert stories[0].details["models"]


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize(("kind", "seen"), [(None, 2), ("story", 1), ("text", 2)])
def test_a_list_of_pages_goes_on_where_it_ended_even_when_that_page_is_gone(
    kind: str | None, seen: int
) -> None:
    paths = [page.path for page in published_pages(kind, "en").items]
    first = published_pages(kind, "en", limit=seen)
    assert [page.path for page in first.items] == paths[:seen]
    slug = paths[seen - 1].rsplit("/", 1)[-1]
    StorePage.objects.filter(slug=slug, locale__language_code="en").update(live=False)
    rest = published_pages(kind, "en", after=first.next, limit=100)
    assert rest.next is None
    assert [page.path for page in rest.items] == [
        p for p in paths[seen:] if p.split("/")[-1] != slug
    ]


@pytest.mark.usefixtures("content")
def test_an_unpublished_page_is_not_told() -> None:
    StorePage.objects.get(slug="winter-range", locale__language_code="en").specific.unpublish()
    assert published_page("stories/winter-range", "en") is None
    assert published_page("stories/winter-range", "zh-hans") is not None


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("path", ["nowhere", "../admin", "models/haven/../../x", "%00", "/" * 50])
def test_an_unknown_path_is_none_or_the_home_page(path: str) -> None:
    page = published_page(path, "en")
    assert page is None or page.path == "home"


def test_without_pages_there_is_nothing_to_tell(db: None) -> None:
    assert published_page("home", "en") is None
    assert published_pages(None, "en").items == ()


def test_pictures_are_passed_into_a_release_by_subject(db: None, tmp_path: Path) -> None:
    drawing = tmp_path / "car.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40" viewBox="0 0 100 40"/>'
    )
    plan = PicturePlan(drawing, "model:haven", "drawing", {"zh-hans": "线图", "en": "Drawing"})
    assert import_pictures(plans=[plan]) == 1
    assert import_pictures(plans=[plan]) == 0
    told = picture_addresses()["model:haven"][0]
    assert told["role"] == "drawing"
    assert (told["width"], told["height"]) == (100, 40)
    assert told["alt"]["zh-hans"] == "线图"
    assert Picture.objects.get().file.url == told["url"]
