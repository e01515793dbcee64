"""What setting a contract costs: seconds of CPU warm, against Chromium on the same page, bytes, and memory.

The contract is the financed order of reference in the demo's words, with 60 instalments, in both languages. Chromium
prints the very page source, one process a document as a shop would call it; its CPU is that of the processes it reaped.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import Row
from contracts.domain.documents import ContractDocument, contract_document
from contracts.domain.proving import in_words_of
from contracts.golden import golden_orders
from contracts.pdf.layout import TEMPLATES, contract_html
from contracts.pdf.weasy import FONTS, WeasyRenderer
from kernel.text import LANGUAGES
from tests.factories.contract import NOW, NUMBER, VERIFY_URL, demo_template

ROUNDS = 7
ORDER = "financed-extras-cn"
ROOT = Path(__file__).resolve().parents[1]
MEMORY = """
import resource
from benchmarks.contracts_rendering import documents
from contracts.pdf.weasy import WeasyRenderer
renderer = WeasyRenderer()
for turn in range(10):
    for document in documents():
        renderer.render(document)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def documents() -> list[ContractDocument]:
    """The contract in each language."""
    template = demo_template()
    return [
        contract_document(
            number=NUMBER,
            dated_at=NOW,
            verify_url=VERIFY_URL,
            template=template,
            facts=in_words_of(template, golden_orders()[ORDER], language),
        )
        for language in LANGUAGES
    ]


def rows() -> list[Row]:
    """The rows of rendering."""
    asked, renderer = documents(), WeasyRenderer()
    done = [renderer.render(document) for document in asked]
    rounds = [_round(asked, renderer) for _ in range(ROUNDS)]
    ours = statistics.median(own for own, _ in rounds)
    size = max(len(one.content) for one in done) / 1000
    print(
        f"contracts.render6: {[one.pages for one in done]} pages, best {min(o for o, _ in rounds):.3f} s"
    )
    found = [
        Row("contracts.render6_s", ours, "s", "<= 0.5"),
        Row("contracts.size_unsigned_kb", size, "kB", "<= 190"),
        Row("contracts.render_process_mb", _memory(), "MB", "<= 150"),
    ]
    theirs = [other for _, other in rounds if other]
    if theirs:
        ratio = statistics.median(own / other for own, other in rounds if other)
        found.insert(1, Row("contracts.render6.vs_chromium", ratio, "x", "<= 1.1"))
    else:
        print("contracts.render6.vs_chromium: no chromium here")
    return found


def _round(asked: list[ContractDocument], renderer: WeasyRenderer) -> tuple[float, float]:
    """CPU seconds a document, of ours and of Chromium, one right after the other under the same load."""
    own = statistics.mean(_cpu(lambda d=document: renderer.render(d)) for document in asked)  # type: ignore[misc]
    if not shutil.which("chromium"):
        return own, 0.0
    return own, statistics.mean(_chromium(document) for document in asked)


def _cpu(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def _chromium(document: ContractDocument) -> float:
    """CPU seconds of one `chromium --headless --print-to-pdf` and the children it reaped."""
    with tempfile.TemporaryDirectory() as folder:
        page, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        style = (TEMPLATES / "contract.css").read_text().replace("url(", f"url({FONTS.as_uri()}/")
        page.write_text(
            contract_html(document).replace("<head>", f"<head><style>{style}</style>", 1),
            encoding="utf-8",
        )
        before = _children()
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={folder}/profile",
                "--no-pdf-header-footer",
                f"--print-to-pdf={printed}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        spent = _children() - before
        assert printed.read_bytes().startswith(b"%PDF-")
    return spent


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    """Most memory of a process of its own after twenty contracts, MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        check=True,
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.split()[-1])
