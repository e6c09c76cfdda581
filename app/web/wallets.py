"""Wallets: which can pay a ledger, and how a link opens them. Facts, one row a wallet.

No wallet app runs where this is tested: the tests pin what each vendor's page says, and a
row names that page. Where only other people's code shows a format, the row says so. A
wallet that is known to take no link at all has its row too, so that nobody looks twice.
"""

from enum import StrEnum
from urllib.parse import quote as percent
from urllib.parse import urlsplit, urlunsplit

import msgspec

from app.domain.ledger import Chain
from app.services.views import QuoteView


class Kind(StrEnum):
    """How a wallet is reached."""

    PAY = "pay"  # a link that carries place and amount
    BROWSE = "browse"  # a link that opens our page in the wallet's own browser
    INJECTED = "injected"  # it finds the page, no link finds it
    SIGNER = "signer"  # a window of its own, which our page would talk to


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """One wallet. `families` says where it pays: chains by CAIP-2, or every one (empty).

    The forms are filled with `{to}`, `{contract}`, `{number}` (of an EVM chain), `{atomic}`
    and `{amount}` (plain digits), `{coin}` (Trust's), and of our page `{url}`, `{origin}`
    (percent-encoded), `{bare}` (host and path alone).
    """

    id: str
    name: str
    families: dict[str, tuple[str, ...]]
    source: str
    pay: str | None = None  # the chain's own coin
    pay_erc20: str | None = None
    browse: str | None = None
    pair: str | None = None  # a WalletConnect pairing is put behind it, percent-encoded
    signer: str | None = None
    injected: bool = False

    def pays(self, chain: Chain) -> bool:
        chains = self.families.get(chain.family)
        return chains is not None and (not chains or chain.id in chains)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet that can pay a quote, and the link that opens it, if any does."""

    id: str
    name: str
    kind: Kind
    href: str | None

    @property
    def target(self) -> str:
        """Where it opens: an app takes a scheme of its own, a page wants a window.

        A link by https that no app answers shows the vendor's page: it must not take the
        place of a shop that stands around us. A scheme that nobody answers leaves nothing.
        """
        return "_blank" if (self.href or "").startswith("https:") else "_top"


EVERY: tuple[str, ...] = ()

# Trust names chains by SLIP-44 or, where several share one, by numbers of its own:
# github.com/trustwallet/wallet-core, registry.json, "coinId".
TRUST_COINS = {
    "eip155:1": 60,
    "eip155:10": 10000070,
    "eip155:56": 20000714,
    "eip155:137": 966,
    "eip155:8453": 8453,
    "eip155:42161": 10042221,
    "eip155:43114": 10009000,
}

TABLE = (
    Wallet(
        id="metamask",
        name="MetaMask",
        families={"evm": EVERY},
        pay="https://link.metamask.io/send/{to}@{number}?value={atomic}",
        pay_erc20=(
            "https://link.metamask.io/send/{contract}@{number}/transfer"
            "?address={to}&uint256={atomic}"
        ),
        browse="https://link.metamask.io/dapp/{bare}",
        pair="https://link.metamask.io/wc?uri=",
        injected=True,
        source="docs.metamask.io/metamask-connect/evm/guides/metamask-exclusive/use-deeplinks",
    ),
    Wallet(
        id="coinbase",
        name="Base (Coinbase Wallet)",
        families={"evm": EVERY},
        browse="https://go.cb-w.com/dapp?cb_url={url}",
        pair="https://go.cb-w.com/wc?uri=",
        injected=True,
        source="docs.cdp.coinbase.com/coinbase-wallet/developer-guidance/mobile-dapp-integration",
    ),
    Wallet(
        id="trust",
        name="Trust Wallet",
        families={"evm": tuple(TRUST_COINS)},
        pay="https://link.trustwallet.com/send?asset=c{coin}&address={to}&amount={amount}",
        pay_erc20=(
            "https://link.trustwallet.com/send"
            "?asset=c{coin}_t{contract}&address={to}&amount={amount}"
        ),
        browse="https://link.trustwallet.com/open_url?coin_id={coin}&url={url}",
        pair="https://link.trustwallet.com/wc?uri=",
        injected=True,
        source="developer.trustwallet.com/developer/develop-for-trust/deeplinking",
    ),
    Wallet(
        id="rainbow",
        name="Rainbow",
        families={"evm": EVERY},
        pair="https://rnbwapp.com/wc?uri=",
        injected=True,
        source="github.com/rainbow-me/rainbowkit, which pairs so; no other link is told of",
    ),
    Wallet(
        id="rabby",
        name="Rabby",
        families={"evm": EVERY},
        pair="rabby://wc?uri=",
        injected=True,
        source="the WalletConnect registry; public code shows two browse links that differ",
    ),
    Wallet(
        id="okx",
        name="OKX Wallet",
        families={"evm": EVERY},
        browse=(
            "https://web3.okx.com/download?deeplink=okx%3A%2F%2Fwallet%2Fdapp%2Furl%3FdappUrl%3D{url2}"
        ),
        injected=True,
        source="web3.okx.com/build/docs/waas/app-universal-link",
    ),
    Wallet(
        id="brave",
        name="Brave Wallet",
        families={"evm": EVERY},
        injected=True,
        source="no link is told of: it is part of the Brave browser, and announces itself there",
    ),
    Wallet(
        id="phantom",
        name="Phantom",
        families={"solana": EVERY, "evm": ("eip155:1", "eip155:137", "eip155:8453")},
        browse="https://phantom.app/ul/browse/{url}?ref={origin}",
        injected=True,
        source="docs.phantom.com/phantom-deeplinks/other-methods/browse",
    ),
    Wallet(
        id="backpack",
        name="Backpack",
        families={"solana": EVERY},
        browse="https://backpack.app/ul/v1/browse/{url}?ref={origin}",
        injected=True,
        source="support.backpack.exchange/wallet/technical-docs/deeplinks/other-methods/browse",
    ),
    Wallet(
        id="solflare",
        name="Solflare",
        families={"solana": EVERY},
        browse="https://solflare.com/ul/v1/browse/{url}?ref={origin}",
        injected=True,
        source="docs.solflare.com/solflare/technical/deeplinks/other-methods/browse",
    ),
    Wallet(
        id="oisy",
        name="OISY",
        families={"ic": EVERY},
        signer="https://oisy.com/sign",
        source="github.com/dfinity/oisy-wallet-signer: ICRC-25 by a window; it has no pay link",
    ),
    Wallet(
        id="nfid",
        name="NFID",
        families={"ic": EVERY},
        signer="https://nfid.one/rpc",
        source="public code that opens its signer by ICRC-25; it has no pay link",
    ),
    Wallet(
        id="plug",
        name="Plug",
        families={"ic": EVERY},
        injected=True,
        source="docs.plugwallet.ooo: window.ic.plug of its extension; it has no pay link",
    ),
)

# What connects a browser's own wallet to the page: a file of the widget for each family.
CONNECTORS = {"evm": "wallet.js"}


def links(chain: Chain, quote: QuoteView, page: str) -> tuple[Link, ...]:
    """Return every wallet that can pay a quote, by the best way it has on a phone."""
    said = _said(chain, quote, page)
    return tuple(_link(one, quote, said) for one in TABLE if one.pays(chain))


def openable(chain: Chain, quote: QuoteView, page: str) -> tuple[Link, ...]:
    """Return those that a link opens."""
    return tuple(one for one in links(chain, quote, page) if one.href is not None)


def pairs(chain: Chain) -> tuple[tuple[str, str], ...]:
    """Return the name of each wallet that takes a WalletConnect pairing, and its link."""
    return tuple((one.name, one.pair) for one in TABLE if one.pair and one.pays(chain))


def network(chain: Chain) -> dict[str, object] | None:
    """Return a chain as EIP-3085 describes it to a wallet that must add it, if we can."""
    if chain.rpc_public is None or chain.native is None:
        return None
    symbol, decimals = chain.native
    described: dict[str, object] = {
        "chainId": hex(int(chain.id.removeprefix("eip155:"))),
        "chainName": chain.name,
        "nativeCurrency": {"name": symbol, "symbol": symbol, "decimals": decimals},
        "rpcUrls": [chain.rpc_public],
    }
    if chain.explorer_tx is not None:
        parts = urlsplit(chain.explorer_tx)
        described["blockExplorerUrls"] = [f"{parts.scheme}://{parts.netloc}"]
    return described


def _link(wallet: Wallet, quote: QuoteView, said: dict[str, str]) -> Link:
    pay = wallet.pay if quote.contract is None else wallet.pay_erc20
    kind, form = Kind.INJECTED, None
    if pay is not None:
        kind, form = Kind.PAY, pay
    elif wallet.browse is not None:
        kind = Kind.BROWSE
        form = wallet.browse if said["url"] else None  # no phone reaches a page without https
    elif wallet.signer is not None:
        kind = Kind.SIGNER
    href = form.format_map(said) if form is not None else None
    return Link(id=wallet.id, name=wallet.name, kind=kind, href=href)


def _said(chain: Chain, quote: QuoteView, page: str) -> dict[str, str]:
    """Return what the forms are filled with."""
    url = ascii_url(page)
    parts = urlsplit(url)
    reachable = parts.scheme == "https"
    encoded = percent(url, safe="") if reachable else ""
    return {
        "to": quote.prompt.to if quote.prompt is not None else "",
        "contract": quote.contract or "",
        "number": chain.id.rpartition(":")[2],
        "atomic": quote.amount_atomic,
        "amount": quote.amount,
        "coin": str(TRUST_COINS.get(chain.id, "")),
        "url": encoded,
        "url2": percent(encoded, safe=""),  # a link within a link
        "origin": percent(f"{parts.scheme}://{parts.netloc}", safe=""),
        "bare": url.partition("://")[2],
    }


def ascii_url(url: str) -> str:
    """Return a URL as a browser would send it: the host by IDNA, the rest percent-encoded."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    netloc = f"{host}:{parts.port}" if parts.port else host
    kept = "/:@!$&'()*+,;=-._~%?"
    path, query = percent(parts.path, safe=kept), percent(parts.query, safe=kept)
    return urlunsplit((parts.scheme, netloc, path, query, ""))
