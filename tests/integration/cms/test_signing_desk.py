"""The signing desk: countersign, draw up anew, take the case out; and who may not."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from cms.services.roles import make_roles
from contracts.archive import open_archive
from contracts.models import Contract, SignedFile
from contracts.queries import ContractSummary, contract, history
from contracts.services.declining import decline
from contracts.services.issuing import issue_contract
from contracts.services.signing import mark_viewed
from kernel.models import Job
from storefront.accounts.models import User
from tests.factories.contract import NOW
from tests.factories.contract_order import InkRenderer
from tests.integration.contracts.conftest import draft, order, template  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewed(draft: Callable[[], ContractSummary]) -> ContractSummary:  # noqa: F811
    """A contract in the archive of the installation, read by its buyer."""
    number = draft().number
    issue_contract(number=number, renderer=InkRenderer(), archive=open_archive(), now=NOW)
    return mark_viewed(number=number, actor="guest", now=NOW)


def staff(group: str) -> Client:
    make_roles()
    user = User.objects.create_user(email=f"{group.split()[0].lower()}@example.com")
    user.is_staff = True
    user.save()
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, number: str, name: str = "contract_act", **sent: str) -> Any:
    return client.post(reverse(name, args=[number]), sent)


def test_a_contract_its_buyer_signed_is_countersigned_by_a_job_in_the_clerks_name(
    viewed: ContractSummary,
) -> None:
    Contract.objects.filter(number=viewed.number).update(state="buyer_signed", buyer_signed_at=NOW)
    legal = staff("Legal")
    assert act(legal, viewed.number, do="seal").status_code == 302
    job = Job.objects.get(task="contracts.tasks.seal_contract")
    assert job.args == [viewed.number, f"staff:{User.objects.get().pk}"]


def test_a_declined_contract_is_drawn_up_anew(viewed: ContractSummary) -> None:
    decline(number=viewed.number, reason="", actor="guest", now=NOW)
    act(staff("Legal"), viewed.number, do="again")
    assert sorted(Contract.objects.values_list("state", flat=True)) == ["declined", "draft"]


def test_what_cannot_be_done_any_more_is_said_and_changes_nothing(viewed: ContractSummary) -> None:
    legal = staff("Legal")
    for do in ("seal", "again", "nonsense"):
        act(legal, viewed.number, do=do)
    assert contract(viewed.number) == viewed
    assert not Job.objects.filter(task="contracts.tasks.seal_contract").exists()


def test_the_case_holds_every_file_with_its_fingerprint_and_leaves_a_line(
    viewed: ContractSummary,
) -> None:
    row = Contract.objects.get(number=viewed.number)
    sealed = open_archive().put(b"%PDF-1.7 sealed")
    SignedFile.objects.create(
        contract=row, step="seller", sha256=sealed, size=15, level="B-LTA", at=NOW
    )
    answer = act(staff("Legal"), viewed.number, "contract_case")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as case:
        files = {name.partition("/")[2]: case.read(name) for name in case.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert manifest == {
        name: hashlib.sha256(content).hexdigest()
        for name, content in files.items()
        if name != "manifest.json"
    }
    assert manifest["contract-issued.pdf"] == viewed.pdf_sha256
    assert manifest["contract-signed.pdf"] == sealed
    assert manifest["facts.json"] == viewed.facts_fingerprint
    assert history(viewed.number)[-1]["kind"] == "exported"


@pytest.mark.parametrize("group", ["Marketers", "Finance clerks"])
def test_others_neither_seal_nor_take_the_case_out(viewed: ContractSummary, group: str) -> None:
    client = staff(group)
    for name in ("contract_act", "contract_case"):
        assert act(client, viewed.number, name, do="seal").status_code in {302, 403}
    assert not Job.objects.filter(task="contracts.tasks.seal_contract").exists()
    assert history(viewed.number)[-1]["kind"] == "viewed"
