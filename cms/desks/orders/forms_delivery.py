"""The longer forms on a car's way: carrier, inspection, appointment, handover."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from checkout.domain.handing_over import (
    ADDRESS,
    LONGEST_LINE,
    LONGEST_NOTE,
    MOST_KEYS,
    NEEDED,
    WISHES,
    Damage,
    HandoverReport,
)
from checkout.domain.handing_over import MOST_KILOMETRES as MOST_AT_HANDOVER
from checkout.domain.inspecting import (
    CHECKLIST,
    LARGEST_PHOTO,
    LONGEST_REMARK,
    MOST_KILOMETRES,
    MOST_PHOTOS,
    Item,
    Photo,
    Result,
)
from checkout.domain.slots import FreeSlot
from checkout.queries.handover_slots import HandoverSlots, handover_slots
from cms.desks.orders.forms import MoveForm, in_words
from cms.words import language, said
from kernel.text import pick

DAMAGES = 4
"""So many damages can be written down on one page."""
HOME_NAMES = {
    "city": _("City"),
    "street": _("Street"),
    "postcode": _("Postcode"),
    "contact": _("Who takes the car"),
    "phone": _("Phone"),
}


class CarrierForm(MoveForm):
    """Which carrier."""

    carrier = forms.ChoiceField(label=_("Carrier"))

    def prepare(self) -> None:
        """The carriers whose door is open."""
        field: Any = self.fields["carrier"]
        field.choices = [(code, said("carrier", code)) for code in settings.CARRIER_DOORS]


class ManyFiles(forms.FileInput):
    """Several pictures at once."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of files, each as Django takes one."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files that were sent; none is no error."""
        return [super(PhotosField, self).clean(each, initial) for each in data or ()]


class InspectionForm(MoveForm):
    """The checklist line by line, with remarks and pictures."""

    multipart: ClassVar[bool] = True
    kilometres = forms.IntegerField(
        label=_("Kilometres on the clock"), min_value=0, max_value=MOST_KILOMETRES
    )

    def prepare(self) -> None:
        """Three fields for each line."""
        results = [(str(each), said("inspection", each)) for each in Result]
        for code, text in CHECKLIST.items():
            name = pick(text, language())
            self.fields[f"result_{code}"] = forms.ChoiceField(
                label=name, choices=results, initial=str(Result.FINE)
            )
            self.fields[f"remark_{code}"] = forms.CharField(
                label=_("Remark"), required=False, max_length=LONGEST_REMARK
            )
            self.fields[f"photo_{code}"] = PhotosField(
                label=_("Photographs"),
                required=False,
                widget=ManyFiles({"accept": "image/jpeg,image/png,image/webp"}),
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        """The kilometres alone; the checklist is a table of its own."""
        return [self["kilometres"]]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The checklist as bound fields."""
        return [
            {part: self[f"{part}_{code}"] for part in ("result", "remark", "photo")}
            for code in CHECKLIST
        ]

    def clean(self) -> dict[str, Any]:
        """A remark for everything that is not fine; pictures that can be kept."""
        found: dict[str, Any] = super().clean() or {}
        items, photos = [], list[Photo]()
        for code in CHECKLIST:
            result = Result(found.get(f"result_{code}") or Result.FINE)
            remark = found.get(f"remark_{code}", "")
            if result is not Result.FINE and not remark.strip():
                self.add_error(f"remark_{code}", _("Say what was found."))
            items.append(Item(code, result, remark))
            photos += self._photos(code, found.get(f"photo_{code}") or ())
        if len(photos) > MOST_PHOTOS:
            raise forms.ValidationError(
                gettext("At most %(count)s photographs.") % {"count": MOST_PHOTOS}
            )
        return found | {"items": items, "photos": photos}

    def _photos(self, code: str, files: Iterable[Any]) -> Iterable[Photo]:
        for file in files:
            if file.size > LARGEST_PHOTO:
                largest = LARGEST_PHOTO // 1000
                self.add_error(f"photo_{code}", gettext("At most %(size)s kB.") % {"size": largest})
                continue
            yield Photo(code, file.content_type or "", file.read())


