from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# A tag's links in the order of their changes: the time follows the link, as that of its making is copied from it. Links
# in the trash are left alone: they are in no list, and coming back is a change.
FOLLOW = """
ALTER TABLE links_link_tags ADD COLUMN updated_at timestamptz;
CREATE OR REPLACE FUNCTION links_tagged_created_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT created_at, updated_at INTO STRICT NEW.created_at, NEW.updated_at FROM links_link WHERE id = NEW.link_id;
    RETURN NEW;
END $$;
CREATE FUNCTION links_tagged_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE links_link_tags AS tagged SET updated_at = changed.updated_at FROM changed
    WHERE tagged.link_id = changed.id AND changed.deleted_at IS NULL AND tagged.updated_at <> changed.updated_at;
    RETURN NULL;
END $$;
CREATE TRIGGER links_tagged_updated_at AFTER UPDATE ON links_link
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION links_tagged_updated_at();
"""
# What a link's change has filled in meanwhile stays.
FILL = """
UPDATE links_link_tags SET updated_at = link.updated_at FROM links_link AS link
WHERE link.id = link_id AND links_link_tags.updated_at IS NULL
"""
FILLED = "ALTER TABLE links_link_tags ALTER updated_at SET NOT NULL, ALTER updated_at SET DEFAULT statement_timestamp()"
INDEX = "CREATE INDEX CONCURRENTLY tagged_changed ON links_link_tags (tag_id, updated_at DESC, link_id DESC)"
NO_INDEX = "DROP INDEX IF EXISTS tagged_changed"  # of an attempt that was interrupted
# Those that Django makes for both columns: the one over both of them and those in order do the same.
DOUBLE = """
DO $$
DECLARE double regclass;
BEGIN
    FOR double IN
        SELECT indexrelid FROM pg_index
        WHERE indrelid = 'links_link_tags'::regclass AND indnkeyatts = 1 AND NOT indisunique
    LOOP EXECUTE 'DROP INDEX ' || double;
    END LOOP;
END $$;
"""
SINGLE = """
CREATE INDEX links_link_tags_link_id ON links_link_tags (link_id);
CREATE INDEX links_link_tags_tag_id ON links_link_tags (tag_id);
"""
STAY = """
DROP TRIGGER links_tagged_updated_at ON links_link;
DROP FUNCTION links_tagged_updated_at();
CREATE OR REPLACE FUNCTION links_tagged_created_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT created_at INTO STRICT NEW.created_at FROM links_link WHERE id = NEW.link_id;
    RETURN NEW;
END $$;
ALTER TABLE links_link_tags DROP COLUMN updated_at;
"""


class Migration(migrations.Migration):
    atomic = False  # rows are filled and indexes are built while links go on being made
    dependencies = [("links", "0009_trash")]
    operations = [
        migrations.RunSQL(FOLLOW, STAY),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.RunSQL([NO_INDEX, INDEX], NO_INDEX),
        migrations.RunSQL(DOUBLE, SINGLE),
        AddIndexConcurrently(
            "link",
            models.Index(
                fields=["folder", "-updated_at", "-id"],
                condition=models.Q(folder__isnull=False),
                name="link_changed_in_folder",
            ),
        ),
    ]
