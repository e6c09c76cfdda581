"""Networks: how each writes addresses and keys, and what makes a block of it.

Prefixes are those of the nodes' own `chainparams.cpp` and of SLIP-132. A network is known by
its first block (CAIP-2, namespace bip122): 32 digits of that block's hash.
"""

from typing import Any

import msgspec

BARE = bytes.fromhex("0488b21e")  # xpub, the form everything is read in

Keys = tuple[tuple[str, str], ...]

MAIN_KEYS: Keys = (("0488b21e", "wpkh"), ("049d7cb2", "sh(wpkh)"), ("04b24746", "wpkh"))  # x, y, z
TEST_KEYS: Keys = (("043587cf", "wpkh"), ("044a5262", "sh(wpkh)"), ("045f1cf6", "wpkh"))  # t, u, v
# Litecoin has letters of its own, and its wallets write Bitcoin's too.
LITECOIN_KEYS: Keys = (*MAIN_KEYS, ("019da462", "wpkh"), ("01b26ef6", "sh(wpkh)"))  # Ltub, Mtub
LITECOIN_TEST_KEYS: Keys = (*TEST_KEYS, ("0436f6e1", "wpkh"))  # ttub


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """One network of one coin."""

    scheme: str  # of payment links: bitcoin, litecoin
    bech32: str
    p2pkh: int
    p2sh: tuple[int, ...]  # the one written first; others are read too
    keys: Keys  # version of an extended public key → the script it stands for
    scrypt: bool = False  # what must be small of a block's header: its scrypt, not its hash
    retargets: bool = True  # False: anybody may make a block, so how hard it was says nothing

    @property
    def embit(self) -> dict[str, Any]:
        """Return the prefixes as embit wants them."""
        return {
            "p2pkh": bytes([self.p2pkh]),
            "p2sh": bytes([self.p2sh[0]]),
            "bech32": self.bech32,
        }


def _bitcoin(bech32: str, *, live: bool = False, retargets: bool = False) -> Network:
    return Network(
        scheme="bitcoin",
        bech32=bech32,
        p2pkh=0x00 if live else 0x6F,
        p2sh=(0x05,) if live else (0xC4,),
        keys=MAIN_KEYS if live else TEST_KEYS,
        retargets=retargets,
    )


def _litecoin(bech32: str, *, live: bool = False) -> Network:
    return Network(
        scheme="litecoin",
        bech32=bech32,
        p2pkh=0x30 if live else 0x6F,
        p2sh=(0x32, 0x05) if live else (0x3A, 0xC4),
        keys=LITECOIN_KEYS if live else LITECOIN_TEST_KEYS,
        scrypt=True,
        retargets=live,
    )


BITCOIN = "bip122:000000000019d6689c085ae165831e93"
BITCOIN_TESTNET = "bip122:000000000933ea01ad0ee984209779ba"
BITCOIN_TESTNET4 = "bip122:00000000da84f2bafbbc53dee25a72ae"
BITCOIN_SIGNET = "bip122:00000008819873e925422c1ff0f99f7c"
BITCOIN_REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
LITECOIN = "bip122:12a765e31ffd4059bada1e25190f6e98"
LITECOIN_TESTNET = "bip122:4966625a4b2851d9fdee139e56211a0d"
LITECOIN_REGTEST = "bip122:530827f38f93b43ed12af0b3ad25a288"

NETWORKS = {
    BITCOIN: _bitcoin("bc", live=True, retargets=True),
    BITCOIN_TESTNET: _bitcoin("tb"),  # after twenty minutes anybody may make an easy block
    BITCOIN_TESTNET4: _bitcoin("tb"),
    BITCOIN_SIGNET: _bitcoin("tb", retargets=True),
    BITCOIN_REGTEST: _bitcoin("bcrt"),
    LITECOIN: _litecoin("ltc", live=True),
    LITECOIN_TESTNET: _litecoin("tltc"),
    LITECOIN_REGTEST: _litecoin("rltc"),
}
