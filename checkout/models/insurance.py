"""Policies, their lines, proofs of policies bound elsewhere, calls to insurers before they are made, and their messages."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from checkout.domain import cover as life
from checkout.domain.cover import Period, Vehicle
from checkout.models.stored import StoredCall, StoredMessage
from kernel.crypto import EncryptedTextField
from kernel.money import Money


class InsurancePolicy(models.Model):
    """One policy of an order at one insurer; moves only along `checkout.domain.cover.MOVES`.

    Bound to a vehicle (`model`, `options`, `vin`), to a driver (encrypted) and to days: `start_on` is the first covered
    day, `end_on` the first that is not covered. `premium` and `refund` are minor units of `currency`.
    """

    code = models.CharField(max_length=16, unique=True)
    order = models.ForeignKey("checkout.Order", on_delete=models.PROTECT, related_name="policies")
    insurer = models.CharField(max_length=64)
    insurer_name = models.JSONField(default=dict)
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in life.State],
        default=life.State.QUOTED.value,
    )
    model = models.CharField(max_length=64)
    options = models.JSONField(default=list)
    vin = models.CharField(max_length=17, blank=True, default="")
    driver = EncryptedTextField(blank=True, default="")
    """Age and no-claims class as JSON; empty once erased."""
    start_on = models.DateField()
    end_on = models.DateField()
    currency = models.CharField(max_length=3)
    premium = models.BigIntegerField()

    insurer_reference = models.CharField(max_length=200, blank=True, default="")
    answer_number = models.PositiveIntegerField(default=0)
    """The number of the insurer's last answer that was applied."""
    proof = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=64, blank=True, default="")
    """The insurer's own code for a refusal, or ours for an ending."""
    consented_at = models.DateTimeField()
    created_at = models.DateTimeField(db_index=True)
    bound_on = models.DateField(null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    refund = models.BigIntegerField(null=True, blank=True)
    """What the insurer gives back; None before it was cancelled."""
    ended_at = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = _("insurance policy")
        verbose_name_plural = _("insurance policies")
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "start_on"], name="insurance_policy_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=sorted(str(state) for state in life.OPEN)),
                name="insurance_policy_one_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["insurer", "insurer_reference"],
                condition=~Q(insurer_reference=""),
                name="insurance_policy_at_insurer",
            ),
            models.CheckConstraint(
                condition=Q(premium__gte=0)
                & Q(end_on__gt=models.F("start_on"))
                & (Q(refund=None) | Q(refund__gte=0, refund__lte=models.F("premium"))),
                name="insurance_policy_amounts",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def period(self) -> Period:
        """The covered days."""
        return Period(self.start_on, self.end_on)

    @property
    def vehicle(self) -> Vehicle:
        """The car it is bound to."""
        return Vehicle(self.model, tuple(self.options), self.vin)

    @property
    def money(self) -> Money:
        """The premium of the year, every line."""
        return Money(self.premium, self.currency)


class PolicyLine(models.Model):
    """One cover of a policy with its premium, and what of it comes back once the policy is cancelled."""

    policy = models.ForeignKey(InsurancePolicy, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    cover = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    name = models.JSONField(default=dict)
    premium = models.BigIntegerField()
    refund = models.BigIntegerField(null=True, blank=True)

    class Meta:
        """In the order of the quote."""

        verbose_name = _("premium line")
        verbose_name_plural = _("premium lines")
        ordering: ClassVar[list[str]] = ["policy_id", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "cover"], name="insurance_line_once"),
            models.CheckConstraint(
                condition=Q(premium__gte=0)
                & (Q(refund=None) | Q(refund__gte=0, refund__lte=models.F("premium"))),
                name="insurance_line_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cover} {self.premium}"


class CoverProof(models.Model):
    """A policy bound elsewhere, as the buyer showed it; only ever added."""

    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="cover_proofs"
    )
    insurer_name = models.CharField(max_length=120)
    number = EncryptedTextField()
    number_masked = models.CharField(max_length=64)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        """Newest first."""

        verbose_name = _("proof of cover")
        verbose_name_plural = _("proofs of cover")
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.insurer_name} {self.number_masked}"


class InsuranceOperation(StoredCall):
    """One call to an insurer: written before it is made, with the key that makes a second send harmless.

    `params` hold no personal facts: driver and holder are read from their encrypted rows.
    """

    class Kind(models.TextChoices):
        """What the insurer is asked to do."""

        QUOTE = "quote", "Quote"
        BIND = "bind", "Bind"
        VEHICLE = "vehicle", "Tell the VIN"
        CANCEL = "cancel", "Cancel"

    policy = models.ForeignKey(InsurancePolicy, on_delete=models.PROTECT, related_name="operations")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=64, unique=True)

    class Meta(StoredCall.Meta):
        """In the order in which they were planned."""

        verbose_name = _("call to an insurer")
        verbose_name_plural = _("calls to an insurer")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["last_sent_at"],
                condition=Q(resolved_at=None),
                name="insurance_operation_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class InsurerMessage(StoredMessage):
    """One verified message of an insurer: a hint, counted at each delivery, handled once. Its body is not kept."""

    insurer = models.CharField(max_length=64)
    event_id = models.CharField(max_length=200)
    insurer_reference = models.CharField(max_length=200)

    class Meta(StoredMessage.Meta):
        """In the order of arrival."""

        verbose_name = _("message of an insurer")
        verbose_name_plural = _("messages of insurers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["insurer", "event_id"], name="insurer_message_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_try_at"], condition=Q(processed_at=None), name="insurer_message_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insurer} {self.event_id} {self.type}"
