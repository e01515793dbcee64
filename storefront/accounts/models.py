"""People: a buyer or a member of staff, known by e-mail or by phone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are stored lower-case."""

    def create_user(
        self, email: str | None = None, password: str | None = None, **fields: Any
    ) -> User:
        """A user with `email` or `phone`; raises ValueError when both are missing."""
        if not email and not fields.get("phone"):
            raise ValueError("a user needs an e-mail address or a phone number")
        user = self.model(email=email.lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A member of staff who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of that e-mail address, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # Wagtail's relations
    """One person; e-mail and phone may each be null, and each is unique."""

    email = models.EmailField(unique=True, null=True, blank=True)
    phone = models.CharField(
        max_length=32, unique=True, null=True, blank=True
    )  # null: empty is no number, and unique
    phone_verified = models.BooleanField(default=False)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(phone__isnull=False),
                name="accounts_user_email_or_phone",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email or self.phone or str(self.pk)

    def get_full_name(self) -> str:
        """The name the CMS shows."""
        return str(self)

    def get_short_name(self) -> str:
        """The name the CMS shows where space is short."""
        return str(self)
