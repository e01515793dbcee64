"""Changing a placed order: everything a preview showed, in one transaction, and nothing it did not show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from catalog.queries.on_sale import look_again
from catalog.services.claims import claim_incentives, release_claims
from checkout.domain.amendment import (
    ContractEffect,
    CoverEffect,
    LoanEffect,
    Net,
    fee_in,
)
from checkout.domain.amounts import Json, money_json
from checkout.domain.application import By as FinanceBy
from checkout.domain.cover import By as CoverBy
from checkout.domain.order import Contract, Finance
from checkout.domain.payments import OPEN as OPEN_PAYMENTS
from checkout.domain.promises import Reason
from checkout.errors import NothingToAmend, StalePreview
from checkout.events import OperationPlanned, OrderAmended
from checkout.models import Amendment, Order, Payment, PaymentOperation
from checkout.models.locks import locked_application, locked_payment, locked_policy
from checkout.queries.amending import Preview, preview_of
from checkout.queries.amendment_effects import application_of, policy_of
from checkout.queries.credit_sheets import confirmed_sheet
from checkout.queries.paid import due_of
from checkout.services import operations
from checkout.services.balance import pay_when_complete
from checkout.services.financing import give_up
from checkout.services.history import tell
from checkout.services.insurance import end_policy
from checkout.services.moving import locked
from checkout.services.policies import set_axis
from checkout.services.promising import promise
from checkout.services.refunds import give_back
from kernel.crypto import new_code
from kernel.eventbus import publish
from kernel.text import fingerprint as fingerprint_of

REASON = "order-amended"


def amend_order(
    *, order: str, wishes: Mapping[str, Any], fingerprint: str, actor: str, now: datetime
) -> Amendment:
    """Change the order as the preview of that fingerprint showed; gives the amendment.

    `wishes` as for `preview_amendment`. Raises what it raises, StalePreview with the preview as it is now, NothingToAmend,
    CreditSheetNeeded, QuotaTaken; nothing is changed then.
    """
    look_again()
    with transaction.atomic():
        row = locked(order)
        preview = preview_of(row=row, wishes=wishes, now=now)
        if preview.fingerprint != fingerprint:
            raise StalePreview(
                f"order {order} is not what the preview showed; look at the new one",
                facts={"order": order, "preview": preview.facts()},
            )
        if not preview.kinds:
            raise NothingToAmend(f"order {order} says this already", facts={"order": order})
        return _amend(row, preview, actor, now)


def _amend(row: Order, preview: Preview, actor: str, now: datetime) -> Amendment:
    before = preview.before
    after = _document(row, preview, now)
    _move_claims(row, preview, after, now)
    _write_order(row, preview, after)
    _follow_loan(row, preview, actor, now)
    _follow_cover(row, preview, actor, now)
    _promise(row, preview, actor, now)
    payment = _move_money(row, preview, actor, now)
    amendment = Amendment.objects.create(
        order=row,
        number=preview.number,
        kinds=list(preview.kinds),
        request=_request(preview, now),
        before=before,
        before_fingerprint=fingerprint_of(before),
        after=after,
        after_fingerprint=fingerprint_of(after),
        difference=preview.shown,
        fingerprint=preview.fingerprint,
        net_kind=preview.effects.net.kind,
        net_amount=preview.effects.net.amount.minor,
        payment=payment,
        fee=max(0, (preview.effects.fee - fee_in(before)).minor),
        drift=preview.effects.drift,
        actor=actor,
        at=now,
    )
    publish(OrderAmended(order=row.code, number=preview.number, kinds=preview.kinds, at=now))
    tell(order=row, kind="order-amended", actor=actor, facts=_told(preview, after), now=now)
    # A change may have made the last missing sum needless.
    pay_when_complete(order=row.code, now=now)
    return amendment


def _told(preview: Preview, after: Mapping[str, Any]) -> Json:
    net = preview.effects.net
    return {
        "number": preview.number,
        "kinds": list(preview.kinds),
        "price": after["price_sheet"]["total"],
        "net": {"kind": str(net.kind), "amount": money_json(net.amount)},
        "fingerprint": preview.fingerprint,
    }


def _document(row: Order, preview: Preview, now: datetime) -> Json:
    """The document with the moments of new answers, and the confirmed sheet of a new loan. Raises CreditSheetNeeded."""
    after = dict(preview.after)
    items = [_answered(item, now) for item in after["extras"]["items"]]
    after["extras"] = {**after["extras"], "items": items}
    if "credit" in after:
        return after
    if after["finance"] == preview.before["finance"]:
        credit = preview.before.get("credit")
    else:
        credit = confirmed_sheet(row.quote, after, now)
    return {**after, "credit": credit} if credit else after


def _answered(item: Mapping[str, Any], now: datetime) -> Json:
    if item["wanted"] is None or item["answered_at"] is not None:
        return dict(item)
    return {**item, "answered_at": now.isoformat()}


def _request(preview: Preview, now: datetime) -> Json:
    """What the order asks for since, each answer with its moment and the version of its words."""
    versions = {one["code"]: one["text_version"] for one in preview.after["extras"]["items"]}
    extras = [
        {
            **one,
            "at": one["at"] or now.isoformat(),
            "text_version": one["text_version"] or versions.get(one["code"]),
        }
        for one in preview.wanted.request["extras"]
    ]
    return {**preview.wanted.request, "extras": extras}


def _move_claims(row: Order, preview: Preview, after: Mapping[str, Any], now: datetime) -> None:
    """Give back the places in limited offers that the new car does not hold, and take those it does. Raises QuotaTaken."""
    effects = preview.effects
    if effects.gives_up:
        release_claims(holder=row.code, codes=effects.gives_up, now=now)
    if effects.takes:
        claim_incentives(
            holder=row.code,
            market=row.market,
            codes=effects.takes,
            release=after["release"],
            now=now,
        )


def _write_order(row: Order, preview: Preview, after: Mapping[str, Any]) -> None:
    row.document = dict(after)
    row.release = after["release"]
    row.build = after["car"]["build"] or ""
    row.price = after["price_sheet"]["total"]["amount"]
    row.on_the_road = after["on_the_road"]["amount"]
    fields = ["document", "release", "build", "price", "on_the_road"]
    if preview.address is not None:
        row.buyer_address = dict(preview.address)
        fields.append("buyer_address")
    if preview.effects.contract is ContractEffect.ANEW:
        row.contract_number, row.contract_state = "", Contract.NONE
        fields += ["contract_number", "contract_state"]
    row.save(update_fields=fields)


def _follow_loan(row: Order, preview: Preview, actor: str, now: datetime) -> None:
    """The application keeps up with the loan, or ends where its lender decided on another one."""
    effect, newest = preview.effects.loan, application_of(row)
    if newest is not None and effect in {LoanEffect.AGAIN, LoanEffect.GIVEN_UP}:
        application = locked_application(newest.pk)
        application.reason = REASON
        give_up(row=application, by=FinanceBy.SYSTEM, actor=actor, now=now)
    if newest is not None and effect is LoanEffect.SURVIVES:
        application = locked_application(newest.pk)
        loan = row.document["finance"]
        application.amount = application.quoted_amount = loan["amount"]["amount"]
        application.price = loan["amount"]["amount"] + loan["down_payment"]["amount"]
        application.save(update_fields=["amount", "quoted_amount", "price"])
    axis = row.finance_state
    if row.document["finance"] is None:
        axis = Finance.NONE
    elif effect in {LoanEffect.AGAIN, LoanEffect.QUOTED}:
        axis = Finance.QUOTED
    if axis != row.finance_state or effect is LoanEffect.AGAIN:
        row.finance_state = axis
        row.save(update_fields=["finance_state"])


def _follow_cover(row: Order, preview: Preview, actor: str, now: datetime) -> None:
    found = policy_of(row)
    if found is not None and preview.effects.cover in {CoverEffect.REBIND, CoverEffect.GIVEN_UP}:
        policy = locked_policy(found.pk)
        end_policy(policy=policy, by=CoverBy.BUYER, actor=actor, now=now)
    set_axis(row)


def _promise(row: Order, preview: Preview, actor: str, now: datetime) -> None:
    if preview.effects.promise is None:
        return
    from_on, until_on = preview.effects.promise
    promise(
        row=row, from_on=from_on, until_on=until_on, reason=Reason.AMENDED, actor=actor, now=now
    )
    row.priorities.filter(released_at=None).update(from_on=from_on, until_on=until_on)


def _move_money(row: Order, preview: Preview, actor: str, now: datetime) -> Payment | None:
    """The one move of money: what was open is closed, then one charge, one refund, or nothing."""
    net = preview.effects.net
    kept = _close_open(row, net.amount.minor if net.kind is Net.CHARGE else None, now)
    if net.kind is Net.REFUND:
        give_back(order=row, amount=net.amount, reason=REASON, actor=actor, now=now)
    if net.kind is not Net.CHARGE or kept is not None:
        return kept
    rows = row.payments.filter(purpose=Payment.Purpose.AMENDMENT)
    return Payment.objects.create(
        code=new_code(),
        order=row,
        purpose=Payment.Purpose.AMENDMENT,
        attempt=(rows.aggregate(last=Max("attempt"))["last"] or 0) + 1,
        amount=net.amount.minor,
        currency=row.currency,
        created_at=now,
    )


def _close_open(row: Order, wanted: int | None, now: datetime) -> Payment | None:
    """Close every open charge of another sum than is wanted; gives the one that stands. A worker tells the vendor.

    A balance that no vendor knows yet is for what is due now; one that was begun is closed, its sum is wrong.
    """
    stands, due = None, due_of(row).minor
    for found in row.payments.filter(state__in=OPEN_PAYMENTS).order_by("pk"):
        if found.purpose == Payment.Purpose.DEPOSIT:
            continue
        if found.purpose == Payment.Purpose.AMENDMENT and found.amount == wanted and not stands:
            stands = found
            continue
        payment = locked_payment(found.pk)
        if found.purpose == Payment.Purpose.BALANCE and not payment.provider and due:
            payment.amount = due
            payment.save(update_fields=["amount"])
        elif payment.provider_id:
            cancel = operations.plan_cancel(payment=payment, now=now)
            publish(OperationPlanned(key=cancel.key, at=now))
        elif not payment.operations.filter(kind=PaymentOperation.Kind.CREATE).exists():
            payment.state = str(Payment.State.CANCELED)
            payment.save(update_fields=["state"])
        # Else the vendor has not answered yet: the sweeper closes what turns out to have been made.
    return stands
