"""What a workspace has besides links: each resource's router, and where it stands."""

from ninja import Router

from shortener.api import audit, domains, folders, keys, members, qr, rules, tags, templates, webhooks, workspace

ROUTERS: list[tuple[str, Router]] = [
    ("/tags", tags.router),
    ("/folders", folders.router),
    ("/templates", templates.router),
    ("/domains", domains.router),
    ("", rules.router),
    ("", qr.router),
    ("/webhooks", webhooks.router),
    ("/keys", keys.router),
    ("/members", members.members),
    ("/invitations", members.invitations),
    ("/workspace", workspace.router),
    ("/audit-events", audit.router),
]
