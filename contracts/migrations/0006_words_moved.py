"""The clauses of every template become versions of the library; equal words are one version."""

from django.db import migrations

SAID = ("markets", "condition", "title", "text", "risk")


def to_library(apps, schema_editor):
    """What was live counts as approved, before approvals were kept; what a contract quotes is retired at least."""
    Template = apps.get_model("contracts", "TemplateVersion")
    Clause = apps.get_model("contracts", "ClauseVersion")
    Line = apps.get_model("contracts", "TemplateClause")
    Template.objects.filter(live=True).update(state="approved")
    Template.objects.filter(live=False, used_at__isnull=False).update(state="retired")
    kept = {}
    for clause in Clause.objects.order_by("template__valid_from", "template_id", "number", "pk"):
        versions = kept.setdefault(clause.code, [])
        same = next((v for v in versions if all(getattr(v, n) == getattr(clause, n) for n in SAID)), None)
        Line.objects.create(template_id=clause.template_id, number=clause.number, clause=same or clause)
        if same is not None:
            clause.delete()
            continue
        clause.version = len(versions) + 1
        clause.save(update_fields=["version"])
        versions.append(clause)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_words_library")]
    operations = [migrations.RunPython(to_library, migrations.RunPython.noop)]
