"""The accounts within a user's reach: a list, a new one, and of each its payments and settings."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from app.domain.account import Account
from app.domain.intent import Filter, Overpayment, Status, Underpayment
from app.errors import Invalid, NotFound
from app.office import gate
from app.office.page import Asked, onward, page
from app.services.accounts import AccountChanges, Accounts
from app.services.grants import Grants
from app.services.intents import Intents
from app.services.sessions import Visitor
from app.services.users import Users
from app.settings import Settings
from app.world import World

PAGE = 25
After = Annotated[str | None, QueryParameter(max_length=64)]


async def provide_account(
    account_id: FromPath[str], visitor: NamedDependency[Visitor], users: NamedDependency[Users]
) -> Account:
    """Return the account a page is about, when it is within the visitor's reach."""
    for one in await users.accounts_of(visitor.user):
        if one.id == account_id:
            return one
    raise NotFound(f"There is no account {account_id[:40]!r} of yours here.")


class HomePages(Controller):
    """`/office`."""

    path = "/office"

    @get()
    async def index(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        users: NamedDependency[Users],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """List the accounts."""
        found = await users.accounts_of(visitor.user)
        return page(request, "accounts.html", world, visitor, accounts=found)

    @post("/accounts")
    async def create(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        accounts: NamedDependency[Accounts],
        grants: NamedDependency[Grants],
        users: NamedDependency[Users],
        settings: NamedDependency[Settings],
    ) -> Response[Any]:
        """Make an account that belongs to the visitor."""
        form = await gate.form(request, settings, visitor)
        mode = form.text("mode")
        if mode not in ("live", "test"):
            raise Invalid.field("mode", "must be live or test")
        made = await accounts.create(form.text("name"), livemode=mode == "live")
        await users.join(visitor.user.id, made.id)
        grants.forget()
        return onward(f"/office/accounts/{made.id}/destinations")


class PaymentPages(Controller):
    """`/office/accounts/{account_id}`: payments, and the account's own settings."""

    path = "/office/accounts/{account_id:str}"

    @get()
    async def payments(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        world: NamedDependency[World],
        after: After = None,
        status: Annotated[str | None, QueryParameter(max_length=32)] = None,
        order_id: Annotated[str | None, QueryParameter(max_length=255)] = None,
    ) -> Response[bytes]:
        """List payments, the newest first."""
        wanted = _status(status)
        filter = Filter(status=wanted, order_id=order_id or None)
        found, more = await intents.page(account.id, filter, after, PAGE)
        return page(
            request,
            "payments.html",
            world,
            visitor,
            shop=account,
            here="payments",
            intents=found,
            more=found[-1].id if more else None,
            statuses=list(Status),
            wanted=wanted,
            order_id=order_id or "",
        )

    @get("/payments/{intent_id:str}")
    async def payment(
        self,
        request: Asked,
        intent_id: FromPath[str],
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        intents: NamedDependency[Intents],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show one payment with all that came of it."""
        found = await intents.get(intent_id, account.id)
        return page(
            request, "payment.html", world, visitor, shop=account, here="payments", intent=found
        )

    @get("/settings")
    async def settings_page(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        world: NamedDependency[World],
    ) -> Response[bytes]:
        """Show the account's name and policies."""
        return _settings(request, world, visitor, account)

    @post("/settings")
    async def change(
        self,
        request: Asked,
        visitor: NamedDependency[Visitor],
        account: NamedDependency[Account],
        accounts: NamedDependency[Accounts],
        settings: NamedDependency[Settings],
        world: NamedDependency[World],
    ) -> Response[Any]:
        """Change the account's name and policies."""
        form = await gate.form(request, settings, visitor)
        try:
            changes = msgspec.convert(
                {
                    "name": form.text("name"),
                    "contact": form.text("contact") or None,
                    "underpayment": form.text("underpayment"),
                    "overpayment": form.text("overpayment"),
                    "tolerance_bps": form.text("tolerance_bps"),
                    "unique_orders": bool(form.text("unique_orders")),
                },
                AccountChanges,
                strict=False,
            )
            changed = await accounts.change(account.id, changes)
        except msgspec.ValidationError as wrong:
            return _settings(request, world, visitor, account, 400, fault=str(wrong))
        except Invalid as wrong:
            return _settings(request, world, visitor, account, 400, fault=wrong.detail)
        return _settings(request, world, visitor, changed, done=True)


def _settings(
    request: Asked,
    world: World,
    visitor: Visitor,
    account: Account,
    status: int = 200,
    **more: Any,
) -> Response[bytes]:
    return page(
        request,
        "settings.html",
        world,
        visitor,
        status=status,
        shop=account,
        here="settings",
        underpayments=list(Underpayment),
        overpayments=list(Overpayment),
        **more,
    )


def _status(text: str | None) -> Status | None:
    try:
        return Status(text) if text else None
    except ValueError:
        raise Invalid.field("status", f"must be one of: {', '.join(Status)}") from None
