"""What goes in and out of the API. Unknown fields are refused; times are RFC 3339, with an offset, answered in UTC."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shortener.api.examples import example
from shortener.api.paging import Next
from shortener.infra import public_id
from shortener.infra.moments import Rfc3339
from shortener.links.listed import ListedLink
from shortener.links.models import Link
from shortener.links.queries import State, state, tag_names, url_at
from shortener.links.rules import LinkRule

Url = Annotated[str, Field(description="Where the link leads (http or https)", examples=["https://example.com/page"])]
Tags = Annotated[list[str], Field(description="Words to find the link by", examples=[["spring", "mail"]])]
Status = Annotated[int, Field(description="301, 302, 307 or 308", examples=[302])]
Moment = Annotated[Rfc3339 | None, Field(examples=["2027-01-01T00:00:00Z"])]
Utc = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Limit = Annotated[int | None, Field(description="Redirects after which the link answers 410", examples=[100])]
Title = Annotated[str, Field(description="For people; never shown to visitors")]


class Body(BaseModel):
    """What clients send as JSON: no fields that do not exist, and no text or 1 where a number or `true` belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Utm(Body):
    """Campaign parameters that are added to every destination of the link, unless it has them already."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""


NO_UTM = dict.fromkeys(Utm.model_fields, "")
EXAMPLE: dict[str, Any] = {
    "id": "link_x8Kd9aQ2", "short_url": "https://go.example.org/spring", "domain": "go.example.org", "slug": "spring",
    "url": "https://example.com/page", "title": "Spring sale", "tags": ["spring", "mail"], "folder": "folder_x8Kd9aQ2",
    "external_id": "order-1042", "status": 302, "state": "active", "created_at": "2027-01-01T09:00:00Z",
    "updated_at": "2027-01-02T09:00:00Z", "created_by": "ada@example.org", "created_via": "api", "active_from": None,
    "active_until": "2027-06-01T00:00:00Z", "click_limit": None, "archived": False, "disabled_reason": "",
    "public_stats": False, "imported_clicks": 0, "expired_url": "", "forward_query": "", "forward_path": False,
    "rules": [], "utm": {**NO_UTM, "source": "newsletter"}, "has_password": False, "ios_url": "", "android_url": "",
    "notice": False, "card_title": "", "card_description": "", "card_image": "",
}  # fmt: skip
WISHES: dict[str, Any] = {
    "url": "https://example.com/page", "slug": "spring", "title": "Spring sale", "tags": ["spring", "mail"],
    "active_until": "2027-06-01T00:00:00Z",
}  # fmt: skip
NOTHING: Any = ()  # for lists: pydantic copies what could be changed, which takes longer than to check the others
ExternalId = Annotated[str, Field(description="Your own name for it, once in the workspace")]


class LinkFields(Body):
    """What can be said when a link is made and changed later."""

    title: Title = ""
    tags: Tags = NOTHING
    active_from: Moment = None
    active_until: Moment = None
    click_limit: Limit = None
    expired_url: Annotated[str, Field(description="Where visitors go once the link has expired or is used up")] = ""
    forward_query: Annotated[
        Literal["", "merge", "override"],
        Field(description="Pass the short URL's query parameters on: beside the destination's, or in place of them"),
    ] = ""
    forward_path: Annotated[bool, Field(description="Append what stands behind the slug to the destination")] = False
    rules: Annotated[list[LinkRule], Field(description="Other destinations; the first rule that holds decides")] = (
        NOTHING
    )
    password: Annotated[str, Field(description="Visitors are asked for it; never shown again; empty removes it")] = ""
    ios_url: Annotated[str, Field(description="For iPhones and iPads: https, or an app's own scheme")] = ""
    android_url: Annotated[str, Field(description="For Android: https, or an app's own scheme")] = ""
    notice: Annotated[bool, Field(description="A page comes first that says where the link leads")] = False
    card_title: Annotated[str, Field(description="Title of previews in chats and networks")] = ""
    card_description: Annotated[str, Field(description="Text of previews")] = ""
    card_image: Annotated[str, Field(description="Address of the picture of previews")] = ""
    folder: Annotated[str | None, Field(description="ID of the folder it lies in", examples=["folder_x8Kd9aQ2"])] = None
    public_stats: Annotated[bool, Field(description="Anybody may see its statistics")] = False
    archived: Annotated[bool, Field(description="Visitors get a page instead, until it is brought back")] = False


class LinkNew(LinkFields):
    """A link to be made."""

    model_config = example(WISHES)

    url: Url
    slug: Annotated[str, Field(description="The name behind the slash; generated unless given")] = ""
    domain: Annotated[str, Field(description="A verified host; the default one unless given")] = ""
    external_id: ExternalId = ""
    status: Status | None = None
    utm: Utm | None = None


class LinkCreate(LinkNew):
    """A link to be made, or found."""

    find_existing: Annotated[
        bool, Field(description="Answer with a link that is just like this one, if there is one already")
    ] = False


class LinkUpsert(LinkFields):
    """Fields of the link with an external ID; what is left out stays, or is the default of a new one."""

    model_config = example({"url": "https://example.com/page", "title": "Order 1042"})

    url: Url = ""
    slug: Annotated[str, Field(description="Of a new link; that of one that is there cannot change")] = ""
    domain: Annotated[str, Field(description="The same")] = ""
    status: Status | None = None
    utm: Utm | None = None


class LinkChange(LinkFields):
    """Fields to change; what is left out stays."""

    model_config = example({"url": "https://example.com/other", "tags": ["summer"]})

    url: Url = ""
    status: Status = 302
    utm: Utm = Utm()
    external_id: ExternalId = ""


PLAIN = frozenset({str, int, bool, type(None), datetime})  # types that pydantic's dump leaves as they are


def said(body: BaseModel) -> dict[str, Any]:
    """The fields that the client has named."""
    named = body.model_fields_set
    values = {name: value for name, value in vars(body).items() if name in named}
    return values if PLAIN.issuperset(map(type, values.values())) else body.model_dump(exclude_unset=True)


SAME = (
    "slug", "title", "status", "created_at", "updated_at", "created_via", "active_from", "active_until", "click_limit",
    "expired_url", "forward_query", "forward_path", "rules", "ios_url", "android_url", "notice", "card_title",
    "card_description", "card_image", "external_id", "public_stats", "imported_clicks", "disabled_reason",
)  # fmt: skip


class LinkOut(Schema):
    """A short link."""

    model_config = example(EXAMPLE)

    id: str
    short_url: str
    domain: str
    slug: str
    url: str
    title: str
    tags: list[str]
    folder: Annotated[str | None, Field(description="ID of the folder it lies in")]
    external_id: str
    status: int
    state: Annotated[State, Field(description="What a visitor would meet now")]
    created_at: Utc
    updated_at: Utc
    created_by: Annotated[str | None, Field(description="E-mail address of the member who made it")]
    created_via: str
    active_from: Utc | None
    active_until: Utc | None
    click_limit: int | None
    archived: bool
    disabled_reason: Annotated[str, Field(description="Why an administrator of the site has switched it off")]
    public_stats: bool
    imported_clicks: Annotated[int, Field(description="Counted elsewhere, before it was imported")]
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


def shown(link: Link) -> dict[str, Any]:
    """`link` as the API shows it: the fields of `LinkOut`."""
    use = getattr(link, "use", None) if link.click_limit is not None else None
    creator = link.created_by.email if link.created_by else None
    return _shown(link, link.domain.host, tag_names(link), creator, use.used if use else None)


def shown_listed(link: ListedLink, now: datetime) -> dict[str, Any]:
    """The same of a link of a list that is made `now`."""
    return _shown(link, link.host, sorted(link.names), link.creator, link.used, now)


def _shown(
    link: Link | ListedLink,
    host: str,
    tags: list[str],
    creator: str | None,
    used: int | None,
    now: datetime | None = None,
) -> dict[str, Any]:
    kept = vars(link)
    return {
        "id": link.public_id,
        "short_url": url_at(host, link.slug),
        "domain": host,
        "url": link.destination,
        "tags": tags,
        "folder": public_id.encode("folder", link.folder_id) if link.folder_id else None,
        "state": state(link, used, now),
        "created_by": creator,
        "archived": link.archived_at is not None,
        "utm": NO_UTM | {name.removeprefix("utm_"): value for name, value in link.utm.items()} if link.utm else NO_UTM,
        "has_password": bool(link.password_hash),
        **{name: kept[name] for name in SAME},
    }


class LinkPage(Schema):
    """Links; `next` asks for those behind, None at the end."""

    data: list[LinkOut]
    next: Next
