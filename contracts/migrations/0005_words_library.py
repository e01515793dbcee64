"""Clauses become a library of versions that template versions quote; templates get a life of four states.

In three steps, because PostgreSQL changes no table while rows of the same transaction wait for their checks: tables and
columns here, rows in 0006, what is left over and the guards in 0007.
"""

import importlib

import contracts.models
import django.core.validators
import django.db.models.deletion
import modelcluster.fields
from django.db import migrations, models

OLD_GUARDS = {
    "sqlite": [f"DROP TRIGGER contracts_{name}" for name in ("template_frozen", "clause_no_insert", "clause_no_update", "clause_no_delete")],
    "postgresql": ["DROP FUNCTION contracts_clause_quoted() CASCADE", "DROP FUNCTION contracts_quoted() CASCADE"],
}


def drop_old_guards(apps, schema_editor):
    for statement in OLD_GUARDS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def old_guards_again(apps, schema_editor):
    evidence = importlib.import_module("contracts.migrations.0002_evidence")
    made = {"sqlite": evidence._sqlite, "postgresql": evidence._postgres}[schema_editor.connection.vendor]()
    for statement in made:
        if any(name in statement for name in ("contracts_template_frozen", "contracts_clause", "contracts_quoted")):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('contracts', '0004_signature_boxes'),
        ('wagtailcore', '0098_apitoken'),
    ]

    operations = [
        migrations.RunPython(drop_old_guards, old_guards_again),
        migrations.RemoveConstraint(model_name='clauseversion', name='contracts_one_clause'),
        migrations.AlterModelOptions(name='clauseversion', options={'ordering': ['code', '-version'], 'verbose_name': 'clause', 'verbose_name_plural': 'clauses'}),
        migrations.AlterModelOptions(
            name='templateversion',
            options={
                'ordering': ['code', '-valid_from', '-pk'],
                'permissions': [('review_templateversion', 'Can review contract words'), ('approve_templateversion', 'Can approve contract words as the second person')],
                'verbose_name': 'contract template', 'verbose_name_plural': 'contract templates',
            },
        ),
        migrations.CreateModel(
            name='TemplateClause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(help_text='Where it stands; printed numbers have no gaps.')),
                ('clause', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='contracts.clauseversion')),
                ('template', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='clauses', to='contracts.templateversion')),
            ],
            options={
                'ordering': ['template', 'number', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('template', 'clause'), name='contracts_one_use')],
            },
        ),
        migrations.CreateModel(
            name='TemplateApproval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('step', models.CharField(choices=[('review', 'review'), ('approval', 'approval')], max_length=20)),
                ('actor', models.CharField(max_length=150)),
                ('fingerprint', models.CharField(max_length=64, validators=[django.core.validators.RegexValidator('\\A[0-9a-f]{64}\\Z', '64 hexadecimal digits.')])),
                ('at', models.DateTimeField()),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='contracts.templateversion')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('template', 'round', 'step'), name='contracts_one_yes_a_step'),
                    models.UniqueConstraint(fields=('template', 'round', 'actor'), name='contracts_two_people'),
                ],
            },
        ),
        migrations.AddField(model_name='clauseversion', name='version', field=models.PositiveIntegerField(default=1, editable=False)),
        migrations.AddField(model_name='clauseversion', name='retired_at', field=models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            model_name='clauseversion',
            name='latest_revision',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision'),
        ),
        migrations.AlterField(model_name='clauseversion', name='title', field=models.JSONField(validators=[contracts.models.begun_text])),
        migrations.AlterField(model_name='clauseversion', name='text', field=models.JSONField(validators=[contracts.models.begun_text])),
        migrations.AlterField(
            model_name='clauseversion',
            name='risk',
            field=models.JSONField(blank=True, help_text='The boxed note below the clause.', null=True, validators=[contracts.models.begun_text_or_none]),
        ),
        migrations.AddField(
            model_name='templateversion',
            name='state',
            field=models.CharField(choices=[('draft', 'draft'), ('legal_review', 'legal_review'), ('approved', 'approved'), ('retired', 'retired')], db_index=True, default='draft', editable=False, max_length=20),
        ),
        migrations.AddField(model_name='templateversion', name='round', field=models.PositiveSmallIntegerField(default=0, editable=False)),
        migrations.AddField(
            model_name='templateversion',
            name='valid_until',
            field=models.DateTimeField(blank=True, help_text='Empty: until a later version takes its place.', null=True),
        ),
        migrations.AlterField(model_name='templateversion', name='imported_at', field=models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AlterField(
            model_name='templateversion',
            name='fingerprint',
            field=models.CharField(blank=True, editable=False, help_text='SHA-256 of the words as approved.', max_length=64),
        ),
    ]
