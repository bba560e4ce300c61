"""Rollups of domains, workspaces and the site beside those of links, by the quarter of an hour; more dimensions."""

from django.db import migrations, models

ROLLUPS = ("clicks_quarterclicks", "clicks_dailyclicks", "clicks_dimensionclicks")
TEXTS = (
    "source", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "destination", "channel",
)  # fmt: skip

CHANGE = """
ALTER TABLE clicks_hourlyclicks RENAME TO clicks_quarterclicks;
ALTER TABLE clicks_quarterclicks RENAME COLUMN hour TO at;
ALTER TABLE clicks_quarterclicks ADD COLUMN visitors bigint NOT NULL DEFAULT 0;
ALTER TABLE clicks_quarterclicks DROP CONSTRAINT clicks_hourlyclicks_pkey;
ALTER TABLE clicks_dailyclicks DROP CONSTRAINT clicks_dailyclicks_pkey;
ALTER TABLE clicks_dimensionclicks DROP CONSTRAINT clicks_dimensionclicks_pkey;
DELETE FROM clicks_dimensionclicks WHERE value = '';
"""
CHANGE_EACH = """
ALTER TABLE {table} RENAME COLUMN link_id TO scope_id;
ALTER TABLE {table} ADD COLUMN scope smallint NOT NULL DEFAULT 0;
ALTER TABLE {table} ALTER COLUMN scope DROP DEFAULT;
"""
KEYS = """
ALTER TABLE clicks_quarterclicks ADD PRIMARY KEY (scope, scope_id, at, slot);
ALTER TABLE clicks_dailyclicks ADD PRIMARY KEY (scope, scope_id, day, slot);
ALTER TABLE clicks_dimensionclicks ADD PRIMARY KEY (scope, scope_id, dimension, day, value, slot);
CREATE INDEX clicks_dailyclicks_day ON clicks_dailyclicks (scope, day);
"""
ADD_UP = """
INSERT INTO clicks_quarterclicks (scope, scope_id, at, slot, clicks, bots, others, visitors)
SELECT {scope}, {id}, at, slot, sum(held.clicks), sum(held.bots), sum(held.others), sum(held.visitors)
FROM clicks_quarterclicks AS held JOIN links_link AS link ON link.id = scope_id WHERE scope = 0 GROUP BY 2, 3, 4;
INSERT INTO clicks_dailyclicks (scope, scope_id, day, slot, clicks, bots, others, visitors)
SELECT {scope}, {id}, day, slot, sum(held.clicks), sum(held.bots), sum(held.others), sum(held.visitors)
FROM clicks_dailyclicks AS held JOIN links_link AS link ON link.id = scope_id WHERE scope = 0 GROUP BY 2, 3, 4;
INSERT INTO clicks_dimensionclicks (scope, scope_id, dimension, day, value, slot, clicks)
SELECT {scope}, {id}, dimension, day, value, slot, sum(held.clicks)
FROM clicks_dimensionclicks AS held JOIN links_link AS link ON link.id = scope_id WHERE scope = 0
GROUP BY 2, 3, 4, 5, 6;
INSERT INTO clicks_dimensionclicks (scope, scope_id, dimension, day, value, slot, clicks)
SELECT {scope}, {id}, 17, day, scope_id::text, slot, held.clicks
FROM clicks_dailyclicks AS held JOIN links_link AS link ON link.id = scope_id WHERE scope = 0 AND held.clicks > 0;
"""
ADD_COLUMNS = "ALTER TABLE clicks_click " + ", ".join(
    [f"ADD COLUMN {name} bigint NOT NULL DEFAULT 0" for name in ("domain_id", "workspace_id")]
    + [f"ADD COLUMN {name} text NOT NULL DEFAULT ''" for name in TEXTS]
)
FILL_COLUMNS = """
UPDATE clicks_click AS click SET domain_id = link.domain_id, workspace_id = link.workspace_id
FROM links_link AS link WHERE link.id = click.link_id
"""

FORWARD = "".join(
    [
        CHANGE,
        *(CHANGE_EACH.format(table=table) for table in ROLLUPS),
        KEYS,
        *(
            ADD_UP.format(scope=scope, id=column)
            for scope, column in ((1, "link.domain_id"), (2, "link.workspace_id"), (3, "0"))
        ),
        f"{ADD_COLUMNS};{FILL_COLUMNS};",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("clicks", "0002_click_partitions"), ("links", "0005_apps")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD)],
            state_operations=[
                migrations.DeleteModel("HourlyClicks"),
                migrations.DeleteModel("DailyClicks"),
                migrations.DeleteModel("DimensionClicks"),
                migrations.CreateModel(
                    name="DailyClicks",
                    fields=[
                        ("slot", models.SmallIntegerField()),
                        ("clicks", models.BigIntegerField(default=0)),
                        ("bots", models.BigIntegerField(default=0)),
                        ("others", models.BigIntegerField(default=0)),
                        (
                            "scope",
                            models.SmallIntegerField(
                                choices=[(0, "link"), (1, "domain"), (2, "workspace"), (3, "site")]
                            ),
                        ),
                        ("scope_id", models.BigIntegerField()),
                        ("visitors", models.BigIntegerField(default=0)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "scope",
                                "scope_id",
                                "day",
                                "slot",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("day", models.DateField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="DimensionClicks",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "scope",
                                "scope_id",
                                "dimension",
                                "day",
                                "value",
                                "slot",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "scope",
                            models.SmallIntegerField(
                                choices=[(0, "link"), (1, "domain"), (2, "workspace"), (3, "site")]
                            ),
                        ),
                        ("scope_id", models.BigIntegerField()),
                        (
                            "dimension",
                            models.SmallIntegerField(
                                choices=[
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
                                ]
                            ),
                        ),
                        ("day", models.DateField()),
                        ("value", models.TextField()),
                        ("slot", models.SmallIntegerField()),
                        ("clicks", models.BigIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="QuarterClicks",
                    fields=[
                        ("slot", models.SmallIntegerField()),
                        ("clicks", models.BigIntegerField(default=0)),
                        ("bots", models.BigIntegerField(default=0)),
                        ("others", models.BigIntegerField(default=0)),
                        (
                            "scope",
                            models.SmallIntegerField(
                                choices=[(0, "link"), (1, "domain"), (2, "workspace"), (3, "site")]
                            ),
                        ),
                        ("scope_id", models.BigIntegerField()),
                        ("visitors", models.BigIntegerField(default=0)),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "scope",
                                "scope_id",
                                "at",
                                "slot",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
            ],
        ),
    ]
