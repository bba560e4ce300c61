"""Examples of the description. A model has one of the whole (`example`), or its fields have their own; the examples of
whatever is made of them follow (`example_of`), so that none is written twice."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict

Schema = Mapping[str, Any]
NOTHING: tuple[Any, ...] = (None, "", [], {})


class NoExample(LookupError):
    """Neither a schema nor its parts say an example; the message says of what."""


def example(value: Mapping[str, Any]) -> ConfigDict:
    """For `model_config`: an example of the model."""
    return ConfigDict(json_schema_extra={"examples": [dict(value)]})


def example_of(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:
    """An example of what `schema` (called `name`) allows. `schemas`: those that it refers to. Raises `NoExample`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(
            {**schemas[name], **{key: value for key, value in schema.items() if key != "$ref"}}, schemas, name
        )
    if found := schema.get("examples"):
        return _in_order(found[0], schema)
    if "const" in schema:
        return schema["const"]
    if schema.get("default") not in NOTHING:
        return schema["default"]
    if "enum" in schema:
        return next(value for value in schema["enum"] if value)
    if "anyOf" in schema:
        return _any_of(schema["anyOf"], schemas, name)
    return _of_type(schema, schemas, name)


def _in_order(value: Any, schema: Schema) -> Any:
    """`value` with its fields as the schema has them: pydantic sorts those of examples."""
    names = schema.get("properties", {})
    return {name: value[name] for name in (*names, *value) if name in value} if names else value


def _any_of(choices: list[Schema], schemas: Mapping[str, Schema], name: str) -> Any:
    for choice in choices:
        try:
            return example_of(choice, schemas, name)
        except NoExample:
            continue
    raise NoExample(name)


def _of_type(schema: Schema, schemas: Mapping[str, Schema], name: str) -> Any:
    match schema.get("type"):
        case "object" if "properties" in schema:
            return {field: example_of(of, schemas, f"{name}.{field}") for field, of in schema["properties"].items()}
        case "array":
            return [example_of(schema["items"], schemas, f"{name}[]")]
        case "boolean":
            return bool(schema.get("default"))
    raise NoExample(name)
