"""Refusals over HTTP: problem+json for programs, a page for people.

This file alone knows HTTP statuses. Whatever goes wrong, the answer says what, in
which field, and what to do next; it never shows the inside of the house.
"""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import errors
from app.errors import CheckoutError, Fault, Unavailable

log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
ERRORS_MAX = 50

STATUS: dict[type[CheckoutError], int] = {
    errors.Invalid: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Closed: 410,
    errors.TooMany: 429,
    errors.NotOffered: 501,
    errors.Unavailable: 503,
    CheckoutError: 400,
}
TITLES = {
    400: ("invalid_request", "The request is not valid", errors.Invalid.hint),
    401: ("unauthorized", errors.Unauthorized.title, errors.Unauthorized.hint),
    403: ("forbidden", errors.Forbidden.title, errors.Forbidden.hint),
    404: ("not_found", "There is nothing at this address", "Check the path and its ids."),
    405: ("method_not_allowed", "This address does not take this method", "See the Allow header."),
    413: ("body_too_large", "The request body is too large", "Send less at once."),
    415: ("unsupported_media_type", "This content type is not read here", "Send JSON."),
    429: ("too_many_requests", "Too many requests", "Wait and try again."),
}
NO_ROUTE = (404, 405)
INTERNAL = ("internal", "Something broke on our side", "Try again; the log knows more.")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details, with a stable code and a way out."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    errors: list[Fault] = []


def status_of(error: CheckoutError) -> int:
    """Return the HTTP status of a refusal: its own class's, or its nearest parent's."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def describe(error: Exception) -> Problem:
    """Return what is told of an error. An unexpected one is told nothing of."""
    if isinstance(error, CheckoutError):
        return Problem(
            type=f"urn:opentill:{error.code}",
            title=error.title,
            status=status_of(error),
            detail=error.detail,
            code=error.code,
            hint=error.hint,
            errors=list(error.faults[:ERRORS_MAX]),
        )
    if isinstance(error, ValidationException):
        faults = _faults(error.extra)
        detail = "; ".join(f"{one.field}: {one.message}" for one in faults) or error.detail
        return _plain(400, detail, faults)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _plain(error.status_code, error.detail)
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return describe(Unavailable("The database does not answer right now."))
    if isinstance(error, RecursionError):
        return _plain(400, "The JSON nests too deep.")
    if isinstance(error, UnicodeError):
        return _plain(400, "The request is not valid UTF-8.")
    code, title, hint = INTERNAL
    return Problem(
        type=f"urn:opentill:{code}", title=title, status=500, detail=title, code=code, hint=hint
    )


def _plain(status: int, detail: str, faults: list[Fault] | None = None) -> Problem:
    code, title, hint = TITLES.get(status, TITLES[400])
    return Problem(
        type=f"urn:opentill:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        hint=hint,
        errors=faults or [],
    )


def _faults(extra: Any) -> list[Fault]:
    """Return the fields a decoder complained about, each with its own message."""
    faults: list[Fault] = []
    for one in extra if isinstance(extra, list) else []:
        message = str(one.get("message", "is not valid"))
        key = str(one.get("key") or "")
        text, _, path = message.partition(" - at `")
        if path:
            key = path.rstrip("`").removeprefix("$").lstrip(".") or key
        elif " field `" in text:  # missing or unknown: the message has the name itself
            key = text.rsplit("`", 2)[-2]
        faults.append(Fault(key.removeprefix("data."), text))
    return faults[:ERRORS_MAX]


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer an error as the caller reads best."""
    problem = describe(_named(request, error))
    if problem.status >= 500 and not isinstance(error, CheckoutError):
        log.error("web.failed", path=request.url.path, kind=type(error).__name__, exc_info=error)
    headers = dict(getattr(error, "headers", None) or {})
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if problem.status == 503:
        headers["Retry-After"] = "30"
    for prefix, refuse in getattr(request.app.state, "refusals", {}).items():
        if request.url.path.startswith(prefix):  # a dialect's address: its own words
            return refuse(problem, headers)  # type: ignore[no-any-return]
    page = getattr(request.app.state, "problem_page", None)
    if page is not None and wants_page(request):
        return page(request, problem, headers)  # type: ignore[no-any-return]
    return Response(
        msgspec.to_builtins(problem, enc_hook=str),  # a phrase is its English to a program
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def _named(request: Request[Any, Any, Any], error: Exception) -> Exception:
    """Return what a dialect calls the thing that no route has, where it knows it by name."""
    if isinstance(error, HTTPException) and error.status_code in NO_ROUTE:
        path = request.url.path
        for prefix, absent in getattr(request.app.state, "absences", {}).items():
            if path.startswith(prefix):
                return absent(request.method, path) or error
    return error


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a person is looking: a page's address, or a browser at it."""
    path = request.url.path
    if path.startswith("/v1/"):
        return False
    return path.startswith(("/i/", "/pay/")) or "text/html" in request.headers.get("accept", "")


HANDLERS: dict[int | type[Exception], Any] = {
    CheckoutError: answer,
    HTTPException: answer,
    SQLAlchemyError: answer,
    Exception: answer,
    500: answer,
}
