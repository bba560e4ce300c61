from django.apps import AppConfig


class InfraConfig(AppConfig):
    name = "shortener.infra"
    label = "infra"
    verbose_name = "Infrastructure"
