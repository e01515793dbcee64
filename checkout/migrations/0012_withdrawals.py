"""Receipts of withdrawals: added once; the database refuses to change or delete them.

`name` and `contact` may be encrypted anew or erased. A later migration that rebuilds the table on SQLite drops the
triggers and must call `guard` again; `tests/integration/checkout/test_withdrawing.py` notices.
"""

import django.db.models.deletion
import kernel.crypto
from django.db import migrations, models


TABLE = "checkout_withdrawalreceipt"
FROZEN = (
    "id, number, contract, fingerprint, begun_at, received_at, zone, language, until_on, refund, currency, refund_by, "
    "hold_back, finance_by, order_id"
)
POSTGRES = f"""
CREATE TRIGGER {TABLE}_frozen BEFORE UPDATE OF {FROZEN} ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION checkout_append_only();
CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION checkout_append_only();
CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION checkout_append_only();
"""
SQLITE = (
    f"CREATE TRIGGER {TABLE}_frozen BEFORE UPDATE OF {FROZEN} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END",
)


def guard(apps, schema_editor):
    """Refuse changes of a receipt."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        return
    for statement in SQLITE:
        schema_editor.execute(statement)


def unguard(apps, schema_editor):
    """The table goes, and its triggers with it."""


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0011_one_order_a_car'),
    ]

    operations = [
        migrations.CreateModel(
            name='WithdrawalReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=16, unique=True)),
                ('contract', models.CharField(blank=True, max_length=32)),
                ('name', kernel.crypto.EncryptedTextField(default='')),
                ('contact', kernel.crypto.EncryptedTextField(default='')),
                ('fingerprint', models.CharField(max_length=64)),
                ('begun_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('zone', models.CharField(max_length=60)),
                ('language', models.CharField(max_length=10)),
                ('until_on', models.DateField(blank=True, null=True)),
                ('refund', models.BigIntegerField(help_text='What goes back, in minor units.')),
                ('currency', models.CharField(max_length=3)),
                ('refund_by', models.DateField(blank=True, null=True)),
                ('hold_back', models.BooleanField()),
                ('finance_by', models.DateField(blank=True, null=True)),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='checkout.order')),
            ],
            options={
                'verbose_name': 'withdrawal',
                'verbose_name_plural': 'withdrawals',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('refund__gte', 0)), name='withdrawal_refund')],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
