"""Authorizations: a payer's signed word that a token may move their money, once.

x402's scheme `exact` on EVM chains is EIP-3009's `transferWithAuthorization`: a wallet signs
whom to pay, how much, and within which time; whoever has the signature may hand it to the
token and pays for the gas. A token takes each nonce of a payer once.

What is asked for is the requirement we stored. What a client sends back of it is an echo,
and proves nothing. The codes are those of the x402 specification, version 2, and of its EVM
scheme; people match on them.
"""

import re
from enum import StrEnum

import msgspec

from app.errors import Fault, Invalid

EXACT = "exact"
UINT256_MAX = 2**256 - 1
SIGNATURE_LENGTH_MAX = 8192  # a smart wallet's may hold several, or another contract's call
MARGIN_SECONDS = 6  # an authorization that ends sooner would end on its way into a block

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_NONCE = re.compile(r"0x[0-9a-fA-F]{64}")
_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{2})+")
_NUMBER = re.compile(r"[0-9]{1,78}")


class Reason(StrEnum):
    """Why an authorization is refused, where it is we who refuse. The chain has its own."""

    VERSION = "invalid_x402_version"
    PAYLOAD = "invalid_payload"
    SCHEME = "unsupported_scheme"
    NETWORK = "network_mismatch"
    REQUIREMENT = "invalid_payment_requirements"
    RECIPIENT = "invalid_exact_evm_payload_recipient_mismatch"
    VALUE = "invalid_exact_evm_payload_authorization_value_mismatch"
    VALID_BEFORE = "invalid_exact_evm_payload_authorization_valid_before"
    VALID_AFTER = "invalid_exact_evm_payload_authorization_valid_after"
    NONCE_USED = "invalid_exact_evm_nonce_already_used"
    SIMULATION = "invalid_exact_evm_transaction_simulation_failed"
    DUPLICATE = "duplicate_settlement"
    FAILED = "transaction_failed"
    PENDING = "settlement_pending"


# What a program's author reads beside a code. A node's own words are not for strangers.
MESSAGES: dict[str, str] = {
    Reason.VERSION: "Only x402 version 2 is spoken here.",
    Reason.PAYLOAD: "The payment payload cannot be read.",
    Reason.SCHEME: "Only the scheme exact is settled here.",
    Reason.NETWORK: "The payment is for a network that was not offered.",
    Reason.REQUIREMENT: "This was never asked for here, or it is no longer open.",
    Reason.RECIPIENT: "The authorization pays somebody else.",
    Reason.VALUE: "The authorization is for another amount than is asked for.",
    Reason.VALID_BEFORE: "The authorization has ended, or ends too soon.",
    Reason.VALID_AFTER: "The authorization does not hold yet.",
    Reason.NONCE_USED: "This authorization was used already, or was canceled.",
    Reason.SIMULATION: "The token would not move this money.",
    Reason.DUPLICATE: "Another authorization is being settled for this payment.",
    Reason.FAILED: "The token did not move this money.",
    Reason.PENDING: "Sent, and not known yet to be in a block. Ask again with the same payload.",
    "invalid_exact_evm_payload_signature": "The signature is not the payer's.",
    "invalid_exact_evm_insufficient_balance": "The payer does not have that much.",
}


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What one intent asks for on one ledger. `name` and `version` are of the token's EIP-712
    domain; `ledger` and `intent` are ours."""

    scheme: str = EXACT
    network: str  # CAIP-2
    asset: str  # the token's contract
    amount: int
    pay_to: str
    timeout_seconds: int
    ledger: str
    name: str
    version: str
    intent: str


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """What a payer signed. Addresses, nonce and signature are in lower case."""

    payer: str
    to: str
    value: int
    valid_after: int
    valid_before: int
    nonce: str  # 0x and 32 bytes
    signature: str

    @classmethod
    def read(
        cls,
        *,
        payer: str,
        to: str,
        value: str,
        valid_after: str,
        valid_before: str,
        nonce: str,
        signature: str,
    ) -> "Authorization":
        """Read one as wires carry it, numbers as decimal text, or refuse every wrong field."""
        faults: list[Fault] = []
        texts = {"from": (payer, _ADDRESS), "to": (to, _ADDRESS), "nonce": (nonce, _NONCE)}
        numbers = {"value": value, "validAfter": valid_after, "validBefore": valid_before}
        for field, (text, form) in texts.items():
            if not form.fullmatch(text):
                faults.append(Fault(field, "must be 0x and hexadecimal digits, in full length"))
        for field, text in numbers.items():
            if not _NUMBER.fullmatch(text) or int(text) > UINT256_MAX:
                faults.append(Fault(field, "must be a whole number in decimal text"))
        if len(signature) > SIGNATURE_LENGTH_MAX or not _SIGNATURE.fullmatch(signature):
            faults.append(Fault("signature", "must be 0x and hexadecimal digits"))
        if faults:
            raise Invalid(
                "; ".join(f"{one.field}: {one.message}" for one in faults), faults=tuple(faults)
            )
        return cls(
            payer=payer.lower(),
            to=to.lower(),
            value=int(value),
            valid_after=int(valid_after),
            valid_before=int(valid_before),
            nonce=nonce.lower(),
            signature=signature.lower(),
        )


class Outcome(StrEnum):
    """What came of an authorization. `PENDING` is unknown, never failed."""

    SETTLED = "settled"
    PENDING = "pending"
    REFUSED = "refused"


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """One answer about one authorization; the same authorization gets the same again.

    `repeated`: it was answered before. `reason` is x402's `invalidReason`.
    """

    outcome: Outcome
    reason: str | None = None
    message: str | None = None
    tx: str | None = None
    payer: str | None = None
    network: str | None = None
    intent: str | None = None
    repeated: bool = False

    @classmethod
    def refused(
        cls, reason: str, message: str | None = None, *, payer: str | None = None
    ) -> "Settlement":
        """Refuse by a code, with its own words unless better ones are known."""
        said = message or MESSAGES.get(reason, reason.replace("_", " "))
        return cls(outcome=Outcome.REFUSED, reason=str(reason), message=said, payer=payer)


def refusal(asked: Requirement, said: Authorization, now_seconds: int) -> Reason | None:
    """Return why an authorization does not meet a requirement; None: as far as words go, it does.

    Whether its signature, nonce and balance are good, the chain knows.
    """
    if said.to.lower() != asked.pay_to.lower():
        return Reason.RECIPIENT
    if said.value != asked.amount:
        return Reason.VALUE
    if said.valid_before < now_seconds + MARGIN_SECONDS:
        return Reason.VALID_BEFORE
    if said.valid_after > now_seconds:
        return Reason.VALID_AFTER
    return None
