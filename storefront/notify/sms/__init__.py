"""Text messages: the port, its doors, and which one is open (docs/guide/sms.md)."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from storefront.notify.sms.console import ConsoleSms
from storefront.notify.sms.http import HttpSms
from storefront.notify.sms.ports import SmsDoor


def open_sms() -> SmsDoor | None:
    """The door of `settings.SMS_DOOR`, None where the shop sends no text messages; raises ImproperlyConfigured."""
    row = settings.SMS_DOOR
    kind = row.get("door", "")
    if not kind:
        return None
    if kind == "console":
        return ConsoleSms()
    if kind == "http":
        return HttpSms(base=str(row["base"]), token=str(row["token"]), sender=str(row["sender"]))
    raise ImproperlyConfigured(f"SMS_DOOR: no door {kind!r}; use console or http")
