"""The page of a voucher: whoever holds its id says where the money goes, without JavaScript."""

import html
from typing import Any

import pytest

from app.domain.claim import ClaimStatus
from app.domain.voucher import VoucherStatus
from app.services.voucher_requests import NewClaim, NewVoucher
from app.web.claim_pages import CLAIM_STANDS, STANDS
from tests.sites import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def voucher(site: Site, **more: Any) -> Any:
    asked = {"name": "Refund <15>", "amount": "5.00", "currency": "USD"} | more
    return await site.house.vouchers.create(site.account, NewVoucher(**asked))


def path(made: Any, site: Site) -> str:
    return str(made.url).removeprefix(site.house.settings.url)


async def test_a_claim_is_made_on_the_page_and_followed_there(site: Site) -> None:
    made = await voucher(site, ledgers=("sandbox_usdc",))
    page = await site.http.get(path(made, site))
    assert page.status_code == 200
    assert "Refund &lt;15&gt;" in page.text
    assert "5.00 USD" in page.text
    assert 'lang="en"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    form = {"ledger": "sandbox_usdc", "address": " sandbox1payee ", "amount": "2.00"}
    answer = await site.http.post(path(made, site), data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, path(made, site))
    page = await site.http.get(path(made, site))
    assert "3.00 USD" in page.text
    assert "sandbox1payee" in page.text
    assert CLAIM_STANDS[ClaimStatus.REQUIRES_APPROVAL] in html.unescape(page.text)
    (claim,) = await site.house.claims.of_voucher(made.id, 10)
    account = site.account.id
    await site.house.payouts.approve(account, claim.id)
    page = await site.http.get(path(made, site))
    assert "nothing is sent by itself" in page.text
    assert "(2 USDC)" in page.text
    proof = {"link": "https://explorer.example/tx/1"}
    await site.house.payouts.mark(account, claim.id, ClaimStatus.SUCCEEDED, proof)
    page = await site.http.get(path(made, site))
    assert 'href="https://explorer.example/tx/1"' in page.text
    assert "was sent" in page.text


async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(site: Site) -> None:
    made = await voucher(site)
    form = {"ledger": "sandbox_usdc", "address": "0x<b>", "amount": "1.00"}
    answer = await site.http.post(path(made, site), data=form)
    assert answer.status_code == 400
    assert 'id="address-fault"' in answer.text
    assert "0x&lt;b&gt;" in answer.text
    much = await site.http.post(
        path(made, site), data=form | {"address": "sandbox1payee", "amount": "5.01"}
    )
    assert much.status_code == 409
    assert "5.00 USD are left." in much.text
    odd = await site.http.post(path(made, site), data={"amount": "x"})
    assert odd.status_code in (400, 409)
    nobody = await site.http.get("/claim/vch_none", headers={"accept": "text/html"})
    assert nobody.status_code == 404


async def test_a_shut_voucher_has_no_form_and_a_proof_no_script(site: Site) -> None:
    made = await voucher(site)
    claim = await site.house.claims.ask(
        made.id, NewClaim(address="sandbox1payee", ledger="sandbox_usdc", amount="1.00")
    )
    await site.house.payouts.approve(site.account.id, claim.id)
    proof = {"link": "javascript:alert(1)"}
    await site.house.payouts.mark(site.account.id, claim.id, ClaimStatus.SUCCEEDED, proof)
    await site.house.vouchers.archive(site.account.id, made.id)
    page = await site.http.get(path(made, site))
    assert "javascript:" not in page.text
    assert "<form" not in page.text
    assert STANDS[VoucherStatus.ARCHIVED] in page.text


async def test_every_state_has_its_words() -> None:
    assert set(STANDS) == set(VoucherStatus)
    assert set(CLAIM_STANDS) == set(ClaimStatus)
