"""The one part of a signed file that no signature covers: the container of the last signature, byte by byte.

A signature covers everything but itself. What is loose inside its container (lower-case digits, bytes after the
structure, certificates nobody needs) could be changed unseen, so it is asked to have one form only.
"""

from __future__ import annotations

from collections.abc import Sequence

from asn1crypto import cms

HEXADECIMAL = frozenset(b"0123456789ABCDEF")
STAMPED = "signature_time_stamp_token"
"""The one attribute that may stand outside the signature: the timestamp over it."""


def container_fault(pdf: bytes, byte_range: Sequence[int]) -> str:
    """What is loose in the gap that `byte_range` leaves, as a stable code; empty when nothing is."""
    if len(byte_range) != 4:
        return "byte-range"
    start, before, after, rest = (int(number) for number in byte_range)
    if start != 0 or not 0 < before < after or rest < 0 or after + rest > len(pdf):
        return "byte-range"
    gap = pdf[before:after]
    if gap[:1] != b"<" or gap[-1:] != b">" or len(gap) % 2 or not HEXADECIMAL.issuperset(gap[1:-1]):
        return "not-hexadecimal"
    return _der_fault(bytes.fromhex(gap[1:-1].decode("ascii")))


def _der_fault(content: bytes) -> str:
    size = _der_size(content)
    if not size or size > len(content):
        return "not-der"
    if content[size:].strip(b"\0"):
        return "not-padded-with-zeros"
    try:
        return _cms_fault(content[:size])
    except (ValueError, TypeError, KeyError):
        return "not-cms"


def _der_size(content: bytes) -> int:
    """Bytes of the sequence that content begins with, its length in the shortest form; 0 where it is none."""
    if len(content) < 2 or content[0] != 0x30:
        return 0
    if content[1] < 0x80:
        return 2 + content[1]
    count = content[1] & 0x7F
    number = content[2 : 2 + count]
    shortest = 0 < count <= 4 and len(number) == count and number[0] != 0
    length = int.from_bytes(number, "big")
    return 2 + count + length if shortest and length >= 0x80 else 0


def _cms_fault(content: bytes) -> str:
    """Whether the structure says one thing in one way only, nested timestamps included."""
    info = cms.ContentInfo.load(content, strict=True)
    if info["content_type"].native != "signed_data":
        return "not-signed-data"
    data = info["content"]
    signers = data["signer_infos"]
    if len(signers) != 1:
        return "signers"
    signer = signers[0]
    # RFC 5652, 5.1 and 5.3: both versions follow from what is inside.
    plain = data["encap_content_info"]["content_type"].native == "data"
    if data["version"].native != ("v1" if plain else "v3") or signer["version"].native != "v1":
        return "version"
    if [one.dump() for one in data["digest_algorithms"]] != [signer["digest_algorithm"].dump()]:
        return "digest"
    if len(data["crls"]):
        return "loose-data"
    return _certificates_fault(data, signer) or _unsigned_fault(signer, plain)


def _certificates_fault(data: cms.SignedData, signer: cms.SignerInfo) -> str:
    """The signatory's certificate once, and above it only those that issued the one before: nothing else to change."""
    if signer["sid"].name != "issuer_and_serial_number":
        return "signatory"
    left = [one.chosen for one in data["certificates"] if one.name == "certificate"]
    if len(left) != len(data["certificates"]):
        return "certificates"
    wanted = signer["sid"].chosen
    chain = [
        one
        for one in left
        if one.issuer.dump() == wanted["issuer"].dump()
        and one.serial_number == wanted["serial_number"].native
    ]
    while chain and len(chain) <= len(left):
        above = [c for c in left if c not in chain and c.subject == chain[-1].issuer]
        if len(above) != 1:
            break
        chain += above
    return "" if chain and len(chain) == len(left) else "certificates"


def _unsigned_fault(signer: cms.SignerInfo, plain: bool) -> str:
    """A signature carries one timestamp outside what it signs; a timestamp carries nothing there."""
    unsigned = signer["unsigned_attrs"]
    if not plain:
        return "loose-data" if len(unsigned) else ""
    if len(unsigned) != 1 or unsigned[0]["type"].native != STAMPED:
        return "unsigned-attributes"
    tokens = unsigned[0]["values"]
    return _cms_fault(tokens[0].dump()) if len(tokens) == 1 else "unsigned-attributes"
