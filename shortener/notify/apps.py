from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "shortener.notify"
    label = "notify"
    verbose_name = "Notifications"
