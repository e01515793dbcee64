"""What the environment says becomes settings, and production reads every variable it refuses over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storefront.settings.base import database_from

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///shop.sqlite3", "shop.sqlite3"),
        ("sqlite:////srv/my shop #1/shop.sqlite3", "/srv/my shop #1/shop.sqlite3"),
        ("sqlite://", ":memory:"),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url: str, name: str) -> None:
    assert database_from(url)["NAME"] == name


def test_the_query_of_a_postgres_address_is_not_lost() -> None:
    found = database_from("postgres://shop:p%40ss@db.example:5433/shop?sslmode=require")
    assert found["OPTIONS"] == {"sslmode": "require"}
    assert (found["USER"], found["PASSWORD"]) == ("shop", "p@ss")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "shop")


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql"):
        database_from("mysql://localhost/shop")


def test_production_names_every_reason_not_to_start(tmp_path: Path) -> None:
    """The real settings in a process of their own: what `refusals` looks at is what the environment said."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "storefront.settings.production",
    }
    told = {"FORECOURT_DATA": str(tmp_path), "SIGNING_CERTIFICATE": str(tmp_path / "none.pem")}
    told |= {"FORECOURT_PAYMENT_DOOR": "sandbox", "DATABASE_URL": "sqlite:///shop.sqlite3"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"],
        env=environment | told, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    for name in (
        "SECRET_KEY",
        "FORECOURT_FIELD_KEYS",
        "FORECOURT_PAYMENT_DOOR",
        "DATABASE_URL",
        "SIGNING_CERTIFICATE",
        "ALLOWED_HOSTS",
        "FORECOURT_BASE_URL",
    ):
        assert f"- {name}" in done.stderr, done.stderr[-2000:]
