"""Prepare a fresh machine: virtual environment, pinned packages, system libraries. Standard library only.

    python3 deploy/bootstrap.py base     what `make run` needs
    python3 deploy/bootstrap.py dev      what `make test` and `make check` need

Everything is done once and remembered by a stamp beside the virtual environment; a changed lock file
is installed again.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
DEBIAN_LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}


def say(line: str) -> None:
    """One line of progress."""
    print(f"forecourt: {line}", flush=True)


def stop(line: str) -> None:
    """End with one clear line."""
    say(line)
    raise SystemExit(1)


def python_in_venv() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / "bin" / "python"


def make_venv() -> None:
    """A virtual environment beside the code, with Python 3.11 or newer."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file must run, and speak, on an old Python
        stop(
            f"Python 3.11 or newer is needed, this is {platform.python_version()}: run `make PYTHON=python3.12 run`"
        )
    if python_in_venv().exists() and usable():
        return
    say("making a virtual environment in .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian parts venv from Python and names the package by version; another Python's package would not help.
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not venv_made() and not (install_debian([package]) and venv_made()):
        stop(
            f"{sys.executable} cannot make virtual environments: install its venv module (Debian: `apt-get install "
            f"{package}`) or name another one, `make PYTHON=python3.12 run`"
        )


def venv_made() -> bool:
    """Try to make the virtual environment; says whether it is there."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    return subprocess.run(command, capture_output=True).returncode == 0


def usable() -> bool:
    """Whether the environment's interpreter starts (a moved or half-made one does not)."""
    return (
        subprocess.run(
            [str(python_in_venv()), "-m", "pip", "--version"], capture_output=True
        ).returncode
        == 0
    )


def install_requirements(kind: str) -> None:
    """The pinned packages of `requirements/KIND.txt`, by hash."""
    lock = ROOT / "requirements" / f"{kind}.txt"
    stamp = VENV / f".installed-{kind}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(
        f"installing the pinned packages of requirements/{lock.name} (a minute or two the first time)"
    )
    done = subprocess.run(
        [
            str(python_in_venv()),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--no-deps",
            "-r",
            str(lock),
        ]
    )
    if done.returncode:
        stop(
            "the packages could not be installed; see the lines above, then run the same command again"
        )
    stamp.write_text(wanted)


def missing_libraries() -> list[str]:
    """The libraries of WeasyPrint that the loader does not find."""
    if platform.system() == "Darwin":
        places = [Path("/opt/homebrew/lib"), Path("/usr/local/lib")]
        return [
            n for n in DEBIAN_LIBRARIES if not any(list(p.glob(f"lib{n}*.dylib")) for p in places)
        ]
    return [name for name in DEBIAN_LIBRARIES if ctypes.util.find_library(name) is None]


def install_debian(packages: list[str]) -> bool:
    """Install Debian packages where that is possible and permitted; says whether it was."""
    if shutil.which("apt-get") is None:
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if (
            shutil.which("sudo") is None
            or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode
        ):
            return False
        prefix = ["sudo", "-n"]
    say(f"installing system packages: {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], capture_output=True, env=environment)
    command = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    return subprocess.run(command, capture_output=True, env=environment).returncode == 0


def system_libraries() -> None:
    """What contracts need to become PDF; installs it or says in one line how."""
    missing = missing_libraries()
    if not missing:
        return
    if platform.system() == "Darwin":
        stop(
            "libraries for PDF are missing: install them with `brew install pango harfbuzz` and try again"
        )
    packages = [DEBIAN_LIBRARIES[name] for name in missing]
    if not install_debian(packages):
        stop(
            f"libraries for PDF are missing: install them with `apt-get install {' '.join(packages)}` and try again"
        )


def main(kind: str) -> None:
    """Make the machine ready for `base` or `dev`."""
    make_venv()
    install_requirements(kind)
    system_libraries()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "base")
