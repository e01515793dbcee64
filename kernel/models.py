"""Tables of the ground: jobs, their schedule, receipts of events, the outbox and the audit chain."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Job(models.Model):
    """One call of a task: waiting, running under a lease, done, or dead after its last attempt."""

    class State(models.TextChoices):
        """The life of a job; `dead` is the dead-letter list."""

        READY = "ready"
        RUNNING = "running"
        DONE = "done"
        DEAD = "dead"

    task = models.CharField(max_length=255)
    queue = models.CharField(max_length=64, default="default")
    priority = models.SmallIntegerField(default=0)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    run_at = models.DateTimeField(null=True)
    """The earliest start; null means as soon as possible."""
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=8)
    worker = models.CharField(max_length=128, blank=True)
    lease_until = models.DateTimeField(null=True)
    """A running job whose lease has passed belongs to a dead worker and is reclaimed."""
    worker_ids = models.JSONField(default=list)
    errors = models.JSONField(default=list)
    return_value = models.JSONField(null=True)
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    last_attempted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                models.F("priority").desc(),
                models.F("id"),
                models.F("run_at"),
                name="kernel_job_ready",
                condition=models.Q(state="ready"),
            ),
            models.Index(
                fields=("lease_until",),
                name="kernel_job_running",
                condition=models.Q(state="running"),
            ),
            models.Index(fields=("state", "finished_at"), name="kernel_job_finished"),
        )

    def __str__(self) -> str:
        return f"{self.task} #{self.pk} {self.state}"


class Schedule(models.Model):
    """The next due moment of a repeating task; moving it on is what lets exactly one worker fire it."""

    name = models.CharField(max_length=100, unique=True)
    period = models.CharField(max_length=64)
    """`every+offset` in seconds, e.g. `86400+10800`."""
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} next at {self.next_at:%Y-%m-%d %H:%M:%S}"


class Receipt(models.Model):
    """That one handler has handled one event."""

    event_id = models.CharField(max_length=64)
    handler = models.CharField(max_length=255)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("event_id", "handler"), name="kernel_receipt_once"),
        )

    def __str__(self) -> str:
        return f"{self.handler} has {self.event_id}"


class OutboxRow(models.Model):
    """A message to the outside, stored in the transaction that caused it."""

    topic = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    put_at = models.DateTimeField()
    available_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    claim = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=("topic", "id"), name="kernel_outbox_open", condition=models.Q(sent_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class AuditEntry(models.Model):
    """One link of the hash chain; append-only, the database refuses to change or delete it."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    subject = models.CharField(max_length=128, db_index=True)
    action = models.CharField(max_length=64)
    actor = models.CharField(max_length=128)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.subject}"


class AuditHead(models.Model):
    """The one row that says where the chain ends; locked while a link is added."""

    ONLY: ClassVar[int] = 1

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"
