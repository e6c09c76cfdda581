"""The official x402 core, asked two things: is this authorization good, and what is its call.

Everything here runs in a thread, the first import included. ERC-6492 wallets that are not
deployed yet are refused: deploying a stranger's contract is not ours to pay for.
"""

from typing import TYPE_CHECKING, Any

from x402.mechanisms.evm.erc6492 import parse_erc6492_signature
from x402.mechanisms.evm.exact.eip3009_utils import (
    execute_transfer_with_authorization,
    parse_eip3009_authorization,
    parse_eip3009_transfer_error,
)
from x402.mechanisms.evm.exact.facilitator import ExactEvmScheme
from x402.mechanisms.evm.types import ExactEIP3009Authorization
from x402.schemas import PaymentPayload, PaymentRequirements

from app.domain.authorization import Authorization, Reason, Requirement
from app.rails.rpc import RpcError

if TYPE_CHECKING:
    from app.rails.evm.asking import Asking


def verify(asking: "Asking", asked: Requirement, said: Authorization) -> str | None:
    """Return why the token would refuse an authorization, or None."""
    requirements = PaymentRequirements(
        scheme=asked.scheme,
        network=asked.network,
        asset=asked.asset,
        amount=str(asked.amount),
        pay_to=asked.pay_to,
        max_timeout_seconds=asked.timeout_seconds,
        extra={"name": asked.name, "version": asked.version},
    )
    payload = PaymentPayload(payload=_payload(said), accepted=requirements)
    answer = ExactEvmScheme(asking).verify(payload, requirements)  # type: ignore[arg-type]
    return None if answer.is_valid else (answer.invalid_reason or Reason.SIMULATION)


def call(asking: "Asking", asked: Requirement, said: Authorization) -> str:
    """Return the call that settles, in the token's overload for this kind of signature."""
    signed = _payload(said)["authorization"]
    parsed = parse_eip3009_authorization(
        ExactEIP3009Authorization(
            from_address=signed["from"],
            to=signed["to"],
            value=signed["value"],
            valid_after=signed["validAfter"],
            valid_before=signed["validBefore"],
            nonce=signed["nonce"],
        )
    )
    signature = parse_erc6492_signature(bytes.fromhex(said.signature[2:]))
    execute_transfer_with_authorization(asking, asked.asset, parsed, signature)  # type: ignore[arg-type]
    return "0x" + asking.call.hex()


def reason(error: RpcError) -> str:
    """Return the code of what a token said as it refused."""
    found = parse_eip3009_transfer_error(error)
    return Reason.SIMULATION if found == Reason.FAILED else found


def _payload(said: Authorization) -> dict[str, Any]:
    return {
        "authorization": {
            "from": said.payer,
            "to": said.to,
            "value": str(said.value),
            "validAfter": str(said.valid_after),
            "validBefore": str(said.valid_before),
            "nonce": said.nonce,
        },
        "signature": said.signature,
    }
