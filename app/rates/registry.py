"""The sources this house knows by name, and the ones its settings ask for."""

from collections.abc import Callable

from app.errors import Fault
from app.rates.base import Source
from app.rates.coinbase import Coinbase
from app.rates.coingecko import CoinGecko
from app.rates.fixed import Fixed, read
from app.rates.kraken import Kraken
from app.settings import RateSettings, SettingsError
from app.world import World

SOURCES: dict[str, Callable[..., Source]] = {
    Kraken.name: Kraken,
    Coinbase.name: Coinbase,
    CoinGecko.name: CoinGecko,
}
FIXED = "fixed"


def build(settings: RateSettings, world: World) -> tuple[Source, ...]:
    """Return the sources the settings name, or raise `SettingsError` naming each fault."""
    faults = [
        Fault("rates.sources", f"there is no source {name!r}")
        for name in settings.sources
        if name != FIXED and name not in SOURCES
    ]
    if len(set(settings.sources)) != len(settings.sources):
        faults.append(Fault("rates.sources", "names a source twice"))
    faults += [
        Fault(f"rates.urls.{name}", "must start with https:// or http://")
        for name, url in settings.urls.items()
        if not url.startswith(("https://", "http://"))
    ]
    faults += [
        Fault(f"rates.urls.{name}", f"there is no source {name!r}")
        for name in settings.urls
        if name not in SOURCES
    ]
    try:
        table = read(settings.fixed)
    except ValueError as error:
        faults.append(Fault("rates.fixed", str(error)))
    if faults:
        lines = "\n".join(f"  {fault.field}: {fault.message}" for fault in faults)
        raise SettingsError(f"The configuration is wrong:\n{lines}", faults=tuple(faults))
    return tuple(
        Fixed(world, table)
        if name == FIXED
        else SOURCES[name](world, *([settings.urls[name]] if name in settings.urls else []))
        for name in settings.sources
    )
