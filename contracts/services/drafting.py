"""From a paid deposit to a draft: the order's facts are frozen under a number, once."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from checkout.domain.order import FINAL
from checkout.domain.order import Contract as OrderAxis
from checkout.domain.order import State as OrderState
from checkout.queries import orders
from checkout.services.orders import (
    contract_accepted,
    contract_buyer_signed,
    contract_issued,
    contract_signed,
)
from contracts.domain.documents import contract_document
from contracts.domain.facts import ContractFacts, facts_document, facts_fingerprint
from contracts.domain.numbers import number_of
from contracts.domain.states import BOUND, LIVE, State, check_move
from contracts.domain.templates import reference
from contracts.errors import ContractStateConflict, OrderEnded, TemplateError
from contracts.events import ContractDrafted, ContractSuperseded
from contracts.models import Contract, TemplateVersion
from contracts.queries import (
    PURCHASE_AGREEMENT,
    ContractSummary,
    summary_of,
    template_in_force,
    template_of,
)
from contracts.services.order_facts import frozen_facts
from contracts.services.recording import record
from kernel.crypto import new_code
from kernel.eventbus import publish

WORKER = "worker"


def draft_contract(*, order: str, store_url: str, now: datetime) -> ContractSummary:
    """The contract of an order's present facts in the words in force; a draft, to be rendered by the worker.

    `store_url`: where the store lives, without a path; the QR code leads below it. The same facts and words
    again give the contract that exists, whatever its state. Other facts supersede a contract that nobody has
    accepted, and an accepted one that an amendment took its order away from. Raises UnknownOrder, OrderNotReady, OrderEnded, NoTemplateInForce, TemplateError, WordingError, and
    ContractStateConflict when a contract with other facts was accepted already.
    """
    with transaction.atomic():
        # Locking the version first makes two drafts of one order wait for each other on PostgreSQL.
        version = template_in_force(PURCHASE_AGREEMENT, at=now)
        version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        facts = present_facts(order=order, version=version, now=now)
        fingerprint = facts_fingerprint(facts)
        living = (
            Contract.objects.select_for_update(of=("self",))
            .filter(order=order, state__in=LIVE)
            .first()
        )
        if living is not None and living.facts_fingerprint == fingerprint:
            return summary_of(living)
        if living is not None:
            _check_replaceable(living, now)
        contract = _new_contract(facts, fingerprint, version, store_url, now)
        if living is not None:
            _supersede(living, contract, now)
        contract.save(force_insert=True)
        if living is not None:
            Contract.objects.filter(pk=living.pk).update(superseded_by=contract)
        if version.used_at is None:
            TemplateVersion.objects.filter(pk=version.pk, used_at=None).update(used_at=now)
        record(
            contract, "drafted", actor=WORKER, facts={"order": order, "facts": fingerprint}, now=now
        )
        publish(ContractDrafted(contract=contract.number, order=order, at=now))
    return summary_of(contract)


def redraft_contract(*, order: str, store_url: str, now: datetime) -> ContractSummary | None:
    """The contract of an amended order; None where the order stands by an accepted one, which the amendment supplements.

    An order that came back to the facts of its contract stands by it again, as far as it had come. Raises what
    `draft_contract` raises.
    """
    named = orders.order(order, now).contract
    if named is not None and named.state not in {OrderAxis.NONE, OrderAxis.ISSUED}:
        return None
    with transaction.atomic():
        drafted = draft_contract(order=order, store_url=store_url, now=now)
        if drafted.issued_at is not None:
            contract_issued(order=order, contract=drafted.number, at=drafted.issued_at, now=now)
        _agreed_again(order, drafted, now)
    return drafted


def _agreed_again(order: str, drafted: ContractSummary, now: datetime) -> None:
    number = drafted.number
    if drafted.buyer_signed_at is not None:
        contract_buyer_signed(order=order, contract=number, at=drafted.buyer_signed_at, now=now)
        if drafted.countersigned_at is not None:
            contract_signed(order=order, contract=number, at=drafted.countersigned_at, now=now)
    elif drafted.accepted_at is not None:
        contract_accepted(order=order, contract=number, at=drafted.accepted_at, now=now)


def present_facts(*, order: str, version: TemplateVersion, now: datetime) -> ContractFacts:
    """What a contract of the order would say now in those words; raises UnknownOrder, OrderNotReady, OrderEnded, TemplateError."""
    template = template_of(version)
    if version.fingerprint and reference(template).fingerprint != version.fingerprint:
        raise TemplateError(
            f"template {version} does not have the words it was approved with; approve them under a new version",
            facts={"template": version.code, "version": version.version},
        )
    agreed = orders.order_facts_for_contract(order)
    if OrderState(agreed.state) in FINAL:
        raise OrderEnded(
            f"order {order} is {agreed.state}; there is nothing left to put under contract",
            facts={"order": order, "reason": agreed.state},
        )
    return frozen_facts(order=agreed, document=orders.order(order, now).document, template=template)


def _new_contract(
    facts: ContractFacts, fingerprint: str, version: TemplateVersion, store_url: str, now: datetime
) -> Contract:
    number = number_of(now.astimezone(ZoneInfo(facts.timezone)).year, new_code())
    language = "zh" if facts.language == "zh-hans" else "en"
    contract = Contract(
        number=number,
        order=facts.order,
        template=version,
        state=State.DRAFT,
        market=facts.market,
        language=facts.language,
        buyer_name=facts.buyer.name,
        facts=facts_document(facts),
        facts_fingerprint=fingerprint,
        verify_url=f"{store_url.rstrip('/')}/{language}/verify/{number}",
        drafted_at=now,
    )
    # Words that cannot be filled must fail here, in the open, not in the middle of rendering.
    contract_document(
        number=number,
        dated_at=now,
        verify_url=contract.verify_url,
        template=template_of(version),
        facts=facts,
    )
    return contract


def _check_replaceable(living: Contract, now: datetime) -> None:
    named = orders.order(living.order, now).contract
    if State(living.state) in BOUND and named is not None and named.number == living.number:
        raise ContractStateConflict(
            f"contract {living.number} was accepted; a change of its order needs an amendment",
            facts={
                "number": living.number,
                "state": living.state,
                "move": str(State.SUPERSEDED),
                "moves": [],
            },
        )
    check_move(living.number, State(living.state), State.SUPERSEDED)


def _supersede(living: Contract, contract: Contract, now: datetime) -> None:
    """End the old contract before the new one is stored: an order has one living contract at any moment."""
    living.state, living.ended_at = State.SUPERSEDED, now
    living.save(update_fields=["state", "ended_at"])
    record(living, "superseded", actor=WORKER, facts={"by": contract.number}, now=now)
    publish(
        ContractSuperseded(contract=living.number, order=living.order, by=contract.number, at=now)
    )
