from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class LinksConfig(AppConfig):
    name = "shortener.links"
    label = "links"
    verbose_name = _("Links")

    def ready(self) -> None:
        from shortener.links.domains import forget_domains
        from shortener.links.models import Domain
        from shortener.links.signals import domains_changed

        post_migrate.connect(_make_default_domain, sender=self)
        post_save.connect(forget_domains, sender=Domain)
        post_delete.connect(forget_domains, sender=Domain)
        domains_changed.connect(forget_domains)


def _make_default_domain(**_: Any) -> None:
    from shortener.links.domains import ensure_default_domain

    ensure_default_domain()
