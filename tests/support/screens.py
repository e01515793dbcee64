"""`make screens`: every page and PDF page, phone and desktop, both languages, on one contact sheet.

Runs a demo store of its own, buys cars in it through the browser (for cash, and in both markets with a loan and
cover) and takes a picture at every step. The sheet is `build/screens/index.html`.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from storefront.demo.people import PEOPLE
from tests.support import screens_money, screens_orders, shopping
from tests.support.camera import OUT, ROOT, Camera
from tests.support.chromium import ARGS, chromium
from tests.support.postgres import free_port
from tests.support.shopping import CHINA, GERMANY, Way

WIDTHS = {"phone": 390, "desk": 1280}
READY_SECONDS = 300
STORE_PAGES = {
    "01-home": "/{lang}/",
    "02-model-rill": "/{lang}/models/rill",
    "02-model-vale": "/{lang}/models/vale",
    "02-model-haven": "/{lang}/models/haven",
    "03-configure": "/{lang}/models/haven/configure?c=trim:voyage&c=paint-clearing&c=wheel-20-wing&c=int-cream",
    "04-stock": "/{lang}/stock",
    "05-stock-filtered": "/{lang}/stock?model=vale&paint=vale/paint-pine",
    "13-stories": "/{lang}/stories",
    "13-story": "/{lang}/stories/winter-range",
    "14-help": "/{lang}/help",
    "15-legal": "/{lang}/legal",
    "16-account": "/{lang}/account",
    "17-find-order": "/{lang}/orders",
    "18-verify": "/{lang}/verify",
    "19-easy": "/{lang}/easy",
    "20-nothing-here": "/{lang}/no-such-page",
    "21-compare": "/{lang}/compare",
    "22-budget": "/{lang}/models/haven/configure?apply=trim:calm&budget=400000",
}
DESK_PAGES = {
    "30-cms-home": "/cms/",
    "31-cms-release": "/cms/desk/release/",
    "31-cms-price-preview": "/cms/desk/pricing/?market=CN&car=haven/voyage&o=paint-clearing&o=pkg-quiet"
    "&words=LUJIANG-2026&proof=trade-in-proof&product=luyin-principal-48",
    "32-cms-options": "/cms/snippets/catalog/option/",
    "33-cms-rules": "/cms/snippets/catalog/rule/",
    "34-cms-prices": "/cms/snippets/catalog/price/",
    "35-cms-orders": "/cms/desk/order/",
    "36-cms-contracts": "/cms/desk/contract/",
    "37-cms-stock": "/cms/desk/stockvehicle/",
    "38-cms-payments": "/cms/desk/payment/",
    "39-cms-day": "/cms/desk/finance/day/",
    "40-cms-ledger": "/cms/desk/finance/ledger/",
}


EXPIRE = """
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from catalog.models import Market
from catalog.services.releases import publish_release
from checkout.models import Quote
from cms.queries import picture_addresses
now = timezone.now()
past = now - timedelta(days=8)
Quote.objects.filter(code="{quote}").update(created_at=past, expires_at=past + timedelta(days=7))
Market.objects.filter(code="DE").update(delivery_fee=F("delivery_fee") + 1_000)
publish_release(now=now, actor="screens", pictures=picture_addresses(), note="A rise")
"""
"""What an expired quote needs to show a difference: its end in the past, and another price."""


@dataclass(frozen=True)
class Demo:
    """A demo store that runs: its address, and the settings of its processes."""

    base: str
    names: dict[str, str]

    def expire(self, quote: str) -> None:
        """The quote is over, and delivery in Germany has risen since."""
        self._shell(EXPIRE.format(quote=quote))

    def bring(self, order: str) -> None:
        """The locked car is built, sent, inspected and made ready."""
        self._shell(BRING.format(order=order))

    def _shell(self, words: str) -> None:
        command = [sys.executable, "manage.py", "shell", "-c", words]
        subprocess.run(command, cwd=ROOT, env=self.names, check=True, stdout=subprocess.DEVNULL)


BRING = """
from django.utils import timezone
from tests.support.staff import bring_to_inspection
bring_to_inspection("{order}", timezone.now())
"""
"""What the staff do between the lock and the day on which the car is inspected."""


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A demo store of our own, ended afterwards; raises RuntimeError when it does not start."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="forecourt-screens-") as folder:
        names = os.environ | {"FORECOURT_DATA": folder, "PORT": str(port)}
        names.pop("DJANGO_SETTINGS_MODULE", None)
        shop = subprocess.Popen(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=names, stdout=subprocess.DEVNULL
        )
        try:
            base = f"http://localhost:{port}"
            wait_until_ready(base, shop)
            names["DJANGO_SETTINGS_MODULE"] = "storefront.settings.demo"
            yield Demo(base, names)
        finally:
            shop.terminate()
            shop.wait(30)


def wait_until_ready(base: str, shop: subprocess.Popen[bytes]) -> None:
    """Return when `/healthz` answers."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and shop.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the demo store did not start")


