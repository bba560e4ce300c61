from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while clicks go on being counted
    dependencies = [("clicks", "0003_scopes")]
    operations = [
        AddIndexConcurrently(
            "dimensionclicks",
            models.Index(
                fields=["scope", "scope_id", "day", "slot", "-clicks"],
                include=["value"],
                condition=models.Q(dimension=17),
                name="clicks_links_of_day",
            ),
        )
    ]
