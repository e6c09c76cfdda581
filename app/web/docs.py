"""`/docs`: the API's document as a page. Made once, here, from the same document.

No script, nothing from anywhere else: the page works in a text browser and behind a
firewall. Its one style is named by its hash.
"""

import gzip
import hashlib
import json
from base64 import b64encode
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from app.web import templates
from app.web.schema import REFS, Document, Json

METHODS = ("get", "post", "put", "patch", "delete")
GZIP_LEVEL = 6
KEYS = {"secret": "secret key", "publishable": "publishable key"}


class Docs:
    """The page of one house's API."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._page = b""
        self._style = ""

    def page(self, request: Request[Any, Any, Any]) -> tuple[bytes, str]:
        """Return the page, compressed, and the hash of its style."""
        if not self._page:
            drawn = self._document.finished(request.app)
            style = templates.render("docs/style.css")
            self._style = b64encode(hashlib.sha256(style.encode()).digest()).decode()
            html = templates.render("docs/page.html", style=style, **_shown(drawn))
            self._page = gzip.compress(html.encode(), GZIP_LEVEL, mtime=0)
        return self._page, self._style


@get("/docs", include_in_schema=False)
async def docs_page(
    request: Request[Any, Any, Any], docs: NamedDependency[Docs]
) -> Response[bytes]:
    """Show every operation, what it takes, what it answers and how to call it."""
    body, style = docs.page(request)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "public, max-age=300",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, headers=headers)


def _shown(drawn: Json) -> Json:
    """Return what the template shows, grouped by tag."""
    schemas = drawn["components"]["schemas"]
    url = drawn["servers"][0]["url"]
    groups: list[Json] = []
    for tag in drawn["tags"]:
        operations = [
            _operation(method, path, item[method], schemas, url)
            for path, item in drawn["paths"].items()
            for method in METHODS
            if method in item and tag["name"] in item[method]["tags"]
        ]
        anchor = tag["name"].lower().replace(" ", "-")
        groups.append({**tag, "anchor": anchor, "operations": operations})
    parts = [
        {"name": name, "description": schema.get("description", ""), **_fields(schema)}
        for name, schema in schemas.items()
    ]
    return {"info": drawn["info"], "url": url, "groups": groups, "parts": parts}


def _operation(method: str, path: str, operation: Json, schemas: Json, url: str) -> Json:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = _reference(body.get("schema", {}))
    example = (schemas.get(name, {}).get("examples") or [None])[0] if name else None
    keys = [KEYS[next(iter(one))] if one else "no key" for one in operation["security"]]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "keys": " or ".join(keys) or "no key",
        "parameters": [
            {**one, "type": _type(one["schema"]), "limits": _limits(one["schema"])}
            for one in operation.get("parameters", [])
        ],
        "body": name,
        "fields": _fields(schemas[name])["fields"] if name else [],
        "example": json.dumps(example, indent=2, ensure_ascii=False) if example else "",
        "answers": [_answer(status, one) for status, one in operation["responses"].items()],
        "curl": _curl(method, path, operation, example, url),
    }


def _answer(status: str, answer: Json) -> Json:
    content = answer.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    names = [_reference(one) for one in schema.get("anyOf", [schema])]
    return {
        "status": status,
        "fine": status[0] == "2",
        "text": answer["description"].replace("`", ""),
        "names": [name for name in names if name],
    }


def _curl(method: str, path: str, operation: Json, example: Any, url: str) -> str:
    """Return a line to paste into a shell."""
    words = ["curl"]
    if method != "get":
        words.append(f"-X {method.upper()}")
    words.append(f"'{url}{path.replace('{', '$').replace('}', '')}'".replace("'", '"'))
    if any(operation["security"]):
        words.append('-H "Authorization: Bearer $KEY"')
    if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", [])):
        words.append('-H "Idempotency-Key: $(uuidgen)"')
    content = operation.get("requestBody", {}).get("content", {})
    if content and "application/json" not in content:
        words += [f"-H 'Content-Type: {next(iter(content))}'", "--data-binary @FILE"]
    elif content:
        body = json.dumps(example or {}, ensure_ascii=False).replace("'", "'\\''")
        words += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(words)


def _fields(schema: Json) -> Json:
    required = set(schema.get("required", ()))
    fields = [
        {
            "name": name,
            "type": _type(one),
            "link": _reference(one) or _reference(one.get("items", {})) or _optional(one),
            "required": name in required,
            "description": one.get("description", ""),
            "limits": _limits(one),
        }
        for name, one in schema.get("properties", {}).items()
    ]
    return {"fields": fields, "values": schema.get("enum", [])}


def _reference(schema: Json) -> str:
    return str(schema.get("$ref", "")).removeprefix(REFS)


def _optional(schema: Json) -> str:
    return next((_reference(one) for one in schema.get("anyOf", ()) if "$ref" in one), "")


def _type(schema: Json) -> str:
    """Write a schema's type in a word or two."""
    if name := _reference(schema):
        return name
    if options := schema.get("anyOf"):
        return " or ".join(_type(one) for one in options)
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "anything")
    word = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if items := schema.get("items"):
        return word.replace("array", f"array of {_type(items)}")
    return f"{word}, {schema['format']}" if "format" in schema else word


def _limits(schema: Json) -> str:
    """Write a schema's limits and default."""
    names = {
        "minimum": "at least",
        "maximum": "at most",
        "minLength": "characters at least",
        "maxLength": "characters at most",
        "default": "default",
    }
    told = [
        f"{words} {json.dumps(schema[key])}"
        for key, words in names.items()
        if schema.get(key) is not None and "const" not in schema
    ]
    return ", ".join(told)
