"""What goes in and out of the API. Unknown fields are refused; times are RFC 3339, with an offset, answered in UTC."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from shortener.links.models import Link
from shortener.links.queries import short_url, state
from shortener.links.rules import LinkRule

Url = Annotated[str, Field(description="Where the link leads (http or https)", examples=["https://example.com/page"])]
Tags = Annotated[list[str], Field(description="Words to find the link by", examples=[["spring", "mail"]])]
Status = Annotated[int, Field(description="301, 302, 307 or 308", examples=[302])]
Moment = Annotated[AwareDatetime | None, Field(examples=["2027-01-01T00:00:00Z"])]
Utc = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Limit = Annotated[int | None, Field(description="Redirects after which the link answers 410", examples=[100])]
Title = Annotated[str, Field(description="For people; never shown to visitors")]


class Utm(Schema):
    """Campaign parameters that are added to every destination of the link, unless it has them already."""

    model_config = ConfigDict(extra="forbid")

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""


class LinkFields(Schema):
    """What can be said when a link is made and changed later."""

    model_config = ConfigDict(extra="forbid")

    title: Title = ""
    tags: Tags = []
    active_from: Moment = None
    active_until: Moment = None
    click_limit: Limit = None
    expired_url: Annotated[str, Field(description="Where visitors go once the link has expired or is used up")] = ""
    forward_query: Annotated[
        Literal["", "merge", "override"],
        Field(description="Pass the short URL's query parameters on: beside the destination's, or in place of them"),
    ] = ""
    forward_path: Annotated[bool, Field(description="Append what stands behind the slug to the destination")] = False
    rules: Annotated[list[LinkRule], Field(description="Other destinations; the first rule that holds decides")] = []
    password: Annotated[str, Field(description="Visitors are asked for it; never shown again; empty removes it")] = ""
    ios_url: Annotated[str, Field(description="For iPhones and iPads: https, or an app's own scheme")] = ""
    android_url: Annotated[str, Field(description="For Android: https, or an app's own scheme")] = ""
    notice: Annotated[bool, Field(description="A page comes first that says where the link leads")] = False
    card_title: Annotated[str, Field(description="Title of previews in chats and networks")] = ""
    card_description: Annotated[str, Field(description="Text of previews")] = ""
    card_image: Annotated[str, Field(description="Address of the picture of previews")] = ""


class LinkCreate(LinkFields):
    """A link to be made."""

    url: Url
    slug: Annotated[str, Field(description="The name behind the slash; generated unless given")] = ""
    domain: Annotated[str, Field(description="A verified host; the default one unless given")] = ""
    status: Status | None = None
    utm: Utm | None = None


class LinkChange(LinkFields):
    """Fields to change; what is left out stays."""

    url: Url = ""
    status: Status = 302
    archived: bool = False
    utm: Utm = Utm()


SAME = (
    "expired_url", "forward_query", "forward_path", "ios_url", "android_url", "notice", "card_title",
    "card_description", "card_image",
)  # fmt: skip


class LinkOut(Schema):
    """A short link."""

    id: str
    short_url: str
    domain: str
    slug: str
    url: str
    title: str
    tags: list[str]
    status: int
    state: str
    created_at: Utc
    updated_at: Utc
    created_via: str
    active_from: Utc | None
    active_until: Utc | None
    click_limit: int | None
    archived: bool
    expired_url: str
    forward_query: str
    forward_path: bool
    rules: list[LinkRule]
    utm: Utm
    has_password: bool
    ios_url: str
    android_url: str
    notice: bool
    card_title: str
    card_description: str
    card_image: str

    @classmethod
    def of(cls, link: Link) -> Self:
        """`link` as the API shows it."""
        use = getattr(link, "use", None) if link.click_limit is not None else None
        return cls(
            id=link.public_id,
            short_url=short_url(link),
            domain=link.domain.host,
            slug=link.slug,
            url=link.destination,
            title=link.title,
            tags=sorted(tag.name for tag in link.tags.all()),
            status=link.status,
            state=state(link, use.used if use else None),
            created_at=link.created_at,
            updated_at=link.updated_at,
            created_via=link.created_via,
            active_from=link.active_from,
            active_until=link.active_until,
            click_limit=link.click_limit,
            archived=link.archived_at is not None,
            rules=[LinkRule.model_validate(rule) for rule in link.rules],
            utm=Utm(**{name.removeprefix("utm_"): value for name, value in link.utm.items()}),
            has_password=bool(link.password_hash),
            **{name: getattr(link, name) for name in SAME},
        )


class LinkPage(Schema):
    """Links, newest first; `next` asks for those behind, None at the end."""

    data: list[LinkOut]
    next: str | None
