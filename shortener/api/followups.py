"""`links` of the OpenAPI document: which operations an answer leads to. They follow from the paths: what `/tags` and
all below it answer with has an `id`, and that is the `tag_id` of everything below `/tags/{tag_id}`. So a new resource
is connected without asking."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ITEM = re.compile(r"(?P<path>[^{]+)/\{(?P<name>\w+)\}")
ID = "$response.body#/id"
FIRST = "$response.body#/data/0/id"
SEEN = {"header.If-Match": "$response.header.ETag"}


@dataclass(frozen=True)
class Operation:
    """An operation, and where it is."""

    path: str
    method: str
    said: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name in the document."""
        return str(self.said["operationId"])

    def is_below(self, path: str) -> bool:
        """Whether it is at `path` or below it."""
        return f"{self.path}/".startswith(f"{path}/")

    def takes(self, parameter: str) -> bool:
        """Whether it knows `parameter`."""
        return any(given["name"] == parameter for given in self.said.get("parameters", ()))


@dataclass(frozen=True)
class Shelf:
    """Where things of a kind are: `/tags`, and `/tags/{tag_id}` for one of them."""

    path: str
    name: str

    @property
    def item(self) -> str:
        """The path of one thing."""
        return f"{self.path}/{{{self.name}}}"


def connect(document: dict[str, Any]) -> None:
    """Say with each answer that holds a thing, or a list of them, what can be asked about it next."""
    paths = document["paths"]
    shelves = [Shelf(**match.groupdict()) for path in paths if (match := ITEM.fullmatch(path))]
    operations = [Operation(path, method, one) for path, methods in paths.items() for method, one in methods.items()]
    kept = document["components"].setdefault("links", {})
    for operation in operations:
        shelf = next((one for one in shelves if one.path in paths and operation.is_below(one.path)), None)
        others = [other for other in operations if other is not operation and shelf and other.is_below(shelf.item)]
        for status, response in operation.said["responses"].items():
            if shelf is None or not 200 <= int(status) < 300:
                continue
            named = dict(_links(shelf, operation, others, fields_of(response, document["components"]["schemas"])))
            if named:
                kept.update(named)
                response["links"] = {
                    link["operationId"]: {"$ref": f"#/components/links/{name}"} for name, link in named.items()
                }


def _links(
    shelf: Shelf, asked: Operation, others: list[Operation], fields: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and links of what an answer with `fields` leads to."""
    is_deleted = (asked.path, asked.method) == (shelf.item, "delete")
    for other in others:
        if "id" in fields:
            # Whoever changes what this answer shows may say so, and overwrites nothing else.
            is_guarded = other.path == shelf.item and other.takes("If-Match")
            yield _link(other, other.id, {shelf.name: ID, **(SEEN if is_guarded else {})})
        elif "data" in fields and (other.path, other.method) == (shelf.item, "get"):
            yield _link(other, f"{other.id}.first", {shelf.name: FIRST})
        elif is_deleted and other.path == f"{shelf.item}/restore":
            yield _link(other, f"{other.id}.deleted", {shelf.name: f"$request.path.{shelf.name}"})


def _link(to: Operation, name: str, parameters: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return name, {"operationId": to.id, "parameters": parameters}


def fields_of(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> frozenset[str]:
    """Names of the fields of what `response` has as its JSON."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return frozenset(schemas.get(name, {}).get("properties", ()))
