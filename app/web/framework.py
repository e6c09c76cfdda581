"""Litestar as this house has it: with msgspec alone, and quick to start and to answer."""

from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, RouteHandlerType


class Front(Litestar):
    """Litestar with msgspec alone, and quick to start.

    It would load what it has for pydantic and attrs wherever these are installed, as the x402
    core's are: a quarter of a second and ten megabytes for nothing. And it would copy each
    router whole, with all it holds; ours are made for one application and go no further.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]

    def register(self, value: ControllerRouterHandler) -> None:  # type: ignore[override]
        """Do as Litestar does, but for the answer to OPTIONS that it adds to each path.

        They were nearly half of all handlers, and nobody's: a preflight is answered before
        any route, and whoever else asks so is told 405, and what is allowed.
        """
        for route in Router.register(self, value):
            assert isinstance(route, HTTPRoute), f"{route.path} is not asked over HTTP"
            route.methods.discard("OPTIONS")
            route.route_handlers = [
                one for one in route.route_handlers if "OPTIONS" not in one.http_methods
            ]
            for handler in route.route_handlers:
                handler.on_registration(self)
            route.create_handler_map()
            for plugin in self.plugins.receive_route:
                plugin.receive_route(route)
        self.asgi_router.construct_routing_trie()

    def _validate_registration_value(
        self, value: ControllerRouterHandler
    ) -> "RouteHandlerType | Router":
        if isinstance(value, Router):
            value.owner = self
            return value
        return super()._validate_registration_value(value)


class Giving(Provide):
    """Hands out a service that is there already.

    Litestar compares each with every other, for every handler: by what they are, not by what
    is in them, half a million comparisons take no time.
    """

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(self, service: Any) -> None:
        super().__init__(lambda: service, sync_to_thread=False, use_cache=True)


def in_turn(app: Litestar) -> None:
    """Provide what a handler names one after the other, not in a group of tasks.

    Most of it is there already and none waits long: the group costs more than all of it.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                batches = model.dependency_batches
                model.dependency_batches = [{one} for batch in batches for one in batch]
