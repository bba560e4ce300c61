"""`/api/v1/templates`: campaign parameters under a name."""

from typing import Annotated, Any, Self

from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.description import fails
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.paging import Next, PageQuery, Sorting, page_of
from shortener.api.schemas import Body, Utc, Utm
from shortener.infra import public_id
from shortener.links.models import UtmTemplate
from shortener.links.templates import create_template, delete_template, pick_template, templates_in, update_template

router = Router(tags=["Campaign templates"])

SORTING = Sorting({"name": "name"}, default="name")
EXAMPLE: dict[str, Any] = {
    "name": "Mail",
    "utm": {"source": "newsletter", "medium": "mail", "campaign": "", "term": "", "content": ""},
}
Name = Annotated[str, Field(description="1 to 80 characters; no other template of the workspace has it")]


class TemplateIn(Body):
    """A template to be made."""

    model_config = example(EXAMPLE)

    name: Name
    utm: Utm


class TemplateChange(Body):
    """Fields to change; what is left out stays."""

    model_config = example(EXAMPLE)

    name: Name = ""
    utm: Utm = Utm()


class TemplateOut(Schema):
    """A template. Give its `utm` to a new link to use it."""

    model_config = example({"id": "template_x8Kd9aQ2", **EXAMPLE, "created_at": "2027-01-01T09:00:00Z"})

    id: str
    name: str
    utm: Utm
    created_at: Utc

    @classmethod
    def of(cls, template: UtmTemplate) -> Self:
        """`template` as the API shows it."""
        return cls(
            id=public_id.encode("template", template.pk),
            name=template.name,
            utm=Utm(**{name.removeprefix("utm_"): value for name, value in template.values.items()}),
            created_at=template.created_at,
        )


class TemplatePage(Schema):
    """Templates by name; `next` asks for those behind, None at the end."""

    data: list[TemplateOut]
    next: Next


@router.post("", response={201: TemplateOut}, operation_id="createTemplate", summary="Create a campaign template")
@needs_scope("templates:write")
@fails("too_many")
def create(request: ApiRequest, body: TemplateIn) -> Status[TemplateOut]:
    """Keep campaign parameters under a name."""
    home, by = request.auth.workspace, actor_of(request)
    return Status(201, TemplateOut.of(create_template(home, name=body.name, utm=body.utm.model_dump(), by=by)))


@router.get("", response={200: TemplatePage}, operation_id="listTemplates", summary="List campaign templates")
@needs_scope("templates:read")
def list_(request: ApiRequest, query: Annotated[PageQuery, Query()]) -> TemplatePage:
    """The templates of the key's workspace by name."""
    page = page_of(request, templates_in(request.auth.workspace), query, SORTING)
    return TemplatePage(data=[TemplateOut.of(template) for template in page.rows], next=page.next)


@router.get(
    "/{template_id}", response={200: TemplateOut}, operation_id="getTemplate",
    summary="Get a campaign template",
)  # fmt: skip
@needs_scope("templates:read")
def get(request: ApiRequest, template_id: str) -> TemplateOut:
    """One template."""
    return TemplateOut.of(pick_template(request.auth.workspace, template_id))


@router.patch(
    "/{template_id}", response={200: TemplateOut}, operation_id="changeTemplate",
    summary="Change a campaign template", openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("templates:write")
def change(request: ApiRequest, template_id: str, body: TemplateChange) -> TemplateOut:
    """Change the fields that the body names. Links that were made with it stay as they are."""
    changes = body.model_dump(include=body.model_fields_set)
    template, check = pick_template(request.auth.workspace, template_id), unchanged(request, TemplateOut.of)
    return TemplateOut.of(update_template(template, changes=changes, by=actor_of(request), check=check))


@router.delete(
    "/{template_id}", response={204: None}, operation_id="deleteTemplate",
    summary="Delete a campaign template", openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("templates:write")
def delete(request: ApiRequest, template_id: str) -> Status[None]:
    """Delete a template. Links that were made with it stay as they are."""
    template = pick_template(request.auth.workspace, template_id)
    delete_template(template, by=actor_of(request), check=unchanged(request, TemplateOut.of))
    return Status(204, None)
