"""Who is calling: a Bearer key of either kind, or `?publishableKey=` where no header can be set.

ICPay's client reads an intent and its stream without a header, and sends its secret key to
public addresses when it has no other.
"""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from app.errors import Unauthorized
from app.services.accounts import Accounts
from app.web.auth import KEY_LENGTH_MAX, Anybody, Caller, provide_anybody

QUERY = "publishableKey"


async def provide_visitor(
    request: Request[Any, Any, Any], accounts: NamedDependency[Accounts]
) -> Anybody:
    """Return the caller by header, else by query; None when no key came."""
    found = await provide_anybody(request, accounts)
    if found is not None:
        return found
    key = request.query_params.get(QUERY)
    if key is None:
        return None
    if not key.isascii() or len(key) > KEY_LENGTH_MAX:
        raise Unauthorized("This publishableKey is no key of this house.")
    caller = Caller(*await accounts.identify(key))
    if caller.secret:
        raise Unauthorized("A secret key does not belong in an address: send it as a Bearer.")
    return caller
