"""Payments by a signed authorization over ICPay's wire: x402 as its client speaks it.

The client signs what the first of `accepts` says and hands it back with an echo of it. The
echo only tells which ledger is meant; what was asked for is known here.
"""

import base64
import binascii
from contextlib import suppress

import msgspec
from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from app.compat.icpay import offer, requests, translate, views, wire
from app.compat.icpay.absent import UPTO_MESSAGE
from app.compat.icpay.intents import take
from app.compat.icpay.requests import NewPayment
from app.compat.icpay.signing import (
    REFUSED,
    Extra,
    Fallback,
    Header,
    NewSettlement,
    Required,
    RequirementEntity,
    Settled,
)
from app.domain.account import Account
from app.domain.authorization import (
    EXACT,
    Authorization,
    Outcome,
    Reason,
    Requirement,
    Settlement,
)
from app.domain.ledger import Catalogue, Ledger
from app.domain.narrowing import Narrowing
from app.errors import ChainUnavailable, Invalid, NotConfigured, NotOffered, TooMany
from app.services.accounts import Accounts
from app.services.choosing import Choosing
from app.services.hints import Hints
from app.services.intents import Intents
from app.services.views import IntentView
from app.services.x402 import X402
from app.settings import Settings
from app.web.auth import Caller

HEADER_LENGTH_MAX = 32_768
PAYMENT_REQUIRED = 402
RESOURCE = "/sdk/public/payments/intents/"
ON_ITS_WAY = "processing"


_decode = msgspec.json.Decoder(Header).decode


class AuthorizingController(Controller):
    """`…/payments/intents/x402` and `…/payments/x402/settle`."""

    path = "/sdk/public/payments"

    @post("/intents/x402", status_code=PAYMENT_REQUIRED)
    async def require(
        self,
        data: JSONBody[NewPayment],
        caller: NamedDependency[Caller],
        accounts: NamedDependency[Accounts],
        intents: NamedDependency[Intents],
        choosing: NamedDependency[Choosing],
        catalogue: NamedDependency[Catalogue],
        x402: NamedDependency[X402],
        settings: NamedDependency[Settings],
    ) -> Response[bytes]:
        """Make an intent, or go on with one, and say what may be signed to pay it."""
        if data.x402_upto or data.x402_scheme not in (None, EXACT):
            raise NotOffered(UPTO_MESSAGE)
        ledger = requests.ledger(data, catalogue, livemode=caller.account.livemode)
        if ledger is not None and not x402.takes(ledger.id):
            chain = catalogue.chains[ledger.chain]
            if not offer.can_be_paid_in_the_client(ledger, chain, x402=False):
                raise _page_only(ledger)
            return wire.answer(Fallback(payment_intent_id=data.payment_intent_id), 200)
        if ledger is None:
            found = await offer.ledgers(caller.account, catalogue, accounts)
            if not any(x402.takes(one.id) for one in found):
                raise NotConfigured("No ledger of this account takes x402.")
        signed = msgspec.structs.replace(data, x402=True)
        view, _ = await take(signed, caller, intents, choosing, catalogue)
        wanted = Narrowing(ledgers=(ledger.id,)) if ledger is not None else None
        asked = await x402.requirements(caller.account, view.id, wanted)
        accepts = [_requirement(one, view, catalogue, settings.url) for one in asked]
        required = Required(
            payment_intent_id=view.id,
            rpc_chain_id=accepts[0].extra.rpc_chain_id,
            accepts=accepts,
        )
        return wire.answer(required, PAYMENT_REQUIRED)

    @post("/x402/settle", status_code=200)
    async def settle(
        self,
        data: JSONBody[NewSettlement],
        caller: NamedDependency[Caller],
        intents: NamedDependency[Intents],
        hints: NamedDependency[Hints],
        catalogue: NamedDependency[Catalogue],
        x402: NamedDependency[X402],
    ) -> Response[bytes]:
        """Settle what was signed; a refusal says why, and what is not known yet is under way."""
        account = caller.account
        if data.payment_header is None:
            raise NotOffered("The Internet Computer is not available here: choose another chain.")
        said = _header(data.payment_header)
        settlement = await _settled(x402, account, data, said)
        if settlement.outcome is Outcome.SETTLED and settlement.tx is not None:
            # Found by the scan anyway: looked for at once, since somebody waits.
            with suppress(TooMany, ChainUnavailable):
                await hints.ask(data.payment_intent_id, settlement.tx)
        view = await intents.get(data.payment_intent_id, account.id)
        return wire.answer(_answer(settlement, view, account, catalogue, secret=caller.secret))


async def _settled(x402: X402, account: Account, data: NewSettlement, said: Header) -> Settlement:
    network = said.network or data.payment_requirements.network
    if network.isdigit():
        network = f"eip155:{network}"
    ledger = x402.chosen(said.scheme, network, data.payment_requirements.asset)
    if isinstance(ledger, Reason):
        return Settlement.refused(ledger)
    signed = said.payload.authorization
    authorization = Authorization.read(
        payer=signed.payer,
        to=signed.to,
        value=signed.value,
        valid_after=signed.valid_after,
        valid_before=signed.valid_before,
        nonce=signed.nonce,
        signature=said.payload.signature,
    )
    return await x402.settle(account.id, data.payment_intent_id, ledger, authorization)


def _header(text: str) -> Header:
    """Read what a client signed, or refuse it."""
    if len(text) > HEADER_LENGTH_MAX:
        raise Invalid.field("paymentHeader", f"must be at most {HEADER_LENGTH_MAX} characters")
    try:
        return _decode(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise Invalid.field("paymentHeader", "must be an x402 payment as JSON in base64") from None


def _requirement(
    asked: Requirement, view: IntentView, catalogue: Catalogue, url: str
) -> RequirementEntity:
    chain = catalogue.chains[asked.network]
    return RequirementEntity(
        scheme=asked.scheme,
        network=asked.network,
        max_amount_required=str(asked.amount),
        resource=f"{RESOURCE}{asked.intent}",
        description=view.description or f"Payment {asked.intent}",
        pay_to=asked.pay_to,
        max_timeout_seconds=asked.timeout_seconds,
        asset=asked.asset,
        extra=Extra(
            intent_id=asked.intent,
            ledger_id=asked.ledger,
            facilitator_url=f"{url}/x402/facilitator",
            name=asked.name,
            eip3009_version=asked.version,
            rpc_chain_id=translate.chain_number(chain),
            rpc_url_public=chain.rpc_public,
        ),
    )


def _answer(
    settlement: Settlement,
    view: IntentView,
    account: Account,
    catalogue: Catalogue,
    *,
    secret: bool,
) -> Settled:
    refused = settlement.outcome is Outcome.REFUSED
    return Settled(
        ok=not refused,
        status=REFUSED if refused else _standing(view),
        tx_hash=settlement.tx,
        transaction_id=settlement.tx,
        payment_intent=views.intent(view, account, catalogue, secret=secret),
        payment=views.payment(view, account, secret=secret),
        error=settlement.reason or msgspec.UNSET,
        message=settlement.message or msgspec.UNSET,
    )


def _standing(view: IntentView) -> str:
    """Return where an intent stands whose money was sent: it is on its way until it is found."""
    word = views.status(view)
    if word in translate.TERMINAL:
        return translate.PAYMENT_STATUS[view.status, view.exception]
    return ON_ITS_WAY


def _page_only(ledger: Ledger) -> NotConfigured:
    return NotConfigured.field(
        "tokenShortcode",
        f"{ledger.id} takes no x402 here and its client cannot pay it otherwise: "
        "use the payment page, payUrl of the intent",
    )
