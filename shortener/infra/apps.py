from django.apps import AppConfig
from django.conf import settings
from django.core.cache import close_caches
from django.core.signals import request_finished
from django.utils.translation import gettext_lazy as _


class InfraConfig(AppConfig):
    name = "shortener.infra"
    label = "infra"
    verbose_name = _("Site")

    def ready(self) -> None:
        from shortener.infra.translations import compile_all

        # django-redis keeps its connections, and to ask it to close them at the end of a request takes as long as to
        # find the API key at its beginning.
        request_finished.disconnect(close_caches)
        source, target = settings.LOCALE_PATHS
        compile_all(source, target)
