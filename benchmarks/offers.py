"""Figures of what is on offer: a price sheet, a loan with its annual rate, and one price in every place.

Loans are pure and measured here. Price sheets come from a shop, and places to compare from a database, so a process of its
own with a fresh SQLite file answers for them (`benchmarks.offers_shop`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from benchmarks.measuring import timed
from benchmarks.report import Row
from benchmarks.server import ROOT
from checkout.domain.credit_law import CreditLaw
from checkout.domain.financing import Product, loan
from checkout.domain.schedules import ANNUITY, EQUAL_PRINCIPAL
from kernel.money import Money

SEED, LOANS, WARM = 20261122, 400, 20
_RATE, _NOTHING = Decimal("0.0388"), Decimal(0)
CARS, FULL_CARS = 200, 10_000
"""Cars a market whose price every place is asked for; the full number with FORECOURT_PROVE=1."""


def rows() -> list[Row]:
    """Every figure of the group."""
    return [*loan_rows(), *shop_rows()]


def loan_rows() -> list[Row]:
    """The dearest median of the two methods: schedule of 60 months, rates and sums of a loan drawn with a seed."""
    chance = random.Random(SEED)
    prices = [Money(chance.randint(10**7, 6 * 10**7), "CNY") for _ in range(LOANS)]
    medians = []
    for method in (ANNUITY, EQUAL_PRINCIPAL):
        product = _product(method)

        def make(price: Money, product: Product = product) -> object:
            down = Money(price.minor * 3 // 10, "CNY")
            return loan(product=product, model="haven", price=price, down_payment=down).apr

        timed(make, prices[:WARM])
        medians.append(timed(make, prices).median)
    return [Row("offers.loan60_with_apr_ms", max(medians), "ms", "<= 1")]


def _product(method: str) -> Product:
    return Product(
        code="measured",
        lender="bank",
        market="DE",
        currency="CNY",
        name={},
        text={},
        lender_name={},
        months=60,
        annual_rate=_RATE,
        balloon_share=_NOTHING,
        min_down_share=_NOTHING,
        min_amount=Money(0, "CNY"),
        max_amount=Money(10**10, "CNY"),
        fee=Money(150_000, "CNY"),
        models=("haven",),
        approval_valid_days=30,
        amount_tolerance=_NOTHING,
        finances_kinds=("car",),
        method=method,
        law=CreditLaw("DE"),
    )


def shop_rows() -> list[Row]:
    """Price sheet and one price, told by a process with a database of its own; raises RuntimeError when it fails."""
    cars = FULL_CARS if os.environ.get("FORECOURT_PROVE") == "1" else CARS
    with tempfile.TemporaryDirectory(prefix="forecourt-bench-") as folder:
        names = os.environ | {
            "DJANGO_SETTINGS_MODULE": "storefront.settings.test",
            "TEST_DATABASE_URL": f"sqlite:///{Path(folder) / 'offers.sqlite3'}",
            "FORECOURT_TEST_DATA": folder,
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.offers_shop", str(cars)],
            cwd=ROOT,
            env=names,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise RuntimeError(f"benchmarks.offers_shop failed:\n{done.stderr[-4000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        Row("offers.price_sheet_ms", found["price_sheet_ms"], "ms", "<= 0.1"),
        Row("offers.one_price.differences", found["differences"], f"of {2 * cars}", "= 0"),
    ]
