from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "shortener.web"
    label = "web"
    verbose_name = "Web pages"
