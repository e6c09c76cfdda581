"""The API's document: Litestar reads the handlers, this file finishes what it wrote.

What a handler takes tells most of what it refuses: a body can be too large, an id
unknown, a key wrong. The rest is listed in `schema_words.py`. The document is made when
it is first asked for, and once.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.enums import OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Server
from litestar.routes import HTTPRoute

from app import __version__, errors
from app.errors import CheckoutError
from app.web import schema_words as words
from app.web.problems import PROBLEM_JSON, TITLES, Problem, status_of
from app.web.schema_fields import FIELDS, LIMITS

PREFIX = "/v1/"
REFS = "#/components/schemas/"
NOISE = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False, "headers": {}}
DONE_BEFORE = "Done before: the same answer again, or what is already there."

Json = dict[str, Any]


class Document(OpenAPIRenderPlugin):
    """Serves the finished document."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._finished: Json | None = None
        self._bytes = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """Return the document as JSON."""
        self.finished(request.app)
        return self._bytes

    def finished(self, app: Litestar) -> Json:
        """Return the document of an application."""
        if self._finished is None:
            self._finished = _finish(app)
            self._bytes = msgspec.json.encode(self._finished)
        return self._finished


def config(document: Document, url: str) -> OpenAPIConfig:
    """Return what makes Litestar read the handlers and serve our document."""
    return OpenAPIConfig(
        title="Opentill",
        version=__version__,
        description=words.ABOUT,
        servers=[Server(url=url)],
        path="/schema",
        render_plugins=[document],
        use_handler_docstrings=True,
    )


def _finish(app: Litestar) -> Json:
    drawn: Json = _clean(app.openapi_schema.to_schema())
    drawn["paths"] = {path: item for path, item in drawn["paths"].items() if path[:4] == PREFIX}
    used: dict[str, None] = {}
    for path, method, handler in _handlers(app):
        if path in drawn["paths"] and method in drawn["paths"][path]:
            operation = drawn["paths"][path][method]
            _describe(operation, path, method, handler)
            used |= dict.fromkeys(operation["tags"])
    drawn["paths"] = dict(sorted(drawn["paths"].items()))
    order = [*words.TAGS, *used]
    drawn["tags"] = [
        {"name": tag, "description": words.TAGS.get(tag, "")}
        for tag in sorted(used, key=order.index)
    ]
    schemas = drawn["components"]["schemas"]
    _, parts = msgspec.json.schema_components([Problem], ref_template=REFS + "{name}")
    schemas |= _clean(parts)
    _close_bodies(drawn)
    _say_what_fields_mean(schemas)
    for name, example in words.EXAMPLES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    drawn["components"] = {
        "schemas": dict(sorted(_reached(drawn, schemas).items())),
        "securitySchemes": words.SECURITY,
    }
    return drawn


def _handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                yield route.path_format, str(method).lower(), handler


def _clean(node: Any) -> Any:
    """Take the noise out: clean names, unions as they are meant, whole numbers whole."""
    if isinstance(node, list):
        return [_clean(one) for one in node]
    if isinstance(node, float) and node.is_integer():
        return int(node)
    if not isinstance(node, dict):
        return node
    cleaned = {key: _clean(one) for key, one in node.items() if NOISE.get(key, node) != one}
    if isinstance(reference := cleaned.get("$ref"), str):
        cleaned["$ref"] = REFS + _name(reference.removeprefix(REFS))
    if isinstance(schemas := cleaned.get("schemas"), dict):
        cleaned["schemas"] = {_name(name): one for name, one in schemas.items()}
        for name, one in cleaned["schemas"].items():
            one["title"] = name
    if isinstance(options := cleaned.pop("oneOf", None), list):
        cleaned = _union(options) | cleaned
    if cleaned.get("required") == []:
        del cleaned["required"]
    return cleaned


def _union(options: list[Json]) -> Json:
    """Write a union so that a value may fit more than one of it, as views do."""
    rest = [one for one in options if one != {"type": "null"}]
    if len(rest) == 1 < len(options) and isinstance(kind := rest[0].get("type"), str):
        return rest[0] | {"type": [kind, "null"]}
    return {"anyOf": options}


def _name(name: str) -> str:
    if name.startswith("Page_"):
        return f"{_name(name.removeprefix('Page_').rstrip('_').rpartition('.')[2])}List"
    return words.NAMES.get(name) or name.removesuffix("View")


