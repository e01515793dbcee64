"""The strict reader of a contract: pyHanko's, with bounds on what may come out of it and one index for packed objects."""

from __future__ import annotations

from io import BytesIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader

MEBI = 1024 * 1024
LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=24 * MEBI),
    document_budget=DocumentDecodeBudget(base_allowance=64 * MEBI, max_ratio=20),
)
"""What may come out of compressed data: a contract needs a hundredth of it."""

Index = tuple[bytes, list[tuple[int, int]]]


class ContractReader(PdfFileReader):  # type: ignore[misc]
    """Reads one file; raises pyHanko's errors for anything that is not exactly as it should be.

    A tagged contract keeps two thousand objects in one stream. pyHanko unpacks it and walks its list for every object
    asked; here that happens once a stream.
    """

    def __init__(self, pdf: bytes) -> None:
        self._packed: dict[int, Index] = {}
        super().__init__(BytesIO(pdf), strict=True, decode_limits=LIMITS)

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> generic.PdfObject:
        """The object `idnum`, which must be the one numbered `idx` in its stream."""
        data, listed = self._index(stmnum)
        if not 0 <= idx < len(listed) or listed[idx][0] != idnum:
            raise PdfStrictReadError("Object is not where the table says")
        packed = BytesIO(data)
        packed.seek(listed[idx][1])
        found = generic.read_object(packed, generic.Reference(idnum, 0, self))
        if isinstance(found, generic.StreamObject | generic.IndirectObject):
            raise PdfStrictReadError("Forbidden object in an object stream")
        return found

    def _index(self, stmnum: int) -> Index:
        """The bytes of an object stream, and number and place of every object in it."""
        known = self._packed.get(stmnum)
        if known is None:
            stream = generic.Reference(stmnum, 0, self).get_object()
            if not isinstance(stream, generic.StreamObject) or stream["/Type"] != "/ObjStm":
                raise PdfStrictReadError("No object stream where the table says")
            data, first = stream.read_data(DecodePurpose.OBJECT_STREAM), int(stream["/First"])
            numbers = [int(number) for number in data[:first].split()]
            if len(numbers) != 2 * int(stream["/N"]) or min(numbers, default=0) < 0:
                raise PdfStrictReadError("Object stream header possibly corrupted")
            places = [(numbers[n], first + numbers[n + 1]) for n in range(0, len(numbers), 2)]
            known = self._packed[stmnum] = (data, places)
        return known
