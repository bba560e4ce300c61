"""The table of raw clicks: partitioned by day, which Django's migrations cannot say."""

from django.db import migrations

CREATE = """
CREATE TABLE clicks_click (
    clicked_at timestamptz NOT NULL,
    batch_id uuid NOT NULL,
    position smallint NOT NULL,
    link_id bigint NOT NULL,
    kind smallint NOT NULL,
    visitor bytea,
    referrer text NOT NULL DEFAULT '',
    country varchar(2) NOT NULL DEFAULT '',
    region text NOT NULL DEFAULT '',
    city text NOT NULL DEFAULT '',
    browser text NOT NULL DEFAULT '',
    os text NOT NULL DEFAULT '',
    device text NOT NULL DEFAULT '',
    language varchar(8) NOT NULL DEFAULT '',
    PRIMARY KEY (clicked_at, batch_id, position)
) PARTITION BY RANGE (clicked_at);
CREATE INDEX clicks_click_link ON clicks_click (link_id, clicked_at DESC);
CREATE TABLE clicks_click_default PARTITION OF clicks_click DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("clicks", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE clicks_click")]
