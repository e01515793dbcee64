"""The PDF itself, read with tools that are not ours."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from contracts.domain.boxes import SignatureBox
from contracts.domain.clauses import Clause
from contracts.domain.facts import ContractFacts, facts_bytes
from contracts.domain.wording import day_in_words
from contracts.errors import RenderingError
from contracts.pdf import open_renderer
from contracts.pdf.weasy import BundledOnly, ForbiddenAddress, WeasyRenderer
from kernel.money import Money, shown
from kernel.text import pick
from tests.conftest import missing
from tests.factories.contract import (
    NOW,
    NUMBER,
    contract_facts,
    demo_template,
    document,
    person,
    text,
)

RARE = "䶮㛃喆堃镕"
ROOT = Path(__file__).resolve().parents[3]
CASES: dict[str, dict[str, Any]] = {
    "cash, Chinese": {"language": "zh-hans"},
    "cash, English": {"language": "en"},
    "financed and insured, Chinese": {"language": "zh-hans", "financed": True, "insured": True},
    "financed and insured, English, from stock": {
        "language": "en",
        "financed": True,
        "insured": True,
        "vin": "L0SCV2B05VX000123",
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pdf")


@pytest.fixture(params=sorted(CASES), scope="module")
def case(request: pytest.FixtureRequest, folder: Path) -> tuple[ContractFacts, Path]:
    """The facts and the rendered file of one kind of buyer."""
    facts = contract_facts(**CASES[request.param], buyer=person(f"林{RARE}"))
    path = folder / f"{request.param}.pdf"
    path.write_bytes(WeasyRenderer().render(document(facts)).content)
    return facts, path


def tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(name, f"apt-get install {package}")
    return str(found)


def words_of(path: Path) -> str:
    """The text of the file without any white space: as it is read, then as it lies on the page, tables side by side."""
    pdftotext = tool("pdftotext", "poppler-utils")
    commands = ([pdftotext, "-raw", str(path), "-"], [pdftotext, "-layout", str(path), "-"])
    read = (subprocess.run(c, check=True, capture_output=True, text=True).stdout for c in commands)
    return squeezed("".join(read))


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


def test_the_text_of_the_file_is_the_text_of_the_document(case: tuple[ContractFacts, Path]) -> None:
    facts, path = case
    found = words_of(path)
    for clause in document(facts).clauses:
        # A page may end inside a clause, so its running foot may stand between two lines.
        assert squeezed(clause.title) in found, clause.code
        assert squeezed(clause.text) in found, clause.code
        assert squeezed(clause.risk) in found, clause.code


def test_every_name_and_figure_of_the_facts_can_be_read_back(
    case: tuple[ContractFacts, Path],
) -> None:
    facts, path = case
    found = words_of(path)
    assert f"林{RARE}" in found
    assert NUMBER in found
    for line in facts.price.lines:
        assert squeezed(pick(line.name, facts.language)) in found
    for one in facts.car.equipment:
        assert squeezed(pick(one.name, facts.language)) in found
    for row in facts.deposit.rows:
        assert squeezed(pick(row.when, facts.language)) in found
    for amount in (
        facts.price.total,
        facts.price.vat,
        facts.price.on_the_road,
        facts.price.balance,
    ):
        assert shown(amount)[1:] in found
    for instalment in facts.finance.schedule if facts.finance else ():
        for amount in (
            instalment.payment,
            instalment.interest,
            instalment.principal,
            instalment.balance,
        ):
            assert shown(amount)[1:] in found


def test_every_amount_day_and_party_of_the_facts_is_on_the_page(
    case: tuple[ContractFacts, Path],
) -> None:
    facts, path = case
    found = words_of(path)
    amounts, texts = [], []
    for name, value in everything(facts):
        if isinstance(value, Money) and not (name == "amount" and not value):
            amounts.append(f"{abs(value.decimal):,.2f}")
        elif isinstance(value, date) and not isinstance(value, datetime):
            texts.append(day_in_words(value, facts.language))
    # The APR and the codes of prices, taxes and covers are keys of the facts, not words of the page.
    parties = (
        facts.seller.name,
        facts.seller.address,
        facts.delivery.place,
        facts.delivery.address,
    )
    texts += [pick(text, facts.language) for text in parties]
    texts += [facts.buyer.name, facts.buyer.document, facts.buyer.email, facts.buyer.phone]
    if facts.insurance:
        texts += [pick(facts.insurance.insurer, facts.language)]
        texts += [pick(cover.name, facts.language) for cover in facts.insurance.covers]
    if facts.finance:
        texts += [pick(facts.finance.lender, facts.language), str(facts.finance.months)]
    for tax in facts.price.taxes:
        texts += [pick(tax.name, facts.language), pick(tax.text, facts.language)]
    texts += [pick(rule, facts.language) for rule in facts.deposit.rules]
    assert len(amounts) > (250 if facts.finance else 10)
    assert [one for one in amounts if one not in found] == []
    assert [one for one in texts if squeezed(one) not in found] == []


def everything(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value inside the facts with the name of its field; `before_handover` is the sum of what annex 4 lists."""
    if is_dataclass(value) and not isinstance(value, Money | type):
        for field in fields(value):
            if field.name != "before_handover":
                yield from everything(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for item in value:
            yield from everything(item, name)
    else:
        yield name, value


def test_every_page_says_number_page_and_fingerprint(case: tuple[ContractFacts, Path]) -> None:
    facts, path = case
    with pikepdf.open(path) as pdf:
        pages = len(pdf.pages)
    mark = document(facts).fingerprint[:16]
    for page in range(1, pages + 1):
        command = [
            tool("pdftotext", "poppler-utils"),
            "-f",
            str(page),
            "-l",
            str(page),
            str(path),
            "-",
        ]
        found = squeezed(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        assert f"第{page}/{pages}页Page{page}of{pages}" in found
        assert NUMBER in found
        assert f"SHA-256{mark}" in found


def test_the_file_is_sound(case: tuple[ContractFacts, Path]) -> None:
    done = subprocess.run(
        [tool("qpdf", "qpdf"), "--check", str(case[1])], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_attached_facts_carry_the_fingerprint_printed_on_the_page(
    case: tuple[ContractFacts, Path],
) -> None:
    facts, path = case
    with pikepdf.open(path) as pdf:
        attached = pdf.attachments["contract.json"].get_file().read_bytes()
        assert len(pdf.Root.AF) >= 1
        assert pdf.Root.AF[0].AFRelationship == pikepdf.Name.Source
    assert attached == facts_bytes(facts)
    assert hashlib.sha256(attached).hexdigest() == document(facts).fingerprint
    assert json.loads(attached)["buyer"]["document"] == "3502***********018"


def test_the_file_is_a_tagged_pdf_a_3(case: tuple[ContractFacts, Path]) -> None:
    facts, path = case
    with pikepdf.open(path) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == {"zh-hans": "zh-Hans", "en": "en"}[facts.language]
        assert pdf.Root.OutputIntents
        assert not pdf.is_encrypted
        assert bytes(pdf.trailer.ID[0]) == document(facts).fingerprint[:32].encode()
        fonts = {
            str(font.BaseFont): font.DescendantFonts[0].FontDescriptor
            for page in pdf.pages
            for font in page.Resources.Font.values()
        }
        assert {name.split("+")[1] for name in fonts} == {
            "Core",
            "Core-Bold",
            "Contract",
            "Contract-Bold",
        }
        assert all("/FontFile2" in descriptor for descriptor in fonts.values())


SCRIPT = """
import hashlib, sys
from contracts.pdf.weasy import WeasyRenderer
from tests.factories.contract import contract_facts, document
renderer = WeasyRenderer()
if sys.argv[1] == "after-another":
    renderer.render(document(contract_facts(language="en")))
facts = contract_facts(financed=True, insured=True)
print(hashlib.sha256(renderer.render(document(facts)).content).hexdigest())
"""


ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata")
TONGUES = ("C.UTF-8", "en_US.UTF-8", "C", "zh_CN.UTF-8")


def rendered_elsewhere(turn: int) -> str:
    """The SHA-256 of the contract set in a process of its own, with its own zone, hash seed, language and past."""
    environment = os.environ | {
        "TZ": ZONES[turn % len(ZONES)],
        "PYTHONHASHSEED": str(turn * 7919 % 4294967295),
        "LANG": TONGUES[turn % len(TONGUES)],
        "SOURCE_DATE_EPOCH": str(turn),
    }
    command = [sys.executable, "-c", SCRIPT, "after-another" if turn % 3 == 1 else "alone"]
    done = subprocess.run(
        command, check=True, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.prove
def test_equal_documents_give_equal_bytes_in_every_process() -> None:
    renders = 50 if os.environ.get("FORECOURT_PROVE") == "1" else 3
    found = {rendered_elsewhere(turn) for turn in range(renders)}
    facts = contract_facts(financed=True, insured=True)
    found.add(hashlib.sha256(WeasyRenderer().render(document(facts)).content).hexdigest())
    assert len(found) == 1


def test_other_facts_give_other_bytes() -> None:
    renderer = WeasyRenderer()
    one = renderer.render(document(contract_facts()))
    other = renderer.render(document(contract_facts(buyer=person("林知夏"))))
    assert one.content != other.content


def test_a_renderer_says_what_it_is_and_how_many_pages_it_set() -> None:
    done = WeasyRenderer().render(document(contract_facts()))
    assert done.renderer.startswith("WeasyPrint 70")
    assert done.pages == 5


def test_text_of_a_buyer_is_never_markup() -> None:
    facts = contract_facts(buyer=person("<b>林</b> & {{x}} <script>"))
    done = WeasyRenderer().render(document(facts))
    with pikepdf.open(BytesIO(done.content)) as pdf:
        assert "/OpenAction" not in pdf.Root


@pytest.mark.parametrize(
    "address", ["http://localhost/x.png", "file:///etc/passwd", "https://example.com/font.ttf"]
)
def test_nothing_is_ever_fetched(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        BundledOnly().fetch(address)


def test_a_failure_of_the_renderer_names_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> str:
        return '<link rel="stylesheet" href="http://localhost/x.css">'

    monkeypatch.setattr("contracts.pdf.weasy.contract_html", broken)
    with pytest.raises(RenderingError) as caught:
        WeasyRenderer().render(document(contract_facts()))
    assert caught.value.facts["number"] == NUMBER


def test_a_seller_with_a_registration_a_company_and_a_driven_car_are_set() -> None:
    facts = contract_facts(language="en", vin="L0SCV2B05VX000123")
    facts = replace(
        facts,
        seller=replace(facts.seller, registration="91350200MA0000000X"),
        buyer=replace(facts.buyer, kind="company", document="", phone="", address=""),
        car=replace(facts.car, mileage_km=4210),
    )
    done = WeasyRenderer().render(document(facts))
    assert done.content.startswith(b"%PDF-1.7")


def test_the_german_contract_carries_the_withdrawal_notice(folder: Path) -> None:
    facts = replace(contract_facts(language="en"), market="DE", timezone="Europe/Berlin")
    path = folder / "de.pdf"
    path.write_bytes(WeasyRenderer().render(document(facts)).content)
    found = words_of(path)
    assert "Annex5Withdrawalnoticeandform" in found
    assert "withinfourteendays" in found


def test_a_template_without_summary_and_annexes_is_set_too() -> None:
    template = replace(
        demo_template(),
        summary=(),
        annexes=(),
        clauses=(Clause("only", 1, text("一", "One"), text("文", "Text")),),
    )
    done = WeasyRenderer().render(document(contract_facts(template=template), template))
    assert done.pages <= 3


def test_the_renderer_of_the_installation_is_opened_once() -> None:
    assert isinstance(open_renderer(), WeasyRenderer)
    assert open_renderer() is open_renderer()
    assert NOW.tzinfo is not None


def test_each_side_has_an_empty_box_for_its_signature_on_one_page(
    case: tuple[ContractFacts, Path],
) -> None:
    _facts, path = case
    boxes = WeasyRenderer().render(document(_facts)).boxes
    assert [box.field for box in boxes] == ["seller", "buyer"]
    assert boxes[0].page == boxes[1].page
    assert boxes[0].right < boxes[1].left
    for box in boxes:
        assert box.right - box.left >= 150
        assert box.top - box.bottom >= 60
        assert words_at(path, box) == ""
        below = replace(box, top=box.bottom, bottom=box.bottom - 14)
        assert words_at(path, below) in {"签名或盖章", "Signatureorseal"}


def words_at(path: Path, box: SignatureBox) -> str:
    """The text in a rectangle of a page; pdftotext counts from the top, at one pixel a point."""
    with pikepdf.open(path) as pdf:
        height = float(pdf.pages[box.page].mediabox[3])
    corner = ["-x", f"{box.left:.0f}", "-y", f"{height - box.top:.0f}"]
    size = ["-W", f"{box.right - box.left:.0f}", "-H", f"{box.top - box.bottom:.0f}"]
    page = str(box.page + 1)
    command = ["pdftotext", "-r", "72", "-f", page, "-l", page, *corner, *size, str(path), "-"]
    return squeezed(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
