"""The database holds the life of words: what left the draft stands still, approvals are only added.

A later migration that rebuilds one of these tables on SQLite drops its triggers and must call `guard` again;
`tests/integration/contracts/test_words_guards.py` notices.
"""

from django.db import migrations, models

WORDS = ["code", "version", "title", "status", "summary", "annexes", "sellers", "valid_from", "valid_until", "fingerprint", "round"]
CLAUSE = ["code", "version", "markets", "condition", "title", "text", "risk"]
MOVES = {"draft": ("legal_review",), "legal_review": ("draft", "approved"), "approved": ("retired",), "retired": ()}
QUOTED = (
    "EXISTS (SELECT 1 FROM contracts_templateclause l JOIN contracts_templateversion t ON t.id = l.template_id "
    "WHERE l.clause_id = OLD.id AND t.state <> 'draft')"
)


def _changed(names, differs):
    return " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in names)


def _wrong_move():
    allowed = " OR ".join(f"(OLD.state = '{old}' AND NEW.state = '{new}')" for old, news in MOVES.items() for new in news)
    return f"OLD.state <> NEW.state AND NOT ({allowed})"


def _unapproved():
    """Approved in one round by the review and the approval of two people; the unique rows say that they are two."""
    return (
        "NEW.state = 'approved' AND OLD.state = 'legal_review' AND "
        "(SELECT count(*) FROM contracts_templateapproval a WHERE a.template_id = NEW.id AND a.round = NEW.round "
        "AND a.fingerprint = NEW.fingerprint) <> 2"
    )


TEMPLATE_STILL = "words that left the draft stand still"
TEMPLATE_MOVE = "a template version does not make that move"
TEMPLATE_TWO = "two people approve a template version"
CLAUSE_STILL = "words under review or approved quote this clause"
ONLY_ADDED = "approvals are only added"


def _sqlite():
    def refuse(name, event, table, when, why):
        when = f"WHEN {when} " if when else ""
        return f"CREATE TRIGGER contracts_{name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{why}'); END"

    template, clause, line, yes = "contracts_templateversion", "contracts_clauseversion", "contracts_templateclause", "contracts_templateapproval"
    yield refuse("template_still", "UPDATE", template, f"OLD.state <> 'draft' AND ({_changed(WORDS, 'IS NOT')})", TEMPLATE_STILL)
    yield refuse("template_move", "UPDATE", template, _wrong_move(), TEMPLATE_MOVE)
    yield refuse("template_two", "UPDATE", template, _unapproved(), TEMPLATE_TWO)
    yield refuse("template_used", "UPDATE", template, "OLD.used_at IS NOT NULL AND OLD.used_at IS NOT NEW.used_at", TEMPLATE_STILL)
    yield refuse("template_kept", "DELETE", template, "OLD.state <> 'draft'", TEMPLATE_STILL)
    yield refuse("clause_still", "UPDATE", clause, f"({_changed(CLAUSE, 'IS NOT')}) AND {QUOTED}", CLAUSE_STILL)
    yield refuse("clause_kept", "DELETE", clause, QUOTED, CLAUSE_STILL)
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        when = f"(SELECT state FROM {template} WHERE id = {row}.template_id) <> 'draft'"
        yield refuse(f"line_no_{verb.lower()}", verb, line, when, TEMPLATE_STILL)
    for verb in ("UPDATE", "DELETE"):
        yield refuse(f"yes_no_{verb.lower()}", verb, yes, "", ONLY_ADDED)


