"""The audit chain is append-only: the database itself refuses to change or delete an entry."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER kernel_auditentry_no_{verb.lower()} BEFORE {verb} ON kernel_auditentry
    BEGIN SELECT RAISE(ABORT, 'kernel_auditentry is append-only'); END
    """
    for verb in ("UPDATE", "DELETE")
]
POSTGRES = [
    """
    CREATE FUNCTION kernel_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER kernel_auditentry_append_only BEFORE UPDATE OR DELETE ON kernel_auditentry
    FOR EACH ROW EXECUTE FUNCTION kernel_append_only()
    """,
    """
    CREATE TRIGGER kernel_auditentry_no_truncate BEFORE TRUNCATE ON kernel_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()
    """,
]
UNDO = {
    "sqlite": [f"DROP TRIGGER kernel_auditentry_no_{verb}" for verb in ("update", "delete")],
    "postgresql": [
        "DROP TRIGGER kernel_auditentry_no_truncate ON kernel_auditentry",
        "DROP TRIGGER kernel_auditentry_append_only ON kernel_auditentry",
        "DROP FUNCTION kernel_append_only()",
    ],
}


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRES}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
