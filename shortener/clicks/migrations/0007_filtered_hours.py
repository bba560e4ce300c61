"""What filters have found is counted anew: there is nothing else in the tables, and a primary key cannot be altered."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

DIMENSIONS = (
    (1, "referrers"),
    (2, "countries"),
    (3, "browsers"),
    (4, "os"),
    (5, "devices"),
    (6, "languages"),
    (7, "sources"),
    (8, "regions"),
    (9, "cities"),
    (10, "utm_sources"),
    (11, "utm_mediums"),
    (12, "utm_campaigns"),
    (13, "utm_terms"),
    (14, "utm_contents"),
    (15, "destinations"),
    (16, "channels"),
    (17, "links"),
)


class Migration(migrations.Migration):
    dependencies = [("clicks", "0006_filtered_days")]

    operations = [
        migrations.DeleteModel("FilteredCounts"),
        migrations.DeleteModel("FilteredValues"),
        migrations.CreateModel(
            name="FilteredCounts",
            fields=[
                ("filter_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("hours", models.SmallIntegerField()),
                ("seen", models.BigIntegerField()),
                ("clicks", ArrayField(models.IntegerField())),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "filter_id", "day", "hours", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("visitors", ArrayField(models.IntegerField())),
                ("bots", ArrayField(models.IntegerField())),
                ("others", ArrayField(models.IntegerField())),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="FilteredValues",
            fields=[
                ("filter_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("hours", models.SmallIntegerField()),
                ("seen", models.BigIntegerField()),
                ("clicks", ArrayField(models.IntegerField())),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "filter_id", "dimension", "day", "hours",
                        blank=True, editable=False, primary_key=True, serialize=False,
                    ),
                ),
                ("dimension", models.SmallIntegerField(choices=DIMENSIONS)),
                ("names", ArrayField(models.TextField())),
                ("least", models.IntegerField()),
            ],
            options={"abstract": False},
        ),
    ]  # fmt: skip
