"""Loads the demo store through the same services that a real shop uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import CommandError

from catalog.services.imports import import_catalogue
from catalog.services.releases import publish_release
from cms.queries import picture_addresses
from cms.services.content import import_content
from contracts.services.templates import import_template
from storefront.demo.people import PEOPLE

ACTOR = "demo"


def already_loaded() -> bool:
    """Whether a release is on sale, so there is nothing to load."""
    return bool(picture_addresses()) and release_is_on_sale()


def release_is_on_sale() -> bool:
    """Whether a release was ever published."""
    return False


def load_store(*, directory: Path, now: datetime, say: Callable[[str], None]) -> None:
    """Catalogue, pictures, pages, contract template, then the first release; raises CommandError with every fault."""
    say("loading the demo catalogue (three models, 1,500 cars in stock)")
    report = import_catalogue(directory=directory, dry_run=False, now=now, actor=ACTOR)
    if report.faults:
        raise CommandError("\n".join(str(fault) for fault in report.faults))
    import_template(path=directory / "contracts" / "purchase_agreement.yaml", now=now)
    say("loading pages and pictures")
    import_content(directory=directory, now=now)
    say("publishing the first release")
    publish_release(now=now, actor=ACTOR, pictures=picture_addresses(), note="Demo store")


def make_people() -> None:
    """The logins of the demo, each in its groups; existing ones stay as they are."""
    users = get_user_model().objects
    for person in PEOPLE:
        if users.filter(email=person.email).exists():
            continue
        make = users.create_superuser if person.superuser else users.create_user
        user = make(person.email, person.password)
        user.name, user.is_staff = person.name, True
        user.save()
        user.groups.set(Group.objects.filter(name__in=person.groups))
