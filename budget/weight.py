"""Bytes and requests: the same on every machine, so they are gates."""

from collections.abc import Iterator

from app.web.widget import FOLDER
from budget.report import Row
from budget.stage import Stage
from e2e.wire import fetched, reached, weight
from tests.limits import (
    BTCPAY_BR_BYTES_MAX,
    COMPONENTS_BR_BYTES_MAX,
    EMBED_BR_BYTES_MAX,
    LOADER_BR_BYTES_MAX,
    REQUESTS_MAX,
    SCRIPT_BR_BYTES_MAX,
    WIRE_BYTES_MAX,
)

LOADER = "loader.js"


def files() -> Iterator[Row]:
    """Weigh what a site embeds."""
    size = weight(LOADER)
    yield Row(
        line="loader",
        what="the loader, brotli",
        found=f"{size:,} B",
        target=f"≤ {LOADER_BR_BYTES_MAX:,} B",
        anchor="1,309 / 1,727 B",
        met=size <= LOADER_BR_BYTES_MAX,
    )
    more = sorted(reached(LOADER) - {LOADER})
    size = sum(map(weight, more))
    yield Row(
        line="components",
        what=f"all components on demand, brotli ({len(more)} files)",
        found=f"{size:,} B",
        target=f"≤ {COMPONENTS_BR_BYTES_MAX:,} B",
        anchor="– / 188 KB",
        met=0 < size <= COMPONENTS_BR_BYTES_MAX,
    )
    size = sum(weight(f"icpay/{one.name}") for one in (FOLDER / "icpay").glob("*.js"))
    size += weight(LOADER)
    yield Row(
        line="embed",
        what="ICPay's embed script spoken here: the loader, and what translates, brotli",
        found=f"{size:,} B",
        target=f"≤ {EMBED_BR_BYTES_MAX:,} B",
        anchor="– / 193,982 B",
        met=0 < size <= EMBED_BR_BYTES_MAX,
    )
    size = weight("btcpay/btcpay.js")
    yield Row(
        line="modal",
        what="BTCPay's script spoken here, brotli",
        found=f"{size:,} B",
        target=f"≤ {BTCPAY_BR_BYTES_MAX:,} B",
        anchor="",
        met=0 < size <= BTCPAY_BR_BYTES_MAX,
    )


def visits(stage: Stage) -> Iterator[Row]:
    """Visit every screen for the first time, and judge the heaviest."""
    context = stage.browser.new_context()
    url = stage.till.url
    found = {name: fetched(context, url + path) for name, path in stage.scenes.items()}
    context.close()
    bytes = {name: sum(one.bytes for one in some) for name, some in found.items()}
    heaviest = max(bytes, key=lambda name: bytes[name])
    yield Row(
        line="page",
        what=f"a pay page, everything on the wire, of {len(found)} the heaviest ({heaviest})",
        found=f"{bytes[heaviest]:,} B",
        target=f"≤ {WIRE_BYTES_MAX:,} B",
        anchor="4.6 / 143 KB",
        met=bytes[heaviest] <= WIRE_BYTES_MAX,
    )
    script = max(sum(one.script_br for one in some) for some in found.values())
    yield Row(
        line="script",
        what="its scripts before a wallet is asked for, brotli",
        found=f"{script:,} B",
        target=f"≤ {SCRIPT_BR_BYTES_MAX:,} B",
        anchor="1.0 / 76.6 KB",
        met=0 < script <= SCRIPT_BR_BYTES_MAX,
    )
    most = max(map(len, found.values()))
    strangers = {
        one.url for some in found.values() for one in some if not one.url.startswith(f"{url}/")
    }
    yield Row(
        line="requests",
        what="requests to usable; to third parties",
        found=f"{most}; {len(strangers)}",
        target=f"≤ {REQUESTS_MAX}; 0",
        anchor="3; 0 / 21",
        met=most <= REQUESTS_MAX and not strangers,
    )
