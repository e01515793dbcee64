"""What each revision of a signed file changed, against the little that a signature has to change.

A signed contract has the revision that was rendered and then one for every signature, nothing else. Each may fill its
own field, note what validation needs, and (a timestamp) add its own invisible field. General analysis of differences
allows more, e.g. another title, and takes seconds for a tagged file.
"""

from __future__ import annotations

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import DictionaryObject as Dictionary
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from contracts.domain.proofs import SIGNATORIES

BUYER = SIGNATORIES[0]
FILLED = {"/V", "/AP"}
VALIDATION = ("/Certs", "/CRLs", "/OCSPs")


class Forbidden(Exception):
    """A revision does more than sign; the text is a stable code."""


def changes_fault(reader: PdfFileReader, fields: list[str]) -> str:
    """Why the revisions after the first are not exactly the signatures in `fields`, one each; empty when they are."""
    if reader.total_revisions != len(fields) + 1:
        return "revisions"
    try:
        places = _fields_of(reader)
        for number, field in enumerate(fields, start=1):
            _check(
                reader.get_historical_resolver(number - 1),
                reader.get_historical_resolver(number),
                field,
                places.get(field),
            )
    except Forbidden as error:
        return str(error)
    return ""


def _fields_of(reader: PdfFileReader) -> dict[str, generic.IndirectObject]:
    """Where each field of the form lies; the list only ever grows, so it holds for every revision."""
    fields = reader.root["/AcroForm"]["/Fields"]
    listed = [fields.raw_get(number) for number in range(len(fields))]
    if not all(isinstance(one, generic.IndirectObject) for one in listed):
        raise Forbidden("field")
    return {str(one.get_object().get("/T")): one for one in listed}


def _check(
    old: HistoricalResolver,
    new: HistoricalResolver,
    field: str,
    place: generic.IndirectObject | None,
) -> None:
    """Raises Forbidden where `new` does more than sign in `field`, which lies at `place`."""
    _check_trailer(old, new)
    if new.refs_freed_in_revision():
        raise Forbidden("removed")
    if place is None:
        raise Forbidden("field")
    places = _Places(old, new, field, place)
    for ref in new.explicit_refs_in_revision():
        # A number that the revision before could not have used is new, and is seen only where a change below leads to it.
        if not old.is_ref_unassignable(ref):
            places.check(ref)


def _check_trailer(old: HistoricalResolver, new: HistoricalResolver) -> None:
    before, after = old.trailer_view, new.trailer_view
    if "/Encrypt" in after or any(
        before.raw_get(key) != after.raw_get(key) for key in ("/Root", "/Info")
    ):
        raise Forbidden("trailer")
    if old.document_id[0] != new.document_id[0]:
        raise Forbidden("trailer")


class _Places:
    """Where one signature may change an object that was there before."""

    def __init__(
        self,
        old: HistoricalResolver,
        new: HistoricalResolver,
        field: str,
        place: generic.IndirectObject,
    ) -> None:
        self.old, self.new, self.field = old, new, field
        self.form = old.root.raw_get("/AcroForm")
        self.dss = old.root.raw_get("/DSS") if "/DSS" in old.root else None
        added = old.is_ref_unassignable(place.reference)
        self.own = None if added else place
        self.stamp = _added_field(new, place) if added else None

    def check(self, ref: generic.Reference) -> None:
        """Raises Forbidden unless what changed at `ref` is part of signing."""
        before, after = self.old(ref), self.new(ref)
        if type(before) is not Dictionary or type(after) is not Dictionary:
            raise Forbidden("changed")
        places = (
            (ref == self.old.root_ref, self.catalog),
            (_points_at(self.form, ref), self.form_fields),
            (_points_at(self.own, ref), self.own_field),
            (_points_at(self.dss, ref), self.validation),
            (self.stamp is not None and before.get("/Type") == "/Page", self.page),
        )
        part = next((part for stands, part in places if stands), None)
        if part is None:
            raise Forbidden("changed")
        part(before, after)

    def catalog(self, before: Dictionary, after: Dictionary) -> None:
        """The buyer's signature is named as the certifying one; validation data and extensions may come."""
        perms = {"/Perms"} if self.field == BUYER else set()
        _same_but(before, after, {"/Extensions", "/DSS"} | perms)

    def form_fields(self, before: Dictionary, after: Dictionary) -> None:
        """A timestamp adds its field at the end."""
        _same_but(before, after, {"/SigFlags", "/Fields"})
        _longer(before, after, "/Fields", self.stamp)

    def own_field(self, before: Dictionary, after: Dictionary) -> None:
        """An empty field is filled, and shows it."""
        _same_but(before, after, FILLED)
        if "/V" in before:
            raise Forbidden("signed-twice")

    def validation(self, before: Dictionary, after: Dictionary) -> None:
        """Certificates and revocation data are only added."""
        _same_but(before, after, set(VALIDATION))
        for key in VALIDATION:
            _longer(before, after, key, None, any_number=True)

    def page(self, before: Dictionary, after: Dictionary) -> None:
        """The page that carries a timestamp's invisible field."""
        _same_but(before, after, {"/Annots"})
        _longer(before, after, "/Annots", self.stamp)


def _points_at(place: generic.PdfObject | None, ref: generic.Reference) -> bool:
    return isinstance(place, generic.IndirectObject) and place.reference == ref


def _same_but(before: Dictionary, after: Dictionary, allowed: set[str]) -> None:
    for key in (set(before) | set(after)) - allowed:
        if key not in before or key not in after or before.raw_get(key) != after.raw_get(key):
            raise Forbidden(f"changed{key.replace('/', '-').lower()}")


def _longer(
    before: Dictionary,
    after: Dictionary,
    key: str,
    last: generic.IndirectObject | None,
    *,
    any_number: bool = False,
) -> None:
    """The list under `key` is what it was, with `last` at its end where one is given."""
    was, now = _list(before, key), _list(after, key)
    added = now[len(was) :]
    expected = added if any_number else ([last] if last is not None else [])
    if now[: len(was)] != was or added != expected:
        raise Forbidden(f"changed{key.replace('/', '-').lower()}")


def _list(holder: Dictionary, key: str) -> list[generic.PdfObject]:
    found = holder.raw_get(key) if key in holder else []
    if isinstance(found, generic.IndirectObject):
        raise Forbidden("indirect")
    return list(found)


def _added_field(new: HistoricalResolver, place: generic.IndirectObject) -> generic.IndirectObject:
    """The field that a timestamp brought along: invisible, and nothing but a timestamp."""
    field = new(place.reference)
    shown = [edge for edge in field.get("/Rect", ()) if edge]
    if shown or {"/AP", "/A", "/AA", "/Kids", "/MK"} & set(field) or field.get("/FT") != "/Sig":
        raise Forbidden("field")
    if field["/V"].get("/Type") != "/DocTimeStamp":
        raise Forbidden("field")
    return place
