"""Finance products that live by a campaign: offered only while it runs for the car (`docs/rules/incentives.md`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from catalog.domain.incentives import CAMPAIGN, Buyer, Incentive, Subject, incentives_for
from checkout.errors import CampaignNotRunning

FIRST_TOLD = ("not-combinable", "quota", "voucher", "proof", "option", "not-yet", "over", "model")
"""Of several campaigns of one product, none of which runs, the one nearest to running is told."""


def campaigns_of(incentives: Sequence[Incentive], product: str) -> tuple[Incentive, ...]:
    """The campaigns that a product lives by; of most products none: they are always on offer."""
    return tuple(one for one in incentives if one.kind == CAMPAIGN and one.product == product)


def running_campaign(
    incentives: Sequence[Incentive],
    *,
    product: str,
    subject: Subject,
    day: date,
    buyer: Buyer,
    taken: Mapping[str, int],
) -> Incentive | None:
    """The campaign that lets this car have the product; None for a product that needs none.

    Raises CampaignNotRunning naming the campaign and why it does not apply, UnknownVoucher.
    """
    campaigns = campaigns_of(incentives, product)
    if not campaigns:
        return None
    answer = incentives_for(
        incentives, subject=subject, day=day, buyer=replace(buyer, product=product), taken=taken
    )
    codes = {one.code: one for one in campaigns}
    for applied in answer.applied:
        if applied.incentive.code in codes:
            return applied.incentive
    reasons = {code: answer.refused.get(code, "model") for code in codes}
    code = min(codes, key=lambda each: FIRST_TOLD.index(reasons[each]))
    raise _not_running(codes[code], product, reasons[code])


def _not_running(campaign: Incentive, product: str, why: str) -> CampaignNotRunning:
    end = campaign.end
    return CampaignNotRunning(
        f"{product} is on offer only with the campaign {campaign.code}, which does not apply: {why}",
        facts={
            "product": product,
            "reason": f"campaign-{why}",
            "campaign": campaign.code,
            "from": campaign.first_day.isoformat(),
            "until": end.isoformat() if end else None,
        },
    )
