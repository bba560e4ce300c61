"""What a short link is, as PostgreSQL keeps it: the durable truth behind every redirect."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import MD5, Lower, Now, Upper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from shortener.infra.public_id import encode

SLUG_MAX_LENGTH = 64
DESTINATION_MAX_LENGTH = 8192  # characters


class RedirectStatus(models.IntegerChoices):
    """Statuses a link may answer with (RFC 9110, section 15.4)."""

    MOVED_PERMANENTLY = 301, "301 Moved permanently"
    FOUND = 302, "302 Found"
    TEMPORARY = 307, "307 Temporary redirect"
    PERMANENT = 308, "308 Permanent redirect"


def new_verification() -> str:
    """What the owner of a domain publishes to prove that it is theirs."""
    return secrets.token_urlsafe(24)


class Domain(models.Model):
    """A host name that short links live under. A domain without a workspace is open to all of them."""

    host = models.CharField(
        _("host"), max_length=255, unique=True, help_text=_("As in a URL: go.example.org or localhost:8000")
    )
    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, null=True, blank=True, related_name="domains", verbose_name=_("workspace")
    )
    is_default = models.BooleanField(_("default"), default=False)
    default_status = models.SmallIntegerField(_("redirect"), choices=RedirectStatus, default=RedirectStatus.FOUND)
    root_url = models.TextField(_("where the bare domain leads"), blank=True)
    not_found_url = models.TextField(_("where unknown slugs lead"), blank=True)
    expired_url = models.TextField(_("where expired and used up links lead"), blank=True)
    robots = models.TextField("robots.txt", blank=True)
    case_sensitive = models.BooleanField(
        _("capitals count"), default=True, help_text=_("Whether Slug and slug are two links")
    )
    verification = models.CharField(max_length=64, default=new_verification, editable=False)
    verified_at = models.DateTimeField(_("proved"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("domain"), _("domains")
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="domain_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.host


class Tag(models.Model):
    """A word to find links by, within one workspace."""

    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="tags", verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=50)

    class Meta:
        verbose_name, verbose_name_plural = _("tag"), _("tags")
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="tag_once")]

    def __str__(self) -> str:
        return self.name


class Folder(models.Model):
    """Where links lie, each in one at most, within one workspace."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="folders")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="folder_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The ID that pages and API show."""
        return encode("folder", self.pk)


class UtmTemplate(models.Model):
    """Campaign parameters under a name, to make links with."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="utm_templates")
    name = models.CharField(max_length=80)
    values = models.JSONField(default=dict)  # texts by name, as `utm_source`
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint("workspace", Lower("name"), name="utm_template_once")]

    def __str__(self) -> str:
        return self.name


def _listed(name: str, *columns: str, **condition: bool) -> models.Index:
    """An index of links that are there, newest first within `columns`."""
    return models.Index(
        fields=[*columns, "-created_at", "-id"], condition=models.Q(deleted_at=None, **condition), name=name
    )


