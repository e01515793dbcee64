"""Signing in by a code that arrives as a text message, for people whose number was verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache

from kernel import jobs
from kernel.models import Job
from storefront.accounts.models import User
from storefront.notify.tasks import send_text, text_message
from tests.integration.accounts.test_codes import CHINESE, ENGLISH, Visitor, pending

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.accounts.urls")]
NUMBER = "+8613800138000"


@pytest.fixture(autouse=True)
def open_door(settings: Any) -> Iterator[None]:
    cache.clear()
    settings.SMS_DOOR = {"door": "console"}
    settings.ACCOUNT_LOGIN_METHODS = {"email", "phone"}
    yield
    cache.clear()


def buyer() -> None:
    """Somebody who signed up by e-mail and has a number too."""
    user = User.objects.create_user("li@example.com", phone=NUMBER, phone_verified=True)
    EmailAddress.objects.create(user=user, email="li@example.com", verified=True, primary=True)


def printed(capsys: Any) -> str:
    jobs.run_until_idle(raise_errors=True)
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("kind", ["app", "browser"])
def test_a_buyer_signs_in_with_a_code_by_phone(kind: str, capsys: Any) -> None:
    buyer()
    visitor = Visitor(kind, **ENGLISH)
    answer = visitor.post("auth/code/request", phone=NUMBER)
    assert answer["status"] == 401
    assert pending(answer) == ["login_by_code"]
    waiting = Job.objects.get(task=send_text.module_path)
    assert NUMBER not in str(waiting.kwargs)
    text = printed(capsys)
    assert f"{NUMBER} Forecourt: your code is " in text
    found = re.search(r"code is (\d{8})", text)
    assert found
    answer = visitor.post("auth/code/confirm", code=found[1])
    assert answer["status"] == 200
    assert visitor.session()["meta"]["is_authenticated"]


def test_the_code_comes_in_the_reader_s_language(capsys: Any) -> None:
    buyer()
    Visitor("app", **CHINESE).post("auth/code/request", phone=NUMBER)
    assert "【Forecourt】验证码 " in printed(capsys)


def test_a_number_that_nobody_has_is_answered_alike_and_no_message_is_paid_for(
    capsys: Any,
) -> None:
    answer = Visitor("app", **ENGLISH).post("auth/code/request", phone="+8613900139000")
    assert answer["status"] == 401
    assert pending(answer) == ["login_by_code"]
    assert printed(capsys) == ""


def test_a_message_without_a_door_or_that_is_refused_is_let_go(settings: Any) -> None:
    text_message(to="nobody", text="x", key="k")
    [job] = Job.objects.all()
    assert send_text.call(**job.kwargs) == "refused: number"
    settings.SMS_DOOR = {}
    assert send_text.call(**job.kwargs) == "no door"
