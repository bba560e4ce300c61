"""One of everything that a workspace can have, for pages that show one. Needs Django, and is imported late."""

import io
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shortener.accounts.models import User, Workspace
    from shortener.links.models import Link


def values_for(workspace: "Workspace", link: "Link", owner: "User") -> dict[str, object]:
    """What the parameters of addresses stand for (see `site_map.addresses`): things of `workspace` (a team's, and
    `owner`'s), made for it, and `link`."""
    from django.utils import timezone

    from shortener.accounts.actors import Actor, Via
    from shortener.accounts.keys import create_api_key
    from shortener.accounts.models import Invitation, Member
    from shortener.accounts.queries import digest_of
    from shortener.links.models import Domain
    from shortener.links.services import create_link, delete_link
    from shortener.links.tags import create_tag, tags_in
    from shortener.links.transfer.jobs import prepare
    from shortener.links.transfer.queries import id_of

    by = Actor(Via.FORM, owner)
    number = Domain.objects.count()
    gone = create_link(workspace=workspace, by=by, url="https://example.com/gone")
    delete_link(gone, by=by)
    domain = Domain.objects.create(host=f"go-{number}.example.org", workspace=workspace)
    secret = f"secret-{number}"
    invitation = Invitation.objects.create(
        workspace=workspace, email=f"guest-{number}@example.org", role=Member.Role.MEMBER, digest=digest_of(secret),
        invited_by=owner, expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    key, _secret = create_api_key(workspace=workspace, name=f"Key {number}", author=owner)
    tag = tags_in(workspace).first() or create_tag(workspace, name="one", by=by)
    rows = "".join(f"https://example.com/imported/{line};name-{number}-{line}\n" for line in range(200))
    job = prepare(workspace, io.BytesIO(f"Target;Alias\n{rows}".encode()), name="links.csv", by=by)
    return {
        "link_id": link.public_id, "web:link-deleted.link_id": gone.public_id, "event_id": 0, "session_id": 0,
        "import_id": id_of(job), "member_id": workspace.memberships.get(user=owner).public_id,
        "invitation_id": invitation.public_id, "secret": secret, "domain_id": domain.pk,
        "key_id": key.public_id, "kind": "tags", "label_id": tag.pk, "slug": link.slug,
        "visit:show.slug": None,  # leads elsewhere
        "account_confirm_email.key": "key", "key": "set-password", "uidb36": "1", "pk": 0, "provider_id": "company",
        "admin:view_on_site.content_type_id": None, "object_id": 0, "id": owner.pk, "number": owner.pk,
        "app_label": "links", **_last_of_each_kind(),
    }  # fmt: skip


def _last_of_each_kind() -> dict[str, object]:
    """An object for the admin site's pages of each model."""
    from django.contrib import admin

    found: dict[str, object] = {}
    for model in admin.site._registry:  # noqa: SLF001  there is no other way to know
        name, objects = model._meta.label_lower, model._default_manager  # noqa: SLF001  both are documented
        if last := objects.order_by("-pk").first():
            found[f"admin:{name.replace('.', '_')}_"] = last.pk
    return found
