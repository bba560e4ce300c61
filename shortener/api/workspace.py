"""`/api/v1/workspace`: the workspace that the key belongs to, what is in it, and what it may."""

from typing import Annotated, Any, Self

from django.conf import settings
from ninja import Router
from pydantic import BaseModel, Field

from shortener.accounts.models import Workspace
from shortener.accounts.queries import current_workspace
from shortener.accounts.workspaces import update_workspace
from shortener.api.auth import ApiRequest, actor_of, needs_scope
from shortener.api.etags import IF_MATCH, unchanged
from shortener.api.examples import example
from shortener.api.limits import budgets_of
from shortener.api.schemas import Body, Utc, Utm
from shortener.infra import public_id
from shortener.infra.rate_limits import Standing, spend
from shortener.infra.rate_plans import KINDS
from shortener.links.fields import checked
from shortener.links.usage import usage_of

router = Router(tags=["Workspace"])

UTM = {"source": "", "medium": "", "campaign": "", "term": "", "content": ""}
EXAMPLE: dict[str, Any] = {
    "id": "workspace_x8Kd9aQ2", "slug": "acme", "name": "Acme", "kind": "team", "plan": "standard", "utm": UTM,
    "created_at": "2027-01-01T09:00:00Z",
}  # fmt: skip
BUDGET: dict[str, Any] = {"name": "read", "quota": 3000, "window": 60, "remaining": 2999, "reset": 60}
USAGE: dict[str, Any] = {
    "links": 120, "link_limit": None, "members": 3, "member_limit": 10, "domains": 1, "tags": 7, "folders": 2,
    "keys": 4, "webhooks": 0, "plan": "standard", "budgets": [BUDGET],
}  # fmt: skip


class WorkspaceChange(Body):
    """Fields to change; what is left out stays."""

    model_config = example({"name": "Acme"})

    name: Annotated[str, Field(description="1 to 120 characters")] = ""
    slug: Annotated[str, Field(description="3 to 64 letters a to z, digits and hyphens")] = ""
    utm: Annotated[Utm, Field(description="What new links begin with")] = Utm()


class WorkspaceOut(BaseModel):
    """A workspace."""

    model_config = example(EXAMPLE)

    id: str
    slug: str
    name: str
    kind: str
    plan: str
    utm: Utm
    created_at: Utc

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        """`workspace` as the API shows it."""
        return cls(
            id=public_id.encode("workspace", workspace.pk),
            slug=workspace.slug,
            name=workspace.name,
            kind=workspace.kind,
            plan=workspace.plan,
            utm=Utm(**{name.removeprefix("utm_"): value for name, value in workspace.utm.items()}),
            created_at=workspace.created_at,
        )


class BudgetOut(BaseModel):
    """A rate limit: `quota` in `window` seconds; `remaining` now, and more in `reset` seconds."""

    model_config = example(BUDGET)

    name: str
    quota: int
    window: int
    remaining: int
    reset: int

    @classmethod
    def of(cls, at: Standing) -> Self:
        """How a budget stands, as the API shows it."""
        return cls(name=at.budget.name, quota=at.quota, window=at.window, remaining=at.remaining, reset=at.reset)


class UsageOut(BaseModel):
    """What is in the workspace, what may be (null: any number), and how the budgets of this key stand."""

    model_config = example(USAGE)

    links: int
    link_limit: int | None
    members: int
    member_limit: int | None
    domains: int
    tags: int
    folders: int
    keys: int
    webhooks: int
    plan: Annotated[str, Field(description="The one whose rate limits hold")]
    budgets: list[BudgetOut]


@router.get("", response={200: WorkspaceOut}, operation_id="getWorkspace", summary="Get the workspace")
@needs_scope("workspace:read")
def get(request: ApiRequest) -> WorkspaceOut:
    """The workspace that the key belongs to."""
    return WorkspaceOut.of(current_workspace(request.auth.workspace))


@router.patch(
    "", response={200: WorkspaceOut}, operation_id="changeWorkspace", summary="Change the workspace",
    openapi_extra=IF_MATCH,
)  # fmt: skip
@needs_scope("workspace:write")
def change(request: ApiRequest, body: WorkspaceChange) -> WorkspaceOut:
    """Change the fields that the body names."""
    changes = body.model_dump(include=body.model_fields_set)
    if "utm" in changes:
        changes["utm"] = checked("utm", changes["utm"])
    check = unchanged(request, WorkspaceOut.of)
    home = current_workspace(request.auth.workspace)
    return WorkspaceOut.of(update_workspace(home, changes=changes, by=actor_of(request), check=check))


@router.get("/usage", response={200: UsageOut}, operation_id="getUsage", summary="Get usage and limits")
@needs_scope("workspace:read")
def usage(request: ApiRequest) -> UsageOut:
    """How much there is of everything, and what is left of the rate limits."""
    home = current_workspace(request.auth.workspace)
    plans = settings.RATE_PLANS
    budgets = [standing for kind in KINDS for standing in spend(budgets_of(request.auth, kind), 0)]
    return UsageOut(
        **usage_of(home),
        link_limit=home.link_limit,
        member_limit=home.member_limit,
        plan=home.plan if home.plan in plans.plans else "standard",
        budgets=[BudgetOut.of(standing) for standing in budgets],
    )
