"""Contracts of orders, and what happened to each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.domain.states import LIVE, State
from contracts.models.words import SHA256, TemplateVersion


class Contract(models.Model):
    """One contract of one order; moves only along `contracts.domain.states.MOVES`.

    `facts` is everything it says; `pdf_sha256` names the archived bytes and is set once.
    """

    number = models.CharField(max_length=16, unique=True)
    order = models.CharField(max_length=32, db_index=True, help_text="Code of the order.")
    template = models.ForeignKey(
        TemplateVersion, on_delete=models.PROTECT, related_name="contracts"
    )
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in State],
        default=State.DRAFT.value,
        db_index=True,
    )
    market = models.CharField(max_length=8)
    language = models.CharField(max_length=10)
    buyer_name = models.CharField(max_length=120, help_text="For the desk's search.")
    facts = models.JSONField()
    facts_fingerprint = models.CharField(max_length=64, validators=[SHA256], db_index=True)
    verify_url = models.URLField(max_length=300)

    drafted_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    viewed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    buyer_signed_at = models.DateTimeField(null=True, blank=True)
    countersigned_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it became void or superseded."
    )

    pdf_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    pdf_bytes = models.PositiveIntegerField(null=True, blank=True)
    pdf_pages = models.PositiveSmallIntegerField(null=True, blank=True)
    renderer = models.CharField(
        max_length=80, blank=True, help_text="What set the PDF, with its version."
    )
    signature_boxes = models.JSONField(
        null=True, blank=True, help_text="Where the layout left room for each signature."
    )
    superseded_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="supersedes"
    )

    class Meta:
        """Newest first; an order has at most one living contract."""

        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("seal_contract", "Can countersign and draw up contracts anew"),
            ("export_contract", "Can take out the whole case of a contract"),
        ]
        ordering: ClassVar[list[str]] = ["-drafted_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=sorted(LIVE)),
                name="contracts_one_living_contract",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "void", "superseded"])
                | ~models.Q(pdf_sha256=""),
                name="contracts_issued_has_pdf",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ContractEvent(models.Model):
    """What happened to a contract, only ever added; `facts` carries the fingerprint where one was shown."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        """As they happened."""

        ordering: ClassVar[list[str]] = ["contract", "sequence"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["contract", "sequence"], name="contracts_one_event")
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.sequence} {self.kind}"
