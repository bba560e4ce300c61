from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while links go on being made
    dependencies = [("links", "0008_texts_for_people")]
    operations = [
        AddIndexConcurrently(
            "link",
            models.Index(fields=["workspace"], condition=models.Q(deleted_at__isnull=False), name="link_in_trash"),
        )
    ]
