"""The wires of Lightning nodes that no package carries, spoken over a real Electrum node.

Each fake takes and gives what its node does, and has Electrum write and keep the invoices, so
what is paid is paid for real. `KINDS` is every kind of connection the house takes.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from websockets.asyncio.server import ServerConnection, serve

from app.rails.lightning.nostr import Event, Identity, seal, unseal
from tests.components import Answer, Heard, Receiver
from tests.components.electrum import PAID, Electrum

MACAROON, RUNE, KEY, SECRET = "0201036c6e64", "k5bbp==", "b7d4", "s3same"
OURS = bytes.fromhex("11" * 32)
WALLETS = bytes.fromhex("22" * 32)


class Refusal(Exception):
    """The fake answers with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Ledger:
    """What every fake does by Electrum: write, and tell."""

    def __init__(self, node: Electrum) -> None:
        self.node = node
        self.asked: list[dict[str, Any]] = []

    def write(self, millisatoshi: int, memo: str | None, seconds: int) -> dict[str, Any]:
        satoshi, odd = divmod(millisatoshi, 1000)
        assert not odd
        made: dict[str, Any] = self.node.rpc(
            "add_request",
            amount=f"{satoshi / 10**8:.8f}",
            memo=memo or "",
            expiration=seconds,
            force=True,
        )
        return made

    def find(self, hash: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.node.rpc("get_request", request_id=hash)
        except RuntimeError:
            raise Refusal(404) from None
        return found


def lnd(ledger: Ledger, heard: Heard, body: dict[str, Any]) -> Any:
    """LND: 64-bit numbers are strings, hashes are base64 in bodies and hexadecimal in paths."""
    if heard.headers["grpc-metadata-macaroon"] != MACAROON:
        raise Refusal(401)
    if heard.path == "/v1/getinfo":
        return {"identity_pubkey": "02", "chains": [{"chain": "bitcoin", "network": "regtest"}]}
    if heard.path == "/v1/invoices":
        made = ledger.write(int(body["value_msat"]), body["memo"], int(body["expiry"]))
        hash = base64.b64encode(bytes.fromhex(made["rhash"])).decode()
        return {"r_hash": hash, "payment_request": made["lightning_invoice"], "add_index": "1"}
    found = ledger.find(heard.path.removeprefix("/v1/invoice/"))
    paid = found["status"] == PAID
    return {
        "state": "SETTLED" if paid else "OPEN",
        "settled": paid,
        "amt_paid_msat": str(found["amount_sat"] * 1000 if paid else 0),
        "settle_date": str(found["timestamp"] if paid else 0),
    }


def core_lightning(ledger: Ledger, heard: Heard, body: dict[str, Any]) -> Any:
    """Core Lightning: every call is a POST, and answers 201."""
    if heard.headers["rune"] != RUNE or heard.method != "POST":
        raise Refusal(401)
    if heard.path == "/v1/getinfo":
        return {"id": "02", "network": "regtest"}
    if heard.path == "/v1/invoice":
        assert body["label"]
        made = ledger.write(body["amount_msat"], body["description"], body["expiry"])
        return {"bolt11": made["lightning_invoice"], "payment_hash": made["rhash"]}
    try:
        found = ledger.find(body["payment_hash"])
    except Refusal:
        return {"invoices": []}
    paid = {"status": "paid", "amount_received_msat": found["amount_sat"] * 1000}
    unpaid = {"status": "unpaid", "amount_msat": found["amount_sat"] * 1000}
    times = {"paid_at": found["timestamp"], "expires_at": found["timestamp"] + 900}
    return {"invoices": [(paid | times) if found["status"] == PAID else unpaid]}


def phoenixd(ledger: Ledger, heard: Heard, body: dict[str, Any]) -> Any:
    """phoenixd: forms, a password without a name, whole satoshi."""
    expected = base64.b64encode(f":{SECRET}".encode()).decode()
    if heard.headers["authorization"] != f"Basic {expected}":
        raise Refusal(401)
    if heard.path == "/getinfo":
        return {"nodeId": "02", "chain": "regtest", "version": "0.5.1"}
    if heard.path == "/createinvoice":
        satoshi, seconds = int(body["amountSat"]), int(body["expirySeconds"])
        made = ledger.write(satoshi * 1000, body.get("description"), seconds)
        hash, text = made["rhash"], made["lightning_invoice"]
        return {"amountSat": satoshi, "paymentHash": hash, "serialized": text}
    found = ledger.find(heard.path.removeprefix("/payments/incoming/"))
    paid = found["status"] == PAID
    # A first payment pays for the channel too: what is left is less than what was asked.
    left = {"receivedSat": found["amount_sat"] - 1, "fees": 1000}
    return {"isPaid": paid, "completedAt": found["timestamp"] * 1000 if paid else None, **left}


def lnbits(ledger: Ledger, heard: Heard, body: dict[str, Any]) -> Any:
    """LNbits: satoshi in, millisatoshi out."""
    if heard.headers["x-api-key"] != KEY:
        raise Refusal(401)
    if heard.path == "/api/v1/wallet":
        return {"name": "shop", "balance": 0}
    if heard.path == "/api/v1/payments":
        assert body["out"] is False
        made = ledger.write(body["amount"] * 1000, body["memo"], body["expiry"])
        return {"payment_hash": made["rhash"], "bolt11": made["lightning_invoice"]}
    found = ledger.find(heard.path.removeprefix("/api/v1/payments/"))
    details = {"amount": found["amount_sat"] * 1000, "pending": found["status"] != PAID}
    return {"paid": found["status"] == PAID, "details": details}


Wire = Callable[[Ledger, Heard, dict[str, Any]], Any]
WIRES: dict[str, tuple[Wire, str]] = {
    "lnd-rest": (lnd, f"macaroon={MACAROON}"),
    "core-lightning": (core_lightning, f"rune={RUNE}"),
    "phoenixd": (phoenixd, f"password={SECRET}"),
    "lnbits": (lnbits, f"api-key={KEY}"),
}
NOSTR = ("nwc", "nwc-old")
KINDS = ("electrum", *WIRES, *NOSTR)


@asynccontextmanager
async def fake(kind: str, node: Electrum) -> AsyncIterator[str]:
    """Stand one kind of node before Electrum; yield the line that says how to reach it."""
    if kind == "electrum":
        yield node.connection
    elif kind in NOSTR:
        async with _wallet(Ledger(node), "nip44_v2" if kind == "nwc" else "nip04") as line:
            yield line
    else:
        wire, shown = WIRES[kind]
        ledger = Ledger(node)
        with Receiver() as server:
            server.answer = lambda heard: _answer(wire, ledger, heard)
            yield f"type={kind};server={server.url};{shown}"


def _answer(wire: Wire, ledger: Ledger, heard: Heard) -> Answer:
    form = heard.headers.get("content-type", "").startswith("application/x-www-form")
    if form:
        body = {name: values[0] for name, values in parse_qs(heard.body.decode()).items()}
    else:
        body = json.loads(heard.body or b"{}")
    try:
        said = wire(ledger, heard, body)
    except Refusal as refusal:
        return Answer(refusal.status, b"{}")
    return Answer(201 if heard.method == "POST" else 200, json.dumps(said).encode())


@asynccontextmanager
async def _wallet(ledger: Ledger, scheme: str) -> AsyncIterator[str]:
    """A relay with one wallet behind it, in one: it answers what it is asked (NIP-47)."""
    wallet = Identity(WALLETS)

    async def relay(line: ServerConnection) -> None:
        async for text in line:
            kind, *rest = json.loads(text)
            if kind == "REQ" and rest[0] == "info":
                if scheme == "nip44_v2":
                    tags = [["encryption", "nip44_v2 nip04"]]
                    told = wallet.sign(13194, tags, "make_invoice lookup_invoice", 1)
                    await line.send(json.dumps(["EVENT", "info", _plain(told)]))
                await line.send(json.dumps(["EOSE", "info"]))
            elif kind == "REQ":
                await line.send(json.dumps(["EOSE", rest[0]]))
            elif kind == "EVENT":
                asked = Event(**rest[0])
                await line.send(json.dumps(["OK", asked.id, True, ""]))
                # What a stranger signs, or says of another request, must not be believed.
                forged = Identity(b"\x33" * 32).sign(23195, [["e", asked.id]], "x", 1)
                await line.send(json.dumps(["EVENT", "answer", _plain(forged)]))
                told = _told(ledger, wallet, scheme, asked)
                await line.send(json.dumps(["EVENT", "answer", _plain(told)]))

    async with serve(relay, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        secret, key = OURS.hex(), wallet.pubkey
        yield f"nostr+walletconnect://{key}?relay=ws://127.0.0.1:{port}&secret={secret}"


def _told(ledger: Ledger, wallet: Identity, scheme: str, asked: Event) -> Event:
    shared = wallet.shared(asked.pubkey)
    assert asked.genuine
    call = json.loads(unseal(scheme, shared, asked.content))
    params, result, error = call["params"], None, None
    if call["method"] == "get_info":
        result = {"alias": "shop", "network": "regtest"}
    elif call["method"] == "make_invoice":
        made = ledger.write(params["amount"], params.get("description"), params["expiry"])
        result = {"invoice": made["lightning_invoice"], "payment_hash": made["rhash"]}
    else:
        try:
            found = ledger.find(params["payment_hash"])
            paid = {"settled_at": found["timestamp"]} if found["status"] == PAID else {}
            result = {"type": "incoming", "amount": found["amount_sat"] * 1000, **paid}
        except Refusal:
            error = {"code": "NOT_FOUND", "message": "no such invoice"}
    words = json.dumps({"result_type": call["method"], "error": error, "result": result})
    draw = lambda count: bytes(range(count))  # noqa: E731
    content = seal(scheme, shared, words, draw)
    return wallet.sign(23195, [["p", asked.pubkey], ["e", asked.id]], content, 1)


def _plain(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
