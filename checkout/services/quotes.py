"""Making quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from catalog.queries.on_sale import look_again
from checkout.domain.asking import read_asked
from checkout.domain.extras import recorded
from checkout.domain.quotation import VALIDITY
from checkout.models.quotes import Quote
from checkout.queries.quotes import NOBODY, Owner, QuoteFacts, as_promised
from checkout.queries.quoting import extras_of, selling_market, worked_out
from kernel.crypto import new_code, token_digest
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
    vouchers: Sequence[str] | None = None,
    proofs: Sequence[str] | None = None,
    extras: Sequence[Mapping[str, Any]] | None = None,
    trade_in: Mapping[str, Any] | None = None,
    owner: Owner = NOBODY,
    now: datetime,
) -> QuoteFacts:
    """Promise a car at today's price for seven days.

    `finance`: {product, months?, down_payment?: Money or {amount, currency}}. `insurance`: product codes; None
    for what the law requires, an empty list for none through us. `insurance_facts`: {driver_age,
    no_claims_class, seats}. `vouchers`, `proofs`: words and codes of offers. `extras`: {code, wanted, text_version?},
    recorded with `now` and the version of the words on sale. `owner`: who alone may read and order it. `trade_in`: {words, wished?}. Raises what `read_asked` and `worked_out` raise; nothing is stored then.
    """
    look_again()
    shelf, selling = selling_market(market)
    asked = read_asked(
        market=market,
        currency=selling.currency,
        build=build,
        vin=vin,
        finance=finance,
        insurance=insurance,
        insurance_facts=insurance_facts,
        place=place,
        vouchers=vouchers,
        proofs=proofs,
        extras=extras,
        trade_in=trade_in,
    )
    asked = replace(asked, extras=recorded(extras_of(shelf.catalogue, selling, asked), now))
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
            customer_id=owner.customer,
            token_digest=_digest(owner),
            created_at=now,
            expires_at=now + VALIDITY,
        )
    return as_promised(row)


def _digest(owner: Owner) -> str:
    """Empty for an account, which needs no token, and for nobody."""
    return token_digest(owner.token) if owner.token and owner.customer is None else ""
