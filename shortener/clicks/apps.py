from django.apps import AppConfig


class ClicksConfig(AppConfig):
    name = "shortener.clicks"
    label = "clicks"
    verbose_name = "Clicks"
