"""Matching by hand: one line or several with one thing or several, confirmed only where nothing is left between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from checkout.models import BankLine
from checkout.services import bank_matching
from checkout.services.bank_matching import Target
from cms.desks.money import door, lines
from cms.desks.money.targets import Offer, name_of, offers, scored, searched, suggested
from cms.desks.once import sent_before
from cms.money import MoneyField, minor
from kernel.money import Money

SEE, MATCH = lines.SEE, lines.MATCH
MOST_LINES, MOST_TARGETS = 20, 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer that was ticked, with the part of the lines it takes and what a bank kept on the way."""

    offer: Offer
    amount: Money
    charge: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines with what is left of each, what was ticked, and what is wrong with what was typed."""

    lines: list[tuple[BankLine, Money]]
    chosen: list[Chosen]
    offered: list[Offer]
    faults: list[str]
    asked: str

    @property
    def currency(self) -> str:
        """The currency of the lines."""
        return str(self.lines[0][0].currency)

    @property
    def left(self) -> Money:
        """What is left of all lines together."""
        return Money(sum(rest.minor for _, rest in self.lines), self.currency)

    @property
    def difference(self) -> Money:
        """What the ticked ones do not take."""
        taken = sum(each.amount.minor for each in self.chosen)
        return Money(self.left.minor - taken, self.currency)

    @property
    def ready(self) -> bool:
        """Whether it can be confirmed: something is ticked, and the difference is zero."""
        return bool(self.chosen) and not self.faults and not self.difference


@door.reading(SEE)
def choose(request: HttpRequest) -> HttpResponse:
    """Lines beside what they may settle; everything that was chosen stands in the address."""
    if not request.user.has_perm(MATCH):
        raise PermissionDenied
    return show(request, request.GET)


def show(request: HttpRequest, said: QueryDict, refused: list[str] | None = None) -> HttpResponse:
    """The page for what was said, with what was refused on top; without a line it leads to the list of lines."""
    choice = read(said)
    if choice is None:
        messages.info(request, gettext("Choose at least one line that waits, all in one currency."))
        return redirect("money_lines")
    ticked = {each.offer.name: each for each in choice.chosen}
    context = {
        "choice": choice,
        "rows": [{"offer": each, "ticked": ticked.get(each.name)} for each in choice.offered],
        "said": [(n, v) for n in said for v in said.getlist(n) if n not in {"q", "once"}],
    }
    return door.page(request, "match", "bank", context, refused=refused)


def read(said: QueryDict) -> Choice | None:
    """What was chosen; None without an open line, or with lines of two currencies."""
    numbers = {int(text) for text in said.getlist("line")[:MOST_LINES] if text.isdecimal()}
    rows = list(BankLine.objects.filter(pk__in=numbers, state=BankLine.State.OPEN).order_by("pk"))
    if not rows or len({row.currency for row in rows}) > 1:
        return None
    told = suggested(rows)
    ticked = [name for name in map(name_of, said.getlist("target")[:MOST_TARGETS]) if name]
    asked = said.get("q", "").strip()
    found = [scored(each, told) for each in offers([*ticked, *told, *searched(asked)])]
    currency = rows[0].currency
    offered = [each for each in found if each.expected.currency == currency]
    faults: list[str] = []
    chosen = _chosen(said, [each for each in offered if (each.kind, each.code) in ticked], faults)
    return Choice(_rests(rows), chosen, offered, faults, asked)


def _rests(rows: list[BankLine]) -> list[tuple[BankLine, Money]]:
    used = dict(
        BankLine.objects.filter(pk__in=[row.pk for row in rows], matches__undone_at=None)
        .values_list("pk")
        .annotate(sum=Sum("matches__amount"))
    )
    return [(row, Money(row.amount - (used.get(row.pk) or 0), row.currency)) for row in rows]


def _chosen(said: QueryDict, offered: list[Offer], faults: list[str]) -> list[Chosen]:
    found = []
    for offer in offered:
        try:
            amount = _typed(said.get(f"amount-{offer.name}", ""), offer.expected)
            charge = _typed(said.get(f"charge-{offer.name}", ""), Money(0, offer.expected.currency))
        except ValidationError as error:
            faults += [f"{offer.code}: {line}" for line in error.messages]
            continue
        found.append(Chosen(offer, amount, charge.minor))
    return found


def _typed(text: str, usual: Money) -> Money:
    """An amount as typed, or the usual one where nothing was; raises ValidationError."""
    typed = MoneyField(currency=usual.currency).to_python(text.replace("−", "-"))
    units = minor(typed, usual.currency)
    return usual if units is None else Money(units, usual.currency)


@door.acting(SEE, MATCH)
def match(request: HttpRequest) -> HttpResponse:
    """Do what was confirmed; nothing where a difference is left or somebody was faster."""
    said = request.POST
    choice = read(said)
    if choice is None and not sent_before(request):
        return _gone(request)
    if choice is not None and not choice.ready:
        line = gettext("Nothing was matched: lines and what they settle differ.")
        return show(request, said, [line, *choice.faults])

    def do() -> None:
        if choice is not None:
            settle(choice, door.actor_of(request), timezone.now())

    return door.done(
        request,
        do,
        said=gettext("Matched."),
        to=reverse("money_lines"),
        again=lambda refused: show(request, said, refused),
    )


def _gone(request: HttpRequest) -> HttpResponse:
    messages.warning(request, gettext("These lines do not wait any more; nothing was changed."))
    return redirect("money_lines")


def settle(choice: Choice, actor: str, now: datetime) -> None:
    """Match every line with its parts, all or none. Raises BadMatch, MatchConflict."""
    parts = shared(choice)
    with transaction.atomic():
        for row, _rest in choice.lines:
            bank_matching.match(line=row.pk, targets=parts[row.pk], actor=actor, now=now)


def shared(choice: Choice) -> Mapping[int, list[Target]]:
    """Which part of which line settles what: the chosen ones take from the lines in their order until nothing is left."""
    rests = {row.pk: rest.minor for row, rest in choice.lines}
    parts: dict[int, list[Target]] = {row.pk: [] for row, _ in choice.lines}
    for each in choice.chosen:
        wanted, charge = each.amount.minor, each.charge
        for pk, rest in rests.items():
            part = _part(wanted, rest)
            if part:
                money = Money(part, choice.currency)
                parts[pk].append(Target(each.offer.kind, each.offer.code, money, charge))
                rests[pk], wanted, charge = rest - part, wanted - part, 0
    return parts


def _part(wanted: int, rest: int) -> int:
    """What a line with this rest gives: both have one sign, and neither is overdrawn."""
    if wanted * rest <= 0:
        return 0
    return wanted if abs(wanted) <= abs(rest) else rest


@door.acting(SEE, MATCH)
def unmatch(request: HttpRequest, number: int, match: int) -> HttpResponse:
    """Take a match of the line back."""
    return door.done(
        request,
        lambda: bank_matching.unmatch(
            match=match, actor=door.actor_of(request), now=timezone.now()
        ),
        said=gettext("Taken back; the line waits again."),
        to=reverse("money_line", args=[number]),
        again=lambda refused: lines.show(request, number, refused),
    )


@door.acting(SEE, MATCH)
def set_aside(request: HttpRequest, number: int) -> HttpResponse:
    """Book what is left of a line to an account that belongs to no order."""
    return door.done(
        request,
        lambda: bank_matching.set_aside(
            line=number,
            account=request.POST.get("account", ""),
            note=request.POST.get("note", ""),
            actor=door.actor_of(request),
            now=timezone.now(),
        ),
        said=gettext("Set aside and booked."),
        to=reverse("money_line", args=[number]),
        again=lambda refused: lines.show(request, number, refused),
    )


@door.acting(SEE, MATCH)
def put_back(request: HttpRequest, number: int) -> HttpResponse:
    """Let a line that was set aside wait again."""
    return door.done(
        request,
        lambda: bank_matching.put_back(
            line=number, actor=door.actor_of(request), now=timezone.now()
        ),
        said=gettext("The line waits again."),
        to=reverse("money_line", args=[number]),
        again=lambda refused: lines.show(request, number, refused),
    )
