"""Pages and pictures: what marketers write and show."""

from cms.models.pages import HomePage, ModelPage, StorePage, StoryPage, TextPage
from cms.models.pictures import Picture, Rendition

__all__ = ["HomePage", "ModelPage", "Picture", "Rendition", "StorePage", "StoryPage", "TextPage"]
