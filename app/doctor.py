"""The doctor: tells what is set up, what can be reached, and what is missing.

It changes nothing: no migration, no key, no folder. Each line is `ok`, `note` (works, but
look at it) or `FIX` (payments or people will suffer); one FIX makes the exit status 1.
"""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from app.domain import money
from app.domain.account import Account
from app.domain.ledger import Chain
from app.domain.sandbox import FAMILY as SANDBOX
from app.errors import CheckoutError
from app.house import House
from app.rails.base import Rail
from app.services.postman import Undelivered
from app.settings import Settings, SettingsError
from app.storage.migrate import head, version
from app.web import walletconnect

CHAIN_SECONDS_MAX = 20.0
SECRET_LENGTH_MIN = 32
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Report:
    """What was found, printed as it is found."""

    def __init__(self) -> None:
        self.faults = 0

    def ok(self, what: str, text: str) -> None:
        print(f"ok    {what:<12} {text}")

    def note(self, what: str, text: str) -> None:
        print(f"note  {what:<12} {text}")

    def fix(self, what: str, text: str) -> None:
        self.faults += 1
        print(f"FIX   {what:<12} {text}")


class Nobody:
    """A watch that nobody waits on: looking at a chain must not look for payments."""

    async def among(self, addresses: Collection[str]) -> set[str]:
        return set()

    async def few(self, limit: int) -> list[str] | None:
        return []


async def examine(settings: Settings) -> int:
    """Print what is so; return 0 when nothing needs fixing."""
    report = Report()
    _addresses(settings, report)
    _webhooks(settings, report)
    kept = _secret(settings, report)
    migrated = _database(settings, report)
    if migrated and not kept:
        report.fix("secret key", "is gone: what the database keeps can no longer be read")
    if not kept or not migrated:
        print("The rest can be looked at once the data is there: `opentill migrate`.")
        return 1 if report.faults else 0
    try:
        house = House(settings)
    except SettingsError as error:
        for fault in error.faults:
            report.fix("settings", f"{fault.field} {fault.message}")
        return 1
    try:
        await _accounts(house, report)
        real = [one for one in house.rails.values() if one.chain.family != SANDBOX]
        await asyncio.gather(*(_chain(house, one, report) for one in real))
        await asyncio.gather(*(_gas(house, id, report) for id in house.x402.schemes))
        await _rates(house, report)
        await _mail(house, report)
    finally:
        await house.close()
    return 1 if report.faults else 0


def _addresses(settings: Settings, report: Report) -> None:
    """The address people reach this house at is in every link it hands out."""
    host = urlsplit(settings.url).hostname or ""
    if not settings.public_url:
        report.note("public_url", f"is not set: links and pages will say {settings.url}")
    elif not settings.url.startswith("https://") and host not in LOOPBACK:
        report.fix("public_url", f"{settings.url} is not https: wallets and browsers will balk")
    else:
        report.ok("public_url", settings.url)
    if settings.trusted_proxies:
        report.ok("proxies", f"trusted: {', '.join(settings.trusted_proxies)}")


def _webhooks(settings: Settings, report: Report) -> None:
    if settings.webhook_loopback:
        text = "webhook_loopback is on: a merchant can make this machine call itself"
        report.note("webhooks", f"{text}. For demos and tests only.")
    else:
        report.ok("webhooks", "reach public addresses only")


def _secret(settings: Settings, report: Report) -> bool:
    """Look at the key all others hang on; tell whether there is one."""
    if settings.secret_key:
        if len(settings.secret_key) < SECRET_LENGTH_MIN:
            report.fix("secret key", f"is shorter than {SECRET_LENGTH_MIN} characters")
        else:
            report.ok("secret key", "comes from OPENTILL_SECRET_KEY")
        return True
    path = settings.data / "secret.key"
    if not path.exists():
        report.note("secret key", f"{path} is made on the first start")
        return False
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        report.fix("secret key", f"{path} has mode {mode:04o}: others can read it; chmod 600")
    elif not os.access(path, os.R_OK):
        report.fix("secret key", f"{path} cannot be read by this user")
        return False
    else:
        report.ok("secret key", f"{path}, mode {mode:04o}. It belongs in every backup.")
    return True


def _database(settings: Settings, report: Report) -> bool:
    """Look at the database; tell whether it can be used as it is."""
    where = _where(settings)
    if settings.is_sqlite and not _sqlite_path(settings).exists():
        report.note("database", f"{where} is made on the first start")
        return False
    try:
        found = version(settings.database)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        report.fix("database", f"{where} cannot be reached: {type(error).__name__}")
        return False
    if found is None:
        report.note("database", f"{where} is empty: `opentill migrate` or the next start fills it")
        return False
    if found != head():
        report.fix("database", f"{where} is at {found}, this version needs {head()}: migrate")
        return False
    report.ok("database", f"{where}, version {found}")
    return True


def _sqlite_path(settings: Settings) -> Path:
    return Path(settings.database.removeprefix("sqlite:///"))


def _where(settings: Settings) -> str:
    """Name the database without its password."""
    if settings.is_sqlite:
        return f"SQLite in {_sqlite_path(settings)}"
    parts = urlsplit(settings.database)
    return f"PostgreSQL at {parts.hostname or 'a socket'}{parts.path}"


