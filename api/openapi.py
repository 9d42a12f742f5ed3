"""The OpenAPI 3.1 document, written from the operations."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.oauth import TOKEN_PATH
from api.operations import Operation
from api.problems import MEDIA_TYPE, Kind, ProblemBody
from api.scopes import SCOPES

_REF = "#/components/schemas/{model}"
_TAGS = {
    "prices": "What the operator offers. For a stream of changes see the WebSocket at /v1/stream.",
    "bets": "Bets and their decisions.",
    "risk": "The operator's book.",
    "operator": "Settings and interventions.",
    "access": "Tokens and keys.",
    "operations": "For those who run the server.",
}

Mode = Literal["validation", "serialization"]
Model = tuple[type[BaseModel], Mode]
Json = dict[str, Any]


def document(operations: Sequence[Operation], version: str) -> Json:
    """Return the document that describes ``operations``."""
    found, definitions = models_json_schema(_models(operations), ref_template=_REF)
    refs = {(model, mode): ref for (model, mode), ref in found.items() if issubclass(model, BaseModel)}
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs)
    schemas = dict(sorted(definitions.get("$defs", {}).items()))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "overround",
            "version": version,
            "description": "Offered prices, bets and risk of one operator: the one that the token names.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "oauth2": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": TOKEN_PATH, "scopes": SCOPES}},
                },
            },
        },
    }


def _models(operations: Iterable[Operation]) -> list[Model]:
    found: dict[Model, None] = {(ProblemBody, "serialization"): None}
    for operation in operations:
        if operation.body_model is not None:
            found[operation.body_model, "validation"] = None
        for answer in operation.answers.values():
            if answer.model is not None:
                found[answer.model, "serialization"] = None
    return list(found)


def _operation(operation: Operation, refs: dict[Model, Json]) -> Json:
    made: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [] if operation.scope is None else [{"oauth2": [operation.scope]}],
        "responses": _responses(operation, refs),
    }
    if operation.description:
        made["description"] = operation.description
    parameters = _parameters("path", operation.path_model) + _parameters("query", operation.query_model)
    if parameters:
        made["parameters"] = parameters
    if operation.body_model is not None:
        media = "application/x-www-form-urlencoded" if operation.form else "application/json"
        schema = refs[operation.body_model, "validation"]
        made["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    return made


def _parameters(where: str, model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema()
    required = schema.get("required", ())
    found = []
    for name, part in schema.get("properties", {}).items():
        part.pop("title", None)
        parameter = {"name": name, "in": where, "required": name in required, "schema": _not_null(part)}
        if "description" in part:
            parameter["description"] = part.pop("description")
        found.append(parameter)
    return found


def _not_null(schema: Json) -> Json:
    """Return the schema of an optional parameter as it is when given: a query cannot say null."""
    if schema.get("default", 0) is None:
        del schema["default"]
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind.get("type") != "null"]
    for kind in kinds[:1]:
        schema.update(kind)
    return schema


def _responses(operation: Operation, refs: dict[Model, Json]) -> Json:
    made: Json = {}
    for status, answer in operation.answers.items():
        response: Json = {"description": answer.description}
        if answer.model is not None:
            response["content"] = {"application/json": {"schema": refs[answer.model, "serialization"]}}
        if answer.headers:
            response["headers"] = {name: _header(text) for name, text in answer.headers.items()}
        made[str(status)] = response
    by_status: dict[int, list[Kind]] = {}
    for kind in operation.kinds():
        by_status.setdefault(kind.status, []).append(kind)
    for status, kinds in sorted(by_status.items()):
        made[str(status)] = {
            "description": "; ".join(f"{kind.title} (`{kind.type}`)" for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": refs[ProblemBody, "serialization"]}},
        }
    return made


def _header(text: str) -> Json:
    return {"description": text, "schema": {"type": "string"}}
