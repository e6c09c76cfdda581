"""Every link that opens a wallet, to the letter: a wrong sign in one would lose a payment."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.domain.ledger import Chain
from app.domain.sandbox import CHAIN as SANDBOX
from app.rails.evm.catalogue import KNOWN
from app.services.prompt_views import PromptView
from app.services.views import QuoteView
from app.web import wallets
from app.web.wallets import Kind

TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
PAGE = "https://pay.example/i/pi_0123456789abcdefghijkl"
ENCODED = "https%3A%2F%2Fpay.example%2Fi%2Fpi_0123456789abcdefghijkl"
TWICE = ENCODED.replace("%", "%25")
OKX = "https://web3.okx.com/download?deeplink=okx%3A%2F%2Fwallet%2Fdapp%2Furl%3FdappUrl%3D"
PHANTOM = f"https://phantom.app/ul/browse/{ENCODED}?ref=https%3A%2F%2Fpay.example"
COINBASE = f"https://go.cb-w.com/dapp?cb_url={ENCODED}"

BASE = KNOWN["eip155:8453"].chain
SOLANA = msgspec.structs.replace(
    BASE, id="solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", family="solana"
)
IC = msgspec.structs.replace(BASE, id="icp:mainnet", family="ic")


def quote(contract: str | None = USDC, amount: str = "18", atomic: str = "18000000") -> QuoteView:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return QuoteView(
        ledger="base_usdc",
        chain=BASE.id,
        chain_name="Base",
        symbol="USDC",
        decimals=6,
        contract=contract,
        amount=amount,
        amount_atomic=atomic,
        rate="1",
        rate_at=now,
        rate_sources=(),
        expires_at=now,
        prompt=PromptView(to=TO, uri="ethereum:"),
    )


def hrefs(chain: Chain = BASE, page: str = PAGE, **asked: Any) -> dict[str, str | None]:
    return {one.id: one.href for one in wallets.links(chain, quote(**asked), page)}


def test_a_token_on_base() -> None:
    assert hrefs() == {
        "metamask": f"https://link.metamask.io/send/{USDC}@8453/transfer"
        f"?address={TO}&uint256=18000000",
        "coinbase": COINBASE,
        "trust": f"https://link.trustwallet.com/send?asset=c8453_t{USDC}&address={TO}&amount=18",
        "rainbow": None,
        "rabby": None,
        "okx": f"{OKX}{TWICE}",
        "brave": None,
        "phantom": PHANTOM,
    }


def test_the_chains_own_coin() -> None:
    asked = hrefs(contract=None, amount="0.00642", atomic="6420000000000000")
    assert asked["metamask"] == (f"https://link.metamask.io/send/{TO}@8453?value=6420000000000000")
    assert asked["trust"] == (
        f"https://link.trustwallet.com/send?asset=c8453&address={TO}&amount=0.00642"
    )


@pytest.mark.parametrize(
    ("number", "coin"),
    [
        (1, "60"),
        (10, "10000070"),
        (56, "20000714"),
        (137, "966"),
        (8453, "8453"),
        (42161, "10042221"),
        (43114, "10009000"),
        (11155111, None),
        (84532, None),
    ],
)
def test_every_known_chain_by_the_number_each_wallet_has_for_it(
    number: int, coin: str | None
) -> None:
    asked = hrefs(KNOWN[f"eip155:{number}"].chain, contract=None)
    assert asked["metamask"] == f"https://link.metamask.io/send/{TO}@{number}?value=18000000"
    trust = f"https://link.trustwallet.com/send?asset=c{coin}&address={TO}&amount=18"
    assert asked.get("trust") == (trust if coin else None)
    assert ("phantom" in asked) == (number in {1, 137, 8453})


def test_a_great_amount_is_written_in_plain_digits() -> None:
    whole, atomic = "123456789012345678901234567890", "1" + "0" * 47
    asked = hrefs(contract=None, amount=f"{whole}.5", atomic=atomic)
    assert asked["metamask"] == f"https://link.metamask.io/send/{TO}@8453?value={atomic}"
    assert str(asked["trust"]).endswith(f"&amount={whole}.5")


def test_solana_and_the_internet_computer() -> None:
    browse = f"{ENCODED}?ref=https%3A%2F%2Fpay.example"
    assert hrefs(SOLANA) == {
        "phantom": PHANTOM,
        "backpack": f"https://backpack.app/ul/v1/browse/{browse}",
        "solflare": f"https://solflare.com/ul/v1/browse/{browse}",
    }
    kinds = {one.id: one.kind for one in wallets.links(IC, quote(), PAGE)}
    assert kinds == {"oisy": Kind.SIGNER, "nfid": Kind.SIGNER, "plug": Kind.INJECTED}
    signers = {one.id: one.signer for one in wallets.TABLE if one.signer}
    assert signers == {"oisy": "https://oisy.com/sign", "nfid": "https://nfid.one/rpc"}
    assert wallets.links(SANDBOX, quote(), PAGE) == ()


@pytest.mark.parametrize(
    ("page", "bare", "encoded"),
    [
        (
            "https://kasse.müller.example/i/pi_1",
            "kasse.xn--mller-kva.example/i/pi_1",
            "https%3A%2F%2Fkasse.xn--mller-kva.example%2Fi%2Fpi_1",
        ),
        (
            "https://pay.example:8443/till/i/pi_1?lang=ja&theme=dark",
            "pay.example:8443/till/i/pi_1?lang=ja&theme=dark",
            "https%3A%2F%2Fpay.example%3A8443%2Ftill%2Fi%2Fpi_1%3Flang%3Dja%26theme%3Ddark",
        ),
        (
            "https://pay.example/Kaffee & Kuchen/ü%20",
            "pay.example/Kaffee%20&%20Kuchen/%C3%BC%20",
            "https%3A%2F%2Fpay.example%2FKaffee%2520%26%2520Kuchen%2F%25C3%25BC%2520",
        ),
    ],
)
def test_a_page_whatever_it_is_called(page: str, bare: str, encoded: str) -> None:
    links = hrefs(page=page)
    assert links["coinbase"] == f"https://go.cb-w.com/dapp?cb_url={encoded}"
    assert links["okx"] == OKX + encoded.replace("%", "%25")
    said = wallets._said(BASE, quote(), page)
    metamask = next(one for one in wallets.TABLE if one.id == "metamask")
    trust = next(one for one in wallets.TABLE if one.id == "trust")
    assert metamask.browse
    assert trust.browse
    assert metamask.browse.format_map(said) == f"https://link.metamask.io/dapp/{bare}"
    opened = f"https://link.trustwallet.com/open_url?coin_id=8453&url={encoded}"
    assert trust.browse.format_map(said) == opened
    assert all(href is None or href.isascii() for href in links.values())


def test_a_page_no_phone_can_reach_is_not_browsed_to() -> None:
    links = hrefs(page="http://127.0.0.1:8000/i/pi_1")
    assert {id for id, href in links.items() if href} == {"metamask", "trust"}


def test_where_a_link_opens() -> None:
    """A page takes a window of its own; only a scheme that leaves nothing takes the top."""
    openable = wallets.openable(BASE, quote(), PAGE)
    assert {one.target for one in openable} == {"_blank"}
    own = wallets.Link(id="x", name="X", kind=Kind.BROWSE, href="okx://wallet")
    assert own.target == "_top"


def test_every_row_is_whole() -> None:
    assert [one.id for one in wallets.TABLE] == [
        *("metamask", "coinbase", "trust", "rainbow", "rabby", "okx", "brave"),
        *("phantom", "backpack", "solflare", "oisy", "nfid", "plug"),
    ]
    for one in wallets.TABLE:
        assert one.source, one.id
        assert one.families, one.id
        assert one.injected or one.signer, one.id
        assert bool(one.pay) == bool(one.pay_erc20), one.id
    pairs = dict(wallets.pairs(BASE))
    assert pairs == {
        "MetaMask": "https://link.metamask.io/wc?uri=",
        "Base (Coinbase Wallet)": "https://go.cb-w.com/wc?uri=",
        "Trust Wallet": "https://link.trustwallet.com/wc?uri=",
        "Rainbow": "https://rnbwapp.com/wc?uri=",
        "Rabby": "rabby://wc?uri=",
    }


def test_a_network_as_a_wallet_learns_it() -> None:
    chain = msgspec.structs.replace(BASE, native=("ETH", 18))
    assert wallets.network(chain) == {
        "chainId": "0x2105",
        "chainName": "Base",
        "nativeCurrency": {"name": "ETH", "symbol": "ETH", "decimals": 18},
        "rpcUrls": ["https://mainnet.base.org"],
        "blockExplorerUrls": ["https://basescan.org"],
    }
    assert wallets.network(msgspec.structs.replace(chain, rpc_public=None)) is None
