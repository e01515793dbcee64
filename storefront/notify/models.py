"""Which notices went out: one row per event and text, so that nobody is told twice."""

from django.db import models


class NoticeLog(models.Model):
    """One notice to one person; `sent_to` is masked and empty when there was no address to write to."""

    event_id = models.CharField(max_length=64)
    template = models.CharField(max_length=64)
    order = models.CharField(max_length=32, db_index=True)
    language = models.CharField(max_length=10)
    sent_to = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("event_id", "template"), name="notify_notice_once"),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.order}"
