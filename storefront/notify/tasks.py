"""Mail, sent by the worker: retried while the mail server is away, encrypted while it waits."""

from __future__ import annotations

import json

from django.conf import settings
from django.core.mail import EmailMessage

from kernel.crypto import decrypt, encrypt
from kernel.jobs import task


def mail(*, to: str, subject: str, body: str) -> None:
    """Store one mail to be sent soon, in the caller's transaction; nobody reads it in the queue."""
    sealed = encrypt(json.dumps({"to": to, "subject": subject, "body": body}))
    send.using(priority=10).enqueue(sealed=sealed)


@task
def send(sealed: str) -> None:
    """Send one mail that `mail` sealed."""
    told = json.loads(decrypt(sealed))
    EmailMessage(told["subject"], told["body"], settings.DEFAULT_FROM_EMAIL, [told["to"]]).send()
