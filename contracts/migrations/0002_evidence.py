"""Evidence is only added: the database refuses to change events, frozen facts and words that contracts quote."""

from django.db import migrations

FROZEN = ["number", "order", "template_id", "market", "language", "facts", "facts_fingerprint", "verify_url", "drafted_at"]
ONCE = ["issued_at", "viewed_at", "accepted_at"]
WORDS = ["code", "version", "title", "status", "summary", "annexes", "sellers", "valid_from", "fingerprint", "used_at"]


def _changed(differs):
    """SQL that is true when a contract's fixed columns change; `differs` is the null-safe operator."""
    fixed = [f'OLD."{name}" {differs} NEW."{name}"' for name in FROZEN]
    once = [f'(OLD."{name}" IS NOT NULL AND OLD."{name}" {differs} NEW."{name}")' for name in ONCE]
    pdf = ["(OLD.pdf_sha256 <> '' AND OLD.pdf_sha256 <> NEW.pdf_sha256)"]
    return " OR ".join([*fixed, *once, *pdf])


def _words(differs):
    return " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in WORDS)


def _sqlite():
    abort = "BEGIN SELECT RAISE(ABORT, '{}'); END"
    for verb in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER contracts_event_no_{verb.lower()} BEFORE {verb} ON contracts_contractevent " + abort.format("contracts_contractevent is append-only")
    yield "CREATE TRIGGER contracts_contract_no_delete BEFORE DELETE ON contracts_contract " + abort.format("a contract is never deleted")
    yield f"CREATE TRIGGER contracts_contract_frozen BEFORE UPDATE ON contracts_contract WHEN {_changed('IS NOT')} " + abort.format("the facts of a contract are frozen")
    yield f"CREATE TRIGGER contracts_template_frozen BEFORE UPDATE ON contracts_templateversion WHEN OLD.used_at IS NOT NULL AND ({_words('IS NOT')}) " + abort.format("a contract quotes this template version")
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        yield (
            f"CREATE TRIGGER contracts_clause_no_{verb.lower()} BEFORE {verb} ON contracts_clauseversion "
            f"WHEN (SELECT used_at FROM contracts_templateversion WHERE id = {row}.template_id) IS NOT NULL "
            + abort.format("a contract quotes this clause")
        )


def _postgres():
    raised = "RAISE EXCEPTION '{}' USING ERRCODE = 'integrity_constraint_violation';"
    yield "CREATE TRIGGER contracts_event_append_only BEFORE UPDATE OR DELETE ON contracts_contractevent FOR EACH ROW EXECUTE FUNCTION kernel_append_only()"
    yield "CREATE TRIGGER contracts_event_no_truncate BEFORE TRUNCATE ON contracts_contractevent FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"
    yield f"CREATE FUNCTION contracts_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raised.format('the facts of a contract are frozen')} END $$"
    yield "CREATE TRIGGER contracts_contract_no_delete BEFORE DELETE ON contracts_contract FOR EACH ROW EXECUTE FUNCTION contracts_frozen()"
    yield f"CREATE TRIGGER contracts_contract_frozen BEFORE UPDATE ON contracts_contract FOR EACH ROW WHEN ({_changed('IS DISTINCT FROM')}) EXECUTE FUNCTION contracts_frozen()"
    yield f"CREATE FUNCTION contracts_quoted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raised.format('a contract quotes this template version')} END $$"
    yield f"CREATE TRIGGER contracts_template_frozen BEFORE UPDATE ON contracts_templateversion FOR EACH ROW WHEN (OLD.used_at IS NOT NULL AND ({_words('IS DISTINCT FROM')})) EXECUTE FUNCTION contracts_quoted()"
    yield f"""
        CREATE FUNCTION contracts_clause_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE owner bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.template_id ELSE OLD.template_id END;
        BEGIN
            IF (SELECT used_at FROM contracts_templateversion WHERE id = owner) IS NOT NULL THEN
                {raised.format('a contract quotes this clause')}
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """
    yield "CREATE TRIGGER contracts_clause_frozen BEFORE INSERT OR UPDATE OR DELETE ON contracts_clauseversion FOR EACH ROW EXECUTE FUNCTION contracts_clause_quoted()"


UNDO = {
    "sqlite": [
        f"DROP TRIGGER contracts_{name}"
        for name in (
            "event_no_update", "event_no_delete", "contract_no_delete", "contract_frozen",
            "template_frozen", "clause_no_insert", "clause_no_update", "clause_no_delete",
        )
    ],
    "postgresql": [
        "DROP FUNCTION contracts_clause_quoted() CASCADE",
        "DROP FUNCTION contracts_quoted() CASCADE",
        "DROP FUNCTION contracts_frozen() CASCADE",
        "DROP TRIGGER contracts_event_no_truncate ON contracts_contractevent",
        "DROP TRIGGER contracts_event_append_only ON contracts_contractevent",
    ],
}


def forwards(apps, schema_editor):
    for statement in {"sqlite": _sqlite, "postgresql": _postgres}[schema_editor.connection.vendor]():
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("kernel", "0002_append_only")]

    operations = [migrations.RunPython(forwards, backwards)]
