"""Signatures: codes, who signed what, and the files that came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import Contract
from contracts.models.words import SHA256


class SigningCode(models.Model):
    """A one-time code sent to the buyer; it belongs to one PDF and is kept only as a keyed digest."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="codes")
    pdf_sha256 = models.CharField(max_length=64, validators=[SHA256])
    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=8, help_text="mail or sms")
    sent_to = models.CharField(max_length=80, help_text="Masked.")
    sent_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong entries.")
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """As they were sent."""

        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.sent_at}"


class Signature(models.Model):
    """That a side signed a PDF, and what shows it; only ever added, one a side.

    `code` proves the buyer's act; `drawn` is the name as drawn (PNG); `agent_sha256` is of the browser's name.
    """

    class Side(models.TextChoices):
        """Who."""

        BUYER = "buyer", _("buyer")
        SELLER = "seller", _("seller")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side.choices)
    name = models.CharField(max_length=120)
    capacity = models.CharField(max_length=80, blank=True)
    consent_version = models.CharField(max_length=20, blank=True)
    consent_sha256 = models.CharField(max_length=64, blank=True)
    code = models.OneToOneField(
        SigningCode, on_delete=models.PROTECT, related_name="signature", null=True, blank=True
    )
    drawn = models.BinaryField(null=True, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    agent_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.CharField(max_length=64, validators=[SHA256])
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        """As they were given."""

        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["contract", "side"], name="contracts_one_signature")
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.side}"


class SignedFile(models.Model):
    """The archived file after a step of signing; only ever added, one a step."""

    class Step(models.TextChoices):
        """In this order; `evidence` is a document of its own beside the contract."""

        BUYER = "buyer", _("signed by the buyer")
        SELLER = "seller", _("signed by both")
        EVIDENCE = "evidence", _("evidence")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="files")
    step = models.CharField(max_length=8, choices=Step.choices)
    sha256 = models.CharField(max_length=64, validators=[SHA256], db_index=True)
    size = models.PositiveIntegerField()
    level = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        """As they were made."""

        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["contract", "step"], name="contracts_one_file_a_step")
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.step}"
