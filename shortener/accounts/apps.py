from typing import Any

from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.models.signals import post_save, pre_delete
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "shortener.accounts"
    label = "accounts"
    verbose_name = _("People and workspaces")

    def ready(self) -> None:
        # Signals, because users come and go in several places: sign-up, pages, admin site, command line.
        from shortener.accounts.keys import write_last_used

        request_finished.connect(write_last_used, dispatch_uid="keys-last-used")
        post_save.connect(_give_workspace, sender="accounts.User", dispatch_uid="personal-workspace")
        pre_delete.connect(_revoke_keys, sender="accounts.User", dispatch_uid="revoke-keys")


def _give_workspace(sender: Any, instance: Any, created: bool, raw: bool = False, **_: Any) -> None:
    from shortener.accounts.services import personal_workspace

    if created and not raw:
        personal_workspace(instance)


def _revoke_keys(sender: Any, instance: Any, **_: Any) -> None:
    from shortener.accounts.people import revoke_keys_of

    revoke_keys_of(instance)
