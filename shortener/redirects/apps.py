from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RedirectsConfig(AppConfig):
    name = "shortener.redirects"
    label = "redirects"
    verbose_name = _("Redirects")

    def ready(self) -> None:
        from shortener.links.signals import domains_changed, links_changed
        from shortener.redirects.publish import on_domains_changed, on_links_changed

        links_changed.connect(on_links_changed, dispatch_uid="publish-links")
        domains_changed.connect(on_domains_changed, dispatch_uid="publish-domains")
