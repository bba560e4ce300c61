from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save


class AccountsConfig(AppConfig):
    name = "shortener.accounts"
    label = "accounts"
    verbose_name = "People and workspaces"

    def ready(self) -> None:
        # A signal, because users come from several places: sign-up, admin site, command line.
        post_save.connect(_give_workspace, sender="accounts.User", dispatch_uid="personal-workspace")


def _give_workspace(sender: Any, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    from shortener.accounts.services import personal_workspace

    if created and not raw:
        personal_workspace(instance)
