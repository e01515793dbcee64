"""What people and the shop did with something, from the audit chain, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model

from kernel.models import AuditEntry

TOLD = ("note", "resolution", "code")
"""What an entry of the chain may say beside its action."""


def people_of(signatures: Iterable[str]) -> dict[str, str]:
    """The sign-in names of `staff:<number>`, in one query."""
    keys = {name.removeprefix("staff:") for name in signatures if name.startswith("staff:")}
    users = get_user_model().objects.filter(pk__in=[key for key in keys if key.isdigit()])
    return {f"staff:{user.pk}": user.get_username() for user in users}


def history_of(*subjects: str) -> list[dict[str, Any]]:
    """The links of the chain about these, oldest first, with who it was and what they said."""
    found = list(AuditEntry.objects.filter(subject__in=subjects).order_by("seq"))
    owners = [str(entry.facts.get("owner", "")) for entry in found]
    people = people_of([entry.actor for entry in found] + owners)
    return [
        {
            "at": entry.at,
            "action": entry.action,
            "actor": people.get(entry.actor, ""),
            "signed": entry.actor,
            "to": people.get(owner, ""),
            "words": next((str(entry.facts[n]) for n in TOLD if entry.facts.get(n)), ""),
            "hash": entry.hash,
        }
        for entry, owner in zip(found, owners, strict=True)
    ]
