"""A wallet with a key of its own: it signs what a page asks for and sends it to a real node.

The page sees what it sees of any wallet: a provider that announces itself (EIP-6963) and
answers requests (EIP-1193). The key never enters the page; nothing here is unlocked.
"""

import json
from typing import Any

from embit import ec
from embit.util import secp256k1
from playwright.sync_api import BrowserContext, Page

from app.rails.evm.address import checksum
from e2e import typed
from tests.components import Anvil
from tests.rails.evm_chain import hashed

ANNOUNCE = """([name, injected]) => {
  const provider = {
    async request(call) {
      const { result, error } = await window.walletAsked(call);
      if (error) throw Object.assign(new Error(error.message), error);
      return result;
    },
    on() {},
    removeListener() {},
  };
  if (injected) window.ethereum = Object.assign(provider, { isMetaMask: true });
  const icon = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
  const info = { uuid: "1b4e28ba-2fa1-41d2-883f-0016d3cca427", name, icon, rdns: "test.signer" };
  const detail = Object.freeze({ info: Object.freeze(info), provider });
  const say = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", say);
  say();
}"""


class Refusal(Exception):
    """An error as EIP-1193 numbers them."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Signer:
    """One account, on the chains it knows. What it was asked for is kept in `asked`."""

    def __init__(self, anvil: Anvil, secret: bytes, *, chains: tuple[int, ...] = ()) -> None:
        self._anvil = anvil
        self._key = ec.PrivateKey(secret)
        point = self._key.get_public_key()
        point.compressed = False
        self.address = checksum("0x" + hashed(point.sec()[1:])[-20:].hex())
        self.chains = set(chains or (anvil.chain_id,))
        self.chain = min(self.chains)
        self.asked: list[str] = []
        self.refusals: dict[str, Refusal] = {}  # answered once each
        self.added: dict[str, Any] | None = None

    def enter(
        self,
        page: Page | BrowserContext,
        name: str = "Signer <b>& Co",
        *,
        injected: bool = False,
    ) -> None:
        """Live in a page, or in all of a browser's, from the next load on.

        Injected, it is also there by the name and the mark wallets had before EIP-6963.
        """
        page.expose_function("walletAsked", self._answer)
        page.add_init_script(f"({ANNOUNCE})({json.dumps([name, injected])})")

    def _answer(self, call: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(call["method"])
        try:
            if refusal := self.refusals.pop(call["method"], None):
                raise refusal
            return {"result": self._do(call["method"], call.get("params") or [])}
        except Refusal as error:
            return {"error": {"code": error.code, "message": str(error)}}

    def _do(self, method: str, params: list[Any]) -> Any:
        match method:
            case "eth_requestAccounts" | "eth_accounts":
                return [self.address]
            case "eth_chainId":
                return hex(self.chain)
            case "wallet_switchEthereumChain":
                if int(params[0]["chainId"], 16) not in self.chains:
                    raise Refusal(4902, "Unrecognized chain")
                self.chain = int(params[0]["chainId"], 16)
                return None
            case "wallet_addEthereumChain":
                self.added = params[0]
                self.chains.add(int(params[0]["chainId"], 16))
                return None
            case "eth_sendTransaction":
                return self.send(params[0])
            case "eth_signTypedData_v4":
                assert params[0] == self.address
                return self._signed(typed.digest(json.loads(params[1])))
        raise Refusal(4200, f"{method} is not supported")

    def send(self, asked: dict[str, Any]) -> str:
        """Sign a transaction and send it, as a wallet does: estimated first."""
        assert self.chain == self._anvil.chain_id
        assert asked["from"] == self.address
        try:
            gas = self._anvil.rpc("eth_estimateGas", asked)
            nonce = self._anvil.rpc("eth_getTransactionCount", self.address, "pending")
            price = self._anvil.rpc("eth_gasPrice")
            sent: str = self._anvil.rpc(
                "eth_sendRawTransaction", self._sign(asked, nonce, price, gas)
            )
        except Exception as error:
            raise Refusal(-32000, str(error)) from error
        return sent

    def _sign(self, asked: dict[str, Any], nonce: str, price: str, gas: str) -> str:
        """Sign as EIP-155 has it."""
        numbers = [int(one, 16) for one in (nonce, price, gas)]
        to = bytes.fromhex(asked["to"][2:])
        data = bytes.fromhex(asked.get("data", "0x")[2:])
        fields: list[int | bytes] = [*numbers, to, int(asked.get("value", "0x0"), 16), data]
        signature, parity = self._signature(hashed(rlp([*fields, self.chain, 0, 0])))
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        return "0x" + rlp([*fields, parity + 35 + 2 * self.chain, r, s]).hex()

    def _signed(self, digest: bytes) -> str:
        """Sign a hash as typed data is signed: r, s and v in a row."""
        signature, parity = self._signature(digest)
        return "0x" + signature.hex() + f"{parity + 27:02x}"

    def _signature(self, digest: bytes) -> tuple[bytes, int]:
        made = secp256k1.ecdsa_sign_recoverable(digest, self._key.secret)
        signature, parity = secp256k1.ecdsa_recoverable_signature_serialize_compact(made)
        return signature, parity


def rlp(items: list[int | bytes]) -> bytes:
    """Encode a list of texts and numbers (Ethereum's yellow paper, appendix B)."""
    parts = b"".join(_item(one) for one in items)
    return _head(0xC0, len(parts)) + parts


def _item(one: int | bytes) -> bytes:
    text = one if isinstance(one, bytes) else one.to_bytes((one.bit_length() + 7) // 8, "big")
    return text if len(text) == 1 and text[0] < 0x80 else _head(0x80, len(text)) + text


def _head(base: int, length: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size
