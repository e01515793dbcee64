"""The archive door: one suite for every implementation behind `contracts.archive.ports.Archive`."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contracts.archive import Archive, FileArchive, open_archive
from contracts.errors import ArchiveDamaged, NotInArchive

CONTENT = b"%PDF-1.7\nan issued contract\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
Damage = Callable[[str], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture(params=["files"])
def archive(request: pytest.FixtureRequest, root: Path) -> Archive:
    """Every implementation; a new one is added here and nowhere else."""
    return {"files": FileArchive}[request.param](root)


@pytest.fixture
def damage(root: Path) -> Damage:
    """Change kept bytes behind the archive's back."""

    def damaged(sha256: str) -> None:
        path = root / "sha256" / sha256[:2] / sha256[2:4] / sha256
        path.chmod(0o600)
        path.write_bytes(b"other bytes")

    return damaged


def test_what_was_put_in_comes_out_again(archive: Archive) -> None:
    assert archive.put(CONTENT) == SHA256
    assert archive.get(SHA256) == CONTENT
    assert archive.holds(SHA256)


@hypothesis_settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(content=st.binary(max_size=4000))
def test_any_bytes_come_out_as_they_went_in(archive: Archive, content: bytes) -> None:
    assert archive.get(archive.put(content)) == content


def test_putting_the_same_bytes_twice_is_one(archive: Archive) -> None:
    assert archive.put(CONTENT) == archive.put(CONTENT) == SHA256


def test_an_unknown_fingerprint_is_not_in_the_archive(archive: Archive) -> None:
    assert not archive.holds(SHA256)
    with pytest.raises(NotInArchive):
        archive.get(SHA256)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../../etc/passwd",
        SHA256.upper(),
        SHA256[:-1],
        f"{SHA256}0",
        "g" * 64,
        f"/{SHA256[1:]}",
    ],
)
def test_what_is_no_fingerprint_never_reaches_the_storage(archive: Archive, name: str) -> None:
    assert not archive.holds(name)
    with pytest.raises(NotInArchive):
        archive.get(name)


def test_damaged_bytes_are_never_given_out(archive: Archive, damage: Damage) -> None:
    archive.put(CONTENT)
    damage(SHA256)
    with pytest.raises(ArchiveDamaged) as caught:
        archive.get(SHA256)
    assert caught.value.facts["sha256"] == SHA256
    assert caught.value.facts["found"] == hashlib.sha256(b"other bytes").hexdigest()


def test_damaged_bytes_are_not_written_over(archive: Archive, damage: Damage) -> None:
    archive.put(CONTENT)
    damage(SHA256)
    with pytest.raises(ArchiveDamaged):
        archive.put(CONTENT)
    with pytest.raises(ArchiveDamaged):
        archive.get(SHA256)


def test_many_writers_of_one_content_agree(archive: Archive) -> None:
    content = os.urandom(200_000)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(archive.put, [content] * 24))
    assert found == {hashlib.sha256(content).hexdigest()}
    assert archive.get(found.pop()) == content


# ---- What only files promise ----


def test_a_file_stands_under_its_fingerprint_and_cannot_be_written(root: Path) -> None:
    FileArchive(root).put(CONTENT)
    path = root / "sha256" / SHA256[:2] / SHA256[2:4] / SHA256
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) & 0o222 == 0


def test_a_crash_before_the_link_leaves_nothing_to_be_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(os, "link", crash)
    with pytest.raises(OSError, match="power cut"):
        FileArchive(root).put(CONTENT)
    monkeypatch.undo()
    assert not FileArchive(root).holds(SHA256)
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert FileArchive(root).put(CONTENT) == SHA256


def test_losing_the_race_to_another_writer_is_no_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        link(source, target)
        raise FileExistsError(target)

    monkeypatch.setattr(os, "link", late)
    assert FileArchive(root).put(CONTENT) == SHA256


def test_the_archive_of_the_installation_is_opened_from_settings(
    settings: object, root: Path
) -> None:
    settings.ARCHIVE_DIR = root  # type: ignore[attr-defined]
    open_archive().put(CONTENT)
    assert FileArchive(root).holds(SHA256)
