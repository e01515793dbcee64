"""Sheets of loans: what was shown, and when it was confirmed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """One new table."""

    dependencies = [("checkout", "0006_quote_owner")]

    operations = [
        migrations.CreateModel(
            name="CreditSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=16, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("cost-sheet", "cost-sheet"), ("precontract", "precontract")], max_length=20
                    ),
                ),
                ("document", models.JSONField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("issued_at", models.DateTimeField()),
                ("readable_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "quote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_sheets",
                        to="checkout.quote",
                    ),
                ),
            ],
            options={
                "verbose_name": "loan sheet",
                "verbose_name_plural": "loan sheets",
                "ordering": ["-issued_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("quote", "fingerprint"), name="checkout_one_sheet_a_loan"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True),
                            ("confirmed_at__gte", models.F("readable_at")),
                            _connector="OR",
                        ),
                        name="checkout_sheet_was_readable",
                    ),
                ],
            },
        ),
    ]
