"""Typed data as wallets sign it (EIP-712), for structs that hold no structs."""

from typing import Any

from tests.rails.evm_chain import hashed


def digest(typed: dict[str, Any]) -> bytes:
    """Return what is signed for a message in its domain."""
    domain = _struct("EIP712Domain", typed["types"], typed["domain"])
    message = _struct(typed["primaryType"], typed["types"], typed["message"])
    return hashed(b"\x19\x01" + domain + message)


def _struct(name: str, types: dict[str, Any], values: dict[str, Any]) -> bytes:
    fields = types[name]
    shape = ",".join(f"{field['type']} {field['name']}" for field in fields)
    words = [_word(field["type"], values[field["name"]]) for field in fields]
    return hashed(hashed(f"{name}({shape})".encode()) + b"".join(words))


def _word(kind: str, value: Any) -> bytes:
    match kind:
        case "string":
            return hashed(value.encode())
        case "address" | "bytes32":
            return bytes.fromhex(value[2:]).rjust(32, b"\0")
        case "uint256":
            return int(value).to_bytes(32, "big")
    raise AssertionError(f"no wallet of ours signs {kind}")
