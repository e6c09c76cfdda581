"""Refusals as ICPay's clients read them: `message` is shown to the shopper, the status decides."""

from http import HTTPStatus

import msgspec
from litestar import Response

from app.compat.icpay import wire
from app.errors import Fault
from app.web.problems import Problem


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error body. Only `message` is ever read; the rest is ours, as in a problem."""

    status_code: int
    message: str
    error: str
    code: str
    hint: str
    errors: list[Fault]


def refuse(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    """Answer a refusal in ICPay's shape, with the status our own API gives it."""
    refusal = Refusal(
        status_code=problem.status,
        message=str(problem.detail),
        error=HTTPStatus(problem.status).phrase,
        code=problem.code,
        hint=str(problem.hint),
        errors=[Fault(one.field, str(one.message)) for one in problem.errors],
    )
    response = wire.answer(refusal, problem.status)
    response.headers.update(headers)
    return response
