"""What a workspace has besides links: each resource's router, and where it stands."""

from ninja import Router

from shortener.api import folders, keys, tags, templates

ROUTERS: list[tuple[str, Router]] = [
    ("/tags", tags.router),
    ("/folders", folders.router),
    ("/templates", templates.router),
    ("/keys", keys.router),
]
