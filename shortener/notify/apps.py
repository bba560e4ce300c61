from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotifyConfig(AppConfig):
    name = "shortener.notify"
    label = "notify"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from shortener.accounts.signals import workspace_closed

        workspace_closed.connect(_end_webhooks, dispatch_uid="end-webhooks")


def _end_webhooks(workspace: Any, **_: Any) -> None:
    from shortener.notify.models import Webhook

    Webhook.objects.filter(workspace=workspace).delete()
