"""Making quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.queries.on_sale import look_again
from checkout.domain.asking import read_asked
from checkout.domain.quotation import VALIDITY
from checkout.models.quotes import Quote
from checkout.queries.quotes import QuoteFacts, as_promised
from checkout.queries.quoting import selling_market, worked_out
from kernel.crypto import new_code
from kernel.text import fingerprint


def create_quote(
    *,
    market: str,
    build: str | None,
    vin: str | None,
    finance: Mapping[str, Any] | None,
    insurance: Sequence[str] | None,
    insurance_facts: Mapping[str, Any] | None,
    place: str | None,
    now: datetime,
) -> QuoteFacts:
    """Promise a car at today's price for seven days.

    `finance`: {product, months?, down_payment?: Money or {amount, currency}}. `insurance`: product codes; None
    for what the law requires, an empty list for none through us. `insurance_facts`: {driver_age,
    no_claims_class, seats}. Raises what `read_asked` and `worked_out` raise; nothing is stored then.
    """
    look_again()
    _, selling = selling_market(market)
    asked = read_asked(
        market=market,
        currency=selling.currency,
        build=build,
        vin=vin,
        finance=finance,
        insurance=insurance,
        insurance_facts=insurance_facts,
        place=place,
    )
    document = worked_out(asked=asked, now=now)
    with transaction.atomic():
        row = Quote.objects.create(
            code=f"Q-{new_code(8)}",
            market=market,
            currency=selling.currency,
            release=document["release"],
            build=document["car"]["build"] or "",
            vin=asked.vin,
            request=asked.facts(),
            document=document,
            fingerprint=fingerprint(document),
            created_at=now,
            expires_at=now + VALIDITY,
        )
    return as_promised(row)
