"""The demo: an account, keys, a link and a shop, ready to be paid in the sandbox.

What it made is written down in the data directory, so a second start shows the same
keys. A demo is for one machine: it alone lets webhooks reach loopback.
"""

import asyncio
import json
import os
import shutil
from pathlib import Path

import msgspec

from app import log
from app.asgi import create_app
from app.domain.key import KeyKind
from app.house import House
from app.server import Server, listen, prepare, run, server
from app.services.accounts import NewDestination
from app.services.link_requests import NewLink
from app.settings import Settings
from app.web.shop import Wallet, create_shop

READY_SECONDS = 0.01


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the first start made."""

    account: str
    publishable_key: str
    secret_key: str
    shortcode: str


async def demo(settings: Settings, *, as_json: bool, with_devnet: bool) -> None:
    """Serve the demo until told to stop."""
    if as_json and settings.log_level == "info":
        settings = msgspec.structs.replace(settings, log_level="warning")
    log.configure(settings)
    taken = listen(settings.host, settings.port)
    port = taken.getsockname()[1]
    shop_taken = listen(settings.host, port + 1 if settings.port else 0)
    settings = msgspec.structs.replace(settings, port=port, webhook_loopback=True)
    from app import devnet  # late: a plain demo never needs a node

    node = await devnet.start() if with_devnet else None
    if node is not None:
        settings = msgspec.structs.replace(
            settings, chains=(*settings.chains, node.chain()), x402_gas_key=devnet.gas_key()
        )
        # Its chain begins anew with each start, so what was read of the last one must go.
        settings = msgspec.structs.replace(settings, data=settings.data / "devnet")
        shutil.rmtree(settings.data, ignore_errors=True)
    prepare(settings)
    house = House(settings)
    made = await _made(house, settings.data / "demo.json")
    if node is not None:
        new = NewDestination(family="evm", kind="xpub", value=devnet.merchant_xpub())
        await house.accounts.put_destination(made.account, new)
    link = f"{settings.url}/pay/{made.shortcode}"
    first = await house.users.first_link()
    shop_url = f"http://{settings.host}:{shop_taken.getsockname()[1]}"
    wallet = Wallet(rpc=node.rpc, account=node.shopper, chain=devnet.CHAIN) if node else None
    shop = create_shop(settings.url, made.publishable_key, made.shortcode, wallet=wallet)
    front = server(create_app(house, playground_key=made.publishable_key), settings)
    beside = server(shop, settings)
    told = {
        "url": settings.url,
        "account": made.account,
        "publishable_key": made.publishable_key,
        "secret_key": made.secret_key,
        "payment_link": link,
        "shop": shop_url,
        "playground": f"{settings.url}/playground",
        "office": f"{settings.url}/office/welcome/{first}" if first else f"{settings.url}/office",
    }
    telling = asyncio.create_task(_tell([front, beside], told, as_json))
    try:
        await run([(front, taken), (beside, shop_taken)], house)
    finally:
        telling.cancel()
        if node is not None:
            await node.stop()


async def _made(house: House, path: Path) -> Made:
    """Return what the demo made on its first start, making it now if this is the first."""
    before = _noted(path)
    if before is not None and any(one.id == before.account for one in await house.accounts.all()):
        return before
    account = await house.accounts.create("Demo shop", livemode=False)
    secret = await house.accounts.make_key(account, KeyKind.SECRET)
    publishable = await house.accounts.make_key(account, KeyKind.PUBLISHABLE)
    new = NewLink(
        name="A pot of coffee",
        description="Freshly brewed, paid in the sandbox.",
        amount="4.50",
        currency="USD",
    )
    link, _ = await house.links.create(account, new)
    made = Made(
        account=account.id,
        publishable_key=publishable.key,
        secret_key=secret.key,
        shortcode=link.shortcode,
    )
    _note(path, made)
    return made


def _noted(path: Path) -> Made | None:
    return msgspec.json.decode(path.read_bytes(), type=Made) if path.exists() else None


def _note(path: Path, made: Made) -> None:
    """Write the keys down for their owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(made))


async def _tell(servers: list[Server], told: dict[str, str], as_json: bool) -> None:
    """Say where everything is once it answers."""
    while not all(one.started for one in servers):  # noqa: ASYNC110 -- uvicorn has no event
        await asyncio.sleep(READY_SECONDS)
    if as_json:
        print(json.dumps(told), flush=True)
        return
    print(
        "\n".join(
            (
                "",
                "  Opentill is ready. Pay it in the sandbox:",
                "",
                f"  Pay link         {told['payment_link']}",
                f"  Demo shop        {told['shop']}",
                f"  Playground       {told['playground']}",
                f"  Office           {told['office']}",
                f"  Server           {told['url']}",
                f"  Publishable key  {told['publishable_key']}",
                f"  Secret key       {told['secret_key']}",
                "",
                "  Ctrl+C stops it.",
                "",
            )
        ),
        flush=True,
    )
