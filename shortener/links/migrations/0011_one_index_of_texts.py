import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Upper

TEXTS = models.Func(
    "slug", "destination", "title",
    template="(%(expressions)s)", arg_joiner=" || chr(31) || ", output_field=models.TextField(),
)  # fmt: skip


class Migration(migrations.Migration):
    atomic = False  # the index is built while links go on being made, and found by those that it replaces
    dependencies = [("links", "0010_lists_by_change")]

    operations = [
        migrations.RunSQL("DROP INDEX IF EXISTS link_trigrams", migrations.RunSQL.noop),  # of an interrupted attempt
        AddIndexConcurrently(
            "link",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(Upper(TEXTS), name="gin_trgm_ops"), name="link_trigrams"
            ),
        ),
        migrations.RunSQL("ANALYZE links_link", migrations.RunSQL.noop),  # the planner knows nothing of these texts yet
        RemoveIndexConcurrently("link", "link_slug_trgm"),
        RemoveIndexConcurrently("link", "link_destination_trgm"),
        RemoveIndexConcurrently("link", "link_title_trgm"),
    ]
