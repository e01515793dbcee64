"""The loan desk: who sees applications, and nothing of the applicant but a mask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from cms.services.roles import make_roles
from tests.factories.financed import Bank, bank, financed_order
from tests.factories.lenders import APPLICANT

__all__ = ["bank"]
pytestmark = pytest.mark.django_db(transaction=True)
LISTS = ("financeapplication", "financeoperation", "financemessage")


def staff(role: str) -> Client:
    make_roles()
    name = role.lower().replace(" ", ".")
    user: Any = get_user_model().objects.create_user(email=f"{name}@example.com", password="x")
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.usefixtures("shop")
def test_a_finance_clerk_sees_applications_calls_and_messages(bank: Bank, tmp_path: Path) -> None:
    row = bank.apply(financed_order())
    bank.hear(row)
    clerk = staff("Finance clerks")
    pages = [clerk.get(reverse(f"desk_{name}:index")) for name in LISTS]
    pages.append(clerk.get(reverse("desk_financeapplication:inspect", args=[row.pk])))
    for page in pages:
        assert page.status_code == 200
        html = page.content.decode()
        for value in (APPLICANT["name"], APPLICANT["document_number"], APPLICANT["email"]):
            assert value not in html
    assert row.code in pages[0].content.decode()
    assert row.applicant_masked in pages[-1].content.decode()


@pytest.mark.usefixtures("shop")
def test_a_marketer_sees_none_of_it(bank: Bank) -> None:
    bank.apply(financed_order())
    marketer = staff("Marketers")
    for name in LISTS:
        assert marketer.get(reverse(f"desk_{name}:index")).status_code == 302
