"""Who uses the installation: users, the workspaces that own links, membership, API keys."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


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
    email = models.EmailField("e-mail address", max_length=254, unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_unique", violation_error_message="This e-mail address has an account."
            )
        ]

    def __str__(self) -> str:
        return self.email


class Workspace(models.Model):
    """What owns links, domains and keys; people are members of it."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", "Personal"
        TEAM = "team", "Team"
        PUBLIC = "public", "Links made without an account"

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEAM)
    members = models.ManyToManyField(User, through="Member", related_name="workspaces")
    utm = models.JSONField(default=dict, blank=True)  # campaign parameters that new links begin with
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="public"), name="workspace_one_public")
        ]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A user's role in a workspace."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        ADMIN = "admin", "Admin"
        MEMBER = "member", "Member"
        VIEWER = "viewer", "Viewer"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role}) in {self.workspace}"


class ApiKey(models.Model):
    """A secret a program signs in with; only its digest is kept.

    The key reads `sk_PREFIX_SECRET`: the prefix finds the row, the digest (SHA-256 of the whole key, whose secret has
    256 random bits and so needs no slow hash) is compared in constant time.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="api_keys")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} (sk_{self.prefix}_…)"

    def is_usable(self, now: datetime) -> bool:
        """Neither revoked nor past its expiry at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
