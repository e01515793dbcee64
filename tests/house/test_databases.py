"""The test databases themselves."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection


@pytest.mark.django_db
def test_a_test_sees_a_migrated_database() -> None:
    assert ContentType.objects.count() > 10


@pytest.mark.django_db(transaction=True)
def test_what_a_committing_test_writes() -> None:
    ContentType.objects.create(app_label="left", model="over")


@pytest.mark.django_db
def test_is_gone_in_the_next_test() -> None:
    assert not ContentType.objects.filter(app_label="left").exists()
    assert connection.settings_dict["NAME"]
