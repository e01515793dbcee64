"""Encrypted fields: unreadable in the database, and moved to the newest key by one command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from kernel.crypto import CannotDecrypt, EncryptedTextField, newest_prefix
from kernel.management.commands import rotate_field_keys

OLD, NEW = (secrets.token_urlsafe(32) for _ in range(2))


@pytest.fixture
def person(transactional_db: None) -> Iterator[Any]:
    with isolate_apps("kernel"):

        class Person(models.Model):
            document = EncryptedTextField(null=True)

            class Meta:
                app_label = "kernel"

            def __str__(self) -> str:
                return "a person"

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person


def stored() -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT document FROM kernel_person ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_the_database_never_holds_the_clear_text(person: Any) -> None:
    person.objects.create(document="110101199003071234")
    person.objects.create(document=None)
    assert [row.document for row in person.objects.order_by("pk")] == ["110101199003071234", None]
    secret, nothing = stored()
    assert secret is not None
    assert secret.startswith(newest_prefix())
    assert "1101" not in secret
    assert nothing is None


def test_an_encrypted_field_can_only_be_looked_up_by_being_empty(person: Any) -> None:
    person.objects.create(document="x")
    assert person.objects.filter(document__isnull=False).count() == 1
    for lookup in ({"document": "x"}, {"document__icontains": "x"}, {"document__length__gt": 1}):
        with pytest.raises(FieldError):
            person.objects.filter(**lookup)


def test_rotation_moves_every_value_to_the_newest_key(person: Any, settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    for number in range(5):
        person.objects.create(document=str(number))
    person.objects.create(document=None)
    settings.FIELD_KEYS = [NEW, OLD]
    person.objects.create(document="5")
    field = person._meta.get_field("document")
    assert rotate_field_keys.rotate(field) == 5
    assert rotate_field_keys.rotate(field) == 0
    settings.FIELD_KEYS = [NEW]
    assert [row.document for row in person.objects.order_by("pk")] == [*"01234", None, "5"]


def test_rotation_stops_at_a_value_no_key_can_read(person: Any, settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    person.objects.create(document="x")
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(CannotDecrypt):
        rotate_field_keys.rotate(person._meta.get_field("document"))


@pytest.mark.django_db
def test_the_command_walks_every_encrypted_field_of_the_store(
    person: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FIELD_KEYS = [OLD]
    person.objects.create(document="x")
    settings.FIELD_KEYS = [NEW, OLD]
    monkeypatch.setattr(apps, "get_models", lambda: [person])
    out = StringIO()
    call_command("rotate_field_keys", stdout=out)
    assert out.getvalue() == "kernel.Person.document: 1 values\n"
