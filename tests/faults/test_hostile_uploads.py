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
from tests.factories.hostile import HOSTILE, Endless
from tests.factories.signing import LATER, rendered, signed_once, signed_twice, world

NOT_EVEN_OPENED = {"nothing", "a web page", "a picture", "a zip bomb"}


@pytest.mark.parametrize("name", HOSTILE)
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


def test_a_reader_that_does_not_come_to_an_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "asleep.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(uploads, "ROOT", tmp_path)
    monkeypatch.setattr(uploads, "WORKER", "asleep")
    monkeypatch.setattr(uploads, "SECONDS", 0.2)
    report = verify_upload(upload=io.BytesIO(signed_twice()), trust=world().trust, now=LATER)
    assert report.failed[0].reason == "too-costly"
    assert SECONDS < 5


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
