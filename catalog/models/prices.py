"""Price books, prices, delivery times and incentives. A published price book never changes again."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.errors import PublishedPriceBook
from catalog.models.base import CODE, VOUCHER, Staffed, shown, valid_text, valid_text_or_none
from catalog.models.cars import Market, Model

BOOK_TERMS = ("code", "market_id", "valid_from", "based_on_id", "live")
PRICE_TERMS = ("price_book_id", "model_id", "kind", "code", "trim", "condition", "amount", "live")
"""What buyers were told: neither of them changes, nor is taken back or brought back, once it is published."""


class PriceBook(Staffed):
    """Every price of a market from a moment on; a later book lists only what changes to `based_on`.

    `published_in` is the first release that carried the book: from then on the book and its prices are
    what buyers were told, so a change is a new book.
    """

    code = models.CharField(max_length=40, unique=True, validators=[CODE])
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="price_books")
    valid_from = models.DateTimeField()
    based_on = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    note = models.CharField(max_length=200, blank=True)
    published_in = models.CharField(max_length=12, blank=True, default="", editable=False)

    class Meta(Staffed.Meta):
        verbose_name = _("price book")
        verbose_name_plural = _("price books")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    def clean(self) -> None:
        """A published book keeps its terms; a parent is an earlier book of the same market."""
        super().clean()
        if changes_published(self, BOOK_TERMS):
            raise ValidationError(sealed(PriceBook.objects.get(pk=self.pk).code))
        if self.based_on is not None and self.based_on.market_id != self.market_id:
            raise ValidationError({"based_on": _("This book belongs to another market.")})
        if (
            self.based_on is not None
            and self.valid_from
            and self.based_on.valid_from >= self.valid_from
        ):
            raise ValidationError({"based_on": _("A book is based on an earlier one.")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; raises PublishedPriceBook when a published book would change its terms.

        The seal stays even when an old revision without it is published.
        """
        if changes_published(self, BOOK_TERMS):
            raise PublishedPriceBook(
                f"price book {self.code} is published; make a new one",
                facts={"price_book": self.code},
            )
        self.published_in = sealed_by(self) or self.published_in
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As Django's; raises PublishedPriceBook for a published book."""
        if sealed_by(self):
            raise PublishedPriceBook(
                f"price book {self.code} is published", facts={"price_book": self.code}
            )
        return super().delete(*args, **kwargs)


def sealed(book: str) -> str:
    """What staff read when they would change what buyers were told."""
    return gettext("Price book %(book)s is published; a change is a new price book.") % {
        "book": book
    }


def sealing_book(row: object) -> str:
    """The published price book that keeps this book or price as it is; an empty string for any other row."""
    if isinstance(row, PriceBook):
        return row.code if sealed_by(row) else ""
    if isinstance(row, Price) and row.price_book.published_in:
        return row.price_book.code
    return ""


def sealed_by(book: PriceBook) -> str:
    """The release that published the stored book; an empty string for none."""
    stored = PriceBook.objects.filter(pk=book.pk).values_list("published_in", flat=True).first()
    return stored or ""


class Price(Staffed):
    """One price in minor units of the book's market; `condition` is an expression over the finished car."""

    price_book = models.ForeignKey(PriceBook, on_delete=models.CASCADE, related_name="prices")
    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="prices")
    kind = models.CharField(max_length=7, choices=[(k, k) for k in ("trim", "option", "package")])
    code = models.CharField(max_length=60)
    trim = models.CharField(max_length=40, default="*", help_text="A trim, or * for every trim.")
    condition = models.TextField(blank=True, verbose_name="when")
    amount = models.BigIntegerField(validators=[MinValueValidator(0)])
    note = models.CharField(max_length=200, blank=True)

    class Meta(Staffed.Meta):
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.code if self.trim in {"*", self.code} else f"{self.code}, {self.trim}"

    def clean(self) -> None:
        """A price of a published book stays as it is, and none that was left out comes back."""
        super().clean()
        if (
            self.price_book_id
            and self.price_book.published_in
            and (not self.live or changes_published(self, PRICE_TERMS))
        ):
            raise ValidationError(sealed(self.price_book.code))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; raises PublishedPriceBook when a price of a published book would change."""
        if self.price_book.published_in and changes_published(self, PRICE_TERMS):
            raise PublishedPriceBook(
                f"price book {self.price_book.code} is published; make a new one",
                facts={"price_book": self.price_book.code, "code": self.code},
            )
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """As Django's; raises PublishedPriceBook for a price of a published book."""
        if self.price_book.published_in:
            raise PublishedPriceBook(
                f"price book {self.price_book.code} is published",
                facts={"price_book": self.price_book.code},
            )
        return super().delete(*args, **kwargs)


def changes_published(row: PriceBook | Price, terms: tuple[str, ...]) -> bool:
    """Whether saving `row` would change one of `terms` of something already published."""
    if isinstance(row, PriceBook) and not row.pk:
        return False
    before = type(row).objects.filter(pk=row.pk).first() if row.pk else None
    if before is None:
        return isinstance(row, Price)
    book = before if isinstance(before, PriceBook) else before.price_book
    published = bool(book.published_in)
    return published and any(getattr(row, term) != getattr(before, term) for term in terms)


class LeadTime(Staffed):
    """Delivery days of a trim or an option; no market means every market."""

    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="lead_times")
    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=6, choices=[("trim", "trim"), ("option", "option")])
    code = models.CharField(max_length=60)
    days = models.PositiveIntegerField()

    class Meta(Staffed.Meta):
        verbose_name = _("lead time")
        verbose_name_plural = _("lead times")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.code}: {self.days}"


class Incentive(Staffed):
    """An offer applied after the list price. Amounts are minor units of its market.

    `amounts` is `{model: amount}` (price_bonus); other kinds name `for_models` and their own parts.
    """

    KINDS = ["price_bonus", "finance_campaign", "benefit", "limited_edition", "option_bonus"]

    code = models.CharField(max_length=60, unique=True, validators=[CODE])
    kind = models.CharField(max_length=16, choices=[(k, k) for k in KINDS])
    market = models.ForeignKey(
        Market, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    for_models = models.JSONField(default=list, blank=True, verbose_name="models")
    amounts = models.JSONField(default=dict, blank=True)
    product = models.CharField(
        max_length=60, blank=True, help_text="The finance product of a campaign."
    )
    option = models.CharField(max_length=60, blank=True)
    amount = models.BigIntegerField(null=True, blank=True)
    value = models.JSONField(
        null=True, blank=True, help_text="What a benefit is worth, in its own units."
    )
    quota = models.PositiveIntegerField(null=True, blank=True)
    quota_by_market = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    stack = models.BooleanField(
        default=False, help_text="Whether it combines with other such offers."
    )
    needs = models.CharField(max_length=60, blank=True, help_text="The proof asked for.")
    voucher = models.CharField(
        max_length=40,
        blank=True,
        validators=[VOUCHER],
        help_text="The word a buyer has to name; empty: it applies by itself.",
    )
    name = models.JSONField(validators=[valid_text])
    text = models.JSONField(default=dict, blank=True, validators=[valid_text_or_none])

    class Meta(Staffed.Meta):
        verbose_name = _("incentive")
        verbose_name_plural = _("incentives")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return shown(self.name, self.code)

    def clean(self) -> None:
        """Dates in order."""
        super().clean()
        if self.valid_until and self.valid_from and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("The offer ends before it starts.")})
