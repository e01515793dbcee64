"""Gives the base page its locale and translation key once Wagtail's locales exist."""

from django.db import migrations
from wagtail.models import BootstrapLocaleField, BootstrapTranslatableModel, BootstrapTranslationKeyField


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_page"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        BootstrapLocaleField("cms.StorePage"),
        BootstrapTranslationKeyField("cms.StorePage"),
        BootstrapTranslatableModel("cms.StorePage"),
    ]
