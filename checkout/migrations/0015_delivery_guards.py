"""Promises and stages of a delivery are append-only, whoever writes to the tables.

A later migration that rebuilds one of these tables on SQLite drops its triggers and must call `guard` again;
`tests/integration/checkout/test_promising.py` notices.
"""

from django.db import migrations

TABLES = ("checkout_deliverypromise", "checkout_deliverystage")

POSTGRES_TABLE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION checkout_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION checkout_append_only();
"""
POSTGRES_DROP = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_no_truncate ON {table};
"""
SQLITE_TABLE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


def guard(apps, schema_editor):
    """Refuse changes of what was promised and of where the car was."""
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(POSTGRES_TABLE.format(table=table), params=None)
            continue
        for verb in ("update", "delete"):
            schema_editor.execute(SQLITE_TABLE.format(table=table, verb=verb))


def unguard(apps, schema_editor):
    """Take the guards away."""
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(POSTGRES_DROP.format(table=table))
            continue
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")


class Migration(migrations.Migration):
    """Guards of what was promised."""

    dependencies = [("checkout", "0014_delivery")]
    operations = [migrations.RunPython(guard, unguard)]
