from django.apps import AppConfig
from django.conf import settings


class InfraConfig(AppConfig):
    name = "shortener.infra"
    label = "infra"
    verbose_name = "Site"

    def ready(self) -> None:
        from shortener.infra.translations import compile_all

        source, target = settings.LOCALE_PATHS
        compile_all(source, target)
