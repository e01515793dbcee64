"""How django-allauth meets our people: no username, mail in the reader's language, sent by the worker."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import get_language_from_request

from storefront.accounts.models import User
from storefront.api.throttling import address_of
from storefront.notify.tasks import mail, text_message


def language_of(request: HttpRequest | None) -> str:
    """The language a request asks for, `zh-hans` or `en`."""
    return settings.LANGUAGE_CODE if request is None else get_language_from_request(request)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Stores whom allauth signs up, and writes to them in their language.

    Phone numbers are stored and found here; codes go to them through the door of `storefront.notify.sms`, and
    where none is open `settings.ACCOUNT_LOGIN_METHODS` offers e-mail only.
    """

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The new user, who reads the language asked for while signing up."""
        user.language = language_of(request)
        saved: User = super().save_user(request, user, form, commit=False)
        saved.email = saved.email.lower() if saved.email else None
        if commit:
            saved.save()
        return saved

    def pre_login(
        self,
        request: HttpRequest,
        user: User,
        *,
        email_verification: str,
        signal_kwargs: dict[str, Any] | None,
        email: str | None,
        signup: bool,
        redirect_url: str | None,
    ) -> HttpResponse | None:
        """Whoever read the code owns the address: staff and imported users need no second code."""
        used = get_authentication_records(request, user)
        if email and used and (used[-1]["method"], used[-1].get("email")) == ("code", email):
            EmailAddress.objects.get_or_create(
                user=user, email=email.lower(), defaults={"verified": True, "primary": True}
            )
        answer: HttpResponse | None = super().pre_login(
            request,
            user,
            email_verification=email_verification,
            signal_kwargs=signal_kwargs,
            email=email,
            signup=signup,
            redirect_url=redirect_url,
        )
        return answer

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits are counted by, found as the API finds it."""
        return address_of(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hand one mail to the worker; its text is encrypted while it waits, for it may hold a code."""
        language = self._language(context)
        store = f"{settings.WAGTAILADMIN_BASE_URL}/{'en' if language == 'en' else 'zh'}/"
        facts = context | {
            "email": email,
            "store_name": settings.WAGTAIL_SITE_NAME,
            "store_url": store,
            "account_url": f"{store}account",
        }
        with translation.override(language):
            message = self.render_mail(_ours(template_prefix, language), email, facts)
        mail(to=email, subject=str(message.subject), body=str(message.body))

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The message, with the site it comes from for the texts that are allauth's own."""
        site = {"name": settings.WAGTAIL_SITE_NAME, "domain": context.get("store_url", "")}
        message: EmailMessage = super().render_mail(
            template_prefix, email, {"current_site": site, **context}, headers
        )
        return message

    def _language(self, context: dict[str, Any]) -> str:
        request: HttpRequest | None = self.request
        if request is not None and request.META.get("HTTP_ACCEPT_LANGUAGE"):
            return language_of(request)
        user = context.get("user")
        return user.language if isinstance(user, User) else language_of(request)

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        """Store the number of a user."""
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The number and whether it was verified, or None."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Remember that the user read a code sent to that number."""
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        """Who has that number, or None."""
        return User.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user: User, phone: str, code: str) -> None:
        """Hand one code to the worker; it is encrypted while it waits."""
        words = CODE_TEXTS["en" if self._language({"user": user}) == "en" else "zh-hans"]
        text = words.format(store=settings.WAGTAIL_SITE_NAME, code=code)
        text_message(to=phone, text=text, key=f"code-{secrets.token_hex(16)}")


CODE_TEXTS = {
    "zh-hans": "【{store}】验证码 {code}，十分钟内有效。请勿转发给任何人，我们不会向您索要。",
    "en": "{store}: your code is {code}, good for ten minutes. Give it to nobody; we never ask for it.",
}
"""A sign-in code by text message."""


def _ours(template_prefix: str, language: str) -> str:
    """Our text in that language where we have one, else allauth's own, which gettext translates."""
    folder, _, name = template_prefix.rpartition("/")
    ours = f"{folder}/{language}/{name}"
    try:
        get_template(f"{ours}_subject.txt")
    except TemplateDoesNotExist:
        return template_prefix
    return ours
