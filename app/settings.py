"""Settings: environment over `opentill.toml` over defaults. Every fault is listed at once.

An environment variable is the setting's name in capitals behind `OPENTILL_`
(`OPENTILL_DATABASE_URL`); `PORT` alone is also read, since hosts set it. Tables
(`[[chains]]`, `[rates]`) live in the file only.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.errors import CheckoutError, Fault

SMTP = ("smtp", "smtps", "smtp+starttls")
LISTS = ("trusted_proxies", "node_hosts")
DATABASES = ("sqlite:", "postgresql:", "postgresql+psycopg:")


class SettingsError(CheckoutError):
    """The configuration is wrong; `faults` names each wrong setting."""

    code = "settings"
    title = "The configuration is wrong"
    hint = "Correct the settings named and start again."


class DepthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of `[[chains.depths]]`: `confirmations` absent means finality."""

    confirmations: int | None = None
    up_to: Decimal | None = None


class TokenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of `[[chains.tokens]]`: an ERC-20 the catalogue does not know."""

    symbol: str
    contract: str
    decimals: int
    asset: str | None = None  # what rate sources price; the symbol when absent
    name: str | None = None
    precision: int | None = None
    eip712: tuple[str, str] | None = None


class ChainSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[chains]]` block. Whatever the built-in catalogue knows may be left out."""

    id: str  # CAIP-2: eip155:8453
    rpc: tuple[str, ...] = ()  # nodes, or other sources; the family says whether it needs any
    short: str | None = None
    name: str | None = None
    livemode: bool | None = None
    native: str | None = None  # symbol of the native coin; "" for none offered
    native_asset: str | None = None
    tokens: tuple[TokenSettings, ...] = ()
    only: tuple[str, ...] | None = None  # symbols to offer; all when absent
    depths: tuple[DepthSettings, ...] | None = None
    block_seconds: Decimal | None = None
    explorer_tx: str | None = None
    rpc_public: str | None = None  # told to shoppers' wallets: never one of your own keyed URLs
    scan_seconds: Decimal | None = None
    lag_seconds_max: int | None = None
    gas_daily: Decimal | None = (
        None  # most spent on gas a day, in the native coin; see x402_gas_key
    )


class RateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[rates]`: which sources to ask and how much to believe them."""

    sources: tuple[str, ...] = ("kraken", "coinbase", "coingecko")
    urls: dict[str, str] = {}  # source → base URL, to point at a mirror or a test server
    fixed: dict[str, Decimal] = {}  # "ETH/USD" = "2000", read by the `fixed` source
    fresh_seconds: int = 60  # ask again after this
    stale_seconds_max: int = 300  # refuse to price on anything older
    spread_bps_max: int = 300  # a source further than this from the median is dropped


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One house's settings."""

    data: Path = Path("var")
    database_url: str = ""  # empty: SQLite in `data`; or postgresql://…
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # empty: http://{host}:{port}
    secret_key: str = ""  # empty: made once and kept in `data`, mode 0600
    sandbox: bool = True  # offer the sandbox chain to test accounts
    sandbox_block_seconds: Decimal = Decimal(2)
    playground: bool = False  # show the widget at /playground, with a test account of its own
    webhook_loopback: bool = False  # let webhooks reach this machine: for demos and tests only
    node_hosts: tuple[str, ...] = ()  # private hosts at which accounts' Lightning nodes may be
    trusted_proxies: tuple[str, ...] = ()
    walletconnect: str = ""  # its vendor's bundle; empty: looked for in node_modules
    metrics_token: str = ""  # who may read /metrics; empty: whoever is on the private network
    log_level: str = "info"
    log_json: bool = False
    body_bytes_max: int = 262_144
    stream_seconds_max: int = 600
    smtp_url: str = ""  # smtp://user:password@host:port; empty: no mail is sent
    mail_from: str = ""  # the address receipts come from
    x402_gas_key: str = ""  # pays for the gas of x402 payments; from the environment
    x402_gas_daily: Decimal = Decimal("0.05")  # most of a chain's own coin spent on gas a day
    x402_payer_hourly: int = 60  # settlements taken on from one payer an hour
    watch_days: int = 30  # how long an address is watched after its intent expired
    quote_seconds: int = 900  # how long one price holds
    chains: tuple[ChainSettings, ...] = ()
    rates: RateSettings = RateSettings()

    @property
    def url(self) -> str:
        """The address people reach this house at, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def database(self) -> str:
        url = self.database_url or f"sqlite:///{self.data / 'opentill.db'}"
        return url.replace("postgres://", "postgresql://", 1)  # as some hosts still write it

    @property
    def is_sqlite(self) -> bool:
        return self.database.startswith("sqlite")


def load(environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Read the settings, or raise `SettingsError` naming every fault at once.

    `given` (the command line) wins over the environment, which wins over the file:
    `opentill.toml` in the working directory, or the path in `OPENTILL_CONFIG`.
    """
    faults: list[Fault] = []
    raw = _file(environ, faults)
    known = {field.name for field in msgspec.structs.fields(Settings)}
    tables = {"chains", "rates"}
    if port := environ.get("PORT"):
        raw["port"] = port
    for name, value in environ.items():
        if not name.startswith("OPENTILL_") or name == "OPENTILL_CONFIG":
            continue
        setting = name.removeprefix("OPENTILL_").lower()
        if setting in tables or setting not in known:
            faults.append(Fault(name, "is no setting"))
        elif setting in LISTS:
            raw[setting] = [part.strip() for part in value.split(",") if part.strip()]
        else:
            raw[setting] = value
    raw |= {name: value for name, value in given.items() if value is not None}
    settings = _decode(raw, faults)
    if faults:
        lines = "\n".join(f"  {fault.field}: {fault.message}" for fault in faults)
        raise SettingsError(f"The configuration is wrong:\n{lines}", faults=tuple(faults))
    return settings


def _file(environ: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    path = Path(environ.get("OPENTILL_CONFIG", "opentill.toml"))
    if not path.exists():
        if "OPENTILL_CONFIG" in environ:
            faults.append(Fault("OPENTILL_CONFIG", f"there is no file {path}"))
        return {}
    try:
        return tomllib.loads(path.read_text(), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(str(path), f"is not TOML: {error}"))
        return {}


def _decode(raw: dict[str, Any], faults: list[Fault]) -> Settings:
    """Decode field by field, so that each fault is named and none hides another."""
    decoded: dict[str, Any] = {}
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    for name, value in raw.items():
        if name not in fields:
            faults.append(Fault(name, "is no setting"))
            continue
        if name == "data":
            decoded[name] = Path(value)
            continue
        try:
            decoded[name] = msgspec.convert(value, fields[name].type, strict=False)
        except msgspec.ValidationError as error:
            faults.append(Fault(name, str(error)))
    settings = Settings(**decoded)
    if not 0 <= settings.port <= 65535:
        faults.append(Fault("port", "must be between 0 and 65535"))
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        faults.append(Fault("log_level", "must be debug, info, warning or error"))
    if not settings.database.startswith(DATABASES):
        faults.append(Fault("database_url", "must start with sqlite: or postgresql:"))
    if settings.playground and not settings.sandbox:
        faults.append(Fault("playground", "needs the sandbox, which is off"))
    faults += _mail_faults(settings)
    if settings.x402_gas_key and not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", settings.x402_gas_key):
        faults.append(Fault("x402_gas_key", "must be a private key: 64 hexadecimal digits"))
    return settings


def _mail_faults(settings: Settings) -> list[Fault]:
    """Return what is wrong with how mail is to be sent, without the URL: it has a password."""
    if not settings.smtp_url:
        return []
    faults: list[Fault] = []
    try:
        url = urlsplit(settings.smtp_url)
        whole = url.scheme in SMTP and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        whole = False
    if not whole:
        forms = "smtp://, smtps:// or smtp+starttls://"
        faults.append(Fault("smtp_url", f"must be {forms}user:password@host:port"))
    if not re.fullmatch(r"[^@]*[^@\s<]+@[^@\s>]+>?", settings.mail_from):
        faults.append(Fault("mail_from", "must be an e-mail address when smtp_url is set"))
    return faults
