"""What a lender takes only of who does not pay as agreed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One new column."""

    dependencies = [("catalog", "0006_market_notice")]

    operations = [
        migrations.AddField(
            model_name="lender",
            name="default_costs",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
