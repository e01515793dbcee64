"""Where webhooks may go: https to the open internet, and nowhere near our own machines."""

from __future__ import annotations

import socket

import pytest

from storefront.notify.webhooks.calling import Answer, UrlRefused, call, check_url, chosen, public

PRIVATE = [
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "2002:a00:1::",
    "64:ff9b::7f00:1", "::", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_open_internet_is_never_called(address: str) -> None:
    assert not public(address)
    with pytest.raises(UrlRefused):
        chosen([address], loopback=False)
    with pytest.raises(UrlRefused):
        chosen(["93.184.215.14", address], loopback=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_open_internet_may_be_called(address: str) -> None:
    assert public(address)
    assert chosen([address], loopback=False) == address


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(UrlRefused):
        chosen([], loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://[fe80::1]/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://",
        "file:///etc/passwd",
        "https://例.com/",
        "https://example.com/\nHost: x",
        "https://example.com/" + "x" * 600,
        "https://[bad",
    ],
)
def test_an_address_that_must_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url, loopback=False)
    assert call(url, b"{}", {}, loopback=False).status is None


def test_a_public_host_over_https_is_taken_and_this_machine_only_for_developers() -> None:
    assert check_url("https://example.com:8443/hook?x=1", loopback=False).port == 8443
    assert check_url("http://localhost:9000/", loopback=True).hostname == "localhost"
    assert check_url("http://127.0.0.1/", loopback=True)
    with pytest.raises(UrlRefused):
        check_url("http://192.168.0.5/", loopback=True)


def test_a_name_that_leads_inside_is_refused_when_it_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def inside(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    answer = call("https://metadata.example/", b"{}", {}, loopback=True)
    assert answer == Answer(None, "url: the host leads to a private address")
    assert not answer.good


def test_a_name_that_is_not_known_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*args: object, **kwargs: object) -> None:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert call("https://nobody.example/", b"{}", {}, loopback=False) == Answer(None, "gaierror")
