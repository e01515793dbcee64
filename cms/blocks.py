"""Blocks a page is made of, and how each is told to a front end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import expand_db_html

_ = gettext_lazy
RICH = ["bold", "italic", "link", "ol", "ul", "h3"]


class WordedBlock(blocks.StructBlock):
    """A block whose parts are named in the language of the admin."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, part in self.child_blocks.items():
            part.label = pgettext_lazy("page", capfirst(name))


class SectionBlock(WordedBlock):
    """A heading with its text."""

    title = blocks.CharBlock()
    body = blocks.TextBlock()

    class Meta:
        label = _("Section")
        icon = "title"


class QuestionBlock(WordedBlock):
    """A question with its answer; `topic` groups them."""

    code = blocks.CharBlock()
    topic = blocks.CharBlock()
    question = blocks.CharBlock()
    answer = blocks.TextBlock()

    class Meta:
        label = _("Question")
        icon = "help"


class PictureBlock(WordedBlock):
    """A picture with a caption."""

    picture = ImageChooserBlock()
    caption = blocks.CharBlock(required=False)

    class Meta:
        label = _("Picture")
        icon = "image"


class ActionBlock(WordedBlock):
    """A link to a place of the store, e.g. `stock`, or an address."""

    to = blocks.CharBlock()
    label = blocks.CharBlock()


class HeroBlock(WordedBlock):
    """The first view of the home page."""

    kicker = blocks.CharBlock(required=False)
    headline = blocks.CharBlock()
    body = blocks.TextBlock()
    actions = blocks.ListBlock(ActionBlock())

    class Meta:
        label = _("Opening")
        icon = "pick"


class TeaserBlock(WordedBlock):
    """A model with the line that invites to it."""

    model = blocks.CharBlock()
    headline = blocks.CharBlock()
    body = blocks.TextBlock()

    class Meta:
        label = _("Model")
        icon = "view"


class OfferBlock(WordedBlock):
    """A current offer, named by its incentive's code."""

    incentive = blocks.CharBlock()
    headline = blocks.CharBlock()

    class Meta:
        label = _("Offer")
        icon = "tag"


def body_blocks() -> list[tuple[str, blocks.Block]]:
    """Blocks of every page but home."""
    return [
        ("section", SectionBlock()),
        ("paragraph", blocks.TextBlock(label=_("Paragraph"))),
        ("rich_text", blocks.RichTextBlock(features=RICH, label=_("Rich text"))),
        ("question", QuestionBlock()),
        ("picture", PictureBlock()),
    ]


def home_blocks() -> list[tuple[str, blocks.Block]]:
    """Blocks of the home page."""
    return [
        ("hero", HeroBlock()),
        ("model", TeaserBlock()),
        ("promise", SectionBlock(label=_("Promise"))),
        ("offer", OfferBlock()),
        ("section", SectionBlock()),
        ("picture", PictureBlock()),
    ]


def told(block_type: str, value: Any) -> dict[str, Any]:
    """One block as JSON: `{"type": ..., "value": ...}`; rich text becomes safe HTML, a picture its addresses."""
    return {"type": block_type, "value": _plain(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, blocks.list_block.ListValue):
        return [_plain(part) for part in value]
    if hasattr(value, "get_rendition"):
        return picture_facts(value)
    if hasattr(value, "source"):
        return expand_db_html(value.source)
    return value


def picture_facts(picture: Any) -> dict[str, Any]:
    """Address, size and text alternative of an uploaded picture."""
    return {
        "url": picture.file.url,
        "width": picture.width,
        "height": picture.height,
        "role": picture.role,
        "alt": dict(picture.alt) or {"en": picture.title},
    }