class AppointmentForm(MoveForm):
    """When and where the key is handed over, and what the buyer wishes."""

    slot = forms.ChoiceField(label=_("Time"))
    wishes = forms.MultipleChoiceField(
        label=_("Wishes"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": 2})
    )

    def prepare(self) -> None:
        """The free slots by day, the wishes, and the address of a home delivery where there is one."""
        found = handover_slots(order=self.standing.code, now=self.standing.now)
        field: Any = self.fields["slot"]
        field.choices = self._choices(found)
        wishes: Any = self.fields["wishes"]
        wishes.choices = in_words(dict(WISHES))
        booked = self.standing.delivery.appointment
        if booked is not None:
            self.fields["wishes"].initial = [wish["code"] for wish in booked.wishes]
            self.fields["note"].initial = booked.note
        if found.home:
            for key in ADDRESS:
                self.fields[f"home_{key}"] = forms.CharField(
                    label=HOME_NAMES[key], required=False, max_length=LONGEST_LINE
                )

    def _choices(self, found: HandoverSlots) -> list[Any]:
        return [
            *self._days("slot", gettext("at the place"), found.slots),
            *self._days("home", gettext("at the buyer's home"), found.home),
        ]

    def _days(self, kind: str, words: str, slots: Iterable[FreeSlot]) -> Iterable[Any]:
        zone = self.standing.zone
        for day, free in groupby(slots, lambda slot: slot.starts_at.astimezone(zone).date()):
            yield (
                f"{day} · {words}",
                [
                    (
                        f"{kind}|{slot.starts_at.isoformat()}",
                        f"{slot.starts_at.astimezone(zone):%m-%d %H:%M} · {words}",
                    )
                    for slot in free
                ],
            )

    def clean(self) -> dict[str, Any]:
        """The slot taken apart; a whole address for a home delivery."""
        found: dict[str, Any] = super().clean() or {}
        kind, _bar, at = found.get("slot", "").partition("|")
        home = None
        if kind == "home":
            home = {key: found.get(f"home_{key}", "") for key in ADDRESS}
            for key in NEEDED:
                if not home[key]:
                    self.add_error(f"home_{key}", _("Needed for a home delivery."))
        starts_at = datetime.fromisoformat(at) if at else None
        return found | {"starts_at": starts_at, "home": home}


class HandoverForm(MoveForm):
    """What both sides see when the key changes hands."""

    kilometres = forms.IntegerField(
        label=_("Kilometres on the clock"), min_value=0, max_value=MOST_AT_HANDOVER
    )
    keys = forms.IntegerField(
        label=_("Keys handed over"), min_value=1, max_value=MOST_KEYS, initial=2
    )
    remark = forms.CharField(
        label=_("Remark"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def prepare(self) -> None:
        """Room for damages."""
        for number in range(1, DAMAGES + 1):
            self.fields[f"part_{number}"] = forms.CharField(
                label=_("Damage: which part"), required=False, max_length=80
            )
            self.fields[f"agreed_{number}"] = forms.CharField(
                label=_("Damage: what is agreed"), required=False, max_length=300
            )

    def clean(self) -> dict[str, Any]:
        """The report; a damage has a part and what is agreed about it."""
        found: dict[str, Any] = super().clean() or {}
        damages = []
        for number in range(1, DAMAGES + 1):
            part, agreed = found.get(f"part_{number}", ""), found.get(f"agreed_{number}", "")
            if bool(part) != bool(agreed):
                self.add_error(f"agreed_{number}", _("Say the part and what is agreed about it."))
            elif part:
                damages.append(Damage(part, agreed))
        if self.errors:
            return found
        report = HandoverReport(
            found["kilometres"], found["keys"], tuple(damages), found.get("remark", "")
        )
        return found | {"report": report}