class Link(models.Model):
    """A short link. Written only by `services`; every change raises `version`, which orders its publications."""

    class Via(models.TextChoices):
        FORM = "form", _("Form")
        API = "api", "API"
        ADMIN = "admin", _("Admin site")
        IMPORT = "import", _("Import")
        COMMAND = "command", _("Command")

    class Forward(models.TextChoices):
        """What happens to query parameters of the short URL; empty: nothing."""

        MERGE = "merge", _("Add them")
        OVERRIDE = "override", _("Put them in place of ours")

    id = models.BigIntegerField(primary_key=True, editable=False)  # handed out by ids.allocate()
    # Foreign keys without an index of their own begin one of those below.
    workspace = models.ForeignKey(
        "accounts.Workspace", models.CASCADE, related_name="links", db_index=False, verbose_name=_("workspace")
    )
    domain = models.ForeignKey(Domain, models.PROTECT, related_name="links", db_index=False, verbose_name=_("domain"))
    slug = models.CharField(_("slug"), max_length=SLUG_MAX_LENGTH)
    destination = models.TextField(max_length=DESTINATION_MAX_LENGTH)
    status = models.SmallIntegerField(_("redirect"), choices=RedirectStatus, default=RedirectStatus.FOUND)
    title = models.CharField(_("title"), max_length=300, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="links", verbose_name=_("tags"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="links",
        db_index=False,
        verbose_name=_("made by"),
    )
    created_with = models.ForeignKey(
        "accounts.ApiKey", models.SET_NULL, null=True, blank=True, related_name="links", db_index=False
    )
    created_via = models.CharField(_("made in"), max_length=10, choices=Via, default=Via.FORM)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    active_from = models.DateTimeField(_("active from"), null=True, blank=True)
    active_until = models.DateTimeField(_("active until"), null=True, blank=True)
    click_limit = models.PositiveBigIntegerField(_("click limit"), null=True, blank=True)
    password_hash = models.CharField(max_length=256, blank=True)
    rules = models.JSONField(default=list, blank=True)  # see `rules.LinkRule`
    expired_url = models.TextField(max_length=DESTINATION_MAX_LENGTH, blank=True)
    forward_query = models.CharField(max_length=8, choices=Forward, blank=True)
    forward_path = models.BooleanField(default=False)
    utm = models.JSONField(default=dict, blank=True)  # texts by name, as `utm_source`
    ios_url = models.TextField(max_length=DESTINATION_MAX_LENGTH, blank=True)  # for an app; may have its own scheme
    android_url = models.TextField(max_length=DESTINATION_MAX_LENGTH, blank=True)
    notice = models.BooleanField(default=False)  # visitors are told where it leads, and go on by themselves
    card_title = models.CharField(max_length=300, blank=True)  # of its preview in chats and networks
    card_description = models.TextField(max_length=1000, blank=True)
    card_image = models.TextField(max_length=DESTINATION_MAX_LENGTH, blank=True)
    folder = models.ForeignKey(Folder, models.SET_NULL, null=True, blank=True, related_name="links", db_index=False)
    external_id = models.CharField(max_length=100, blank=True)  # the caller's own name for it
    public_stats = models.BooleanField(default=False)  # anybody may see its statistics
    imported_clicks = models.PositiveBigIntegerField(default=0)  # counted elsewhere, before it came here
    archived_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(_("switched off"), null=True, blank=True)  # by an admin of the site
    disabled_reason = models.CharField(_("reason"), max_length=300, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # a tombstone: its slug is never handed out again
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("link"), _("links")
        constraints = [
            models.UniqueConstraint(fields=["domain", "slug"], name="link_slug_once"),
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=~models.Q(external_id="") & models.Q(deleted_at=None),
                name="link_external_id_once",
            ),
            models.CheckConstraint(condition=models.Q(status__in=RedirectStatus.values), name="link_status_known"),
        ]
        indexes: ClassVar = [
            # A list is read in the order of one of these, whichever filter it has.
            _listed("link_newest", "workspace"),
            models.Index(
                fields=["workspace", "-updated_at", "-id"], condition=models.Q(deleted_at=None), name="link_changed"
            ),
            _listed("link_on_domain", "workspace", "domain"),
            _listed("link_archived", "workspace", archived_at__isnull=False),
            _listed("link_disabled", "workspace", disabled_at__isnull=False),
            _listed("link_ending", "workspace", active_until__isnull=False),
            _listed("link_starting", "workspace", active_from__isnull=False),
            _listed("link_limited", "workspace", click_limit__isnull=False),
            models.Index(
                fields=["folder", "-created_at", "-id"], condition=models.Q(folder__isnull=False), name="link_in_folder"
            ),
            models.Index(
                fields=["folder", "-updated_at", "-id"],
                condition=models.Q(folder__isnull=False),
                name="link_changed_in_folder",
            ),
            models.Index(fields=["workspace"], condition=models.Q(deleted_at__isnull=False), name="link_in_trash"),
            models.Index(
                fields=["created_by", "-created_at", "-id"],
                condition=models.Q(created_by__isnull=False),
                name="link_made_by",
            ),
            models.Index(
                fields=["created_with", "-created_at", "-id"],
                condition=models.Q(created_with__isnull=False),
                name="link_made_with",
            ),
            models.Index("workspace", MD5("destination"), name="link_destination"),
            # What Django's `icontains` compiles to, so that a search reads an index and not the table.
            *(
                GinIndex(OpClass(Upper(column), name="gin_trgm_ops"), name=f"link_{column}_trgm")
                for column in ("slug", "destination", "title")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain.host}/{self.slug}"

    @cached_property
    def public_id(self) -> str:
        """The ID that pages and API show: `link_` and opaque letters."""
        return encode("link", self.id)


class Tagged(models.Model):
    """The rows behind `Link.tags`, to read. The times are the link's: triggers of the database copy them, and indexes
    have them behind the tag, so that the links of a tag are read in order, however many there are. Whoever adds a tag
    to a link holds the link's row, or makes it: nobody changes it in between."""

    link = models.ForeignKey(Link, models.DO_NOTHING, related_name="tagged")
    tag = models.ForeignKey(Tag, models.DO_NOTHING, related_name="tagged")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    class Meta:
        managed = False  # made for the field; the migrations `lists_of_links` and `lists_by_change` add the times
        db_table = "links_link_tags"

    def __str__(self) -> str:
        return f"{self.link_id}: {self.tag_id}"


class LinkUse(models.Model):
    """How many redirects of a link with a click limit were granted; one conditional UPDATE grants one."""

    link = models.OneToOneField(Link, models.CASCADE, primary_key=True, related_name="use")
    used = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.link_id}: {self.used}"


class Report(models.Model):
    """A visitor's word that a link does harm."""

    class Reason(models.TextChoices):
        PHISHING = "phishing", _("It asks for passwords or card numbers")
        MALWARE = "malware", _("It spreads harmful software")
        SPAM = "spam", _("It is spam")
        ILLEGAL = "illegal", _("It breaks the law")
        OTHER = "other", _("Something else")

    link = models.ForeignKey(Link, models.CASCADE, related_name="reports", verbose_name=_("link"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    details = models.TextField(_("details"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("report"), _("reports")

    def __str__(self) -> str:
        return f"{self.link_id}: {self.reason}"


class Publication(models.Model):
    """A change that Redis may not know of yet: written in the transaction of the change, removed once it is published.
    What is left behind (Redis was away, the writer died) any web process publishes later."""

    domain_id = models.BigIntegerField()
    slug = models.CharField(max_length=SLUG_MAX_LENGTH)
    since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.domain_id}/{self.slug}"


class ImportJob(models.Model):
    """An import of links that is planned, under way or done. It goes on where it stopped: `done` rows were looked at,
    in order, and each chunk of them is written together with this number."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        RUNNING = "running", pgettext_lazy("state of an import", "Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="imports")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=20)  # csv, json, yourls, shlink, kutt, bitly
    options = models.JSONField(default=dict, blank=True)  # mapping of columns, domain, tags, taken slugs
    rows = models.BinaryField()  # what was uploaded or fetched, as NDJSON, compressed
    is_dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list, blank=True)  # of rows: {"row", "field", "message"}, the first thousand
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.source}: {self.done} of {self.total}"


class IdBlock(models.Model):
    """The next number that no block contains yet: reserving a block is one UPDATE of this row."""

    name = models.CharField(max_length=20, primary_key=True)
    next_start = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.name} from {self.next_start}"
