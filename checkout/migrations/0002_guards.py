"""The ledger is append-only and balanced, whoever writes to the tables.

PostgreSQL: update, delete and truncate are refused, and a deferred trigger checks at commit that each entry has
legs that add up to zero in each currency. SQLite: update and delete are refused; the balance is checked by the
service. A later migration that rebuilds one of these tables on SQLite drops its triggers and must call
`guard` again; `tests/integration/checkout/test_ledger.py` notices.
"""

from django.db import migrations

LEDGER = ("checkout_ledgerentry", "checkout_ledgerleg")

POSTGRES = """
CREATE FUNCTION checkout_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION checkout_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint;
BEGIN
    IF TG_TABLE_NAME = 'checkout_ledgerentry' THEN entry := NEW.id; ELSE entry := NEW.entry_id; END IF;
    IF (SELECT count(*) FROM checkout_ledgerleg WHERE entry_id = entry) < 2 OR EXISTS (
        SELECT 1 FROM checkout_ledgerleg WHERE entry_id = entry GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', entry USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
POSTGRES_TABLE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION checkout_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION checkout_append_only();
CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION checkout_entry_balanced();
"""
POSTGRES_DROP = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
DROP TRIGGER {table}_balanced ON {table};
"""
SQLITE_TABLE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def guard(apps, schema_editor):
    """Refuse changes of the ledger's tables."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        for table in LEDGER:
            schema_editor.execute(POSTGRES_TABLE.format(table=table), params=None)
        return
    for table in LEDGER:
        for verb in ("update", "delete"):
            schema_editor.execute(SQLITE_TABLE.format(table=table, verb=verb))


def unguard(apps, schema_editor):
    """Take the guards away."""
    if schema_editor.connection.vendor == "postgresql":
        for table in LEDGER:
            schema_editor.execute(POSTGRES_DROP.format(table=table))
        schema_editor.execute("DROP FUNCTION checkout_append_only(); DROP FUNCTION checkout_entry_balanced()")
        return
    for table in LEDGER:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")


class Migration(migrations.Migration):
    """Guards of the ledger."""

    dependencies = [("checkout", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
