"""Files made to hurt their reader: each gets a clear answer, from a process that is limited and forgets it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from contracts.domain.proofs import Check, Expected, Stage
from contracts.errors import VerifierBusy
from contracts.services import uploads
from contracts.services.uploads import LARGEST, SECONDS, verify_upload
from contracts.signing import upload_worker
from tests.factories.hostile import HOSTILE, Endless
from tests.factories.signing import LATER, rendered, signed_once, signed_twice, world

FULL = os.environ.get("FORECOURT_PROVE") == "1"
SAMPLE = (
    "nothing",
    "a zip bomb",
    "half a contract",
    "an encrypted contract",
    "a table that follows itself",
    "arrays in arrays",
    "fields that fork",
    "a bomb deflated twice",
    "a table of four thousand million",
    "a byte range beyond the file",
)
"""One of every kind; `make prove` (FORECOURT_PROVE=1) uploads them all."""
NOT_EVEN_OPENED = {"nothing", "a web page", "a picture", "a zip bomb"}


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy this machine is, a file's answer depends on the file: on processor time, not on the clock."""
    monkeypatch.setattr(uploads, "SECONDS", 120)


@pytest.mark.prove
@pytest.mark.parametrize("name", HOSTILE if FULL else SAMPLE)
def test_a_hostile_file_is_never_valid_and_gets_an_answer(name: str) -> None:
    report = verify_upload(upload=io.BytesIO(HOSTILE[name]()), trust=world().trust, now=LATER)
    assert not report.valid
    assert report.failed
    if name in NOT_EVEN_OPENED:
        assert report.failed[0].reason == "no-pdf"
    if name == "an encrypted contract":
        assert report.failed[0].reason == "encrypted"


def test_half_a_gigabyte_is_put_down_after_the_first_five_megabytes() -> None:
    upload = Endless()
    report = verify_upload(upload=upload, trust=world().trust, now=LATER)  # type: ignore[arg-type]
    assert [(one.check, one.reason) for one in report.failed] == [(Check.READABLE, "too-large")]
    assert LARGEST < upload.given < LARGEST + 200_000


def test_a_contract_that_nobody_touched_is_believed_in_every_stage() -> None:
    stages = {}
    for pdf in (rendered(), signed_once(), signed_twice()):
        report = verify_upload(upload=io.BytesIO(pdf), trust=world().trust, now=LATER)
        stages[report.stage] = report.valid
    assert stages == {Stage.UNSIGNED: False, Stage.BUYER_SIGNED: True, Stage.COMPLETE: True}


def test_what_the_archive_knows_is_compared_too() -> None:
    expected = Expected(Stage.COMPLETE, sha256="0" * 64)
    upload = io.BytesIO(signed_twice())
    report = verify_upload(upload=upload, trust=world().trust, now=LATER, expected=expected)
    assert [one.check for one in report.failed] == [Check.ARCHIVED]


# ---- The limits ----


def test_a_reader_that_computes_without_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = "from contracts.signing.upload_worker import limit\nlimit()\nwhile True: pass\n"
    (tmp_path / "endless.py").write_text(
        f"import sys\nsys.path.append({str(uploads.ROOT)!r})\n{code}"
    )
    monkeypatch.setattr(uploads, "ROOT", tmp_path)
    monkeypatch.setattr(uploads, "WORKER", "endless")
    report = verify_upload(upload=io.BytesIO(signed_twice()), trust=world().trust, now=LATER)
    assert report.failed[0].reason == "too-costly"


def test_a_machine_too_slow_to_look_says_so_in_time_and_accuses_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "asleep.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(uploads, "ROOT", tmp_path)
    monkeypatch.setattr(uploads, "WORKER", "asleep")
    monkeypatch.setattr(uploads, "SECONDS", 0.2)
    with pytest.raises(VerifierBusy):
        verify_upload(upload=io.BytesIO(signed_twice()), trust=world().trust, now=LATER)
    assert max(SECONDS, upload_worker.SECONDS) < 5


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS cannot limit a process's memory")
@pytest.mark.parametrize(
    "act", ["bytearray(210 * 1024 * 1024)", "open('kept', 'wb', 0).write(b'x')", "print('free')"]
)
def test_the_reader_can_neither_grow_nor_write(act: str, tmp_path: Path) -> None:
    code = f"from contracts.signing.upload_worker import limit; limit(); {act}; print('done')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=uploads._environment(),
        capture_output=True,
        text=True,
    )
    assert ("done" in done.stdout) is ("free" in act)


def test_the_reader_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("FORECOURT_FIELD_KEYS", "secret")
    told = uploads._environment()
    assert "secret" not in told.values()
    assert set(told) <= {"PATH", "VIRTUAL_ENV", "HOME", "PYTHONPATH", "MALLOC_ARENA_MAX", "LANG"}


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    verify_upload(upload=io.BytesIO(signed_twice()), trust=world().trust, now=LATER)
    assert os.listdir(tmp_path) == []


def test_when_everybody_uploads_at_once_the_rest_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "AT_ONCE", BoundedSemaphore(1))
    monkeypatch.setattr(uploads, "PATIENCE", 0.01)
    with uploads.AT_ONCE, pytest.raises(VerifierBusy):
        verify_upload(upload=io.BytesIO(signed_twice()), trust=world().trust, now=LATER)
