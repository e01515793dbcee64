"""People are known by e-mail or phone, each once."""

import pytest
from django.db import IntegrityError, transaction

from storefront.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_person_needs_an_address_or_a_number() -> None:
    with pytest.raises(ValueError, match="e-mail address or a phone number"):
        User.objects.create_user()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(name="nobody")])
    assert str(User.objects.create_user(phone="+8613800000000")) == "+8613800000000"


def test_addresses_differ_by_more_than_their_case() -> None:
    User.objects.create_user("Li.Na@example.com")
    assert User.objects.get_by_natural_key("LI.NA@EXAMPLE.COM").email == "li.na@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("li.na@EXAMPLE.com")


def test_many_people_may_have_no_phone() -> None:
    for number in range(3):
        User.objects.create_user(f"{number}@example.com")
    assert User.objects.filter(phone=None).count() == 3


def test_people_are_shown_by_name_then_address() -> None:
    user = User.objects.create_superuser("li.na@example.com", "secret")
    assert (user.is_staff, user.is_superuser, user.get_short_name()) == (
        True,
        True,
        "li.na@example.com",
    )
    user.name = "李娜"
    assert user.get_full_name() == "李娜"
