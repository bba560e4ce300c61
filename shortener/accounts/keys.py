"""API keys: made, limited, replaced, revoked, and found again by the secret that a program sends.

A key reads `sk_PREFIX_SECRET`. The prefix finds the row; what is kept of the whole is its HMAC under a key derived from
SECRET_KEY, so that a copy of the database alone neither opens anything nor lets anybody make up a key. The secret has
256 random bits and needs no slow hash.
"""

import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from shortener.accounts import audit
from shortener.accounts.actors import SYSTEM, Actor, Via
from shortener.accounts.models import ApiKey, Member, User, Workspace
from shortener.accounts.policy import SCOPES, grantable, role_in
from shortener.infra import public_id
from shortener.infra.errors import Conflict, FieldErrors, NotFound

logger = logging.getLogger(__name__)

NAME_LIMIT = 120  # characters
DOMAINS_LIMIT = 100
OVERLAPS = range(24 * 30 + 1)  # hours for which a replaced key may go on
LAST_USED_STEP = timedelta(minutes=1)  # `last_used_at` is written at most this often
REMEMBERED = 2_000  # keys that a process remembers at once
SALT = "shortener.accounts.keys"


@dataclass(frozen=True)
class Limits:
    """What a key may at most: `scopes`; `domain_ids` alone (empty: all that its workspace has); its own links alone;
    not after `expires_at` (None: no end)."""

    scopes: tuple[str, ...] = SCOPES
    domain_ids: tuple[int, ...] = ()
    own_links_only: bool = False
    expires_at: datetime | None = None


def keys_in(workspace: Workspace) -> QuerySet[ApiKey]:
    """The keys of `workspace`, newest first, those that are over included."""
    return ApiKey.objects.filter(workspace=workspace).select_related("created_by", "replaced_by").order_by("-pk")


def pick_key(keys: QuerySet[ApiKey], key_id: str) -> ApiKey:
    """The one of `keys` with this public ID. Raises `NotFound`."""
    number = public_id.decode("key", key_id)
    found = keys.filter(pk=number).first() if number is not None else None
    if found is None:
        raise NotFound(key_id)
    return found


def create_api_key(
    *,
    workspace: Workspace,
    name: str,
    by: Actor = SYSTEM,
    author: User | None = None,
    scopes: Iterable[str] = SCOPES,
    expires_at: datetime | None = None,
    domain_ids: Iterable[int] = (),
    own_links_only: bool = False,
) -> tuple[ApiKey, str]:
    """A new key of `workspace` and its secret, which is shown once and cannot be read again. It belongs to `author`
    (`by`'s user unless given), and can do no more than `by` could. `domain_ids` are ones that the workspace may use.
    Raises `Refused`."""
    wanted = Limits(tuple(scopes), tuple(sorted(set(domain_ids))), own_links_only, expires_at)
    errors = FieldErrors()
    name = _name(name, errors)
    _check(wanted, workspace, by, errors)
    errors.raise_if_any()
    with transaction.atomic():
        key, secret = _make(workspace, name, author or by.user, wanted)
        _note(by, "key.created", key)
    return key, secret


def update_api_key(
    key: ApiKey, *, changes: dict[str, Any], by: Actor, check: Callable[[ApiKey], None] = lambda _: None
) -> ApiKey:
    """Change `name`, `scopes`, `expires_at`, `domain_ids` or `own_links_only`. `check` may refuse the key as it is.
    Raises `Refused` (nobody gives a key more than they may do themselves), and `Conflict` for a key that is over."""
    with transaction.atomic():
        current = _locked(key)
        check(current)
        _check_is_usable(current)
        before = {field: getattr(current, field) for field in changes}
        errors = FieldErrors()
        for field, value in changes.items():
            setattr(current, field, _name(value, errors) if field == "name" else value)
        current.scopes = sorted(set(current.scopes))
        current.domain_ids = sorted(set(current.domain_ids))
        _check(limits_of(current), current.workspace, by, errors)
        errors.raise_if_any()
        current.save()
        changed = {field: (old, new) for field, old in before.items() if (new := getattr(current, field)) != old}
        _note(by, "key.updated", current, changed)
    forget(current)
    return current


