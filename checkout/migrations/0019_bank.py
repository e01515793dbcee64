"""Bank files, statements and transfers learn what importing, matching and paying out need; four eyes in the database.

What was approved stays as it was: sum, account, and the two people (a trigger on both databases). A later migration that
rebuilds `checkout_outgoingtransfer` on SQLite drops the trigger and must call `guard` again;
`tests/integration/checkout/test_ledger.py` notices.
"""

import django.db.models.deletion
from django.db import migrations, models

import kernel.crypto

FROZEN = ("order_id", "payment_id", "refund_id", "compensation_id", "amount", "currency", "holder", "account_hint", "bank",
          "proposed_by", "decided_by", "decided_at")
POSTGRES = """
CREATE FUNCTION checkout_transfer_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was approved is not changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER checkout_transfer_frozen BEFORE UPDATE ON checkout_outgoingtransfer
    FOR EACH ROW WHEN (OLD.state <> 'proposed' AND (NEW.state = 'proposed' OR {changed}))
    EXECUTE FUNCTION checkout_transfer_frozen();
"""
SQLITE = """
CREATE TRIGGER checkout_transfer_frozen BEFORE UPDATE ON checkout_outgoingtransfer
    WHEN OLD.state <> 'proposed' AND (NEW.state = 'proposed' OR {changed})
BEGIN SELECT RAISE(ABORT, 'what was approved is not changed'); END
"""


def guard(apps, schema_editor):
    """Refuse changes of a transfer that was decided about."""
    postgres = schema_editor.connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgres else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FROZEN)
    schema_editor.execute((POSTGRES if postgres else SQLITE).format(changed=changed), params=None)


def unguard(apps, schema_editor):
    """Take the guard away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER checkout_transfer_frozen ON checkout_outgoingtransfer; "
            "DROP FUNCTION checkout_transfer_frozen()"
        )
        return
    schema_editor.execute("DROP TRIGGER checkout_transfer_frozen")


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0018_desk_permissions'),
    ]

    operations = [
        migrations.AddField(
            model_name='bankfile',
            name='account',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
        migrations.AddField(
            model_name='bankfile',
            name='currency',
            field=models.CharField(blank=True, default='', max_length=3),
        ),
        migrations.AddField(
            model_name='bankmatch',
            name='charge',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='bankstatement',
            name='key',
            field=models.CharField(default='', max_length=64, unique=True),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='outgoingtransfer',
            name='refund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carried_by', to='checkout.paymentoperation'),
        ),
        migrations.AddField(
            model_name='paymentoperation',
            name='by_transfer',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='outgoingtransfer',
            name='account_sealed',
            field=kernel.crypto.EncryptedTextField(blank=True, default=''),
        ),
        migrations.AddConstraint(
            model_name='bankmatch',
            constraint=models.CheckConstraint(condition=models.Q(('charge__gte', 0)), name='bank_match_charge_is_a_cost'),
        ),
        migrations.AddConstraint(
            model_name='outgoingtransfer',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', models.F('proposed_by')), _negated=True), name='transfer_needs_two_people'),
        ),
        migrations.AddConstraint(
            model_name='outgoingtransfer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by', ''), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='transfer_is_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='outgoingtransfer',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'returned']), _negated=True), fields=('refund',), name='transfer_once_for_a_refund'),
        ),
        migrations.AddConstraint(
            model_name='outgoingtransfer',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'returned']), _negated=True), fields=('compensation',), name='transfer_once_for_a_compensation'),
        ),
        migrations.RunPython(guard, unguard),
    ]
