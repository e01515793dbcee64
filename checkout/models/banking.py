"""Our bank accounts as their statements tell: files, statements, lines, and what each line settles."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.crypto import EncryptedTextField
from kernel.money import Money


class BankFile(models.Model):
    """An uploaded file of statements; a worker reads it, `done` of `total` lines so far. The same bytes once only.

    `account` and `currency` are what whoever uploads says of a CSV file that does not say it itself.
    """

    class State(models.TextChoices):
        """Where the import stands; a refused file changed nothing."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    account = models.CharField(max_length=64, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    problem = models.JSONField(default=dict, blank=True)
    """A refused file's problem: `code`, `detail` and the facts, as the API would answer it."""
    uploaded_by = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("import_bankfile", "May import statements of our bank"),
        ]
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.name


class BankStatement(models.Model):
    """The movements of one account between two balances (None where the format carries none), minor units.

    `key` is a digest of all that is in it: a statement that comes again in another file is the same row.
    """

    key = models.CharField(max_length=64, unique=True)
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="statements")
    account = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    number = models.CharField(max_length=64, blank=True, default="")
    opening = models.BigIntegerField(null=True, blank=True)
    closing = models.BigIntegerField(null=True, blank=True)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        """Account by account, in the order of their days."""

        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering: ClassVar[list[str]] = ["account", "first_on", "pk"]

    def __str__(self) -> str:
        return f"{self.account} {self.number}"


