"""Our own description in OpenAPI 3.0, made from the table of operations and the structs of the standard."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from openline.api.f3548.ids import NAME_PATTERN
from openline.api.f3548.limits import MAX_ID
from openline.api.f3548.operation import ALL_SCOPES, Operation, Scopes
from openline.utm.wire.references import ErrorResponse

SCHEMAS: Final = "#/components/schemas/"
OTHER_SCOPES: Final = ("interuss.pool_status.read",)
UUID_PATTERN: Final = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"
REASONS: Final[Mapping[int, str]] = {
    400: "The request is not well formed, or asks for what is never allowed.",
    401: "There is no bearer token, or it is malformed, expired, for others, or signed by a stranger.",
    403: "The token is good and does not allow this, or what is named belongs to another manager.",
    404: "What is named is not here.",
    409: "What is named, or the airspace around it, is not as the request supposes.",
    412: "The state that the request supposes is not there.",
    413: "The area is too large, or the body.",
    415: "The body is not application/json.",
    429: "Too many requests in a short time; Retry-After says how long to wait.",
    503: "It cannot be done now. Nothing was stored; try again.",
}


def document(operations: Sequence[Operation], version: str) -> bytes:
    """The document as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    told: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {
            "title": "Openline: DSS and USS of ASTM F3548-21",
            "version": version,
            "description": "Every operation of Annex A4, and the auxiliary ones of a DSS.",
        },
        "paths": paths,
        "components": {"schemas": _schemas(operations), "securitySchemes": {"Authority": _authority()}},
    }
    return msgspec.json.encode(told)


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "parameters": [*_path_parameters(operation.path), *map(_query_parameter, operation.query)],
        "responses": {str(operation.status): _done(operation)}
        | {str(status): _refusal(operation, status) for status in _refusals(operation)},
        "security": _security(operation.scopes),
    }
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": _content(operation.body)}
    return told


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": _named(name)} for name in names]


def _named(name: str) -> dict[str, Any]:
    if name in ("entityid", "subscriptionid"):
        return {"type": "string", "format": "uuid", "pattern": UUID_PATTERN}
    return {"type": "string", "minLength": 1, "maxLength": MAX_ID, "pattern": NAME_PATTERN}


def _query_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}


def _refusals(operation: Operation) -> list[int]:
    found = {429, 503, *operation.also}
    found |= {400} if operation.body is not None or "{" in operation.path else set()
    found |= {413, 415} if operation.body is not None else set()
    found |= {401, 403} if operation.scopes is not None else set()
    return sorted(found)


def _done(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"description": "Done."}
    if operation.answer is not None:
        told["content"] = _content(operation.answer)
    return told


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    shape = operation.conflict if status == 409 and operation.conflict else ErrorResponse
    return {"description": REASONS[status], "content": _content(shape)}


def _content(shape: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": SCHEMAS + shape.__name__}}}


def _security(scopes: Scopes | None) -> list[dict[str, list[str]]]:
    if scopes is None:
        return []
    return [{"Authority": sorted(needed)} for needed in scopes] or [{"Authority": []}]


def _authority() -> dict[str, Any]:
    return {
        "type": "oauth2",
        "description": "Bearer tokens (JWT, RS256 or ES256) of the issuers in f3548.keys and f3548.jwks_url.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "https://issuer.example/token",
                "scopes": dict.fromkeys(ALL_SCOPES, "as the standard has it")
                | dict.fromkeys(OTHER_SCOPES, "of InterUSS' auxiliary API"),
            }
        },
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    shapes = {
        shape.__name__: shape
        for operation in operations
        for shape in (operation.body, operation.answer, operation.conflict, ErrorResponse)
        if shape is not None
    }
    _, found = msgspec.json.schema_components(shapes.values(), ref_template=SCHEMAS + "{name}")
    return {name: _in_30(schema) for name, schema in found.items()}


def _in_30(schema: Any) -> Any:
    """JSON Schema 2020-12 in the words of OpenAPI 3.0, which knows no null and no const."""
    if isinstance(schema, list):
        return [_in_30(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _in_30(value) for name, value in schema.items() if name != "default" or value is not None}
    if {"type": "null"} in told.get("anyOf", ()):
        told["anyOf"] = [it for it in told["anyOf"] if it != {"type": "null"}]
        told["nullable"] = True
        if len(told["anyOf"]) == 1 and "$ref" not in told["anyOf"][0]:
            told |= told.pop("anyOf")[0]
    if "const" in told:
        told["enum"] = [told.pop("const")]
    for bound, name in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if bound in told:
            told |= {name: told[bound], bound: True}
    return told
