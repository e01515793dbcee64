
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0012_withdrawals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('kinds', models.JSONField(help_text='Which areas changed.')),
                ('request', models.JSONField(help_text='What the order asks for since.')),
                ('before', models.JSONField(help_text="The order's document until then.")),
                ('before_fingerprint', models.CharField(max_length=64)),
                ('after', models.JSONField(help_text="The order's document since.")),
                ('after_fingerprint', models.CharField(max_length=64)),
                ('difference', models.JSONField(help_text='The preview that was agreed to.')),
                ('fingerprint', models.CharField(help_text='Of the preview that was agreed to.', max_length=64)),
                ('net_kind', models.CharField(max_length=8)),
                ('net_amount', models.BigIntegerField()),
                ('fee', models.BigIntegerField(default=0)),
                ('drift', models.IntegerField(default=0, help_text="Days between the document's own first day and the promised one.")),
                ('actor', models.CharField(max_length=80)),
                ('at', models.DateTimeField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='checkout.order')),
                ('payment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='checkout.payment')),
            ],
            options={
                'verbose_name': 'amendment',
                'verbose_name_plural': 'amendments',
                'ordering': ['order_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='checkout_amendment_in_order'), models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('net_amount__gte', 0)), name='checkout_amendment_amounts')],
            },
        ),
    ]