async def _accounts(house: House, report: Report) -> None:
    """An account that nobody can pay refuses every intent."""
    found = await house.accounts.all()
    if not found:
        report.note("accounts", "there are none: `opentill account NAME`")
    for account in found:
        has = {one.family for one in await house.accounts.destinations(account.id)}
        chains = [one for one in house.catalogue.chains.values() if _is_for(one, account)]
        payable = [one.name for one in chains if one.family in has]
        name = f"{account.name} ({account.id}, {'live' if account.livemode else 'test'})"
        if payable:
            report.ok("account", f"{name} can be paid on {', '.join(payable)}")
        elif not chains:
            report.note("account", f"{name}: no chain of its mode is configured")
        else:
            families = ", ".join(sorted({one.family for one in chains}))
            report.fix("account", f"{name} has no destination: `opentill destination` ({families})")
        _framing(account, report)
        _recipients(account, report)
        _walletconnect(house, account, report)


def _framing(account: Account, report: Report) -> None:
    """A checkout that any site may lay over its page can be laid over a fraud's."""
    if account.allowed_origins:
        report.ok("framing", f"only {', '.join(account.allowed_origins)} may show the modal")
    elif account.livemode:
        text = "any site may show its modal: name yours as allowed_origins in PATCH /v1/account"
        report.note("framing", f"{account.name}: {text}")


def _recipients(account: Account, report: Report) -> None:
    """Whoever may say who is paid may say themselves."""
    if account.livemode and account.browser_recipients:
        text = "takes recipients from browsers: anybody with its pk_ key can pay themselves"
        report.note("recipients", f"{account.name} {text}, and the intent succeeds")


def _walletconnect(house: House, account: Account, report: Report) -> None:
    """A merchant who wants WalletConnect needs its vendor's bundle on this machine."""
    if account.walletconnect_project_id is None:
        return
    if path := walletconnect.file(house.settings):
        report.ok("walletconnect", f"{account.name} offers it, by {path}")
        return
    text = (
        f"{account.name} offers it, and its bundle is missing: `npm install --no-save "
        f"{walletconnect.PACKAGE}` beside the server, or set OPENTILL_WALLETCONNECT to the "
        "path of that package's dist/index.umd.js"
    )
    report.fix("walletconnect", text)


def _is_for(chain: Chain, account: Account) -> bool:
    return chain.livemode is account.livemode


async def _chain(house: House, rail: Rail, report: Report) -> None:
    """Look at a chain's newest block. Its nodes are checked to serve that very chain."""
    chain = rail.chain
    name = f"{chain.name} ({chain.id})"
    try:
        async with asyncio.timeout(CHAIN_SECONDS_MAX):
            seen = await rail.scan(None, Nobody())
    except TimeoutError:
        report.fix("chain", f"{name} did not answer in {CHAIN_SECONDS_MAX:.0f} seconds")
        return
    except CheckoutError as error:
        report.fix("chain", f"{name}: {error.detail}")
        return
    lag_seconds = max(int((house.world.now() - seen.tip_at).total_seconds()), 0)
    text = f"{name} is at block {seen.tip}, {lag_seconds} s ago"
    if chain.lag_seconds_max is not None and lag_seconds > chain.lag_seconds_max:
        report.fix("chain", f"{text}: its nodes are behind, so nobody is offered it")
    else:
        report.ok("chain", text)


async def _gas(house: House, id: str, report: Report) -> None:
    """Look at what pays for the gas of x402 payments on a chain."""
    scheme, name = house.x402.schemes[id], house.catalogue.chains[id].name
    who = f"gas on {name} is paid by {scheme.gas_account}"
    try:
        async with asyncio.timeout(CHAIN_SECONDS_MAX):
            left = await scheme.gas_left()
    except (TimeoutError, CheckoutError):
        left = None
    if left is None:
        report.fix("x402", f"{who}, and nobody can say what it has")
    elif left == 0:
        report.fix("x402", f"{who}, which has none of the chain's coin: send it some")
    else:
        native = house.catalogue.chains[id].native or ("", 18)
        units = money.units(left, native[1])
        report.ok("x402", f"{who}, which has {units} {native[0]}".rstrip())


async def _rates(house: House, report: Report) -> None:
    """Ask each source for what the configured ledgers need, in dollars."""
    livemode = [one for one in house.catalogue if house.catalogue.chains[one.chain].livemode]
    if not livemode:
        report.ok("rates", "no live ledger needs any; test money has fixed ones")
        return
    await house.prices.refresh({(one.asset, "USD") for one in livemode})
    answering = 0
    for source in house.prices.status():
        if source.error is not None:
            report.note("rates", f"{source.name} does not answer: {source.error}")
        else:
            answering += 1
            report.ok("rates", f"{source.name} answers, {source.pairs} prices")
    if not answering:
        report.fix("rates", "no source answers: nothing can be priced")
    priced = await house.prices.some({(one.asset, "USD") for one in livemode}, sandbox=False)
    for asset in sorted({one.asset for one in livemode} - {pair[0] for pair in priced}):
        report.fix("rates", f"nobody vouches for a price of {asset}: it is not offered")


async def _mail(house: House, report: Report) -> None:
    """Greet the mail server and sign in; nothing is sent."""
    if house.postman is None:
        report.ok("mail", "none is sent: OPENTILL_SMTP_URL names no server")
        return
    try:
        where = await house.postman.check()
    except Undelivered as error:
        report.fix("mail", f"the server does not take it: {error.word}")
    else:
        report.ok("mail", f"{where} answers; receipts come from {house.settings.mail_from}")