def _postgres():
    yield """
        CREATE FUNCTION contracts_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$
    """

    def refuse(name, event, table, when, why):
        return f"CREATE TRIGGER contracts_{name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION contracts_refuse('{why}')"

    template, clause = "contracts_templateversion", "contracts_clauseversion"
    yield refuse("template_still", "UPDATE", template, f"OLD.state <> 'draft' AND ({_changed(WORDS, 'IS DISTINCT FROM')})", TEMPLATE_STILL)
    yield refuse("template_move", "UPDATE", template, _wrong_move(), TEMPLATE_MOVE)
    yield refuse("template_used", "UPDATE", template, "OLD.used_at IS NOT NULL AND OLD.used_at IS DISTINCT FROM NEW.used_at", TEMPLATE_STILL)
    yield refuse("template_kept", "DELETE", template, "OLD.state <> 'draft'", TEMPLATE_STILL)
    # Conditions that look at other tables stand in functions: PostgreSQL takes no subquery in WHEN.
    yield f"""
        CREATE FUNCTION contracts_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_unapproved()} THEN
                RAISE EXCEPTION '{TEMPLATE_TWO}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$
    """
    yield f"CREATE TRIGGER contracts_template_two BEFORE UPDATE ON {template} FOR EACH ROW EXECUTE FUNCTION contracts_words()"
    yield f"""
        CREATE FUNCTION contracts_clause_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {QUOTED} THEN
                RAISE EXCEPTION '{CLAUSE_STILL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """
    yield f"CREATE TRIGGER contracts_clause_still BEFORE UPDATE ON {clause} FOR EACH ROW WHEN ({_changed(CLAUSE, 'IS DISTINCT FROM')}) EXECUTE FUNCTION contracts_clause_words()"
    yield f"CREATE TRIGGER contracts_clause_kept BEFORE DELETE ON {clause} FOR EACH ROW EXECUTE FUNCTION contracts_clause_words()"
    yield f"""
        CREATE FUNCTION contracts_line() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE owner bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.template_id ELSE OLD.template_id END;
        BEGIN
            IF (SELECT state FROM {template} WHERE id = owner) <> 'draft' THEN
                RAISE EXCEPTION '{TEMPLATE_STILL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """
    yield "CREATE TRIGGER contracts_line_still BEFORE INSERT OR UPDATE OR DELETE ON contracts_templateclause FOR EACH ROW EXECUTE FUNCTION contracts_line()"
    yield "CREATE TRIGGER contracts_yes_only_added BEFORE UPDATE OR DELETE ON contracts_templateapproval FOR EACH ROW EXECUTE FUNCTION kernel_append_only()"
    yield "CREATE TRIGGER contracts_yes_no_truncate BEFORE TRUNCATE ON contracts_templateapproval FOR EACH STATEMENT EXECUTE FUNCTION kernel_append_only()"


UNDO = {
    "sqlite": [
        f"DROP TRIGGER contracts_{name}"
        for name in (
            "template_still", "template_move", "template_two", "template_used", "template_kept", "clause_still", "clause_kept",
            "line_no_insert", "line_no_update", "line_no_delete", "yes_no_update", "yes_no_delete",
        )
    ],
    "postgresql": [
        *(f"DROP FUNCTION contracts_{name}() CASCADE" for name in ("refuse", "words", "clause_words", "line")),
        "DROP TRIGGER contracts_yes_only_added ON contracts_templateapproval",
        "DROP TRIGGER contracts_yes_no_truncate ON contracts_templateapproval",
    ],
}


def guard(apps, schema_editor):
    """Put the guards up."""
    for statement in {"sqlite": _sqlite, "postgresql": _postgres}[schema_editor.connection.vendor]():
        schema_editor.execute(statement, params=None)


def unguard(apps, schema_editor):
    """Take the guards down."""
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """What the old shape left over, then the guards."""

    dependencies = [("contracts", "0006_words_moved"), ("kernel", "0002_append_only")]

    operations = [
        migrations.RemoveField(model_name="clauseversion", name="template"),
        migrations.RemoveField(model_name="clauseversion", name="number"),
        *(
            migrations.RemoveField(model_name="templateversion", name=name)
            for name in (
                "live", "has_unpublished_changes", "first_published_at", "last_published_at",
                "go_live_at", "expire_at", "expired", "live_revision",
            )
        ),
        migrations.AddConstraint(
            model_name="clauseversion",
            constraint=models.UniqueConstraint(fields=("code", "version"), name="contracts_one_clause_version"),
        ),
        migrations.RunPython(guard, unguard),
    ]
