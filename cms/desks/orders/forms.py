"""The forms of the moves: what a person says, and the tick that it is meant."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout.domain.delivery_stages import STAGES, Stage, possible
from checkout.domain.ending import BUYER_REASONS, REASONS, SELLER_REASONS, Reason
from checkout.domain.promises import REASONS as PROMISE_REASONS
from cms.desks.orders.cars import fitting_cars
from cms.desks.orders.standing import Standing
from cms.words import language
from kernel.money import shown
from kernel.text import Text, pick

NOT_SAID = frozenset({Stage.INSPECTED, Stage.DEFECT_FOUND, Stage.HANDED_OVER})
"""Stages that are only reached by filing a report."""


class MoveForm(forms.Form):
    """A move that needs nothing but the tick; `seen` and `once` catch a page that is old, or sent twice."""

    multipart: ClassVar[bool] = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False)
    sure = forms.BooleanField(
        label=_("I have read what will happen"),
        error_messages={"required": _("Tick that you have read what will happen.")},
    )

    def __init__(self, *args: Any, standing: Standing, **options: Any) -> None:
        super().__init__(*args, **options)
        self.standing = standing
        self.prepare()

    def prepare(self) -> None:
        """Fill what depends on the order."""

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields that are shown above the tick."""
        return [field for field in self.visible_fields() if field.name != "sure"]


def in_words(texts: dict[str, Text]) -> list[tuple[str, str]]:
    """Choices in the language of the admin."""
    return [(code, pick(text, language())) for code, text in texts.items()]


class CarForm(MoveForm):
    """Which car: one in stock that fits, or a VIN that is typed; nothing to ask where the order has its car."""

    car = forms.ChoiceField(label=_("Car in stock that fits"), required=False)
    vin = forms.CharField(
        label=_("or another VIN"), required=False, max_length=17, help_text=_("17 characters")
    )

    def prepare(self) -> None:
        """The cars that fit."""
        if self.standing.row.vin:
            del self.fields["car"], self.fields["vin"]
            return
        cars = fitting_cars(self.standing.row, self.standing.now)
        shown = [
            (car.vin, f"{car.vin} · {pick(car.place.name, language())} · {car.available_on}")
            for car in cars
        ]
        self.fields["car"].choices = [("", "–"), *shown]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Exactly one car."""
        found: dict[str, Any] = super().clean() or {}
        if self.standing.row.vin:
            return found | {"chosen": None}
        typed = found.get("vin", "").replace(" ", "").upper()
        if bool(typed) == bool(found.get("car")):
            raise forms.ValidationError(_("Choose a car that fits, or type one VIN."))
        return found | {"chosen": typed or found["car"]}


class ReasonForm(MoveForm):
    """Why, in the desk's own words."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea({"rows": 3}))


class DecisionForm(MoveForm):
    """Which of the proposed compensations; never one's own."""

    number = forms.TypedChoiceField(label=_("Compensation"), coerce=int)

    def prepare(self) -> None:
        """Those of other people."""
        field: Any = self.fields["number"]
        field.choices = [
            (each.number, f"{each.number} · {shown(each.money)}")
            for each in self.standing.proposed
            if each.proposed_by != self.standing.actor
        ]


class RefusalForm(DecisionForm):
    """As a decision, with the reason against it."""

    note = forms.CharField(label=_("Reason"), max_length=255, widget=forms.Textarea({"rows": 3}))


class PromiseForm(MoveForm):
    """Another range of days, why, and what the buyer reads."""

    from_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    reason = forms.ChoiceField(label=_("Reason"))
    words_zh = forms.CharField(
        label=_("Words to the buyer, Chinese"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Empty: the reason's own words."),
    )
    words_en = forms.CharField(
        label=_("Words to the buyer, English"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
    )

    def prepare(self) -> None:
        """The promise in force and the reasons that a person may give."""
        given = {str(code): row.text for code, row in PROMISE_REASONS.items() if row.desk}
        self.fields["reason"].choices = in_words(given)  # type: ignore[attr-defined]
        last = self.standing.delivery.promises[-1]
        self.fields["from_on"].initial = last.from_on
        self.fields["until_on"].initial = last.until_on

    def clean(self) -> dict[str, Any]:
        """Both languages or none; the first day before the last."""
        found: dict[str, Any] = super().clean() or {}
        chinese, english = found.get("words_zh", ""), found.get("words_en", "")
        if bool(chinese) != bool(english):
            raise forms.ValidationError(_("Write the words in both languages, or in none."))
        if found.get("from_on") and found.get("until_on") and found["until_on"] < found["from_on"]:
            raise forms.ValidationError(_("The last day is before the first."))
        return found | {"words": {"zh-hans": chinese, "en": english} if chinese else None}


class StageForm(MoveForm):
    """Where the car is."""

    stage = forms.ChoiceField(label=_("Stage"))
    at = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        help_text=_("Time of the order's market; empty: now."),
    )
    place_zh = forms.CharField(label=_("Place, Chinese"), required=False, max_length=80)
    place_en = forms.CharField(label=_("Place, English"), required=False, max_length=80)

    def prepare(self) -> None:
        """The stages that only say where the car is."""
        self.fields["stage"].choices = in_words(  # type: ignore[attr-defined]
            {str(stage): STAGES[stage].text for stage in stages_to_say(self.standing)}
        )

    def clean(self) -> dict[str, Any]:
        """The place in both languages or in none; the moment in the market's time, and not ahead of now."""
        found: dict[str, Any] = super().clean() or {}
        chinese, english = found.get("place_zh", ""), found.get("place_en", "")
        if bool(chinese) != bool(english):
            raise forms.ValidationError(_("Write the words in both languages, or in none."))
        at = found.get("at")
        at = at.replace(tzinfo=self.standing.zone) if at else None
        if at and at > self.standing.now:
            raise forms.ValidationError(_("This moment has not come yet."))
        place = {"zh-hans": chinese, "en": english} if chinese else None
        return found | {"at": at, "place": place}


def stages_to_say(standing: Standing) -> tuple[Stage, ...]:
    """The stages that can be said now and go with no move and no report."""
    reached = {Stage(each.stage) for each in standing.delivery.stages}
    found = possible(standing.state, reached)
    return tuple(stage for stage in found if not STAGES[stage].move and stage not in NOT_SAID)


class EndForm(MoveForm):
    """Why the order ends; its preview is shown before anything is done."""

    offered: ClassVar[tuple[Reason, ...]] = ()
    reason = forms.ChoiceField(label=_("Reason"))

    def prepare(self) -> None:
        """The reasons of the one whose end it is."""
        self.fields["reason"].choices = in_words(  # type: ignore[attr-defined]
            {str(code): REASONS[code] for code in self.offered}
        )


class SellerEndForm(EndForm):
    """Why we end it."""

    offered = SELLER_REASONS


class BuyerEndForm(EndForm):
    """What the buyer said."""

    offered = tuple(reason for reason in BUYER_REASONS if reason is not Reason.LATE)


class WithdrawForm(MoveForm):
    """The buyer's own declaration, taken down by the desk."""

    name = forms.CharField(label=_("Name as the buyer gave it"), max_length=254)
    contact = forms.CharField(
        label=_("Where the receipt goes"),
        required=False,
        max_length=254,
        help_text=_("E-mail or phone; empty: that of the order."),
    )

    def prepare(self) -> None:
        """The buyer's name."""
        self.fields["name"].initial = self.standing.facts.buyer.name