def browse(browser: Browser, base: str, lang: str, width: int, size: str) -> list[Path]:
    """Every page of the store at one size in one language, then the way of a buyer."""
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    camera = Camera(context.new_page(), base, f"{lang}-{size}")
    for name, address in STORE_PAGES.items():
        camera.visit(name, address.format(lang=lang))
    why_not(camera, lang)
    buy(camera, lang)
    context.close()
    return camera.taken


def click_option(page: Page, code: str) -> None:
    """A click on an option of the configurator, and the API's answer."""
    folded = page.locator(f'details:has([data-card="{code}"]):not([open]) > summary')
    if folded.count():
        folded.first.click()
    with page.expect_response("**/configurations/evaluate"):
        page.locator(f'[data-card="{code}"] input').click(force=True)


def why_not(camera: Camera, lang: str) -> None:
    """A blocked click with its conflict and repairs, and a change that moves something else."""
    page = camera.page
    page.goto(
        f"{camera.base}/{lang}/models/haven/configure?c=trim:voyage&c=seat-comfort",
        wait_until="load",
    )
    click_option(page, "com-tea")
    page.locator(".whynot").scroll_into_view_if_needed()
    page.screenshot(path=OUT / f"03b-why-not-{camera.label}.png")
    camera.taken.append(OUT / f"03b-why-not-{camera.label}.png")
    click_option(page, "pkg-pilot")
    page.wait_for_timeout(400)
    page.screenshot(path=OUT / f"03c-before-after-{camera.label}.png")
    camera.taken.append(OUT / f"03c-before-after-{camera.label}.png")


def buy(camera: Camera, lang: str) -> None:
    """Quote, checkout, payment, order, contract, verification."""
    page = camera.page
    page.goto(
        f"{camera.base}/{lang}/models/haven/configure?c=trim:voyage&c=paint-clearing",
        wait_until="load",
    )
    page.locator("button.btn--primary[form=quote-form]").click()
    page.wait_for_url("**/quote/*")
    camera.take("06-quote")
    page.locator(".lockcard a.btn--primary").click()
    page.wait_for_url("**/checkout/*")
    camera.take("07-checkout")
    page.fill("[name=name]", "林知夏" if lang == "zh" else "Lin Zhixia")
    page.fill("[name=email]", "lin@example.com")
    page.check("[name=terms]")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/pay/*")
    camera.take("08-pay")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    camera.take("08b-sandbox")
    page.locator("button[value=decline]").click()
    page.wait_for_url(f"**/{lang}/pay/**")
    page.locator(".banner--bad").wait_for()
    camera.take("08c-declined")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=succeed]").click()
    page.wait_for_url(f"**/{lang}/orders/*", timeout=60_000)
    page.locator("a[href$='/contract'].btn--primary").wait_for(timeout=60_000)
    camera.take("09-order")
    page.locator("a[href$='/contract'].btn--primary").click()
    page.wait_for_url("**/contract")
    camera.take("10-contract")
    pdf_pages(camera)
    page.check("[name=accept]")
    page.locator(".signing form .btn--primary").click()
    page.wait_for_url(f"**/{lang}/orders/*")
    camera.take("11-order-accepted")
    number = page.locator(".docs small").first.inner_text()
    camera.visit("12-verified", f"/{lang}/verify/{number}")


def buy_with_a_loan(browser: Browser, demo: Demo, way: Way, width: int, size: str) -> list[Path]:
    """J1 with a loan, cover, extras and an old car, and what an expired quote shows."""
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    label = f"{way.market.lower()}-{way.lang}-{size}"
    camera = Camera(context.new_page(), demo.base, label)
    page = camera.page
    camera.visit("50-home", f"/{way.lang}/?market={way.market}")
    camera.visit("50-model", f"/{way.lang}/models/haven")
    camera.visit("50-stock", f"/{way.lang}/stock")
    camera.visit("51-configure", f"/{way.lang}/models/haven/configure?c=trim:voyage")
    shopping.ask_for_a_quote(page)
    shopping.choose_loan_and_cover(page, way)
    shopping.answer_extras(page, way)
    camera.take("52-quote")
    quote = page.url
    shopping.go_to_checkout(page)
    page.screenshot(path=OUT / f"53-loan-sheet-{label}.png")
    camera.taken.append(OUT / f"53-loan-sheet-{label}.png")
    page.locator("[data-confirm]:enabled").click()
    page.wait_for_url("**/checkout/*")
    camera.take("54-checkout")
    shopping.place_order(page, way)
    camera.take("55-pay")
    page.locator("form[data-once] .btn--primary").click()
    page.wait_for_url("**/sandbox/pay/**")
    page.locator("button[value=succeed]").click()
    page.wait_for_url(f"**/{way.lang}/orders/*", timeout=60_000)
    page.locator("a[href$='/contract'].btn--primary").wait_for(timeout=60_000)
    order = page.url.removeprefix(demo.base)
    camera.visit("56-contract", f"{order}/contract")
    pdf_pages(camera, "56b-contract")
    page.check("[name=accept]")
    page.locator(".signing form .btn--primary").click()
    page.wait_for_url(f"**/{way.lang}/orders/*")
    camera.visit("57-loan", f"{order}/finance")
    shopping.apply_for_loan(page, way)
    camera.take("58-loan-approved")
    camera.visit("59-covers", f"{order}/insurance")
    shopping.take_cover_out(page, way)
    camera.take("60-policy")
    camera.visit("61-order", order)
    camera.visit("62-quote-ordered", quote.removeprefix(demo.base))
    if way.market == "DE":
        difference(camera, demo, way)
    context.close()
    return camera.taken


