"""Releases: immutable documents, the pointer to the one on sale, and the history of its moves."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.errors import ImmutableRecord


class WrittenOnce(models.Model):
    """A row that is added and never changed: saving it again or deleting it raises ImmutableRecord."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts; raises ImmutableRecord for a row that exists."""
        if not self._state.adding:
            raise ImmutableRecord(f"{self._meta.verbose_name} {self} is written once")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raises ImmutableRecord."""
        raise ImmutableRecord(f"{self._meta.verbose_name} {self} is kept for good")


class Release(WrittenOnce):
    """What is or was on sale: `document` is zlib-compressed canonical JSON, `fingerprint` its SHA-256."""

    number = models.PositiveIntegerField(unique=True)
    code = models.CharField(max_length=12, unique=True)
    fingerprint = models.CharField(max_length=64)
    document = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes of the document before compression.")
    checks = models.JSONField(default=list, help_text="Findings of the checks at publishing.")
    note = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-number"]

    def __str__(self) -> str:
        return self.code


class ReleasePointer(models.Model):
    """Which release is on sale: one row, moved only under its lock."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="catalog_one_pointer")]

    def __str__(self) -> str:
        return f"on sale: {self.release_id}"


class ReleaseSwitch(WrittenOnce):
    """One move of the pointer; the history is append-only."""

    before = models.ForeignKey(Release, on_delete=models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="switches")
    kind = models.CharField(
        max_length=9, choices=[("publish", "publish"), ("roll_back", "roll back")]
    )
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("release switch")
        verbose_name_plural = _("release switches")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.after_id} at {self.at:%Y-%m-%d %H:%M}"
