"""Applications for a loan, their documents, every call to a lender before it is made, and what lenders told us."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.domain import application as life
from checkout.domain.application import Approval, Terms
from checkout.models.stored import StoredCall, StoredMessage
from kernel.crypto import EncryptedTextField
from kernel.money import Money


class FinanceApplication(models.Model):
    """One application of an order at one lender; moves only along `checkout.domain.application.MOVES`.

    `amount`, `months`, `annual_rate` are the terms asked for, after a counter-offer was accepted those of the offer. The
    `decided_*` columns are the terms of the lender's last decision. Amounts are minor units of `currency`.
    """

    code = models.CharField(max_length=16, unique=True)
    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="finance_applications"
    )
    lender = models.CharField(max_length=64)
    product = models.CharField(max_length=64)
    model = models.CharField(max_length=64)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in life.State],
        default=life.State.DRAFT.value,
    )
    currency = models.CharField(max_length=3)
    price = models.BigIntegerField()
    quoted_amount = models.BigIntegerField()
    """The loan of the order's quote; what the lender lends less than this is paid in cash."""
    amount = models.BigIntegerField()
    months = models.PositiveSmallIntegerField()
    annual_rate = models.DecimalField(max_digits=9, decimal_places=6)
    tolerance = models.DecimalField(max_digits=7, decimal_places=6)

    lender_reference = models.CharField(max_length=200, blank=True, default="")
    decision_number = models.PositiveIntegerField(default=0)
    decided_amount = models.BigIntegerField(null=True, blank=True)
    decided_months = models.PositiveSmallIntegerField(null=True, blank=True)
    decided_rate = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="That day included.")
    reason = models.CharField(max_length=64, blank=True, default="")

    facts = EncryptedTextField(blank=True, default="")
    """The applicant as JSON; empty once erased."""
    applicant_masked = models.CharField(max_length=160, blank=True, default="")
    consents = models.JSONField(default=list)
    """Each receiver, the words that were agreed to, and when."""
    created_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = _("loan application")
        verbose_name_plural = _("loan applications")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "valid_until"], name="finance_application_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=sorted(str(state) for state in life.CURRENT)),
                name="finance_application_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["lender", "lender_reference"],
                condition=~Q(lender_reference=""),
                name="finance_application_at_lender",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0) & Q(quoted_amount__gt=0) & Q(months__gt=0),
                name="finance_application_amounts",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def asked(self) -> Terms:
        """What is asked for now."""
        return Terms(Money(self.amount, self.currency), self.months, Decimal(self.annual_rate))

    @property
    def decided(self) -> Terms | None:
        """What the lender decided last; None where it said no sum."""
        if self.decided_amount is None or self.decided_months is None or self.decided_rate is None:
            return None
        amount = Money(self.decided_amount, self.currency)
        return Terms(amount, self.decided_months, Decimal(self.decided_rate))

    @property
    def approval(self) -> Approval | None:
        """The lender's promise; None unless the application is approved."""
        terms, until = self.decided, self.valid_until
        if self.state != life.State.APPROVED or terms is None or until is None:
            return None
        return Approval(
            model=self.model,
            product=self.product,
            amount=terms.amount,
            valid_until=until,
            tolerance=Decimal(self.tolerance),
            rate=terms.annual_rate,
        )

    def take(self, terms: Terms | None, until: date | None) -> None:
        """Keep the terms of a decision; none where it has none."""
        self.decided_amount = terms.amount.minor if terms else None
        self.decided_months = terms.months if terms else None
        self.decided_rate = terms.annual_rate if terms else None
        self.valid_until = until


class FinanceDocument(models.Model):
    """One paper for the lender; its bytes are encrypted and erased with the applicant's facts, its fingerprint stays."""

    application = models.ForeignKey(
        FinanceApplication, on_delete=models.PROTECT, related_name="documents"
    )
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16)
    media_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    content = EncryptedTextField(blank=True, default="")
    """Base64; empty once erased."""
    at = models.DateTimeField()

    class Meta:
        """In the order of their coming."""

        verbose_name = _("document for a lender")
        verbose_name_plural = _("documents for a lender")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["application", "number"], name="finance_document_in_application"
            ),
            models.UniqueConstraint(fields=["application", "sha256"], name="finance_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class FinanceOperation(StoredCall):
    """One call to a lender: written before it is made, with the key that makes a second send harmless.

    `params` hold no personal facts: the applicant and the documents are read from their encrypted rows, which never change
    while the call may be repeated.
    """

    class Kind(models.TextChoices):
        """What the lender is asked to do."""

        SUBMIT = "submit", "Submit"
        DOCUMENT = "document", "Send a document"
        ACCEPT = "accept", "Accept the counter-offer"
        CANCEL = "cancel", "Cancel"
        DRAW = "draw", "Draw the loan"

    application = models.ForeignKey(
        FinanceApplication, on_delete=models.PROTECT, related_name="operations"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=64, unique=True)

    class Meta(StoredCall.Meta):
        """In the order in which they were planned."""

        verbose_name = _("call to a lender")
        verbose_name_plural = _("calls to a lender")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["last_sent_at"],
                condition=Q(resolved_at=None),
                name="finance_operation_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class FinanceMessage(StoredMessage):
    """One verified message of a lender: a hint, counted at each delivery, handled once. Its body is not kept."""

    lender = models.CharField(max_length=64)
    event_id = models.CharField(max_length=200)
    lender_reference = models.CharField(max_length=200)

    class Meta(StoredMessage.Meta):
        """In the order of arrival."""

        verbose_name = _("message of a lender")
        verbose_name_plural = _("messages of lenders")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["lender", "event_id"], name="finance_message_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], condition=Q(processed_at=None), name="finance_message_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lender} {self.event_id} {self.type}"
