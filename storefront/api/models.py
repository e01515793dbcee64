"""The API's own table: what was answered to a request that must not happen twice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from kernel.crypto import EncryptedTextField


class IdempotencyRecord(models.Model):
    """One use of an Idempotency-Key by one caller on one route; kept 48 hours.

    `running` until the first request has its answer; the body of the answer is encrypted, because the
    answer to a guest's order holds the token that is stored nowhere else in clear.
    """

    RUNNING = "running"
    DONE = "done"
    STATES: ClassVar[list[tuple[str, str]]] = [(RUNNING, "running"), (DONE, "done")]

    caller = models.CharField(max_length=80)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=STATES, default=RUNNING)
    started_at = models.DateTimeField()
    created_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(null=True)
    body = EncryptedTextField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["caller", "route", "key"], name="api_idempotency_once"),
        )

    def __str__(self) -> str:
        return f"{self.caller} {self.route} {self.key}"
