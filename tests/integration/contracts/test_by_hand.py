"""The transcript in docs/verify-by-hand.md is what really happens: every command of it, on a fresh contract."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import missing
from tests.factories.contract import NUMBER
from tests.factories.rulebook import RULES
from tests.factories.signing import signed_twice, world

PAGE = RULES.parent / "verify-by-hand.md"
LAST_RANGES = re.compile(r"\[0 - (\d+)\], \[(\d+) - (\d+)\]")


def steps() -> list[tuple[str, list[str]]]:
    """Commands of the page and the lines printed under each."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def without_what_differs(line: str) -> str:
    """A line without digests, moments and numbers of bytes."""
    line = re.sub(r"\b[0-9a-f]{64}\b|(SHA-256)( [0-9a-f]{4}){4}", r"<digest>", line)
    line = re.sub(r"\w{3} \d\d (\d{4} )?\d\d:\d\d:\d\d( \d{4})?", "<moment>", line)
    return re.sub(r"\d{3,}(?=\]| -| bytes)", "<bytes>", line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The contract and the authority's root, as somebody would have them."""
    if which("certutil") is None:
        missing("certutil", "apt-get install libnss3-tools")
    (tmp_path / f"{NUMBER}.pdf").write_bytes(signed_twice())
    shutil.copy(world().folder.path / "root.pem", tmp_path)
    return tmp_path


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout + done.stderr


def test_every_command_of_the_page_says_what_the_page_says(folder: Path) -> None:
    assert len(steps()) == 11
    ranges: tuple[str, ...] = ()
    for command, printed in steps():
        if command.startswith("(head"):  # the page says where these two numbers are from
            rest = int(ranges[2]) - int(ranges[1])
            command = re.sub(r"-c \d+", f"-c {ranges[0]}", command, count=1)
            command = re.sub(r"tail -c \d+", f"tail -c {rest}", command)
        said = run(command, folder)
        ranges = (LAST_RANGES.findall(said) or [ranges])[-1]
        lines = {without_what_differs(line.strip()) for line in said.splitlines()}
        expected = {without_what_differs(line.strip()) for line in printed}
        assert expected <= lines, command


def test_a_changed_contract_is_found_by_hand(folder: Path) -> None:
    path = folder / f"{NUMBER}.pdf"
    content = bytearray(signed_twice())
    content[2_000] ^= 1
    path.write_bytes(content)
    run("mkdir nss && certutil -N -d sql:nss --empty-password", folder)
    run("certutil -A -d sql:nss -n authority -t CT,C,C -i root.pem", folder)
    done = subprocess.run(
        ["pdfsig", "-nssdir", "nss", path], cwd=folder, capture_output=True, text=True
    )
    assert "Signature is Valid" not in done.stdout