def _describe(operation: Json, path: str, method: str, handler: HTTPRouteHandler) -> None:
    resource = path.removeprefix(PREFIX).partition("/")[0]
    act = handler.handler_name
    id = f"{resource}_{words.VERBS.get(act, act)}"
    operation["operationId"] = id
    operation["summary"] = operation.get("description", "").partition(".")[0]
    takes = set(handler.parsed_fn_signature.parameters)
    operation["security"] = _security(takes)
    parameters = [_parameter(one) for one in operation.get("parameters", [])]
    if kinds := words.UPLOADS.get(id):
        content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
        operation["requestBody"] = {"required": True, "content": content}
        takes.add("data")
    guarded = method == "post" and id not in words.WITHOUT_ONCE
    if guarded:
        parameters.append(words.ONCE)
    if parameters:
        operation["parameters"] = parameters
    refusals = set(words.REFUSALS.get(id, ())) | _implied(takes, path, guarded, bool(parameters))
    operation["responses"] = _responses(operation, refusals, guarded)


def _security(takes: set[str]) -> list[Json]:
    secret: Json = {"secret": []}
    publishable: Json = {"publishable": []}
    if "merchant" in takes:
        return [secret]
    if "caller" in takes:
        return [secret, publishable]
    return [{}, secret, publishable] if "anybody" in takes else []


def _parameter(parameter: Json) -> Json:
    """A query has no null: what may be left out is simply not required."""
    schema = dict(parameter["schema"])
    if isinstance(kind := schema.get("type"), list):
        schema["type"] = kind[0]
    if options := schema.pop("anyOf", None):
        schema = next(one for one in options if one != {"type": "null"}) | schema
    schema.pop("description", None)
    return parameter | {"schema": schema}


def _implied(
    takes: set[str], path: str, guarded: bool, asks: bool
) -> set[type[CheckoutError] | int]:
    """Return what a handler may refuse by what it takes."""
    found: set[type[CheckoutError] | int] = {errors.Unavailable}
    if asks or "data" in takes:
        found.add(errors.Invalid)
    if "data" in takes:
        found |= {413, 415}
    if takes & {"merchant", "caller", "anybody"}:
        found.add(errors.Unauthorized)
    if "merchant" in takes:
        found.add(errors.Forbidden)
    if "{" in path:
        found.add(errors.NotFound)
    if guarded:
        found.add(errors.IdempotencyMismatch)
    return found


def _responses(operation: Json, refusals: set[type[CheckoutError] | int], guarded: bool) -> Json:
    told = {code: one for code, one in operation["responses"].items() if code[0] == "2"}
    for code, one in told.items():
        one["description"] = {"201": "Made.", "204": "Done; nothing to tell."}.get(code, "Here.")
        if "text/event-stream" in one.get("content", {}):
            one["content"] = {"text/event-stream": {"schema": words.MESSAGE}}
            one["description"] = "An event stream. It resumes after `Last-Event-ID`."
    if "text/event-stream" in told.get("200", {}).get("content", {}):
        told["204"] = {"description": "Nothing more will come."}
    if guarded and "201" in told:
        told["200"] = told["201"] | {"description": DONE_BEFORE}
    codes: dict[int, set[str]] = {}
    for one in refusals:
        if isinstance(one, int):
            codes.setdefault(one, set()).add(TITLES[one][0])
        else:
            codes.setdefault(status_of(one()), set()).add(one.code)
    return dict(sorted((told | {str(status): _refusal(codes[status]) for status in codes}).items()))


def _refusal(codes: set[str]) -> Json:
    """Return a refusal with the codes it may carry."""
    known = sorted(codes)
    narrowed: Json = {"properties": {"code": {"enum": known}}}
    return {
        "description": ", ".join(f"`{code}`" for code in known),
        "content": {PROBLEM_JSON: {"schema": {"allOf": [{"$ref": f"{REFS}Problem"}, narrowed]}}},
    }


def _close_bodies(drawn: Json) -> None:
    """Say of every body that it takes no field but its own."""
    bodies = [
        operation["requestBody"]
        for item in drawn["paths"].values()
        for operation in item.values()
        if "requestBody" in operation
    ]
    for schema in _reached(bodies, drawn["components"]["schemas"]).values():
        if "properties" in schema:
            schema["additionalProperties"] = False


def _say_what_fields_mean(schemas: Json) -> None:
    for name, schema in schemas.items():
        for field, one in schema.get("properties", {}).items():
            text = FIELDS.get(f"{name}.{field}") or FIELDS.get(field)
            if text is not None:
                one.setdefault("description", text)
            one |= LIMITS.get(f"{name}.{field}", {})


def _reached(node: Any, schemas: Json) -> Json:
    """Return the components a part of the document leads to."""
    found: Json = {}
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            name = str(one.get("$ref", "")).removeprefix(REFS)
            if name in schemas and name not in found:
                found[name] = schemas[name]
                left.append(schemas[name])
            left += [value for key, value in one.items() if key != "components"]
    return found