def change_ones_mind(browser: Browser, demo: Demo, way: Way, width: int, size: str) -> list[Path]:
    """J3 at one size, in one market and language."""
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    camera = Camera(context.new_page(), demo.base, f"{way.market.lower()}-{way.lang}-{size}")
    screens_orders.change_ones_mind(camera, demo.bring, way)
    context.close()
    return camera.taken


def difference(camera: Camera, demo: Demo, way: Way) -> None:
    """A quote that expires while its buyer fills in their details."""
    page = camera.page
    page.goto(f"{demo.base}/{way.lang}/models/haven/configure?c=trim:voyage", wait_until="load")
    shopping.ask_for_a_quote(page)
    quote = page.url.rpartition("/")[2]
    shopping.go_to_checkout(page)
    demo.expire(quote)
    page.fill("[name=name]", way.name)
    page.fill("[name=email]", "buyer@example.com")
    page.check("[name=terms]")
    page.locator("form[data-once] .btn--primary").click()
    page.locator("table.diff").wait_for()
    camera.take("63-difference")


def pdf_pages(camera: Camera, name: str = "10b-contract") -> None:
    """Each page of the contract's PDF as a picture, once a language."""
    if camera.label.endswith("desk") and shutil.which("pdftoppm"):
        answer = camera.page.request.get(camera.page.url + ".pdf")
        file = OUT / f"{name}-{camera.label}.pdf"
        file.write_bytes(answer.body())
        stem = OUT / f"{name}-{camera.label}"
        subprocess.run(["pdftoppm", "-r", "70", "-png", str(file), str(stem)], check=True)
        camera.taken += sorted(OUT.glob(f"{stem.name}-*.png"))


def desks(browser: Browser, base: str, width: int, size: str) -> list[Path]:
    """The CMS as its administrator sees it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.set_default_timeout(30_000)
    camera = Camera(context.new_page(), base, size)
    camera.page.goto(f"{base}/cms/login/")
    camera.page.fill("[name=username]", PEOPLE[0].email)
    camera.page.fill("[name=password]", PEOPLE[0].password)
    camera.page.locator("[type=submit]").first.click()
    camera.page.wait_for_load_state()
    for name, address in DESK_PAGES.items():
        camera.visit(name, address)
    context.close()
    return camera.taken


def write_sheet(pictures: list[Path]) -> None:
    """One page with every picture, small, each a link to its full size."""
    cells = "\n".join(
        f'<figure><a href="{html.escape(p.name)}"><img loading="lazy" src="{html.escape(p.name)}" alt=""></a>'
        f"<figcaption>{html.escape(p.stem)}</figcaption></figure>"
        for p in sorted(pictures)
    )
    style = (
        "body{font:14px sans-serif;margin:2rem;display:grid;gap:1.5rem;align-items:start;"
        "grid-template-columns:repeat(auto-fill,minmax(18rem,1fr))}"
        "img{width:100%;max-height:30rem;object-fit:cover;object-position:top;border:1px solid #ccc}figure{margin:0}"
    )
    (OUT / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><style>{style}</style>{cells}"
    )


def main() -> int:
    """Take every picture; the exit code says whether Chromium was there."""
    binary = chromium()
    if binary is None:
        print("Chromium not found: apt-get install chromium, or set FORECOURT_CHROMIUM")  # noqa: T201
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    pictures: list[Path] = []
    ways = (CHINA, GERMANY, replace(GERMANY, lang="zh"))
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=ARGS)
        for size, width in WIDTHS.items():
            for lang in ("zh", "en"):
                pictures += browse(browser, demo.base, lang, width, size)
            for way in ways:
                pictures += buy_with_a_loan(browser, demo, way, width, size)
                pictures += change_ones_mind(browser, demo, way, width, size)
            pictures += desks(browser, demo.base, width, size)
            pictures += screens_money.desk(browser, demo.base, width, size).taken
        browser.close()
    write_sheet(pictures)
    print(f"{len(pictures)} pictures: {OUT / 'index.html'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
