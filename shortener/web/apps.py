from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "shortener.web"
    label = "web"
    verbose_name = "Web pages"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from shortener.web.sessions import signed_in

        user_logged_in.connect(signed_in, dispatch_uid="session-seen")