def rotate_api_key(key: ApiKey, *, by: Actor, overlap_hours: int = 24) -> tuple[ApiKey, str]:
    """A new key in place of `key`, and its secret. The old one goes on for `overlap_hours`, so that programs can change
    over one by one; one that had an end gets as much time again. Raises `Refused`, also where the key may do more than
    `by`: a secret is all that it takes. Raises `Conflict` for a key that is over or was replaced."""
    errors = FieldErrors()
    if overlap_hours not in OVERLAPS:
        errors.add("overlap_hours", _("An overlap has 0 to %(most)d hours.") % {"most": OVERLAPS.stop - 1})
    now = timezone.now()
    with transaction.atomic():
        current = _locked(key)
        _check_is_usable(current)
        if current.replaced_by_id:
            raise Conflict("key_replaced", _("This key was replaced already. Replace the newer one."))
        wanted = limits_of(current)
        _check(wanted, current.workspace, by, errors)
        errors.raise_if_any()
        if wanted.expires_at:
            wanted = Limits(
                wanted.scopes, wanted.domain_ids, wanted.own_links_only, now + (wanted.expires_at - current.created_at)
            )
        successor, secret = _make(current.workspace, current.name, by.user or current.created_by, wanted)
        end = now + timedelta(hours=overlap_hours)
        before, current.expires_at = current.expires_at, min(end, current.expires_at or end)
        current.replaced_by = successor
        current.save(update_fields=["expires_at", "replaced_by"])
        _note(by, "key.created", successor)
        _note(by, "key.replaced", current, {"expires_at": (before, current.expires_at)})
    forget(current)
    return successor, secret


def revoke_api_key(key: ApiKey, *, by: Actor) -> None:
    """End `key` now. Other processes notice within `KEY_SECONDS`; revoking it again changes nothing."""
    with transaction.atomic():
        current = _locked(key)
        if current.revoked_at is None:
            current.revoked_at = timezone.now()
            current.save(update_fields=["revoked_at"])
            _note(by, "key.revoked", current)
    forget(current)


def limits_of(key: ApiKey) -> Limits:
    """What `key` may at most."""
    return Limits(tuple(key.scopes), tuple(key.domain_ids), key.own_links_only, key.expires_at)


