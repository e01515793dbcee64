"""Contracts of real orders: quoted, ordered and paid in the demo store, from its own catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.services.builds import save_build
from checkout.services.orders import deposit_received, place_order
from checkout.services.quotes import create_quote
from contracts.archive import FileArchive
from contracts.domain.states import State
from contracts.pdf.weasy import WeasyRenderer
from contracts.queries import contract_page
from contracts.services.archiving import read_pdf
from contracts.services.drafting import draft_contract
from contracts.services.issuing import issue_contract
from contracts.services.signing import accept, mark_viewed
from kernel.money import Money, shown
from tests.factories.ordering import confirm_loan

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CHOICES = ["trim:voyage", "paint-clearing", "wheel-20-wing", "int-cream", "pkg-quiet"]


def ordered(language: str, *, financed: bool) -> str:
    """An order for the worked example of the design, its deposit paid."""
    build = save_build(model="haven", market="CN", choices=CHOICES, now=NOW)
    price = Money.of("118590.00", "CNY")
    quote = create_quote(
        market="CN",
        build=build.code,
        vin=None,
        finance={"product": "luyin-60", "down_payment": price} if financed else None,
        insurance=["cn-compulsory", "cn-damage", "cn-third-party-2m"] if financed else None,
        insurance_facts=None,
        place=None,
        now=NOW,
    )
    buyer: dict[str, Any] = {
        "kind": "person",
        "name": "林䶮㛃",
        "email": "lin@example.com",
        "phone": "+86 138 0000 0018",
        "document": "350203199001011018",
    }
    terms = {"version": quote.document["terms"]["version"], "accepted": True}
    confirm_loan(quote.code, NOW)
    placed = place_order(
        quote=quote.code, buyer=buyer, terms=terms, language=language, customer=None, now=NOW
    )
    deposit_received(order=placed.order, payment=placed.payment, now=NOW)
    return placed.order


@pytest.mark.parametrize("financed", [False, True])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_real_order_is_put_under_contract(
    shop: None, tmp_path: Path, language: str, financed: bool
) -> None:
    order = ordered(language, financed=financed)
    archive = FileArchive(tmp_path)
    drafted = draft_contract(order=order, store_url="http://localhost:8000", now=NOW)
    issued = issue_contract(
        number=drafted.number, renderer=WeasyRenderer(), archive=archive, now=NOW
    )
    assert issued.state is State.ISSUED
    facts = contract_page(issued.number).document.facts
    assert (facts.finance is not None) is financed
    assert facts.buyer.name == "林䶮㛃"
    assert shown(facts.price.total) == "¥395,300.00"
    if facts.finance:
        assert shown(facts.price.on_the_road) == "¥423,787.03"
        assert shown(facts.finance.interest) == "¥28,153.60"
    assert "350203199001011018" not in str(facts)
    pdf = read_pdf(number=issued.number, archive=archive)
    assert pdf.content.startswith(b"%PDF-1.7")
    mark_viewed(number=issued.number, actor="guest", now=NOW)
    assert (
        accept(number=issued.number, pdf_sha256=pdf.sha256, actor="guest", now=NOW).state
        is State.ACCEPTED
    )
