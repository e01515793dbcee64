"""The made-up vendor's pay page: a local page where a tester decides what the vendor will say. NOT a payment.

Only there while a door is a `sandbox`, which production refuses. Each button changes the
vendor's own memory and delivers the vendor's signed message to our webhook, as a real vendor would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from checkout.errors import GatewayRefused
from checkout.gateways import open_doors
from checkout.gateways.memory import SignedMessage
from checkout.gateways.sandbox import SandboxGateway, SandboxWorld
from checkout.services.inbox import receive
from kernel.money import Money, shown
from storefront.api.language import language_of

DELAY_SECONDS = 15
TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh-hans": {
        "title": "演示支付",
        "label": "演示支付，不是真实付款",
        "explain": "这是仿真的支付机构页面。不会扣款，请选择它要给出的结果。",
        "order": "订单",
        "amount": "金额",
        "method": "支付方式",
        "succeed": "支付成功",
        "decline": "银行拒绝",
        "delay": f"延迟到账（约 {DELAY_SECONDS} 秒）",
        "back": "返回商店",
        "done": "这笔演示支付已经有了结果，无法再次支付。",
        "state": "状态",
        "other": "English",
    },
    "en": {
        "title": "Demo payment",
        "label": "Demo, not a real payment",
        "explain": "This page plays the payment provider. No money moves; choose what it should answer.",
        "order": "Order",
        "amount": "Amount",
        "method": "Method",
        "succeed": "Payment succeeds",
        "decline": "Bank declines",
        "delay": f"Arrives late (about {DELAY_SECONDS} s)",
        "back": "Back to the store",
        "done": "This demo payment already has its result and cannot be paid again.",
        "state": "State",
        "other": "中文",
    },
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh-hans": {
        "alipay": "支付宝",
        "wechat_pay": "微信支付",
        "card": "银行卡",
        "requires_action": "等你选择结果",
        "processing": "处理中",
        "succeeded": "已付",
        "failed": "未通过",
        "canceled": "已取消",
    },
    "en": {
        "alipay": "Alipay",
        "wechat_pay": "WeChat Pay",
        "card": "Card",
        "requires_action": "waiting for your choice",
        "processing": "on its way",
        "succeeded": "paid",
        "failed": "declined",
        "canceled": "cancelled",
    },
}
"""Methods and states in words; one without words is shown as the vendor names it."""
PAYABLE = frozenset({"requires_action", "failed"})


def _door(code: str) -> tuple[SandboxGateway, Mapping[str, Any]]:
    """The open sandbox that knows the payment, and the payment; raises Http404."""
    for door in open_doors(settings):
        if isinstance(door, SandboxGateway):
            try:
                return door, door.world.payment(code)
            except GatewayRefused:
                continue
    raise Http404


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    if asked in {"en", "zh", "zh-hans"}:
        return "en" if asked == "en" else "zh-hans"
    return language_of(request)


def _succeed(world: SandboxWorld, code: str) -> SignedMessage:
    return world.succeed(code)


def _decline(world: SandboxWorld, code: str) -> SignedMessage:
    return world.decline(code)


def _delay(world: SandboxWorld, code: str) -> SignedMessage:
    return world.delay(code, seconds=DELAY_SECONDS)


BUTTONS: Mapping[str, Callable[[SandboxWorld, str], SignedMessage]] = {
    "succeed": _succeed,
    "decline": _decline,
    "delay": _delay,
}


def return_address(payment: Mapping[str, Any]) -> str:
    """Where the shop said the buyer goes afterwards; only http(s), and never an address from this request."""
    address = str(payment["request"].get("return_url") or "")
    return address if urlsplit(address).scheme in {"http", "https"} else "/"


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def pay_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page, or after a button the way back to the store; 404 for an unknown payment."""
    door, payment = _door(code)
    world = door.world
    if request.method != "POST":
        return _page(request, payment)
    press = BUTTONS.get(request.POST.get("result", ""))
    if press is None:
        return _page(request, payment, status=400)
    try:
        message = press(world, code)
    except GatewayRefused:
        return _page(request, world.payment(code), status=409)
    _deliver(message, door)
    return HttpResponseRedirect(return_address(payment))


def _deliver(message: SignedMessage, door: SandboxGateway) -> None:
    """What a vendor does over the network: the same raw bytes and headers reach the same inbox."""
    receive(
        provider=door.provider,
        body=message.body,
        headers=dict(message.headers),
        gateway=door,
        now=timezone.now(),
    )


def _page(request: HttpRequest, payment: Mapping[str, Any], status: int = 200) -> HttpResponse:
    language = _language(request)
    asked, words = payment["request"], WORDS[language]
    context = {
        "texts": TEXTS[language],
        "html_lang": "en" if language == "en" else "zh-Hans",
        "other_lang": "zh" if language == "en" else "en",
        "order": asked["order"],
        "amount": shown(Money(asked["amount"], asked["currency"])),
        "method": words.get(asked["method"], asked["method"]),
        "state": words.get(payment["state"], payment["state"]),
        "payable": payment["state"] in PAYABLE,
        "back": return_address(payment),
    }
    response = render(request, "sandbox/pay.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Content-Language"] = language
    return response