def authenticate_api_key(secret: str) -> ApiKey | None:
    """The key that `secret` belongs to, if it is usable now. Each process keeps what it has found for
    `settings.API_KEY_SECONDS`, which bounds how long a key that was revoked elsewhere goes on."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != "sk" or "\x00" in secret:
        return None
    digest = _digest(secret)
    key = _known.get(digest)
    if key is None and (key := _find(parts[1], digest)) is not None:
        _known.put(digest, key)
    now = timezone.now()
    if key is None or not key.is_usable(now):
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_STEP:
        unwritten[key.pk] = key.last_used_at = now
    return key


def write_last_used(**_: Any) -> None:
    """Write when keys were used. Receiver of `request_finished`: whoever asked has the answer by then."""
    if not unwritten:
        return
    try:
        while unwritten:
            number, moment = unwritten.popitem()
            stale = Q(last_used_at=None) | Q(last_used_at__lt=moment - LAST_USED_STEP)
            ApiKey.objects.filter(stale, pk=number).update(last_used_at=moment)
    except KeyError:
        return  # another thread has written the last one
    except DatabaseError as error:
        logger.warning("when a key was last used could not be written: %s", error)


def forget(key: ApiKey) -> None:
    """Drop what this process remembers of `key`, once the change is committed."""
    transaction.on_commit(lambda: _known.drop(key.pk))


class _Known:
    """Keys by the digest of their secret, each for a short time; the oldest makes room. Threads share it."""

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: bytes) -> ApiKey | None:
        until, key = self._entries.get(digest, (0.0, None))
        return key if monotonic() < until else None

    def put(self, digest: bytes, key: ApiKey) -> None:
        with self._lock:
            self._entries[digest] = (monotonic() + settings.API_KEY_SECONDS, key)
            self._entries.move_to_end(digest)
            if len(self._entries) > REMEMBERED:
                self._entries.popitem(last=False)

    def drop(self, number: int) -> None:
        with self._lock:
            for digest in [digest for digest, (_until, key) in self._entries.items() if key.pk == number]:
                del self._entries[digest]


_known = _Known()
unwritten: dict[int, datetime] = {}  # moments of use, by key


def _find(prefix: str, digest: bytes) -> ApiKey | None:
    role = Member.objects.filter(
        workspace=OuterRef("workspace"), user=OuterRef("created_by"), user__is_active=True
    ).values("role")
    keys = ApiKey.objects.select_related("workspace", "created_by").annotate(author_role=Subquery(role))
    key = keys.filter(prefix=prefix).first()
    # A prefix that does not exist takes the same comparison, so that the time tells nothing about it.
    matches = hmac.compare_digest(bytes(key.digest) if key else bytes(32), digest)
    return key if matches else None


def _digest(secret: str) -> bytes:
    return hmac.digest(_hmac_key(settings.SECRET_KEY), secret.encode("utf-8", "surrogatepass"), "sha256")


@lru_cache(maxsize=1)
def _hmac_key(secret_key: str) -> bytes:
    """As `salted_hmac` derives it."""
    return hashlib.sha256(SALT.encode() + secret_key.encode()).digest()


def _make(workspace: Workspace, name: str, author: User | None, limits: Limits) -> tuple[ApiKey, str]:
    prefix = secrets.token_hex(4)
    secret = f"sk_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        workspace=workspace, created_by=author, name=name, prefix=prefix, digest=_digest(secret),
        scopes=sorted(set(limits.scopes)), domain_ids=list(limits.domain_ids), own_links_only=limits.own_links_only,
        expires_at=limits.expires_at,
    )  # fmt: skip
    return key, secret


def _name(name: str, errors: FieldErrors) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LIMIT or "\x00" in name:
        errors.add("name", _("Say what the key is for, in at most %(most)d characters.") % {"most": NAME_LIMIT})
    return name


def _check(wanted: Limits, workspace: Workspace, by: Actor, errors: FieldErrors) -> None:
    """That the limits make sense, and allow no more than `by` could do without the key."""
    if not wanted.scopes:
        errors.add("scopes", _("Choose at least one scope."))
    if unknown := sorted(set(wanted.scopes) - set(SCOPES)):
        errors.add("scopes", _("There is no scope “%(name)s”.") % {"name": unknown[0]})
    elif beyond := sorted(set(wanted.scopes) - set(_grantable(workspace, by))):
        errors.add("scopes", _("You may not give “%(names)s”.") % {"names": "”, “".join(beyond)})
    if wanted.expires_at and wanted.expires_at <= timezone.now():
        errors.add("expires_at", _("The end has to be in the future."))
    if len(wanted.domain_ids) > DOMAINS_LIMIT:
        errors.add("domains", _("A key is limited to at most %(most)d domains.") % {"most": DOMAINS_LIMIT})
    if by.api_key is not None:
        _check_within(wanted, limits_of(by.api_key), errors)


def _check_within(wanted: Limits, own: Limits, errors: FieldErrors) -> None:
    """That a key which makes another has the same limits itself, or wider ones."""
    if own.domain_ids and not (wanted.domain_ids and set(wanted.domain_ids) <= set(own.domain_ids)):
        errors.add("domains", _("Your own key is limited to some domains: name some of them."))
    if own.own_links_only and not wanted.own_links_only:
        errors.add("own_links_only", _("Your own key is limited to its links, and gives no more."))
    if own.expires_at and not (wanted.expires_at and wanted.expires_at <= own.expires_at):
        errors.add(
            "expires_at", _("Your own key ends on %(end)s, and gives no more.") % {"end": own.expires_at.isoformat()}
        )


def _grantable(workspace: Workspace, by: Actor) -> Collection[str]:
    if by.api_key is not None:
        author_role = role_in(by.user, workspace) if by.user else Member.Role.ADMIN
        return set(by.api_key.scopes) & set(grantable(author_role))
    if by.user is None or (by.user.is_superuser and by.via == Via.ADMIN):
        return SCOPES
    return set(grantable(role_in(by.user, workspace)))


def _locked(key: ApiKey) -> ApiKey:
    return (
        ApiKey.objects.select_for_update(of=("self",))
        .select_related("workspace", "created_by", "replaced_by")
        .get(pk=key.pk)
    )


def _check_is_usable(key: ApiKey) -> None:
    if not key.is_usable(timezone.now()):
        raise Conflict("key_over", _("This key is over: it was revoked, or has expired."))


def _note(by: Actor, action: str, key: ApiKey, changed: dict[str, tuple[Any, Any]] | None = None) -> None:
    audit.record(
        by, action, workspace=key.workspace, target_id=key.public_id, target_name=f"{key.name} (sk_{key.prefix})",
        changes=changed,
    )  # fmt: skip
