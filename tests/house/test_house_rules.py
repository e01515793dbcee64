"""The house holds: rules that neither ruff nor import-linter can say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kernel", "catalog", "checkout", "contracts", "cms", "storefront")
SIGNED_BY_OTHERS = {
    # overrides and callbacks whose signature Django, Wagtail or the Tasks interface fixes
    "save", "delete", "handle", "get_context_data", "formfield", "create_user", "create_superuser",
    "subscriptions_resolve", "libraries_of_the_renderer", "enqueue_at",
}  # fmt: skip
LONGEST_FILE = 400


def sources() -> Iterator[Path]:
    """Every Python file of ours that ships."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and "cars" not in path.parts:
                yield path


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def public_parts(tree: ast.Module) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    """Public functions, classes and their public methods."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                    yield part


def test_no_file_of_ours_is_longer_than_400_lines() -> None:
    long = {named(p): len(p.read_text().splitlines()) for p in sources()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_every_public_thing_promises_something() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if path.name != "__init__.py" and not ast.get_docstring(tree):
            silent.append(named(path))
        for node in public_parts(tree):
            overload = any(
                isinstance(d, ast.Name) and d.id == "overload" for d in node.decorator_list
            )
            if not ast.get_docstring(node) and not overload:
                silent.append(f"{named(path)}:{node.lineno} {node.name}")
    assert [s for s in silent if "Meta" not in s] == []


def test_no_public_function_takes_keywords_it_does_not_name() -> None:
    vague = []
    for path in sources():
        for node in public_parts(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.FunctionDef)
                and node.args.kwarg
                and node.name not in SIGNED_BY_OTHERS
            ):
                vague.append(f"{named(path)}:{node.lineno} {node.name}")
    assert vague == []


def test_services_take_keywords_only() -> None:
    positional = []
    for app in ("catalog", "checkout", "contracts"):
        for path in sorted((ROOT / app / "services").rglob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                    continue
                changes = any("atomic" in ast.unparse(d) for d in node.decorator_list)
                if changes and (node.args.args or node.args.posonlyargs):
                    positional.append(f"{named(path)}:{node.lineno} {node.name}")
    assert positional == []


def test_the_kernel_has_at_most_ten_files() -> None:
    assert len(list((ROOT / "kernel").glob("*.py"))) <= 10


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert not re.search(r"https?://|--index-url|--extra-index", text), path
        pins = re.findall(r"^[a-zA-Z0-9][\w.\[\]-]*==\S+", text, re.MULTILINE)
        assert len(pins) > 30
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_what_browsers_need_from_others_carries_its_licence() -> None:
    for vendor in (ROOT / "storefront").rglob("vendor"):
        for folder in [vendor, *(p for p in vendor.iterdir() if p.is_dir())]:
            if any(
                f.suffix in {".js", ".mjs", ".ttf", ".woff2"}
                for f in folder.iterdir()
                if f.is_file()
            ):
                names = [p.name.upper() for p in (*folder.iterdir(), *vendor.iterdir())]
                assert any("LICEN" in name for name in names), folder


@pytest.mark.parametrize("library", ["weasyprint", "pyhanko", "pikepdf", "dd"])
def test_the_web_process_does_not_load(library: str) -> None:
    code = (
        "import storefront.wsgi, sys; from django.urls import get_resolver; get_resolver().url_patterns;"
        "import contracts.services.uploads, contracts.signing;"
        f"sys.exit({library!r} in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "storefront.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_production_refuses_to_load_with_the_demo_configuration() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STRIPE", "FORECOURT", "DATABASE"))
    } | {
        "DJANGO_SETTINGS_MODULE": "storefront.settings.production",
        "FORECOURT_PAYMENT_DOOR": "sandbox",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import storefront.wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    for name in ("SECRET_KEY", "FORECOURT_FIELD_KEYS", "FORECOURT_PAYMENT_DOOR", "ALLOWED_HOSTS"):
        assert name in done.stderr
