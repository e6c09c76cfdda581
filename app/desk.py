"""The operator's desk: accounts, keys, links, destinations and users from the command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.domain.key import KeyKind
from app.house import House
from app.services.accounts import NewDestination
from app.services.link_requests import NewLink
from app.settings import Settings
from app.storage.migrate import migrate


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """Open a house for one errand: migrated, without workers."""
    settings.data.mkdir(parents=True, exist_ok=True)
    migrate(settings.database)
    house = House(settings)
    try:
        yield house
    finally:
        await house.close()


async def account(settings: Settings, name: str | None, *, live: bool) -> None:
    """Make an account with a pair of keys, or list the accounts there are."""
    async with opened(settings) as house:
        if name is None:
            for one in await house.accounts.all():
                print(one.id, "live" if one.livemode else "test", one.name)
            return
        made = await house.accounts.create(name, livemode=live)
        print("account        ", made.id)
        for kind in KeyKind:
            key = await house.accounts.make_key(made, kind)
            print(f"{kind:<12} key", key.key)
        print("The secret key is shown this once.")


async def key(
    settings: Settings, account: str, kind: str | None, name: str | None, revoke: str | None
) -> None:
    """Make, revoke or list an account's keys."""
    async with opened(settings) as house:
        held = await house.accounts.get(account)
        if revoke is not None:
            await house.accounts.revoke_key(held.id, revoke)
            print("Revoked", revoke)
        elif kind is not None:
            made = await house.accounts.make_key(held, KeyKind(kind), name)
            print(made.key)
        else:
            for one in await house.accounts.keys(held.id):
                state = "revoked" if one.revoked_at else "alive"
                print(one.id, one.kind, f"…{one.hint}", state, one.name or "")


async def link(
    settings: Settings, account: str, name: str, currency: str, amount: str | None
) -> None:
    """Make a payment link and print its address."""
    async with opened(settings) as house:
        held = await house.accounts.get(account)
        new = NewLink(name=name, currency=currency, amount=amount)
        view, _ = await house.links.create(held, new)
        print(view.url)


async def offer(settings: Settings, account: str, label: str | None) -> None:
    """Make a pairing code for an account and print it."""
    async with opened(settings) as house:
        held = await house.accounts.get(account)
        print((await house.pairings.offer(held.id, label)).code)


async def pair(settings: Settings, account: str, code: str | None, end: str | None) -> None:
    """Approve an application's code, end a pairing, or list an account's pairings."""
    async with opened(settings) as house:
        held = await house.accounts.get(account)
        if end is not None:
            await house.pairings.end(held.id, end)
            print("Ended", end)
            return
        if code is not None:
            await house.pairings.approve(code, held.id)
        for one in await house.pairings.of(held.id):
            print(one.id, one.client, one.label or "")


async def destination(settings: Settings, account: str, family: str, kind: str, value: str) -> None:
    """Set where an account's money goes."""
    async with opened(settings) as house:
        held = await house.accounts.get(account)
        new = NewDestination(family=family, kind=kind, value=value)
        made = await house.accounts.put_destination(held.id, new)
        print(made.id, made.family, made.kind, made.value)


async def users(settings: Settings) -> None:
    """List who may sign in."""
    async with opened(settings) as house:
        for one in await house.users.all():
            state = "has a password" if one.password else "was not here yet"
            print(one.id, one.email, "operator" if one.operator else "user", state)


async def user(
    settings: Settings, email: str, accounts: Sequence[str], *, operator: bool, new: bool
) -> None:
    """Add a user, or let one in again; print the link that sets their password."""
    async with opened(settings) as house:
        if new:
            operator = operator or not await house.users.all()  # the first one keeps the house
            await house.users.add(email, tuple(accounts), operator=operator)
        secret = await house.users.link(email)
        print(f"{settings.url}/office/welcome/{secret}")
        print("The link works once, for a day.")
