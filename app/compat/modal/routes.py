"""The addresses of BTCPay's checkout, in one router."""

from litestar import Router

from app.compat.modal import addresses, script, standing
from app.web import bodies

HANDLERS = (
    script.site_script,
    script.frame_script,
    addresses.invoice,
    addresses.chosen,
    standing.of_path,
    standing.of_method,
    standing.of_query,
)


def router() -> Router:
    """Return every route, none of them in our own API's document."""
    return Router(
        path="/",
        route_handlers=HANDLERS,
        before_request=bodies.check_address,
        include_in_schema=False,
    )
