"""What is recorded in the audit trail, for people: every action, door and field that the code records has its text
here, and nowhere else. The codes themselves are for programs (the API, the file)."""

import re
from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy

from shortener.accounts.models import AuditEvent

Label = str | Promise
ACTIONS: Mapping[str, Label] = {
    "link.created": _("Made the link"),
    "links.created": _("Made links"),
    "link.imported": _("Imported the link"),
    "link.seeded": _("Made up links to try things out"),
    "link.updated": _("Changed the link"),
    "link.reverted": _("Restored an earlier version of the link"),
    "link.deleted": _("Deleted the link"),
    "link.restored": _("Brought the link back"),
    "link.undeleted": _("Brought the link back"),
    "link.disabled": _("Switched the link off"),
    "link.enabled": _("Switched the link on again"),
    "report.closed": _("Closed a report about the link"),
    "link.clicks_erased": _("Erased clicks of the link"),
    "tag.created": _("Made the tag"),
    "tag.updated": _("Renamed the tag"),
    "tag.merged": _("Merged the tag into another"),
    "tag.deleted": _("Deleted the tag"),
    "folder.created": _("Made the folder"),
    "folder.updated": _("Renamed the folder"),
    "folder.deleted": _("Deleted the folder"),
    "template.created": _("Made the template"),
    "template.updated": _("Changed the template"),
    "template.deleted": _("Deleted the template"),
    "import.prepared": _("Prepared an import"),
    "import.started": _("Started the import"),
    "import.tried": _("Tried the import"),
    "import.resumed": _("Went on with the import"),
    "import.cancelled": _("Cancelled the import"),
    "import.finished": _("Finished the import"),
    "domain.added": _("Added the domain"),
    "domain.verified": _("Proved the domain"),
    "domain.updated": _("Changed the domain"),
    "domain.removed": _("Removed the domain"),
    "webhook.created": _("Made the webhook"),
    "webhook.updated": _("Changed the webhook"),
    "webhook.secret_replaced": _("Replaced the webhook’s secret"),
    "webhook.deleted": _("Deleted the webhook"),
    "key.created": _("Made the API key"),
    "key.updated": _("Changed the API key"),
    "key.replaced": _("Replaced the API key"),
    "key.revoked": _("Revoked the API key"),
    "member.joined": _("Joined"),
    "member.updated": _("Changed a member’s role"),
    "member.removed": _("Removed a member"),
    "member.left": _("Left"),
    "invitation.created": _("Invited somebody"),
    "invitation.resent": _("Sent the invitation again"),
    "invitation.revoked": _("Took the invitation back"),
    "workspace.created": _("Made the workspace"),
    "workspace.updated": _("Changed the workspace"),
    "workspace.transferred": _("Handed the workspace over"),
    "workspace.deleted": _("Deleted the workspace"),
    "user.updated": _("Changed their profile"),
    "user.deleted": _("Deleted the account"),
    "account.closed": _("Closed the account"),
    "account.opened": _("Opened the account again"),
    "impersonation.started": _("Began to act as somebody else"),
    "impersonation.ended": _("Stopped acting as somebody else"),
    "site.updated": _("Changed settings of the site"),
}
DOORS: Mapping[str, Label] = {
    "form": _("on the site"),
    "api": _("through the API"),
    "admin": _("in the admin site"),
    "import": _("by an import"),
    "command": _("by a command"),
}
OF_LINKS: Mapping[str, Label] = {
    "destination": _("Destination"),
    "title": _("Title"),
    "tags": _("Tags"),
    "folder_id": _("Folder"),
    "status": _("Redirect"),
    "active_from": _("Active from"),
    "active_until": _("Active until"),
    "click_limit": _("Click limit"),
    "archived_at": _("Archived"),
    "expired_url": _("Destination afterwards"),
    "forward_query": _("Query parameters"),
    "forward_path": _("Path behind the name"),
    "utm": _("Campaign"),
    "rules": _("Rules"),
    "password_hash": _("Password"),
    "ios_url": _("On iPhone and iPad"),
    "android_url": _("On Android"),
    "notice": _("Notice before the redirect"),
    "card_title": _("Title of previews"),
    "card_description": _("Text of previews"),
    "card_image": _("Picture of previews"),
    "public_stats": _("Public statistics"),
    "external_id": _("External ID"),
    "disabled_reason": _("Reason"),
}
OF_OTHERS: Mapping[str, Label] = {
    "name": _("Name"),
    "slug": _("Short name"),
    "kind": pgettext_lazy("of a workspace", "Kind"),
    "owner": _("Owner"),
    "role": _("Role"),
    "values": _("Parameters"),
    "links": _("Links"),
    "clicks": _("Clicks"),
    "folder": _("Folder"),
    "root_url": _("Bare domain leads to"),
    "not_found_url": _("Unknown names lead to"),
    "default_status": _("Redirect"),
    "case_sensitive": _("Capitals count"),
    "robots": _("For search engines"),
    "is_preferred": _("Usual domain of new links"),
    "url": _("Address"),
    "events": _("Events"),
    "is_enabled": _("Switched on"),
    "scopes": _("Scopes"),
    "expires_at": _("Ends"),
    "domain_ids": _("Domains"),
    "own_links_only": _("Own links only"),
    "dry_run": _("Only tried"),
    "rows": _("Rows"),
    "created": _("Links made"),
    "skipped": _("Left out"),
    "failed": _("Mistakes"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "time_zone": _("Time zone"),
    "language": _("Language"),
    "signup": _("Who may create an account"),
    "anonymous_links": _("Anybody may shorten on the front page"),
    "anonymous_notice": _("Their links say first where they lead"),
    "announcement": _("Announcement"),
}
FIELDS: Mapping[str, Label] = {**OF_LINKS, **OF_OTHERS}
SOURCES = {
    "csv": "CSV", "json": "JSON", "bitly": "Bitly", "yourls": "YOURLS", "shlink": "Shlink", "kutt": "Kutt",
}  # fmt: skip
AN_IMPORT = re.compile(r"(\w+), (\d+) rows")  # as it is recorded


def target_of(event: AuditEvent) -> str:
    """What `event` was done to. An import is called by where it comes from, and its rows."""
    found = AN_IMPORT.fullmatch(event.target_name) if event.action.startswith("import.") else None
    if not found:
        return event.target_name
    source, count = SOURCES.get(found[1], found[1]), int(found[2])
    rows = number_format(count, force_grouping=True)
    return ngettext("%(source)s, %(rows)s row", "%(source)s, %(rows)s rows", count) % {"source": source, "rows": rows}
