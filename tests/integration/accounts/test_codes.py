"""Signing in and up by a code that arrives by e-mail, as an app and as a browser does it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from kernel import jobs
from kernel.models import Job
from storefront.accounts.adapter import AccountAdapter, language_of
from storefront.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.accounts.urls")]
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}


class Visitor:
    """One person with one client: a browser keeps cookies, an app keeps the session token it was given."""

    def __init__(self, kind: str, **headers: str) -> None:
        self.kind = kind
        self.headers = headers
        self.client = Client()
        self.token = ""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = dict(self.headers)
        if self.kind == "app":
            self.client.cookies.clear()
            if self.token:
                headers["HTTP_X_SESSION_TOKEN"] = self.token
        response = self.client.generic(
            method,
            f"/api/v1/auth/{self.kind}/v1/{path}",
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            **headers,  # type: ignore[arg-type]
        )
        answer = response.json()
        self.token = answer.get("meta", {}).get("session_token") or self.token
        return answer

    def post(self, path: str, **body: Any) -> Any:
        return self.call("POST", path, body)

    def session(self) -> Any:
        return self.call("GET", "auth/session")


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(params=["app", "browser"])
def visitor(request: pytest.FixtureRequest) -> Visitor:
    return Visitor(request.param, **ENGLISH)


def letter() -> Any:
    """The one mail that was sent since the last time."""
    jobs.run_until_idle(raise_errors=True)
    [sent] = mail.outbox
    mail.outbox.clear()
    return sent


def code_in(message: Any) -> str:
    found = re.search(r"^\s+(\d{8})$", message.body, re.MULTILINE)
    assert found
    return found[1]


def pending(answer: Any) -> list[str]:
    return [flow["id"] for flow in answer["data"]["flows"] if flow.get("is_pending")]


def test_a_new_buyer_signs_up_with_an_address_and_a_code(visitor: Visitor) -> None:
    answer = visitor.post("auth/signup", email="Li.Na@Example.com")
    assert answer["status"] == 401
    assert pending(answer) == ["verify_email"]
    message = letter()
    assert message.to == ["li.na@example.com"]
    answer = visitor.post("auth/email/verify", key=code_in(message))
    assert answer["status"] == 200
    assert answer["meta"]["is_authenticated"]
    assert visitor.session()["data"]["user"]["email"] == "li.na@example.com"
    user = User.objects.get()
    assert (user.email, user.language, user.has_usable_password()) == (
        "li.na@example.com",
        "en",
        False,
    )


def test_a_buyer_signs_in_with_a_code_and_out_again(visitor: Visitor) -> None:
    User.objects.create_user("li.na@example.com")
    answer = visitor.post("auth/code/request", email="LI.NA@example.com")
    assert answer["status"] == 401
    assert pending(answer) == ["login_by_code"]
    assert visitor.session()["status"] == 401
    answer = visitor.post("auth/code/confirm", code=code_in(letter()))
    assert answer["status"] == 200
    assert visitor.session()["meta"]["is_authenticated"]
    assert visitor.call("DELETE", "auth/session")["status"] == 401
    assert visitor.session()["status"] in {401, 410}


def test_a_wrong_code_does_not_sign_in_and_three_end_the_attempt(visitor: Visitor) -> None:
    User.objects.create_user("li.na@example.com")
    visitor.post("auth/code/request", email="li.na@example.com")
    code = code_in(letter())
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(3):
        answer = visitor.post("auth/code/confirm", code=wrong)
        assert (answer["status"], answer["errors"][0]["code"]) == (400, "incorrect_code")
    assert visitor.post("auth/code/confirm", code=code)["status"] == 409
    assert visitor.session()["status"] in {401, 410}


def test_nobody_learns_whether_an_address_has_an_account(visitor: Visitor) -> None:
    User.objects.create_user("known@example.com")
    known = visitor.post("auth/code/request", email="known@example.com")
    jobs.run_until_idle()
    stranger = Visitor(visitor.kind, **ENGLISH)
    unknown = stranger.post("auth/code/request", email="unknown@example.com")
    assert (known["status"], pending(known)) == (unknown["status"], pending(unknown))
    mail.outbox.pop(0)
    message = letter()
    assert message.subject == "No account yet at Forecourt"
    assert "/en/account" in message.body
    again = Visitor(visitor.kind, **ENGLISH).post("auth/signup", email="known@example.com")
    assert (again["status"], pending(again)) == (401, ["verify_email"])
    assert letter().subject == "You already have an account at Forecourt"
    assert User.objects.count() == 1


def test_asking_for_codes_again_and_again_is_refused(visitor: Visitor) -> None:
    User.objects.create_user("li.na@example.com")
    answers = [
        Visitor(visitor.kind, **ENGLISH).post("auth/code/request", email="li.na@example.com")
        for _ in range(4)
    ]
    assert [answer["status"] for answer in answers] == [401, 401, 401, 400]
    assert answers[-1]["errors"][0]["code"] == "too_many_login_attempts"


@pytest.mark.parametrize(("headers", "words"), [(ENGLISH, "is your code"), (CHINESE, "登录验证码")])
def test_the_code_comes_in_the_language_asked_for(headers: dict[str, str], words: str) -> None:
    User.objects.create_user("li.na@example.com")
    Visitor("app", **headers).post("auth/code/request", email="li.na@example.com")
    message = letter()
    assert words in message.subject
    assert code_in(message) in message.subject


def test_the_sign_up_mail_comes_in_chinese_by_default() -> None:
    Visitor("browser").post("auth/signup", email="li.na@example.com")
    message = letter()
    assert "账户确认码" in message.subject
    assert User.objects.get().language == "zh-hans"


def test_a_code_waits_encrypted_in_the_queue() -> None:
    User.objects.create_user("li.na@example.com")
    Visitor("app", **ENGLISH).post("auth/code/request", email="li.na@example.com")
    waiting = str(Job.objects.get().kwargs)
    code = code_in(letter())
    assert code not in waiting
    assert "li.na" not in waiting


def test_a_sign_up_that_was_never_confirmed_can_be_done_again() -> None:
    Visitor("app", **ENGLISH).post("auth/signup", email="li.na@example.com")
    letter()
    later = Visitor("app", **ENGLISH)
    later.post("auth/code/request", email="li.na@example.com")
    assert later.post("auth/code/confirm", code=code_in(letter()))["status"] == 200


def test_texts_that_are_allauths_own_are_sent_too(rf: Any) -> None:
    adapter = AccountAdapter(rf.get("/", **ENGLISH))
    user = User.objects.create_user("li.na@example.com")
    adapter.send_mail("account/email/password_changed", "li.na@example.com", {"user": user})
    message = letter()
    assert "Forecourt" in message.body


def test_without_a_request_mail_comes_in_the_readers_language() -> None:
    user = User.objects.create_user("li.na@example.com", language="en")
    AccountAdapter().send_mail(
        "account/email/login_code", "li.na@example.com", {"user": user, "code": "1"}
    )
    assert letter().subject == "1 is your code for Forecourt"
    assert language_of(None) == "zh-hans"


def test_phone_numbers_are_kept_and_found() -> None:
    adapter = AccountAdapter()
    user = User.objects.create_user("li.na@example.com")
    assert adapter.get_phone(user) is None
    adapter.set_phone(user, "+8613800000000", False)
    assert adapter.get_phone(user) == ("+8613800000000", False)
    adapter.set_phone_verified(user, "+8613800000000")
    assert adapter.get_user_by_phone("+8613800000000") == user
    assert adapter.get_user_by_phone("+8613800000001") is None
    assert adapter.get_phone(User.objects.get()) == ("+8613800000000", True)
