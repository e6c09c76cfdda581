"""The test contracts: built from the source beside them, and true to EIP-3009."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.components import node_path
from tests.components.parts import MissingPart
from tests.rails.evm_chain import ACCOUNTS, CONTRACTS, EvmChain, artifact, encode, hashed

PLACE = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"  # where USDC lives on Base Sepolia
AFTER, BEFORE = 0, 2**40
FIELDS = (
    "address from",
    "address to",
    "uint256 value",
    "uint256 validAfter",
    "uint256 validBefore",
    "bytes32 nonce",
)
TYPES = ",".join(field.split()[0] for field in FIELDS)


def test_the_artifacts_are_what_the_sources_compile_to(tmp_path: Path) -> None:
    if not (CONTRACTS.parent / "node_modules" / "solc").exists():
        raise MissingPart("solc is missing: `make test` installs the npm package solc.")
    command = [node_path(), str(CONTRACTS / "compile.cjs"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    names = {path.name for path in CONTRACTS.glob("*.json")}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        assert (tmp_path / name).read_text() == (CONTRACTS / name).read_text(), name


class Token:
    """A TestUSDC at one address, called as a wallet would call it."""

    def __init__(self, evm: EvmChain, address: str) -> None:
        self.evm = evm
        self.address = address

    def ask(self, signature: str, *words: int | str) -> int:
        call = {"to": self.address, "data": encode(signature, *words)}
        return int(self.evm.anvil.rpc("eth_call", call, "latest"), 16)

    def do(self, data: str, sender: str = ACCOUNTS[0]) -> bool:
        tx = self.evm.send(self.address, data, sender=sender, gas=300_000)
        self.evm.mine()
        return bool(int(self.evm.receipt(tx)["status"], 16))

    def balance(self, of: str) -> int:
        return self.ask("balanceOf(address)", of)

    def sign(self, kind: str, values: dict[str, Any], signer: str, name: str = "USD Coin") -> str:
        """Sign as EIP-712 says, with the node's own implementation of it."""
        fields = FIELDS if kind != "CancelAuthorization" else ("address authorizer", FIELDS[5])
        domain = ("string name", "string version", "uint256 chainId", "address verifyingContract")
        number = self.evm.anvil.chain_id
        typed = {
            "types": {"EIP712Domain": _typed(domain), kind: _typed(fields)},
            "primaryType": kind,
            "domain": {
                "name": name,
                "version": "2",
                "chainId": number,
                "verifyingContract": self.address,
            },
            "message": values,
        }
        signature: str = self.evm.anvil.rpc("eth_signTypedData_v4", signer, typed)
        return signature


def _typed(fields: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": field.split()[0], "name": field.split()[1]} for field in fields]


def authorization(payer: str, to: str, value: int, nonce: str, **more: int) -> dict[str, Any]:
    times = {"validAfter": AFTER, "validBefore": BEFORE} | more
    return {"from": payer, "to": to, "value": value, **times, "nonce": nonce}


def with_vrs(kind: str, values: dict[str, Any], signature: str) -> str:
    r, s, v = signature[2:66], signature[66:130], signature[130:]
    return encode(f"{kind}({TYPES},uint8,bytes32,bytes32)", *values.values(), v, r, s)


def with_bytes(kind: str, values: dict[str, Any], signature: str) -> str:
    body = signature[2:].ljust(192, "0")
    return encode(f"{kind}({TYPES},bytes)", *values.values(), 7 * 32, 65) + body


@pytest.fixture
def token(evm: EvmChain) -> Token:
    """The code placed at USDC's own address, as a development chain does it."""
    evm.anvil.rpc("anvil_setCode", PLACE, artifact("TestUSDC")["deployedBytecode"])
    placed = Token(evm, PLACE)
    assert placed.do(encode("mint(address,uint256)", ACCOUNTS[1], 1_000))
    return placed


@pytest.fixture
def nonce(request: pytest.FixtureRequest) -> str:
    return "0x" + hashed(request.node.name.encode()).hex()


@pytest.mark.parametrize("form", [with_vrs, with_bytes])
def test_a_signed_transfer_moves_money_once(token: Token, nonce: str, form: Any) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[1])
    before = token.balance(ACCOUNTS[2])
    data = form("transferWithAuthorization", values, signature)
    assert token.do(data)
    assert token.balance(ACCOUNTS[2]) == before + 5
    assert token.ask("authorizationState(address,bytes32)", ACCOUNTS[1], nonce) == 1
    assert not token.do(data)
    assert token.balance(ACCOUNTS[2]) == before + 5


def test_a_signature_of_another_is_refused(token: Token, nonce: str) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[2])
    assert not token.do(with_vrs("transferWithAuthorization", values, signature))


def test_a_signature_says_how_much(token: Token, nonce: str) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[1])
    assert not token.do(with_vrs("transferWithAuthorization", values | {"value": 6}, signature))


@pytest.mark.parametrize("times", [{"validAfter": BEFORE}, {"validBefore": 1}])
def test_a_signature_holds_for_its_time(token: Token, nonce: str, times: dict[str, int]) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce, **times)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[1])
    assert not token.do(with_vrs("transferWithAuthorization", values, signature))


@pytest.mark.parametrize("form", [with_vrs, with_bytes])
def test_only_the_payee_may_receive(token: Token, nonce: str, form: Any) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("ReceiveWithAuthorization", values, ACCOUNTS[1])
    data = form("receiveWithAuthorization", values, signature)
    assert not token.do(data, sender=ACCOUNTS[0])
    assert token.do(data, sender=ACCOUNTS[2])


def test_a_canceled_authorization_is_worth_nothing(token: Token, nonce: str) -> None:
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[1])
    words = {"authorizer": ACCOUNTS[1], "nonce": nonce}
    cancel = token.sign("CancelAuthorization", words, ACCOUNTS[1])[2:]
    parts = (cancel[128:], cancel[:64], cancel[64:128])
    name = "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)"
    assert token.do(encode(name, ACCOUNTS[1], nonce, *parts))
    assert not token.do(with_vrs("transferWithAuthorization", values, signature))


def test_a_smart_wallet_signs_by_its_own_code(token: Token, nonce: str) -> None:
    wallet = token.evm.wallet  # its owner is the first account
    assert token.do(encode("mint(address,uint256)", wallet, 5))
    values = authorization(wallet, ACCOUNTS[2], 5, nonce)
    stranger = token.sign("TransferWithAuthorization", values, ACCOUNTS[1])
    assert not token.do(with_bytes("transferWithAuthorization", values, stranger))
    owner = token.sign("TransferWithAuthorization", values, ACCOUNTS[0])
    assert token.do(with_bytes("transferWithAuthorization", values, owner))


def test_the_domain_follows_the_address_and_the_name(token: Token, nonce: str) -> None:
    elsewhere = Token(token.evm, token.evm.usdc)
    here = token.ask("DOMAIN_SEPARATOR()")
    assert here != elsewhere.ask("DOMAIN_SEPARATOR()")
    assert token.do(encode("rename(string)", 32, 4, "55534443" + "0" * 56))
    assert token.ask("DOMAIN_SEPARATOR()") != here
    values = authorization(ACCOUNTS[1], ACCOUNTS[2], 5, nonce)
    signature = token.sign("TransferWithAuthorization", values, ACCOUNTS[1], "USDC")
    assert token.do(with_vrs("transferWithAuthorization", values, signature))
    assert token.do(encode("rename(string)", 32, 0))
    assert token.ask("DOMAIN_SEPARATOR()") == here
