"""Who may sign in: links that work once, passwords that are never kept, doors that shut."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import select

from app.domain import totp
from app.domain.permission import Permission, Right
from app.domain.user import WELCOME_LASTS, User
from app.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MissingPermission,
    NotFound,
    TooMany,
    Unauthorized,
)
from app.house import House
from app.services import tries
from app.services.grants import NewGrant
from app.storage.tables import grants, sessions, users, welcomes
from tests.houses import open_house
from tests.still import StillWorld

EMAIL = "owner@example.com"
PASSWORD = "a password of some length"
HERE = "192.0.2.1"


@pytest_asyncio.fixture
async def house(database: str, tmp_path: Path, world: StillWorld) -> AsyncIterator[House]:
    async with open_house(database, tmp_path, world, secret_key="tests") as opened:
        yield opened


async def owner(house: House) -> User:
    secret = await house.users.first_link()
    assert secret is not None
    return await house.users.accept(secret, EMAIL, PASSWORD)


async def wrong(house: House, email: str, password: str, address: str = HERE) -> None:
    with pytest.raises(Unauthorized):
        await house.users.check(email, password, address)


async def test_the_first_link_is_told_once_and_makes_an_operator_once(house: House) -> None:
    secret = await house.users.first_link()
    assert secret is not None
    assert await house.users.first_link() is None
    made = await house.users.accept(secret, "  Owner@Example.com ", PASSWORD)
    assert (made.email, made.operator) == (EMAIL, True)
    assert await house.users.first_link() is None
    with pytest.raises(NotFound):
        await house.users.accept(secret, "other@example.com", PASSWORD)
    assert (await house.users.check(EMAIL, PASSWORD, HERE)).id == made.id


async def test_a_link_runs_out_and_another_is_told(house: House, world: StillWorld) -> None:
    first = await house.users.first_link()
    assert first is not None
    world.advance(WELCOME_LASTS.total_seconds())
    with pytest.raises(NotFound):
        await house.users.accept(first, EMAIL, PASSWORD)
    second = await house.users.first_link()
    assert second is not None
    assert second != first


async def test_an_added_user_reaches_their_accounts_alone(house: House) -> None:
    mine = await house.accounts.create("Mine", livemode=False)
    await house.accounts.create("Theirs", livemode=False)
    await house.users.add("clerk@example.com", (mine.id,), operator=False)
    secret = await house.users.link("clerk@example.com")
    clerk = await house.users.accept(secret, "ignored@example.com", PASSWORD)
    assert clerk.email == "clerk@example.com"
    assert [one.id for one in await house.users.accounts_of(clerk)] == [mine.id]
    boss = await owner_beside(house)
    assert len(await house.users.accounts_of(boss)) == 2
    with pytest.raises(Conflict):
        await house.users.add("Clerk@example.com", (), operator=False)
    with pytest.raises(NotFound):
        await house.users.add("new@example.com", ("acct_none",), operator=False)
    with pytest.raises(Invalid):
        await house.users.add("no address", (), operator=False)


async def owner_beside(house: House) -> User:
    await house.users.add(EMAIL, (), operator=True)
    return await house.users.accept(await house.users.link(EMAIL), "", PASSWORD)


async def test_a_new_link_ends_the_old_one_and_every_session(house: House) -> None:
    user = await owner(house)
    session = await house.sessions.open(user)
    assert await house.sessions.visitor(session) is not None
    old = await house.users.link(EMAIL)
    new = await house.users.link(EMAIL)
    with pytest.raises(NotFound):
        await house.users.accept(old, "", PASSWORD)
    await house.users.accept(new, "", "another password")
    assert await house.sessions.visitor(session) is None
    await wrong(house, EMAIL, PASSWORD)


async def test_nothing_kept_tells_a_password_a_cookie_a_link_or_a_key(house: House) -> None:
    user = await owner(house)
    secret = await house.users.link(EMAIL)
    session = await house.sessions.open(user)
    key, _ = await house.grants.give(
        user, NewGrant(label="shop", permissions=(Permission(Right.VIEW_INVOICES),))
    )

    def everything(tx: object) -> str:
        tables = (users, welcomes, sessions, grants)
        return "".join(str(tx.execute(select(one)).all()) for one in tables)  # type: ignore[attr-defined]

    kept = await house.store.read(everything)
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
    for one in (PASSWORD, secret, session, key):
        assert one not in kept


@pytest.mark.parametrize("password", ["short", "x" * 201, ""])
async def test_a_password_has_a_length(house: House, password: str) -> None:
    secret = await house.users.first_link()
    assert secret is not None
    with pytest.raises(Invalid) as refused:
        await house.users.accept(secret, EMAIL, password)
    assert refused.value.faults[0].field == "password"


async def test_whoever_is_wrong_too_often_waits_and_others_do_not(
    house: House, world: StillWorld
) -> None:
    await owner(house)
    for _ in range(tries.PAIR.most):
        await wrong(house, EMAIL, "wrong password")
    with pytest.raises(TooMany) as refused:
        await house.users.check(EMAIL, PASSWORD, HERE)
    assert refused.value.retry_after_seconds > 60
    # From elsewhere the owner still comes in, and time opens the door again.
    await house.users.check(EMAIL, PASSWORD, "192.0.2.2")
    world.advance(tries.PAIR.window.total_seconds() + 1)
    await house.users.check(EMAIL, PASSWORD, HERE)


async def test_one_address_may_not_try_everybody(house: House) -> None:
    for _ in range(tries.ADDRESS.most):
        await house.tries.take((tries.ADDRESS, HERE))
    with pytest.raises(TooMany):
        await house.users.check("another@example.com", "wrong password", HERE)
    await wrong(house, "another@example.com", "wrong password", "192.0.2.2")


async def test_a_right_password_forgets_the_wrong_ones(house: House) -> None:
    await owner(house)
    pair = (tries.PAIR, f"{EMAIL} {HERE}")
    for _ in range(2):
        for _ in range(tries.PAIR.most - 1):
            await house.tries.take(pair)
        await house.users.check(EMAIL, PASSWORD, HERE)


async def test_codes_begin_with_a_right_one_and_each_is_taken_once(
    house: House, world: StillWorld
) -> None:
    user = await owner(house)
    secret = house.users.draw_code_secret()
    with pytest.raises(Invalid):
        await house.users.begin_codes(user, secret, "000000")
    user = await house.users.begin_codes(user, secret, now(secret, world))
    session = await house.sessions.open(user)
    visitor = await house.sessions.visitor(session)
    assert visitor is not None
    assert not visitor.proved
    with pytest.raises(Unauthorized):
        await house.users.check_code(user, now(secret, world))  # it began with this one
    world.advance(totp.STEP_SECONDS)
    await house.users.check_code(user, now(secret, world))
    await house.sessions.prove(visitor.session)
    seen = await house.sessions.visitor(session)
    assert seen is not None
    assert seen.proved
    with pytest.raises(Unauthorized):
        await house.keys.holder_by_password(EMAIL, PASSWORD, HERE)
    ended = await house.users.end_codes(user, PASSWORD, HERE)
    assert ended.totp_sealed is None


async def test_codes_cannot_be_guessed(house: House, world: StillWorld) -> None:
    user = await owner(house)
    secret = house.users.draw_code_secret()
    user = await house.users.begin_codes(user, secret, now(secret, world))
    for _ in range(tries.CODE.most):
        with pytest.raises(Unauthorized):
            await house.users.check_code(user, "not it")
    world.advance(totp.STEP_SECONDS)
    with pytest.raises(TooMany):
        await house.users.check_code(user, now(secret, world))


def now(secret: str, world: StillWorld) -> str:
    return totp.code(secret, totp.step_at(world.now()))


async def test_a_password_change_needs_the_old_one(house: House) -> None:
    user = await owner(house)
    with pytest.raises(Unauthorized):
        await house.users.change_password(user, "wrong password", "another password", HERE)
    await house.users.change_password(user, PASSWORD, "another password", HERE)
    await house.users.check(EMAIL, "another password", HERE)


async def test_a_session_ends_by_itself_and_by_word(house: House, world: StillWorld) -> None:
    user = await owner(house)
    one, two = await house.sessions.open(user), await house.sessions.open(user)
    seen = await house.sessions.visitor(one)
    assert seen is not None
    await house.sessions.end_others(user.id, seen.session)
    assert await house.sessions.visitor(two) is None
    assert await house.sessions.visitor(one) is not None
    await house.sessions.end(seen.session)
    assert await house.sessions.visitor(one) is None
    last = await house.sessions.open(user)
    world.advance(days=8)
    assert await house.sessions.visitor(last) is None


async def test_a_key_may_do_what_it_was_given_where_its_user_still_belongs(house: House) -> None:
    mine = await house.accounts.create("Mine", livemode=False)
    theirs = await house.accounts.create("Theirs", livemode=False)
    await house.users.add("clerk@example.com", (mine.id,), operator=False)
    clerk = (await house.users.all())[0]
    view = Permission(Right.VIEW_INVOICES)
    text, grant = await house.grants.give(clerk, NewGrant(label="shop", permissions=(view,)))
    holder = await house.keys.holder(text)
    assert (holder.user, holder.grant, holder.label) == (clerk.id, grant.id, "shop")
    assert holder.may(Right.VIEW_INVOICES, mine.id)
    assert not holder.may(Right.VIEW_INVOICES, theirs.id)
    assert holder.accounts_with(Right.VIEW_INVOICES) == (mine.id,)
    with pytest.raises(MissingPermission) as refused:
        holder.require(Right.CREATE_INVOICE, mine.id)
    assert refused.value.faults[0].message == "btcpay.store.cancreateinvoice"
    await house.grants.revoke(clerk.id, grant.id)
    with pytest.raises(Unauthorized):
        await house.keys.holder(text)


@pytest.mark.parametrize(
    "permission",
    ["btcpay.store.canviewinvoices:acct_elsewhere", "unrestricted", "btcpay.server.canmanageusers"],
)
async def test_nobody_gives_what_they_do_not_have(house: House, permission: str) -> None:
    await house.users.add("clerk@example.com", (), operator=False)
    clerk = (await house.users.all())[0]
    given = Permission.read(permission)
    assert given is not None
    with pytest.raises(Forbidden):
        await house.grants.give(clerk, NewGrant(label="shop", permissions=(given,)))


async def test_the_same_program_is_handed_the_same_key_for_just_the_same(house: House) -> None:
    user = await owner(house)
    account = await house.accounts.create("Mine", livemode=False)
    view = Permission(Right.VIEW_INVOICES, account.id)
    asked = NewGrant(
        label="Shop",
        permissions=(view,),
        application="shop-1",
        redirect="https://shop.example/back",
    )
    text, _ = await house.grants.give(user, asked)
    again = await house.grants.again(user, asked)
    assert again is not None
    assert again[0] == text
    others = {
        "permissions": (view, Permission(Right.CREATE_INVOICE, account.id)),
        "application": "shop-2",
        "redirect": "https://elsewhere.example/back",
    }
    for name, value in others.items():
        other = msgspec.structs.replace(asked, **{name: value})
        assert await house.grants.again(user, other) is None
    await house.grants.revoke_key(user.id, text)
    assert await house.grants.again(user, asked) is None
