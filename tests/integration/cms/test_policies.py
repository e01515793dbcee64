"""The desk's list of insurance policies: who may look, what is shown, and that nobody edits one."""

from __future__ import annotations

import pytest

from checkout.models import CoverProof, InsuranceOperation, InsurancePolicy, InsurerMessage
from tests.factories.insured import Desk, desk, insured_order
from tests.factories.insurers import SILENT
from tests.factories.shelf import NOON
from tests.integration.cms.people import admin, staff

__all__ = ["desk"]
pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.django_db(transaction=True)]
LIST = "/cms/desk/insurancepolicy/"


@pytest.fixture
def policy(desk: Desk) -> InsurancePolicy:
    order = insured_order()
    CoverProof.objects.create(
        order=order,
        insurer_name="平安产险",
        number="PDZA20260001",
        number_masked="********0001",
        actor="guest",
        at=NOON,
    )
    found = desk.take_out(order, SILENT)
    desk.later(seconds=61)
    found.refresh_from_db()
    return found


def test_the_sales_desk_reads_a_policy_with_its_lines_and_calls(policy: InsurancePolicy) -> None:
    client = staff("Sales desk")
    listed = client.get(LIST).content.decode()
    assert policy.code in listed
    assert policy.proof in listed
    page = client.get(f"{LIST}inspect/{policy.pk}/").content.decode()
    for words in (policy.proof, policy.insurer_reference, "¥950.00", "********0001"):
        assert words in page, words
    for operation in InsuranceOperation.objects.filter(policy=policy):
        assert operation.key in page
    assert "PDZA20260001" not in page
    assert f'"age": {SILENT}' not in page


def test_the_sales_desk_reads_what_insurers_said_by_themselves(
    desk: Desk, policy: InsurancePolicy
) -> None:
    assert desk.hear(policy)
    listed = staff("Sales desk").get("/cms/desk/insurermessage/").content.decode()
    assert InsurerMessage.objects.get().event_id in listed
    assert staff("Marketers").get("/cms/desk/insurermessage/").status_code in {302, 403}


def test_a_marketer_does_not_read_policies_and_nobody_edits_one(policy: InsurancePolicy) -> None:
    assert staff("Marketers").get(LIST).status_code in {302, 403}
    for way in ("new/", f"edit/{policy.pk}/", f"delete/{policy.pk}/"):
        assert admin().get(f"{LIST}{way}").status_code in {302, 403, 404}, way
