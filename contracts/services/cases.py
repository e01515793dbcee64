"""A contract's whole case as one ZIP: files as archived, facts, trail, audit entries and a manifest of fingerprints."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from contracts.archive.ports import Archive
from contracts.models import Contract, Signature
from contracts.queries import contract_row, history
from contracts.services.recording import record
from kernel.models import AuditEntry
from kernel.text import canonical_json

README = """Case of contract {number}

contract-issued.pdf    as the buyer was shown it
contract-buyer.pdf     with the buyer's signature
contract-signed.pdf    with both signatures and the timestamp
facts.json             what the contract says, canonical JSON; its SHA-256 is printed on every page
signatures.json        who signed, when, by which code, consent and address
trail.json             what happened to the contract
audit.json             its entries of the audit chain, each with the hash of the one before
manifest.json          SHA-256 of every file

合同 {number} 的案卷：出具时的文件、买方签署后的文件、双方签署的文件、合同数据、签署证据、经过、审计链条目、各文件的指纹。
"""


def export_case(*, number: str, archive: Archive, actor: str, now: datetime) -> bytes:
    """The ZIP; equal for equal contents but for the line that this export adds to the trail. Files come out checked.

    Raises UnknownContract, NotInArchive, ArchiveDamaged.
    """
    row = contract_row(number)
    files = dict(_files(row, archive))
    manifest = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files["manifest.json"] = _json(manifest)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as case:
        for name, content in files.items():
            case.writestr(zipfile.ZipInfo(f"{row.number}/{name}", (2020, 1, 1, 0, 0, 0)), content)
    facts = {"files": len(files), "sha256": hashlib.sha256(packed.getvalue()).hexdigest()}
    record(row, "exported", actor=actor, facts=facts, now=now)
    return packed.getvalue()


def _files(row: Contract, archive: Archive) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", README.format(number=row.number).encode()
    if row.pdf_sha256:
        yield "contract-issued.pdf", archive.get(row.pdf_sha256)
    names = {"buyer": "contract-buyer.pdf", "seller": "contract-signed.pdf"}
    for file in row.files.all():
        yield names.get(file.step, f"{file.step}.pdf"), archive.get(file.sha256)
    yield "facts.json", canonical_json(row.facts)
    yield "signatures.json", _json([_signature(each) for each in row.signatures.all()])
    yield "trail.json", _json([{**event} for event in history(row.number)])
    entries = AuditEntry.objects.filter(subject=f"contract:{row.number}").order_by("seq")
    yield "audit.json", _json([_entry(entry) for entry in entries])


def _signature(row: Signature) -> dict[str, Any]:
    code = row.code
    return {
        "side": row.side,
        "name": row.name,
        "capacity": row.capacity,
        "at": row.at,
        "actor": row.actor,
        "pdf_sha256": row.pdf_sha256,
        "consent": {"version": row.consent_version, "sha256": row.consent_sha256},
        "drawn_sha256": hashlib.sha256(bytes(row.drawn)).hexdigest() if row.drawn else "",
        "ip": row.ip,
        "agent_sha256": row.agent_sha256,
        "code": {
            "sent_to": code.sent_to,
            "channel": code.channel,
            "sent_at": code.sent_at,
            "used_at": code.used_at,
            "wrong_entries": code.tries,
            "for_file": code.pdf_sha256,
        }
        if code
        else None,
    }


def _entry(entry: AuditEntry) -> dict[str, Any]:
    names = ("seq", "at", "subject", "action", "actor", "facts", "previous", "hash")
    return {name: getattr(entry, name) for name in names}


def _json(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, indent=1, sort_keys=True, default=lambda one: one.isoformat()
    ).encode()
