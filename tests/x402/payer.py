"""A payer with a key of their own, who signs what is asked for: right, or wrong on purpose."""

import base64
import itertools
import json
from typing import Any

from eth_account import Account

from app.domain.authorization import Authorization, Requirement
from tests.rails.evm_chain import ACCOUNTS, EvmChain, encode

GAS_KEY = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"  # anvil's third
OWNER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first
FIELDS = [
    {"name": "from", "type": "address"},
    {"name": "to", "type": "address"},
    {"name": "value", "type": "uint256"},
    {"name": "validAfter", "type": "uint256"},
    {"name": "validBefore", "type": "uint256"},
    {"name": "nonce", "type": "bytes32"},
]
HOUR_SECONDS = 3600
_numbers = itertools.count(1)


class Payer:
    """One wallet. With `wallet` it is a contract that signs by its owner's key (ERC-1271)."""

    def __init__(self, chain: EvmChain, dollars: int = 1000, wallet: str | None = None) -> None:
        number = next(_numbers)
        self.key = OWNER_KEY if wallet else f"0x{number + 0xB0B0:064x}"
        self.address: str = wallet or Account.from_key(self.key).address
        self.chain = chain
        if dollars:
            chain.send(chain.usdc, encode("mint(address,uint256)", self.address, dollars * 10**6))

    def sign(self, asked: Requirement, **other: Any) -> Authorization:
        """Sign what is asked for; `other` replaces fields, before or after signing.

        `signer` is another's key; `name`, `version`, `chain_id` are of the domain.
        """
        block = self.chain.anvil.rpc("eth_getBlockByNumber", "latest", False)
        now = int(block["timestamp"], 16)
        number = next(_numbers)
        message = {
            "from": self.address,
            "to": other.get("to", asked.pay_to),
            "value": other.get("value", asked.amount),
            "validAfter": other.get("valid_after", 0),
            "validBefore": other.get("valid_before", now + HOUR_SECONDS),
            "nonce": other.get("nonce", f"0x{number:064x}"),
        }
        domain = {
            "name": other.get("name", asked.name),
            "version": other.get("version", asked.version),
            "chainId": other.get("chain_id", int(asked.network.partition(":")[2])),
            "verifyingContract": asked.asset,
        }
        signed = Account.sign_typed_data(
            other.get("signer", self.key),
            domain,
            {"TransferWithAuthorization": FIELDS},
            message | {"nonce": bytes.fromhex(message["nonce"][2:])},
        )
        return Authorization.read(
            payer=message["from"],
            to=message["to"],
            value=str(message["value"]),
            valid_after=str(message["validAfter"]),
            valid_before=str(message["validBefore"]),
            nonce=message["nonce"],
            signature="0x" + signed.signature.hex(),
        )


def payload(said: Authorization, accepted: dict[str, Any]) -> dict[str, Any]:
    """Return an authorization as an x402 client sends it."""
    return {
        "x402Version": 2,
        "accepted": accepted,
        "payload": {
            "authorization": {
                "from": said.payer,
                "to": said.to,
                "value": str(said.value),
                "validAfter": str(said.valid_after),
                "validBefore": str(said.valid_before),
                "nonce": said.nonce,
            },
            "signature": said.signature,
        },
    }


def header(value: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def opened(text: str) -> dict[str, Any]:
    """Return what a header says."""
    read: dict[str, Any] = json.loads(base64.b64decode(text))
    return read


__all__ = ["ACCOUNTS", "GAS_KEY", "Payer", "header", "opened", "payload"]
