"""How much there is in a workspace."""

from shortener.accounts.models import Workspace
from shortener.links.models import Domain, Folder, Tag
from shortener.links.queries import count_links


def usage_of(workspace: Workspace) -> dict[str, int]:
    """Numbers of live links, members, domains of its own, tags, folders, keys that were not revoked, and webhooks."""
    return {
        "links": count_links(workspace),
        "members": workspace.memberships.count(),
        "domains": Domain.objects.filter(workspace=workspace).count(),
        "tags": Tag.objects.filter(workspace=workspace).count(),
        "folders": Folder.objects.filter(workspace=workspace).count(),
        "keys": workspace.api_keys.filter(revoked_at=None).count(),
        "webhooks": workspace.webhooks.count(),
    }
