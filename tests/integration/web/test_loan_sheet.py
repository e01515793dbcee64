"""The sheet of a loan in the store: a page that works without scripts, and a confirmation that comes too early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from checkout.models.credit import CreditSheet
from tests.integration.web.test_store import body, hidden, quote_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]


def with_loan(client: Client, lang: str = "en") -> str:
    """The code of a quote with a loan."""
    address = quote_of(client)
    sent = {"finance": "luyin-60", "insurance": "cn-compulsory"}
    made = client.post(f"{address}/change", sent).headers["Location"]
    return str(made).rsplit("/", 1)[-1]


def read_already() -> None:
    """As if the sheet had been shown a minute ago."""
    minute = timedelta(minutes=1)
    CreditSheet.objects.update(
        issued_at=F("issued_at") - minute, readable_at=F("readable_at") - minute
    )


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("All costs of your loan", "Beside the costs listed here nothing else is charged.")),
        ("zh", ("综合融资成本", "除以上列明的费用外，不收取任何其他费用。")),
    ],
)
def test_a_buyer_with_a_loan_reads_all_costs_before_the_checkout(
    client: Client, lang: str, words: tuple[str, str]
) -> None:
    code = with_loan(client)
    sent_on = client.get(f"/{lang}/checkout/{code}")
    assert (sent_on.status_code, sent_on.headers["Location"]) == (
        303,
        f"/{lang}/checkout/{code}/loan",
    )
    html = body(client.get(sent_on.headers["Location"]))
    for part in (*words, "28,153.60", "3.88%", "5.82%"):
        assert part in html, part


def test_the_server_refuses_a_confirmation_that_comes_too_early(client: Client) -> None:
    code = with_loan(client)
    address = f"/en/checkout/{code}/loan"
    said = {"fingerprint": hidden(client.get(address), "fingerprint")}
    early = client.post(address, said)
    assert early.status_code == 409
    assert "The time to read is not over" in body(early)
    read_already()
    other = client.post(address, {"fingerprint": "0" * 64})
    assert other.status_code == 409
    assert "read it again" in body(other)
    assert client.post(address, {"fingerprint": "nonsense"}).status_code == 409
    done = client.post(address, said)
    assert (done.status_code, done.headers["Location"]) == (303, f"/en/checkout/{code}")
    assert client.get(f"/en/checkout/{code}").status_code == 200
    assert client.get(address).status_code == 303


def test_an_order_form_that_skips_the_sheet_is_sent_back_to_it(client: Client) -> None:
    code = with_loan(client)
    sent = {"key": "k" * 20, "kind": "person", "name": "Lin", "phone": "13812345678", "terms": "1"}
    answer = client.post(f"/en/checkout/{code}", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/checkout/{code}/loan")


def test_without_a_loan_there_is_no_sheet(client: Client) -> None:
    code = quote_of(client).rsplit("/", 1)[-1]
    assert client.get(f"/en/checkout/{code}").status_code == 200
    answer = client.get(f"/en/checkout/{code}/loan")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/en/checkout/{code}")
