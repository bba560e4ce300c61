"""Who uses the installation: users, the workspaces that own links, membership, API keys."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from shortener.infra.public_id import encode


class UserManager(BaseUserManager["User"]):
    """Makes users that are known by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with `email`, compared without case; no password means none can sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who may do everything in the admin site."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractUser):
    """A person, known by e-mail address."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    time_zone = models.CharField(max_length=64, blank=True)  # IANA name; empty: the browser's
    language = models.CharField(max_length=10, blank=True)  # empty: the browser's

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("This e-mail address has an account."),
            )
        ]

    def __str__(self) -> str:
        return self.email


class Workspace(models.Model):
    """What owns links, domains and keys; people are members of it."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal")
        TEAM = "team", _("Team")
        PUBLIC = "public", _("Links made without an account")

    slug = models.SlugField(_("short name"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(pgettext_lazy("of a workspace", "kind"), max_length=10, choices=Kind, default=Kind.TEAM)
    members = models.ManyToManyField(User, through="Member", related_name="workspaces")
    utm = models.JSONField(_("campaign parameters"), default=dict, blank=True)  # that new links begin with
    plan = models.CharField(_("plan"), max_length=20, default="standard")  # names the rate limits in force
    preferred_domain_id = models.BigIntegerField(null=True, blank=True)  # of new links; None: the site's default
    link_limit = models.PositiveBigIntegerField(_("links at most"), null=True, blank=True)  # None: any number
    member_limit = models.PositiveIntegerField(_("people at most"), null=True, blank=True)  # the same
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)  # closed: no members, links are tombstones

    class Meta:
        verbose_name, verbose_name_plural = _("workspace"), _("workspaces")
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="public"), name="workspace_one_public")
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A user's role in a workspace."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")
        VIEWER = "viewer", _("Viewer")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("member"), _("members")
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) in {self.workspace}"

    @property
    def public_id(self) -> str:
        """The ID that pages and API show."""
        return encode("member", self.pk)


class ApiKey(models.Model):
    """A secret a program signs in with; only its digest is kept.

    The key reads `sk_PREFIX_SECRET`: the prefix finds the row, the digest is compared in constant time (see `keys`).
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys", verbose_name=_("workspace"))
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="api_keys", verbose_name=_("made by")
    )
    name = models.CharField(_("name"), max_length=120)
    own_links_only = models.BooleanField(default=False)  # sees and changes only links that were made with it
    domain_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)  # may use these alone; empty: any
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("API key"), _("API keys")

    def __str__(self) -> str:
        return f"{self.name} (sk_{self.prefix}_…)"

    @property
    def public_id(self) -> str:
        """The ID that pages and API show."""
        return encode("key", self.pk)

    def is_usable(self, now: datetime) -> bool:
        """Neither revoked nor past its expiry at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Invitation(models.Model):
    """A seat in a workspace that is offered to an e-mail address. The link in the mail holds a secret; only its digest
    is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=10, choices=Member.Role, default=Member.Role.MEMBER)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="invitations")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "workspace", Lower("email"), condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.workspace}"

    @property
    def public_id(self) -> str:
        """The ID that pages and API show."""
        return encode("invitation", self.pk)

    @property
    def is_over(self) -> bool:
        """Whether nobody has taken it in time."""
        return self.expires_at <= timezone.now()


class AuditEvent(models.Model):
    """Who changed what, and when. Written in the transaction of the change (`audit.record`), and never changed."""

    workspace = models.ForeignKey(
        Workspace, models.SET_NULL, null=True, blank=True, related_name="audit_events", verbose_name=_("workspace")
    )
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="audit_events")
    actor_name = models.CharField(_("who"), max_length=254, blank=True)  # outlives the account
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, blank=True, related_name="audit_events")
    impersonator = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("in truth")
    )
    via = models.CharField(_("through"), max_length=10)  # form, api, admin, import, command
    action = models.CharField(_("action"), max_length=40)  # as `link.updated`
    target_id = models.CharField(max_length=40, blank=True)  # the public ID
    target_name = models.CharField(_("to what"), max_length=300, blank=True)
    changes = models.JSONField(default=dict, blank=True)  # [before, after] by field

    class Meta:
        verbose_name, verbose_name_plural = _("event"), _("audit log")
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="audit_newest"),
            models.Index(fields=["target_id", "-at", "-id"], name="audit_of_target"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name or self.via}: {self.action} {self.target_name}"
