"""From a paid deposit to a draft, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.errors import UnknownOrder
from checkout.models import Order
from contracts.domain.facts import facts_fingerprint, read_facts
from contracts.domain.states import State
from contracts.domain.words_life import STEPS
from contracts.errors import (
    ContractStateConflict,
    MissingFact,
    NoTemplateInForce,
    OrderNotReady,
    TemplateError,
)
from contracts.models import Contract, ContractEvent, TemplateApproval, TemplateVersion
from contracts.queries import (
    ContractSummary,
    contract,
    contract_of_order,
    contract_page,
    waiting_drafts,
)
from contracts.services.drafting import draft_contract
from contracts.services.issuing import issue_contract
from contracts.services.signing import accept, mark_viewed
from contracts.services.wording import approve_words, copy_words, review_words, submit_words
from kernel import audit
from tests.factories.contract import NOW, contract_facts, person
from tests.factories.contract_order import InkRenderer, reserved_order
from tests.integration.contracts.conftest import ORDER, STORE

pytestmark = pytest.mark.django_db
Draft = Callable[[], ContractSummary]


@pytest.mark.parametrize("financed", [False, True])
@pytest.mark.parametrize("vin", ["", "L0SCV2B05VX000123"])
def test_the_facts_of_the_order_are_frozen_as_they_are(
    template: None, financed: bool, vin: str
) -> None:
    facts = contract_facts(financed=financed, insured=financed, vin=vin)
    order = reserved_order(facts)
    drafted = draft_contract(order=order.code, store_url=STORE, now=NOW)
    frozen = read_facts(Contract.objects.get(number=drafted.number).facts)
    assert frozen == replace(facts, order=order.code, quote=order.quote.code)
    assert drafted.facts_fingerprint == facts_fingerprint(frozen)
    assert drafted.state is State.DRAFT


def test_the_number_names_the_year_and_the_qr_code_leads_to_the_verification_page(
    draft: Draft,
) -> None:
    drafted = draft()
    assert drafted.number.startswith("FC-2026-")
    page = contract_page(drafted.number)
    assert page.document.verify_url == f"{STORE}/zh/verify/{drafted.number}"
    assert page.summary == drafted


def test_the_same_facts_give_the_same_contract(draft: Draft) -> None:
    assert draft() == draft()
    assert Contract.objects.count() == 1
    assert ContractEvent.objects.count() == 1


def test_other_facts_supersede_a_contract_that_nobody_accepted(draft: Draft) -> None:
    old = draft()
    Order.objects.update(buyer_name="林知夏")
    new = draft()
    assert new.number != old.number
    ended = contract(old.number)
    assert (ended.state, ended.superseded_by) == (State.SUPERSEDED, new.number)
    living = contract_of_order(ORDER)
    assert living is not None
    assert living.number == new.number


def test_an_accepted_contract_is_never_superseded_in_passing(
    draft: Draft, viewed: ContractSummary
) -> None:
    accept(number=viewed.number, pdf_sha256=viewed.pdf_sha256, actor="guest", now=NOW)
    assert draft().number == viewed.number
    Order.objects.update(buyer_name="林知夏")
    with pytest.raises(ContractStateConflict, match="amendment"):
        draft()
    assert contract(viewed.number).state is State.ACCEPTED


def test_an_order_without_a_deposit_gets_no_contract(draft: Draft) -> None:
    Order.objects.update(reserved_at=None)
    with pytest.raises(OrderNotReady):
        draft()
    assert not Contract.objects.exists()


def test_an_unknown_order_gets_no_contract(template: None) -> None:
    with pytest.raises(UnknownOrder):
        draft_contract(order="C26-NOSUCH", store_url=STORE, now=NOW)


def test_without_a_template_nothing_is_drafted(db: None) -> None:
    reserved_order(contract_facts())
    with pytest.raises(NoTemplateInForce):
        draft_contract(order=ORDER, store_url=STORE, now=NOW)


def test_words_that_cannot_be_filled_fail_before_anything_is_stored(draft: Draft) -> None:
    Order.objects.update(buyer_email="", buyer_phone="")
    with pytest.raises(MissingFact):
        draft()
    assert not Contract.objects.exists()


def test_words_changed_behind_the_import_are_not_put_under_contract(draft: Draft) -> None:
    row = copy_words(
        version=TemplateVersion.objects.get().pk, name="behind", actor="legal", now=NOW
    )
    said = {"template": row, "round": 0, "fingerprint": "0" * 64, "at": NOW}
    for step in STEPS:
        TemplateApproval.objects.create(step=step, actor=step, **said)
    TemplateVersion.objects.filter(pk=row.pk).update(
        state="legal_review", fingerprint="0" * 64, valid_from=NOW
    )
    TemplateVersion.objects.filter(pk=row.pk).update(state="approved")
    with pytest.raises(TemplateError, match="words it was approved with"):
        draft()


def test_a_clear_identity_number_never_gets_into_the_facts(template: None) -> None:
    order = reserved_order(contract_facts(buyer=replace(person(), document="350203199001011018")))
    drafted = draft_contract(order=order.code, store_url=STORE, now=NOW)
    assert "350203199001011018" not in str(Contract.objects.get(number=drafted.number).facts)


def test_a_repayment_plan_that_does_not_add_up_is_never_printed(template: None) -> None:
    order = reserved_order(contract_facts(financed=True))
    order.document["finance"]["interest"]["amount"] += 1
    order.save()
    with pytest.raises(OrderNotReady, match="does not add up"):
        draft_contract(order=order.code, store_url=STORE, now=NOW)


def test_the_seller_on_the_quote_stands_in_where_the_template_names_none(draft: Draft) -> None:
    row = copy_words(version=TemplateVersion.objects.get().pk, name="b", actor="legal", now=NOW)
    TemplateVersion.objects.filter(pk=row.pk).update(sellers={})
    submit_words(version=row.pk, actor="legal", now=NOW)
    review_words(version=row.pk, actor="legal", now=NOW)
    approve_words(version=row.pk, actor="counsel", now=NOW)
    page = contract_page(draft().number)
    assert page.document.facts.seller.name["en"] == "Egretta Motor Technology Co., Ltd. (fictional)"
    assert page.document.facts.seller.registration == ""


def test_the_first_contract_marks_its_template_used(draft: Draft) -> None:
    draft()
    assert TemplateVersion.objects.get().used_at == NOW


def test_every_step_leaves_an_event_and_an_audit_entry(draft: Draft) -> None:
    drafted = draft()
    event = ContractEvent.objects.get()
    assert (event.sequence, event.kind, event.actor) == (1, "drafted", "worker")
    assert event.facts == {"order": ORDER, "facts": drafted.facts_fingerprint}
    assert audit.verify_chain() == []


def test_a_draft_without_a_pdf_is_found_when_it_waits_too_long(
    draft: Draft, archive: object
) -> None:
    drafted = draft()
    assert waiting_drafts(before=NOW) == []
    assert waiting_drafts(before=NOW + timedelta(minutes=1)) == [drafted.number]
    issue_contract(number=drafted.number, renderer=InkRenderer(), archive=archive, now=NOW)  # type: ignore[arg-type]
    assert waiting_drafts(before=NOW + timedelta(minutes=1)) == []


def test_a_superseded_contract_cannot_be_read_into_life_again(
    draft: Draft, issued: ContractSummary
) -> None:
    Order.objects.update(buyer_name="林知夏")
    draft()
    with pytest.raises(ContractStateConflict):
        mark_viewed(number=issued.number, actor="guest", now=NOW)
