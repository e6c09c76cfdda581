"""`/playground`: pick a component, set its options, watch it live, and copy the code.

All of it is in the address, so an address is all that is shared. The page, the preview and
the code are made here from the same setup; the script on the page only asks again. The
preview is a page of its own, with the loader that sites load, in a frame: the panes beside
it stay readable while the checkout is open. English only: site owners read it.
"""

import hashlib
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter
from markupsafe import Markup

from app.domain import component as components
from app.domain.component import Setup
from app.services.playground import SECRET, Playground, Stage
from app.settings import Settings
from app.web import snippets, sse, templates
from app.web.setting import Setting
from app.web.snippets import Snippet
from app.world import World

SCRIPT = Path(__file__).parents[2] / "static" / "playground" / "playground.js"
FRAMES = "; frame-src 'self'"  # the page frames the preview, and the preview the checkout
_encode = msgspec.json.Encoder().encode

Asked = Request[Any, Any, Any]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What changes on the page when an option does."""

    query: str
    links: dict[str, str]  # to the other components, with the options that all have
    code: list[Snippet]


@cache
def _script() -> tuple[bytes, str]:
    """Return the page's script and the mark of its content."""
    body = SCRIPT.read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


class PlaygroundPages(Controller):
    """`/playground`."""

    path = "/playground"
    include_in_schema = False

    @get()
    async def page(
        self,
        request: Asked,
        playground: NamedDependency[Playground],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show the form, the preview, what is heard, and the code."""
        stage = await playground.stage()
        setup = _setup(request)
        answer = templates.page(
            request,
            "playground/page.html",
            world,
            Setting(lang="en"),
            setup=setup,
            components=components.COMPONENTS.values(),
            common=components.COMMON,
            heard=components.EVENTS,
            code=snippets.snippets(setup, stage, settings.url),
            secret=SECRET,
            script=f"/playground/playground.js?v={_script()[1]}",
        )
        answer.headers["Content-Security-Policy"] += FRAMES
        return answer

    @get("/preview")
    async def preview(
        self,
        request: Asked,
        playground: NamedDependency[Playground],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show the component alone, as a site would that pasted the HTML."""
        stage = await playground.stage()
        setup = _setup(request)
        answer = templates.page(
            request,
            "playground/preview.html",
            world,
            Setting(lang="en"),
            name=setup.component.name,
            element=_element(setup, stage, settings.url),
        )
        answer.headers["Content-Security-Policy"] += FRAMES
        return answer

    @get("/code")
    async def code(
        self,
        request: Asked,
        playground: NamedDependency[Playground],
        settings: NamedDependency[Settings],
    ) -> Response[Shown]:
        """Return the code of a setup, and its address in its shortest form."""
        stage = await playground.stage()
        setup = _setup(request)
        shown = Shown(
            query=setup.query(),
            links={name: setup.query(one) for name, one in components.COMPONENTS.items()},
            code=snippets.snippets(setup, stage, settings.url),
        )
        return Response(shown, headers={"Cache-Control": "no-store"})

    @get("/webhooks", media_type="text/event-stream")
    async def webhooks(
        self,
        playground: NamedDependency[Playground],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
        intent: Annotated[str, QueryParameter(max_length=64)],
        seen: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=32)] = None,
    ) -> Response[Any]:
        """Stream what the account's server would receive of one intent."""
        start = sse.resume(seen, None)
        if not await playground.begin(intent, start):
            return Response(None, status_code=204)

        async def messages() -> AsyncIterator[bytes]:
            async for one in playground.webhooks(intent, start):
                if one is None:
                    yield sse.HEARTBEAT
                else:
                    yield sse.message(_encode(one), id=one.version)

        return sse.stream(messages(), world, settings.stream_seconds_max)

    @get("/playground.js", sync_to_thread=False)
    def script(self) -> Response[bytes]:
        """Send the page's script."""
        body, mark = _script()
        headers = {
            "Cache-Control": "public, max-age=300",
            "ETag": f'"{mark}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


def _setup(request: Asked) -> Setup:
    return components.read(dict(request.query_params.items()))


def _element(setup: Setup, stage: Stage, home: str) -> Markup:
    return Markup(snippets.element(setup, stage, home))  # noqa: S704 - escaped where it is made
