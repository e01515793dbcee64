"""Asking for a sign-in code: a guest who has ordered needs no account beforehand.

A guest's order mail leads to the sign-in page (docs/decisions/0006-guest-access.md). The account is made
when its address first asks for a code, without password and unverified; it opens with the code alone. What
is answered does not tell whether there was an account or an order.
"""

from __future__ import annotations

from allauth.account.utils import filter_users_by_email
from allauth.core import context
from allauth.headless.account.inputs import RequestLoginCodeInput
from allauth.headless.account.views import RequestLoginCodeView
from django.contrib.auth.hashers import make_password

from checkout.queries.orders import guest_ordered_with
from storefront.accounts.adapter import language_of
from storefront.accounts.models import User


def open_account_of_guest(email: str, *, language: str) -> None:
    """Make an account for the address of a guest's order, unless it has one, active or not."""
    if filter_users_by_email(email) or not guest_ordered_with(email):
        return
    no_password = make_password(None)
    defaults = {"language": language, "password": no_password}
    User.objects.get_or_create(email=email.lower(), defaults=defaults)


class RequestCodeInput(RequestLoginCodeInput):  # type: ignore[misc]
    """The address to send a code to."""

    def clean_email(self) -> str:
        """The address; its account is made now if a guest ordered with it."""
        email: str = self.cleaned_data["email"]
        if email:
            open_account_of_guest(email, language=language_of(context.request))
        cleaned: str = super().clean_email()
        return cleaned


class RequestCodeView(RequestLoginCodeView):  # type: ignore[misc]
    """allauth's view with our input."""

    input_class = RequestCodeInput
