"""Plans: how much may be asked of the site by a key, a workspace, or an address (`RATE_PLANS`). Knows no Django."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from limits import parse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Kind = Literal["create", "read", "stats", "bulk"]
KINDS: tuple[Kind, ...] = ("create", "read", "stats", "bulk")
STANDARD = "standard"  # the plan of workspaces whose own is not there
LONGEST = 86_400  # seconds of a window


def _checked(rate: str) -> str:
    if not rate:
        return rate
    try:
        item = parse(rate)
    except ValueError as error:
        raise ValueError(f"“{rate}” is not a rate such as 600/minute") from error
    if item.amount < 1 or item.get_expiry() > LONGEST:
        raise ValueError(f"“{rate}” is not a rate of at least 1, over at most a day")
    return rate


Rate = Annotated[str, AfterValidator(_checked)]  # as `600/minute`; empty: no limit


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyRates(_Strict):
    """What one API key may: `create` is every single change, `bulk` counts links."""

    create: Rate = "600/minute"
    read: Rate = "3000/minute"
    stats: Rate = "600/minute"
    bulk: Rate = "100000/hour"


class WorkspaceRates(_Strict):
    """What all keys of a workspace may together."""

    create: Rate = "3000/minute"
    read: Rate = "15000/minute"
    stats: Rate = "3000/minute"
    bulk: Rate = "500000/hour"


class Plan(_Strict):
    """The rates of workspaces on this plan."""

    key: KeyRates = KeyRates()
    workspace: WorkspaceRates = WorkspaceRates()


class AddressRates(_Strict):
    """What one address may without an account: make links on the front page, and ask the API without a valid key."""

    create: Rate = "30/hour"
    failures: Rate = "60/minute"


class Plans(_Strict):
    """All plans by their names, and what holds for those who have none."""

    plans: Mapping[str, Plan] = {STANDARD: Plan()}
    anonymous: AddressRates = AddressRates()

    def of(self, name: str) -> Plan:
        """The plan of this name; the standard one where there is none."""
        return self.plans.get(name) or self.plans[STANDARD]


_given: TypeAdapter[dict[str, dict[str, Any]]] = TypeAdapter(dict[str, dict[str, Any]])
PlanName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
_plans: TypeAdapter[dict[PlanName, Plan]] = TypeAdapter(dict[PlanName, Plan])


def parse_plans(text: str) -> Plans:
    """The plans in `text`: a JSON object of plans by name, and `anonymous`; what is left out is as it comes. Raises
    `ValueError` that names every mistake."""
    try:
        given = _given.validate_json(text or "{}")
        anonymous = AddressRates.model_validate(given.pop("anonymous", {}))
        return Plans(plans={STANDARD: Plan()} | _plans.validate_python(given), anonymous=anonymous)
    except ValidationError as error:
        raise ValueError("; ".join(_explained(dict(detail)) for detail in error.errors())) from error


def _explained(detail: Mapping[str, Any]) -> str:
    place = ".".join(str(step) for step in detail["loc"])
    words = str(detail["msg"]).removeprefix("Value error, ")
    return f"{place}: {words}" if place else words
