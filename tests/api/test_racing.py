"""Many buyers at once: one car is sold once, and nobody is answered with our own fault."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from tests.api.caller import Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shop")]
BUYERS = 16


def test_sixteen_buyers_order_one_car_and_one_of_them_has_it() -> None:
    setup = Caller()
    vin = setup.free_vin()
    quotes = [setup.quote(vin=vin) for _ in range(BUYERS)]
    gate, answers = threading.Barrier(BUYERS), []

    def order(number: int) -> None:
        caller = Caller(quote_token=setup.quote_token)
        try:
            gate.wait(30)
            body = caller.order_body(quotes[number])
            answers.append(caller.raw("POST", "/orders", body, key=f"race-{number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=order, args=(number,)) for number in range(BUYERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    counted = Counter(answer.status_code for answer in answers)
    assert counted == {201: 1, 409: BUYERS - 1}, [
        a.content[:200] for a in answers if a.status_code >= 500
    ]
    assert setup.get(f"/stock/{vin}")["status"] == "held"


def test_one_order_sent_eight_times_at_once_is_one_order() -> None:
    setup = Caller()
    body = setup.order_body(setup.quote())
    gate, answers = threading.Barrier(8), []

    def order() -> None:
        try:
            gate.wait(30)
            answers.append(setup.raw("POST", "/orders", body, key="the-same"))
        finally:
            connection.close()

    threads = [threading.Thread(target=order) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    made = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(waiting) == 8
    assert len({answer.content for answer in made}) == 1
    assert all(answer["Retry-After"] for answer in waiting)
    again = setup.raw("POST", "/orders", body, key="the-same")
    assert (again.content, again["Idempotency-Replayed"]) == (made[0].content, "true")
