from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "shortener.api"
    label = "api"
    verbose_name = "REST API"
