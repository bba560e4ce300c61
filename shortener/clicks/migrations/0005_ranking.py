"""A row for every link, to sort by: from a trigger when links are made, from jobs when they are followed."""

import django.db.models.deletion
from django.db import migrations, models

TRIGGER = """
CREATE FUNCTION clicks_rank_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO clicks_ranking (link_id, workspace_id, clicks)
    SELECT id, workspace_id, imported_clicks FROM made ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER clicks_rank_new AFTER INSERT ON links_link
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION clicks_rank_new();
INSERT INTO clicks_ranking (link_id, workspace_id, clicks)
SELECT link.id, link.workspace_id, link.imported_clicks + coalesce(total.clicks, 0) FROM links_link AS link
LEFT JOIN (SELECT link_id, sum(clicks) AS clicks FROM clicks_linktotal GROUP BY link_id) AS total
    ON total.link_id = link.id;
"""
NO_TRIGGER = "DROP TRIGGER clicks_rank_new ON links_link; DROP FUNCTION clicks_rank_new();"


class Migration(migrations.Migration):
    dependencies = [("clicks", "0004_links_of_day"), ("links", "0008_texts_for_people")]

    operations = [
        migrations.CreateModel(
            name="Ranking",
            fields=[
                (
                    "link",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="ranking",
                        serialize=False,
                        to="links.link",
                    ),
                ),
                ("workspace_id", models.BigIntegerField()),
                ("clicks", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace_id", "-clicks", "-link"], name="ranking_most_clicked"),
                ],
            },
        ),
        migrations.RunSQL(TRIGGER, NO_TRIGGER),
    ]
