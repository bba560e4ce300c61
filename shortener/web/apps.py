from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "shortener.web"
    label = "web"
    verbose_name = _("Web pages")

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from shortener.web.sessions import signed_in

        user_logged_in.connect(signed_in, dispatch_uid="session-seen")
