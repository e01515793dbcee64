"""Pages, blocks and pictures: what marketers write and show."""

from cms.models.pictures import Picture, Rendition

__all__ = ["Picture", "Rendition"]
