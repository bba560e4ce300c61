from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LinksConfig(AppConfig):
    name = "shortener.links"
    label = "links"
    verbose_name = "Links"

    def ready(self) -> None:
        post_migrate.connect(_make_default_domain, sender=self)


def _make_default_domain(**_: Any) -> None:
    from shortener.links.domains import ensure_default_domain

    ensure_default_domain()