class BankLine(models.Model):
    """One booked movement; `amount` is signed minor units. `key` is the line's name in every file that carries it.

    `why` says why nothing was settled by itself: `unknown`, `amount`, `ambiguous`, `nothing-due`, `cut`,
    `claimed-twice`; `candidates` are the readings, best first.
    """

    class State(models.TextChoices):
        """Whether somebody still has to look; `aside` lines are explained and belong to no order (bank fees)."""

        OPEN = "open", _("Open")
        MATCHED = "matched", _("Matched")
        ASIDE = "aside", _("Set aside")

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=64, unique=True)
    account = models.CharField(max_length=64)
    booked_on = models.DateField(db_index=True)
    value_on = models.DateField()
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payer = models.CharField(max_length=255, blank=True, default="")
    text = models.TextField(blank=True, default="")
    bank_ref = models.CharField(max_length=255, blank=True, default="")
    end_to_end = models.CharField(max_length=255, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    why = models.CharField(max_length=16, blank=True, default="")
    candidates = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        """In the order of booking."""

        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("match_bankline", "May say what a bank line settles"),
        ]
        ordering: ClassVar[list[str]] = ["booked_on", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["booked_on"], condition=Q(state="open"), name="bank_line_open"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(amount=0), name="bank_line_is_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        """What came in (positive) or went out."""
        return Money(self.amount, self.currency)


class BankMatch(models.Model):
    """What (a part of) a line settles: one of payment, payout or transfer. Taken back, never deleted.

    `amount` is signed minor units of the line's currency; the live matches of a matched line add up to it, and one
    payment or payout may be settled by several lines. `charge` is what a bank kept on the way: `amount` + `charge` is
    settled.
    """

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches")
    payment = models.ForeignKey(
        "checkout.Payment",
        on_delete=models.PROTECT,
        related_name="bank_matches",
        null=True,
        blank=True,
    )
    payout = models.ForeignKey(
        "checkout.VendorPayout",
        on_delete=models.PROTECT,
        related_name="bank_matches",
        null=True,
        blank=True,
    )
    transfer = models.ForeignKey(
        "checkout.OutgoingTransfer",
        on_delete=models.PROTECT,
        related_name="bank_matches",
        null=True,
        blank=True,
    )
    amount = models.BigIntegerField()
    charge = models.BigIntegerField(default=0)
    automatic = models.BooleanField(default=False)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    undone_by = models.CharField(max_length=64, blank=True, default="")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In the order in which they were made."""

        verbose_name = _("match")
        verbose_name_plural = _("matches")
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(amount=0), name="bank_match_is_not_zero"),
            models.CheckConstraint(condition=Q(charge__gte=0), name="bank_match_charge_is_a_cost"),
            models.CheckConstraint(
                condition=(
                    Q(payment__isnull=False, payout=None, transfer=None)
                    | Q(payment=None, payout__isnull=False, transfer=None)
                    | Q(payment=None, payout=None, transfer__isnull=False)
                ),
                name="bank_match_settles_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.amount}"

    @property
    def settled(self) -> int:
        """Signed minor units that the other side counts as moved."""
        return self.amount + self.charge


class OutgoingTransfer(models.Model):
    """Money that leaves our bank account for a buyer: a refund that cannot go the way it came, or a compensation.

    Two people: one proposes, another approves; the database refuses a row that one of them made alone, and a change of
    what was approved. The account number is sealed; `account_hint` shows its end. `operation` is the refund at the vendor
    that failed, where there was one; `refund` the refund that this transfer carries out, None for a compensation.
    """

    class Why(models.TextChoices):
        """Why it does not go the way the money came."""

        WINDOW = "window", _("The time to refund the way it came is over")
        FAILED = "failed", _("The refund failed")
        BANK = "bank", _("The buyer paid by transfer")
        COMPENSATION = "compensation", _("Compensation")

    class State(models.TextChoices):
        """`sent` was told to the bank; `done` was seen on a statement; `returned` came back."""

        PROPOSED = "proposed", _("Awaits a second person")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        SENT = "sent", _("Sent")
        DONE = "done", _("Done")
        RETURNED = "returned", _("Came back")

    code = models.CharField(max_length=16, unique=True)
    order = models.ForeignKey(
        "checkout.Order", on_delete=models.PROTECT, related_name="outgoing_transfers"
    )
    payment = models.ForeignKey(
        "checkout.Payment",
        on_delete=models.PROTECT,
        related_name="outgoing_transfers",
        null=True,
        blank=True,
    )
    operation = models.ForeignKey(
        "checkout.PaymentOperation",
        on_delete=models.PROTECT,
        related_name="outgoing_transfers",
        null=True,
        blank=True,
    )
    refund = models.ForeignKey(
        "checkout.PaymentOperation",
        on_delete=models.PROTECT,
        related_name="carried_by",
        null=True,
        blank=True,
    )
    compensation = models.ForeignKey(
        "checkout.Compensation",
        on_delete=models.PROTECT,
        related_name="outgoing_transfers",
        null=True,
        blank=True,
    )
    why = models.CharField(max_length=16, choices=Why.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=64, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    holder = models.CharField(max_length=255, blank=True, default="")
    account_sealed = EncryptedTextField(blank=True, default="")
    account_hint = models.CharField(max_length=16, blank=True, default="")
    bank = models.CharField(max_length=255, blank=True, default="")
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.CharField(max_length=64, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        """Oldest first: whoever waits longest is on top."""

        verbose_name = _("outgoing transfer")
        verbose_name_plural = _("outgoing transfers")
        permissions: ClassVar[list[tuple[str, Any]]] = [
            ("approve_outgoingtransfer", "May decide about a transfer as the second person"),
            ("send_outgoingtransfer", "May tell the bank to pay approved transfers"),
        ]
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_is_positive"),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("proposed_by")), name="transfer_needs_two_people"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="")
                | ~Q(state="proposed") & ~Q(decided_by=""),
                name="transfer_is_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["refund"],
                condition=~Q(state__in=["refused", "returned"]),
                name="transfer_once_for_a_refund",
            ),
            models.UniqueConstraint(
                fields=["compensation"],
                condition=~Q(state__in=["refused", "returned"]),
                name="transfer_once_for_a_compensation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"

    @property
    def money(self) -> Money:
        """What the buyer gets."""
        return Money(self.amount, self.currency)
