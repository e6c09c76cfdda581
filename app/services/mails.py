"""Mails: receipts owed to payers. Written down first, carried by a worker, once and a bit.

A mail is claimed for a while before it is tried, so one hand at a time has it; a hand
that dies leaves it to the next. No address is ever in a log.
"""

from email.headerregistry import Address

import structlog

from app.domain.intent import Intent, Status
from app.domain.link import EMAIL
from app.domain.mail import ADDRESSES_MAX, KEPT, LEASE, MAILS_MAX, Mail, MailStatus, after
from app.errors import Conflict, Invalid, NotFound, TooMany
from app.phrase import phrase
from app.services.letters import Writer
from app.services.postman import Envelope, Postman, Undelivered
from app.services.views import Views, payer
from app.storage import accounts, intents, mails, payments, places
from app.storage.store import Store, Tx
from app.world import World

log = structlog.get_logger()
MAILS = "mails"  # the bell the worker sleeps by
BATCH = 10
ADDRESS_MAX = 254


class Mails:
    """Everything owed by mail. Without a postman nothing is."""

    def __init__(
        self, store: Store, world: World, views: Views, writer: Writer, postman: Postman | None
    ) -> None:
        self._store = store
        self._world = world
        self._views = views
        self._writer = writer
        self._postman = postman

    @property
    def configured(self) -> bool:
        return self._postman is not None

    async def ask(self, id: str, address: str, language: str | None = None) -> None:
        """Owe an intent's receipt to an address, within bounds. The same again is once."""
        if self._postman is None:
            raise Conflict("This house sends no mail.")
        address = _checked(address)

        def write(tx: Tx) -> None:
            intent = intents.lock(tx, id)
            if intent is None:
                raise NotFound(f"There is no payment intent {id[:40]!r} here.")
            busy = intent.status in (Status.REQUIRES_PAYMENT, Status.PROCESSING)
            if busy or not intent.payments_count:
                raise Conflict("There is no receipt yet: the payment is not over.")
            before = mails.of_intent(tx, id)
            if any(one.address == address and one.due_at is not None for one in before):
                return
            addresses = {one.address for one in before} | {address}
            if len(before) >= MAILS_MAX or len(addresses) > ADDRESSES_MAX:
                wait = max((one.closed_at or tx.now) for one in before) + KEPT - tx.now
                raise TooMany("This receipt was mailed often enough.", int(wait.total_seconds()))
            self._add(tx, intent, address, language)

        await self._store.write(write)

    def owe(self, tx: Tx, intent: Intent) -> None:
        """Owe a settled intent's receipt to its customer, where the account wants that."""
        if self._postman is None or intent.customer_email is None:
            return
        account = accounts.get(tx, intent.account)
        if account is not None and account.mail_receipts:
            self._add(tx, intent, intent.customer_email, account.locale)

    def _add(self, tx: Tx, intent: Intent, address: str, language: str | None) -> None:
        mail = Mail(
            id=self._world.id("mail"),
            intent=intent.id,
            address=address,
            language=language,
            status=MailStatus.PENDING,
            attempts=0,
            error=None,
            created_at=tx.now,
            due_at=tx.now,
            closed_at=None,
        )
        mails.add(tx, mail)
        tx.ring(MAILS)

    async def step(self) -> float | None:
        """Carry what is due; return when to look again."""
        if self._postman is None:
            return None
        found = await self._store.read(lambda tx: mails.due(tx, BATCH))
        for one in found:
            until = self._world.now() + LEASE
            taken = await self._store.write(
                lambda tx, one=one, until=until: mails.take(tx, one, until)  # type: ignore[misc]
            )
            if taken is not None:
                await self._carry(taken, self._postman)
        due = await self._store.read(mails.earliest_due)
        return None if due is None else max((due - self._world.now()).total_seconds(), 0.1)

    async def _carry(self, mail: Mail, postman: Postman) -> None:
        """Try one mail once, and write down what came of it."""
        error, for_good = None, False
        try:
            await postman.send(await self._store.read(lambda tx: self._envelope(tx, mail)))
        except Undelivered as failed:
            error, for_good = failed.word, failed.for_good
        now = self._world.now()
        tried = after(mail, error, now, for_good=for_good)
        await self._store.write(lambda tx: mails.save(tx, tried))
        log.info("mail.tried", mail=mail.id, status=tried.status, error=error, tries=mail.attempts)

    def _envelope(self, tx: Tx, mail: Mail) -> Envelope:
        intent = intents.get(tx, mail.intent)
        assert intent is not None
        account = accounts.get(tx, intent.account)
        assert account is not None
        paid = payments.of_intent(tx, intent.id)
        view = payer(self._views.intent(intent, paid, places.of_intent(tx, intent.id)))
        letter = self._writer.write(view, account, mail.language)
        return Envelope(id=mail.id, to=mail.address, seller=account.name, letter=letter)


def _checked(address: str) -> str:
    """Return an address a letter can go to: one, and whole."""
    address = address.strip()
    fault = phrase("must be an e-mail address")
    if len(address) > ADDRESS_MAX or not EMAIL.fullmatch(address):
        raise Invalid.field("email", fault)
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        raise Invalid.field("email", fault) from None
    return address
