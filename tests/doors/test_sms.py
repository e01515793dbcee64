"""One suite for every door to a sender of text messages: what the port promises holds behind each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from storefront.notify.sms import open_sms
from storefront.notify.sms.http import HttpSms
from storefront.notify.sms.ports import LONGEST, SmsRefused, SmsUnavailable
from tests.factories.sms import SmsDriver, console_sms, http_sms

NUMBER = "+8613800138000"


@pytest.fixture(params=["console", "http"])
def driver(request: pytest.FixtureRequest) -> Iterator[SmsDriver]:
    if request.param == "console":
        yield console_sms()
    else:
        with http_sms() as found:
            yield found


@pytest.fixture
def far() -> Iterator[SmsDriver]:
    with http_sms() as found:
        yield found


def test_a_text_goes_to_its_number_and_has_a_name(driver: SmsDriver) -> None:
    name = driver.door.send(to=NUMBER, text="明天交车 10:00", key="k1")
    assert 0 < len(name) <= 200
    assert driver.messages() == [(NUMBER, "明天交车 10:00")]


def test_the_same_key_gives_the_same_name(driver: SmsDriver) -> None:
    first = driver.door.send(to=NUMBER, text="one", key="k1")
    assert driver.door.send(to=NUMBER, text="one", key="k1") == first
    assert driver.door.send(to=NUMBER, text="one", key="k2") != first


def test_the_same_key_with_another_text_is_refused(driver: SmsDriver) -> None:
    driver.door.send(to=NUMBER, text="one", key="k1")
    with pytest.raises(SmsRefused) as caught:
        driver.door.send(to=NUMBER, text="two", key="k1")
    assert caught.value.reason == "idempotency_mismatch"


@pytest.mark.parametrize("to", ["", "13800138000", "+", "+86x", "+1234567890123456", "+٣٤٥٦٧٨٩"])
def test_what_is_no_number_is_refused(driver: SmsDriver, to: str) -> None:
    with pytest.raises(SmsRefused):
        driver.door.send(to=to, text="one", key="k1")
    assert driver.messages() == []


@pytest.mark.parametrize("text", ["", "x" * (LONGEST + 1)])
def test_no_text_and_one_that_is_too_long_are_refused(driver: SmsDriver, text: str) -> None:
    with pytest.raises(SmsRefused):
        driver.door.send(to=NUMBER, text=text, key="k1")


def test_the_console_says_that_nothing_is_sent() -> None:
    driver = console_sms()
    driver.door.send(to=NUMBER, text="one", key="k1")
    assert driver.out.getvalue() == f"[SMS, NOT SENT: console door] {NUMBER} one\n"
    assert not driver.door.real


def test_a_refusal_of_the_sender_has_its_code(far: SmsDriver) -> None:
    with pytest.raises(SmsRefused) as caught:
        far.door.send(to="+861380000000", text="one", key="k1")
    assert caught.value.reason == "unknown_subscriber"


@pytest.mark.parametrize(
    "broken", [[503, 503, 503], [None, None, None], [b"[]"], [b"{}"], [b'{"id": 7}'], [401]]
)
def test_whatever_is_no_answer_may_have_happened(far: SmsDriver, broken: list[Any]) -> None:
    far.broken = broken
    with pytest.raises(SmsUnavailable):
        far.door.send(to=NUMBER, text="one", key="k1")
    assert set(far.asked) == {"k1"}


def test_a_line_that_is_cut_once_is_tried_again_under_the_same_key(far: SmsDriver) -> None:
    far.broken = [None, 503]
    assert far.door.send(to=NUMBER, text="one", key="k1") == "sm_k1"
    assert far.asked == ["k1", "k1", "k1"]
    assert far.door.real


def test_settings_say_which_door_is_open(settings: Any, capsys: Any) -> None:
    settings.SMS_DOOR = {}
    assert open_sms() is None
    settings.SMS_DOOR = {"door": "console"}
    door = open_sms()
    assert door is not None
    door.send(to=NUMBER, text="one", key="k1")
    assert NUMBER in capsys.readouterr().out
    settings.SMS_DOOR = {"door": "http", "base": "https://s", "token": "t", "sender": "E"}
    assert isinstance(open_sms(), HttpSms)
    settings.SMS_DOOR = {"door": "pigeon"}
    with pytest.raises(ImproperlyConfigured):
        open_sms()
