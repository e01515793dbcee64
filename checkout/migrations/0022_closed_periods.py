"""A closed month takes no entries, whoever writes to the tables, and what was frozen of it stays as it is.

PostgreSQL also refuses a leg for an entry of a closed month. The errors begin with `period-closed`, by which the service
knows them. A later migration that rebuilds one of these tables on SQLite must call `unguard` before it, for its trigger
names the other table, and `guard` after it; `tests/integration/checkout/test_ledger.py` notices what is missing.
"""

from django.db import migrations

POSTGRES = """
CREATE FUNCTION checkout_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    posted timestamptz;
BEGIN
    IF TG_TABLE_NAME = 'checkout_ledgerentry' THEN
        posted := NEW.posted_at;
    ELSE
        SELECT posted_at INTO posted FROM checkout_ledgerentry WHERE id = NEW.entry_id;
    END IF;
    IF EXISTS (SELECT 1 FROM checkout_closedperiod WHERE ends_at > posted) THEN
        RAISE EXCEPTION 'period-closed: the books of % are closed', posted USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER checkout_ledgerentry_period BEFORE INSERT ON checkout_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION checkout_period_open();
CREATE TRIGGER checkout_ledgerleg_period BEFORE INSERT ON checkout_ledgerleg
    FOR EACH ROW EXECUTE FUNCTION checkout_period_open();
CREATE TRIGGER checkout_closedperiod_append_only BEFORE UPDATE OR DELETE ON checkout_closedperiod
    FOR EACH ROW EXECUTE FUNCTION checkout_append_only();
CREATE TRIGGER checkout_closedperiod_no_truncate BEFORE TRUNCATE ON checkout_closedperiod
    FOR EACH STATEMENT EXECUTE FUNCTION checkout_append_only();
"""
POSTGRES_DROP = """
DROP TRIGGER checkout_ledgerentry_period ON checkout_ledgerentry;
DROP TRIGGER checkout_ledgerleg_period ON checkout_ledgerleg;
DROP TRIGGER checkout_closedperiod_append_only ON checkout_closedperiod;
DROP TRIGGER checkout_closedperiod_no_truncate ON checkout_closedperiod;
DROP FUNCTION checkout_period_open();
"""
SQLITE = {
    "checkout_ledgerentry_period": """BEFORE INSERT ON checkout_ledgerentry
WHEN EXISTS (SELECT 1 FROM checkout_closedperiod WHERE ends_at > NEW.posted_at)
BEGIN SELECT RAISE(ABORT, 'period-closed: the books of that day are closed'); END""",
    "checkout_closedperiod_no_update": """BEFORE UPDATE ON checkout_closedperiod
BEGIN SELECT RAISE(ABORT, 'checkout_closedperiod is append-only'); END""",
    "checkout_closedperiod_no_delete": """BEFORE DELETE ON checkout_closedperiod
BEGIN SELECT RAISE(ABORT, 'checkout_closedperiod is append-only'); END""",
}


def guard(apps, schema_editor):
    """Refuse entries of closed months, and changes of what was closed."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES, params=None)
        return
    for name, body in SQLITE.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {body}")


def unguard(apps, schema_editor):
    """Take the guards away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_DROP)
        return
    for name in SQLITE:
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    """Guards of closed months."""

    dependencies = [("checkout", "0021_one_run")]
    operations = [migrations.RunPython(guard, unguard)]
