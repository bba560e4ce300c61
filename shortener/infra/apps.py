from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class InfraConfig(AppConfig):
    name = "shortener.infra"
    label = "infra"
    verbose_name = _("Site")

    def ready(self) -> None:
        from shortener.infra.translations import compile_all

        source, target = settings.LOCALE_PATHS
        compile_all(source, target)
