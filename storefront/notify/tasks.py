"""What the worker does for notices: send, try again, forget; and mail that is no notice, such as sign-in codes."""

from __future__ import annotations

import json
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from kernel.crypto import decrypt, encrypt
from kernel.jobs import task
from storefront.notify.models import NoticeLog
from storefront.notify.sms import open_sms
from storefront.notify.sms.ports import SmsRefused


def mail(*, to: str, subject: str, body: str) -> None:
    """Store one mail to be sent soon, in the caller's transaction; nobody reads it in the queue."""
    sealed = encrypt(json.dumps({"to": to, "subject": subject, "body": body}))
    send.using(priority=10).enqueue(sealed=sealed)


@task
def send(sealed: str) -> None:
    """Send one mail that `mail` sealed."""
    told = json.loads(decrypt(sealed))
    EmailMessage(told["subject"], told["body"], settings.DEFAULT_FROM_EMAIL, [told["to"]]).send()


def text_message(*, to: str, text: str, key: str) -> None:
    """Store one text message that is no notice, such as a code; nothing happens where no door is open."""
    send_text.using(priority=10).enqueue(
        sealed=encrypt(json.dumps({"to": to, "text": text, "key": key}))
    )


@task
def send_text(sealed: str) -> str:
    """Send what `text_message` sealed; gives how it ended. A refusal is not tried again."""
    told = json.loads(decrypt(sealed))
    door = open_sms()
    if door is None:
        return "no door"
    try:
        return door.send(to=told["to"], text=told["text"], key=told["key"])
    except SmsRefused as refusal:
        return f"refused: {refusal.reason}"


@task
def forget_letters() -> int:
    """Empty the letters of notices that ended longer ago than `settings.NOTICE_RETENTION_DAYS`; gives how many."""
    before = timezone.now() - timedelta(days=settings.NOTICE_RETENTION_DAYS)
    waiting = (NoticeLog.State.QUEUED, NoticeLog.State.HELD)
    old = NoticeLog.objects.filter(at__lt=before, sealed__isnull=False).exclude(state__in=waiting)
    return old.update(sealed=None)
