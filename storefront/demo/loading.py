"""Loads the demo store through the same services that a real shop uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import CommandError

from catalog.errors import NothingOnSale
from catalog.queries.on_sale import on_sale
from catalog.services.imports import import_catalogue
from catalog.services.releases import publish_release
from cms.queries import picture_addresses
from cms.services.content import PicturePlan, import_content, import_pictures
from cms.services.roles import make_roles
from contracts.services.templates import TwoPeople, import_template
from storefront.demo.people import APPROVER, PEOPLE, REVIEWER

ACTOR = "demo"
LAWYERS = TwoPeople(reviewer=REVIEWER, approver=APPROVER)
CARS = Path(__file__).resolve().parent / "cars" / "out"
SHAPES = {
    "rill": ("hatch", "小溪", "Rill"),
    "vale": ("suv", "青野", "Vale"),
    "haven": ("sedan", "云湾", "Haven"),
}
VIEWS = {
    "front": ("前侧方", "from the front"),
    "rear": ("后侧方", "from the rear"),
    "side": ("侧面", "from the side"),
    "interior": ("车内", "the interior"),
}


def already_loaded() -> bool:
    """Whether a release is on sale, so there is nothing to load."""
    try:
        return bool(on_sale().code)
    except NothingOnSale:
        return False


def load_store(*, directory: Path, now: datetime, say: Callable[[str], None]) -> None:
    """Catalogue, pictures, pages, contract template, then the first release; raises CommandError with every fault."""
    say("loading the demo catalogue (three models, 1,500 cars in stock)")
    report = import_catalogue(directory=directory, dry_run=False, now=now, actor=ACTOR)
    if report.faults:
        raise CommandError("\n".join(str(fault) for fault in report.faults))
    import_template(
        path=directory / "contracts" / "purchase_agreement.yaml", now=now, people=LAWYERS
    )
    say("loading pages and pictures")
    import_content(directory=directory, now=now)
    import_pictures(plans=demo_pictures())
    say("publishing the first release")
    publish_release(now=now, actor=ACTOR, pictures=picture_addresses(), note="Demo store")


def demo_pictures() -> list[PicturePlan]:
    """Four views of each demo car, and its drawing that takes any paint."""
    plans = []
    for model, (shape, zh, en) in SHAPES.items():
        for role, (seen_zh, seen_en) in VIEWS.items():
            file = CARS / "posters" / f"{shape}-{role}.webp"
            alt = {"zh-hans": f"{zh}，{seen_zh}", "en": f"{en}, {seen_en}"}
            plans.append(PicturePlan(file, f"model:{model}", role, alt))
        drawing = {"zh-hans": f"{zh}侧面线图", "en": f"Side drawing of the {en}"}
        plans.append(PicturePlan(CARS / f"{shape}.svg", f"model:{model}", "drawing", drawing))
    return plans


def make_people() -> None:
    """The logins of the demo, each in its groups; existing ones stay as they are."""
    make_roles()
    users = get_user_model().objects
    for person in PEOPLE:
        if users.filter(email=person.email).exists():
            continue
        make = users.create_superuser if person.superuser else users.create_user
        user = make(person.email, person.password)
        user.name, user.is_staff = person.name, True
        user.save()
        user.groups.set(Group.objects.filter(name__in=person.groups))
