"""`manage.py check_rules` on the three formats, a folder and the release on sale."""

from __future__ import annotations

import gzip
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.management.commands import check_rules
from catalog.services.releases import ReleaseFacts
from tests.factories.catalogue import FOLDER
from tests.factories.catalogue_folder import changed, files, write

pytestmark = pytest.mark.django_db

UVL = """features
\tCar
\t\tmandatory
\t\t\tEngine
\t\t\t\talternative
\t\t\t\t\tPetrol
\t\t\t\t\tHybrid
\t\t\t\t\tElectric
\t\toptional
\t\t\tTowing
\t\t\tRadio
\t\t\tPhone
constraints
\tElectric => !Towing
\tElectric & Towing => Radio
\tHybrid => Electric
\tPhone => Radio
"""
DIMACS = "c 1 roof\nc 2 blind\np cnf 2 2\n-1 2 0\n1 0\n"
XCSP = """<instance><domains><domain name="D" nbValues="2">0 1</domain></domains>
<variables><variable name="a" domain="D"/><variable name="b" domain="D"/></variables>
<relations><relation name="same" arity="2" nbTuples="2" semantics="supports">0 0|1 1</relation></relations>
<constraints><constraint name="c" arity="2" scope="a b" reference="same"/></constraints></instance>
"""


def checked(*arguments: str | Path) -> str:
    """What the command prints, without the seconds."""
    out = StringIO()
    call_command("check_rules", *map(str, arguments), stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1].startswith("  seconds       ")
    return "\n".join(lines[:-1]) + "\n"


def refused(*arguments: str | Path) -> tuple[str, str]:
    """The one line it ends with, and what it printed before."""
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("check_rules", *map(str, arguments), stdout=out, stderr=err)
    assert caught.value.returncode == 1
    assert "\n" not in str(caught.value)
    return str(caught.value), out.getvalue() + err.getvalue()


def test_a_feature_model_is_counted_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "car.uvl"
    path.write_text(UVL)
    assert checked(path) == (
        f"{path} (UVL)\n"
        "  variables     8 in 1 group, hub Petrol and 2 more\n"
        "  rules         4 authored, 9 parts of structure\n"
        "  buildable     yes, 9 cars\n"
        "  dead          1\n"
        "    Hybrid, because of group:Engine; line 16: Hybrid => Electric\n"
        "  always        2\n"
        "    Car\n"
        "    Engine\n"
        "  redundant     1\n"
        "    line 15: Electric & Towing => Radio\n"
        "  never fires   1\n"
        "    line 15: Electric & Towing => Radio\n"
    )


def test_packed_clauses_are_read_and_have_no_authored_rules(tmp_path: Path) -> None:
    path = tmp_path / "car.cnf.gz"
    path.write_bytes(gzip.compress(DIMACS.encode(), mtime=0))
    assert checked(path) == (
        f"{path} (DIMACS)\n"
        "  variables     2 in 0 groups\n"
        "  rules         no authored rule, 2 clauses or parts of structure\n"
        "  buildable     yes, 1 car\n"
        "  dead          none\n"
        "  always        2\n"
        "    roof\n"
        "    blind\n"
    )


def test_tables_are_known_by_their_beginning(tmp_path: Path) -> None:
    path = tmp_path / "car"
    path.write_text(XCSP)
    assert f"{path} (XCSP 2.1)\n" in checked(path)
    assert "  buildable     yes, 2 cars\n" in checked(path)


def test_long_lists_are_cut_unless_all_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "car.cnf"
    path.write_text("p cnf 14 14\n" + "".join(f"{v} 0\n" for v in range(1, 15)))
    short = checked(path)
    assert "    x10\n" in short
    assert "    x11\n" not in short
    assert "    and 4 more (--all shows them)\n" in short
    assert "    x14\n" in checked(path, "--all")


def test_a_contradiction_is_told_by_its_core(tmp_path: Path) -> None:
    path = tmp_path / "car.uvl"
    path.write_text(UVL + "\tEngine => Towing & Electric\n")
    line, before = refused(path)
    assert line == f"{path}: no car can be built, 4 parts contradict"
    assert "  buildable     no\n  contradiction 4\n    tree:Car\n    tree:Engine\n" in before
    assert "    line 14: Electric => !Towing\n" in before
    assert "    line 18: Engine => Towing & Electric\n" in before


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("car.uvl", UVL.replace("!Towing", "!Tow").encode(), "line 14, column 15: no feature is called 'Tow'"),
        ("car.cnf", b"p cnf 1 1\n2 0\n", "line 2, column 1: variable 2 is above the 1 of the header"),
        ("car.xml", b"<instance>", "line 1, column 11: the XML is broken"),
        ("car.txt", b"nothing", "line 1, column 1: this is none of DIMACS, UVL, XCSP 2.1"),
        ("car.cnf.gz", gzip.compress(DIMACS.encode(), mtime=0)[:-9], "not a whole gzip file"),
        ("car.cnf.gz", b"\x1f\x8bnonsense", "not a whole gzip file"),
    ],
)  # fmt: skip
def test_a_broken_file_ends_with_one_line_that_names_the_place(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    line, _ = refused(path)
    assert line.startswith(f"{path}: {what}")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    line, _ = refused(tmp_path / "none.uvl")
    assert line == f"{tmp_path / 'none.uvl'}: No such file or directory"


def test_a_small_file_that_unfolds_beyond_the_limit_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_rules, "MOST_CHARACTERS", 100_000)
    path = tmp_path / "bomb.cnf.gz"
    path.write_bytes(gzip.compress(b"c" * 10_000_000, mtime=0))
    line, _ = refused(path)
    assert line == f"{path}: more than 100,000 bytes; split it"


def test_a_catalogue_folder_is_checked_without_being_imported(tmp_path: Path) -> None:
    directory = write(tmp_path / "shop", files())
    printed = checked(directory)
    assert "  colt in CN: compiled, " in printed
    assert "    base                5 cars\n    high                8 cars\n" in printed


def test_a_broken_folder_lists_its_faults(tmp_path: Path) -> None:
    directory = write(tmp_path / "shop", changed("brand.yaml", "models:", "modells:"))
    line, before = refused(directory)
    assert line.endswith(f"faults in {directory}")
    assert "brand.yaml" in before


def test_without_a_file_the_release_on_sale_is_checked(published: ReleaseFacts) -> None:
    assert published.made
    assert checked().startswith("the release on sale\n  ")


def test_without_a_release_there_is_nothing_to_check() -> None:
    line, _ = refused()
    assert line == "the release on sale: no release is on sale; publish one"


def test_the_demo_catalogue_has_no_error() -> None:
    printed = checked("--demo")
    assert printed.startswith(f"{FOLDER}\n")
    for model in ("rill", "vale", "haven"):
        assert f"  {model} in CN: compiled, " in printed
    assert "  error: " not in printed
