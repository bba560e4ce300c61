"""Closing accounts, by those who run the site."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from shortener.accounts import audit
from shortener.accounts.actors import Actor
from shortener.accounts.models import ApiKey, User


def close_accounts(users: Iterable[User], *, by: Actor) -> int:
    """Close the accounts of `users`: nobody signs in with them, who is signed in is not any more (sessions of closed
    accounts count for nothing), and their keys are revoked. Administrators are left out; how many were closed."""
    with transaction.atomic():
        numbers = [user.pk for user in users]
        found = User.objects.select_for_update().filter(pk__in=numbers, is_active=True, is_superuser=False)
        closed = list(found)
        chosen = [user.pk for user in closed]
        User.objects.filter(pk__in=chosen).update(is_active=False)
        ApiKey.objects.filter(created_by__in=chosen, revoked_at=None).update(revoked_at=timezone.now())
        for user in closed:
            audit.record(by, "account.closed", workspace=None, target_name=user.email)
    return len(closed)


def open_accounts(users: Iterable[User], *, by: Actor) -> int:
    """The reverse; keys stay revoked. How many were opened."""
    with transaction.atomic():
        numbers = [user.pk for user in users]
        closed = list(User.objects.select_for_update().filter(pk__in=numbers, is_active=False))
        User.objects.filter(pk__in=[user.pk for user in closed]).update(is_active=True)
        for user in closed:
            audit.record(by, "account.opened", workspace=None, target_name=user.email)
    return len(closed)
