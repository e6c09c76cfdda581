"""Clients of Bitpay's API from the registries, unmodified: paired, paid on regtest, complete."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from btcpay import BTCPayClient, crypto
from requests import HTTPError

from e2e.till import Till
from tests.components import Bcoin
from tests.components.parts import ROOT, MissingPart, node_path

DRIVER = Path(__file__).parent / "client.mjs"
CALL_SECONDS = 60


def npm(till: Till, tokens: dict[str, str], *calls: list[Any]) -> list[Any]:
    """Let npm's client do calls, one after the other, and return what it got."""
    if not (ROOT / "node_modules" / "btcpay").exists():
        raise MissingPart("The client btcpay is missing: `make test` installs its npm package.")
    asked = {"host": till.url, "key": "7f" * 32, "tokens": tokens, "calls": calls}
    done = subprocess.run(
        [node_path(), str(DRIVER)],
        cwd=ROOT,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=CALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[Any] = json.loads(done.stdout)
    return found


def paired(till: Till, *words: str) -> str:
    """Pair with the demo's account on the command line; return what was printed."""
    account = till.ask("GET", "/v1/account")["id"]
    return till.errand("pair", account, *words).strip()


def satoshis(amount: str) -> int:
    return int(Decimal(amount) * 10**8)


def test_the_pypi_client_pairs_and_is_paid(regtest_till: Till, bcoin: Bcoin) -> None:
    client = BTCPayClient.create_client(host=regtest_till.url, code=paired(regtest_till, "--new"))
    made = client.create_invoice({"price": 20, "currency": "USD", "orderId": "o1"})
    assert (made["status"], made["exceptionStatus"], made["btcDue"]) == ("new", False, "0.0004")
    assert client.get_rate("USD") == 50_000
    bcoin.purse.pay(made["bitcoinAddress"], satoshis(made["btcDue"]))
    regtest_till.until(made["id"], "processing")
    seen = client.get_invoice(made["id"])
    assert (seen["status"], seen["btcDue"], seen["btcPaid"]) == ("paid", "0", "0.0004")
    bcoin.purse.mine()
    regtest_till.until(made["id"], "succeeded")
    done = client.get_invoice(made["id"])
    assert (done["status"], done["exceptionStatus"], done["orderId"]) == ("complete", False, "o1")
    listed = client.get_invoices(status="complete", order_id="o1")
    assert [one["id"] for one in listed] == [made["id"]]


def test_the_npm_client_pairs_and_is_paid(regtest_till: Till, bcoin: Bcoin) -> None:
    new = {"price": 20, "currency": "USD", "orderId": "o2"}
    code = paired(regtest_till, "--new", "--label", "npm")
    tokens, made = npm(regtest_till, {}, ["pair_client", code], ["create_invoice", new])
    assert list(tokens) == ["merchant"]

    bcoin.purse.pay(made["bitcoinAddress"], satoshis(made["btcDue"]))
    regtest_till.until(made["id"], "processing")
    bcoin.purse.mine()
    regtest_till.until(made["id"], "succeeded")
    done, listed, rates = npm(
        regtest_till,
        tokens,
        ["get_invoice", made["id"]],
        ["get_invoices", {"orderId": "o2", "status": "complete"}],
        ["get_rates", ["BTC_USD", "BTC_EUR"], made["id"]],
    )
    assert (done["status"], done["btcDue"]) == ("complete", "0")
    assert [one["id"] for one in listed] == [made["id"]]
    assert [one["currencyPair"] for one in rates] == ["BTC_USD", "BTC_EUR"]
    assert "npm" in paired(regtest_till)


def test_a_client_that_shows_its_own_code_is_approved(regtest_till: Till) -> None:
    client = BTCPayClient(host=regtest_till.url, pem=crypto.generate_privkey())
    asked = {"id": client.client_id, "label": "Till 4"}
    (code,) = client._unsigned_request("/tokens", asked)
    client.tokens = {code["facade"]: code["token"]}
    with pytest.raises(HTTPError, match="401"):
        client.get_invoices()
    assert client.client_id in paired(regtest_till, code["pairingCode"])
    assert client.get_invoices(limit=1, status="invalid") == []
