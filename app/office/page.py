"""Pages of the office: in the house's look, never framed, never kept.

They leave through `templates.page` like every page, under a policy that is narrower still.
"""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from app.services.sessions import Visitor
from app.web import templates
from app.web.setting import Setting
from app.world import World

Asked = Request[Any, Any, Any]


class OfficeSetting(Setting, frozen=True, kw_only=True):
    """Where a page of the office is shown: alone."""

    @property
    def framing(self) -> str:
        """Nobody may frame it: a click must be meant for what it hits."""
        return "'none'"


SETTING = OfficeSetting(lang="en")


def page(
    request: Asked,
    template: str,
    world: World,
    visitor: Visitor | None = None,
    *,
    status: int = 200,
    to: str | None = None,
    **context: Any,
) -> Response[bytes]:
    """Render a page. `to` is an origin its form may be sent to besides our own."""
    answer = templates.page(
        request,
        f"office/{template}",
        world,
        SETTING,
        status=status,
        visitor=visitor,
        form_key=visitor.form_key if visitor else "",
        **context,
    )
    headers = answer.headers
    if to is not None:
        policy = headers["Content-Security-Policy"]
        headers["Content-Security-Policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {to}"
        )
    # A form's own origin is what tells it from a stranger's; with no referrer there is none.
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return answer


def onward(path: str) -> Redirect:
    """Send the browser on by GET, so that a reload repeats nothing."""
    return Redirect(path, status_code=303, headers={"Cache-Control": "no-store"})
