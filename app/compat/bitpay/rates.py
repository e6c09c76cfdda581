"""`/rates`: what a coin costs, as the account's invoices are priced."""

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.compat.bitpay import wire
from app.compat.bitpay.entities import RateEntity
from app.domain import money
from app.domain.account import Account
from app.errors import Invalid, NotFound
from app.services.prices import Prices
from app.words import formats

PAIRS_MAX = 50
TEXT_MAX = 600
COIN = "BTC"
# What is told where no pair is named: BTCPay Server tells what its store was set to.
COMMON = ("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "INR", "BRL", "MXN")
Asked = Request[Any, Any, Any]
Pair = tuple[str, str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which rates."""

    currency_pairs: str | None = None
    crypto_code: str | None = None


class RateController(Controller):
    """`/rates`, and `/api/rates` without its envelope."""

    @get("/rates")
    async def index(
        self,
        request: Asked,
        market: NamedDependency[Account],
        prices: NamedDependency[Prices],
    ) -> Response[bytes]:
        """Return the rates asked for."""
        found = await _rates(_wanted(request), market, prices)
        return wire.answer(wire.Data(data=found))

    @get("/api/rates")
    async def bare(
        self,
        request: Asked,
        market: NamedDependency[Account],
        prices: NamedDependency[Prices],
    ) -> Response[bytes]:
        """Return the rates asked for, in no envelope."""
        return wire.answer(await _rates(_wanted(request), market, prices))

    @get("/rates/{base:str}")
    async def of_coin(
        self,
        base: FromPath[str],
        market: NamedDependency[Account],
        prices: NamedDependency[Prices],
    ) -> Response[bytes]:
        """Return what one coin costs in the common currencies."""
        coin = _code(base)
        found = await _rates([(coin, code) for code in COMMON if code != coin], market, prices)
        return wire.answer(wire.Data(data=found))

    @get("/rates/{base:str}/{currency:str}")
    async def of_pair(
        self,
        base: FromPath[str],
        currency: FromPath[str],
        market: NamedDependency[Account],
        prices: NamedDependency[Prices],
    ) -> Response[bytes]:
        """Return one rate, by itself."""
        found = await _rates([(_code(base), _code(currency))], market, prices)
        if not found:
            raise NotFound("There is no rate of this pair now.")
        return wire.answer(wire.Data(data=found[0]))


def _wanted(request: Asked) -> list[Pair]:
    """Read the pairs a request names, such as BTC_USD,LTC_EUR."""
    wanted = wire.query(request, Wanted)
    text = wanted.currency_pairs
    if not text:
        coin = _code(wanted.crypto_code or COIN)
        return [(coin, code) for code in COMMON]
    names = text[:TEXT_MAX].split(",")
    if len(names) > PAIRS_MAX or len(text) > TEXT_MAX:
        raise Invalid.field("currencyPairs", f"must be at most {PAIRS_MAX}")
    return list(dict.fromkeys(_pair(name) for name in names))


def _pair(name: str) -> Pair:
    left, line, right = name.strip().partition("_")
    if not line and len(left) == 6:  # BTCUSD
        left, right = left[:3], left[3:]
    if not (left and right):
        raise Invalid(f"Currency pair {name[:20]} uncorrectly formatted")
    return _code(left), _code(right)


def _code(text: str) -> str:
    return text.strip().upper()[:16]


async def _rates(pairs: list[Pair], account: Account, prices: Prices) -> list[RateEntity]:
    """Return the rates there are; a pair nobody has a price of is left out."""
    known = money.known_currencies()
    meant = [pair for pair in pairs if pair[0] in known and pair[1] in known]
    asked = {one for pair in meant for one in _asked(pair)}
    priced = await prices.some(asked, sandbox=not account.livemode)
    found = []
    for pair in meant:
        legs = [priced.get(one) for one in _asked(pair)]
        if None in legs:
            continue
        worth = [one.price for one in legs if one is not None]
        rate = worth[0] if len(worth) == 1 else money.round_rate(worth[1] / worth[0])
        coin, code = pair
        found.append(
            RateEntity(
                name=formats.currency("en", code),
                crypto_code=coin,
                currency_pair=f"{coin}_{code}",
                code=code,
                rate=rate,
            )
        )
    return found


def _asked(pair: Pair) -> tuple[Pair, ...]:
    """Return what to ask for: a coin has a price, and a currency is worth what it buys of one."""
    left, right = pair
    if left in money.CRYPTO:
        return (pair,)
    return (COIN, left), (COIN, right)
