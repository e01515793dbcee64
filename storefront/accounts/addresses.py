"""Which e-mail addresses somebody has proved to own."""

from __future__ import annotations

from allauth.account.models import EmailAddress


def verified_emails(user: int | None) -> frozenset[str]:
    """The addresses of that account to which a code was sent and read back, lower-case; none for nobody."""
    if user is None:
        return frozenset()
    found = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return frozenset(email.lower() for email in found)
