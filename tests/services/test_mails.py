"""Receipts by mail: written down first, carried once and a bit, within bounds."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from app.domain.mail import ADDRESSES_MAX, ATTEMPTS_MAX, KEPT, LEASE, Mail, MailStatus
from app.errors import Conflict, Invalid, TooMany
from app.services.postman import Postman, Undelivered
from app.services.views import IntentView
from app.storage import mails
from tests.components.mailbox import PASSWORD, Mailbox, open_mailbox
from tests.houses import new_database
from tests.services.desk import DEEP, Desk, open_desk
from tests.services.test_courier_tls import HOST, make_certificate
from tests.still import StillWorld

ADA = "ada@example.org"


@asynccontextmanager
async def mailing(url: str, folder: Path) -> AsyncIterator[tuple[Desk, Mailbox]]:
    async with open_mailbox() as box:
        given = {"smtp_url": f"smtp://127.0.0.1:{box.port}", "mail_from": "till@shop.example"}
        async with open_desk(url, folder, **given) as desk:
            yield desk, box


@pytest.fixture
async def both(database: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, Mailbox]]:
    async with mailing(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[tuple[Desk, Mailbox]]:
    """On SQLite alone, for what no database changes."""
    async with mailing(new_database("sqlite", tmp_path), tmp_path) as opened:
        yield opened


async def paid(desk: Desk, **more: Any) -> IntentView:
    intent = await desk.intent(**more)
    await desk.record(desk.transfer(intent, confirmations=DEEP))
    return intent


async def owed(desk: Desk, intent: IntentView) -> list[Mail]:
    return await desk.house.store.read(lambda tx: mails.of_intent(tx, intent.id))


async def test_a_receipt_says_what_was_paid_in_both_forms_and_loads_nothing(
    both: tuple[Desk, Mailbox],
) -> None:
    desk, box = both
    intent = await paid(desk, description="<b>Tea</b>", order_id="1042")
    await desk.house.mails.ask(intent.id, ADA)
    assert box.got == [], "it is written down before it is sent"
    await desk.house.mails.step()
    (letter,) = box.got
    assert box.to == [ADA]
    assert letter["from"] == "A shop <till@shop.example>"
    assert letter["subject"] == "Receipt from A shop"
    assert letter["auto-submitted"] == "auto-generated"
    plain, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert page is not None
    for text in (plain.get_content(), page.get_content()):
        assert "1042" in text
        assert intent.id in text
        assert f"/i/{intent.id}/receipt" in text
    assert "For: <b>Tea</b>" in plain.get_content()
    assert "&lt;b&gt;Tea" in page.get_content()
    assert not [one for one in ("<img", "<script", "<link", "src=") if one in page.get_content()]
    (mail,) = await owed(desk, intent)
    assert (mail.status, mail.attempts, mail.due_at) == (MailStatus.SENT, 1, None)
    await desk.house.mails.step()
    assert len(box.got) == 1
    desk.world.advance(KEPT.total_seconds() + 1)
    await desk.house.tidying.step()
    assert await owed(desk, intent) == [], "no address is kept longer than it is needed"


async def test_a_hand_that_dies_between_sending_and_writing_it_down_sends_the_same_again(
    both: tuple[Desk, Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, box = both
    intent = await paid(desk)
    await desk.house.mails.ask(intent.id, ADA)

    def dies(*_: object) -> bool:
        raise SystemError("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(mails, "save", dies)
        with pytest.raises(SystemError):
            await desk.house.mails.step()
    assert len(box.got) == 1
    await desk.house.mails.step()
    assert len(box.got) == 1, "it is the dead hand's for a while"
    desk.world.advance(LEASE.total_seconds() + 1)
    await desk.house.mails.step()
    first, second = box.got
    assert first["message-id"] == second["message-id"]
    assert [(one.status, one.attempts) for one in await owed(desk, intent)] == [
        (MailStatus.SENT, 2)
    ]


async def test_a_server_that_is_busy_is_asked_again_ever_more_rarely(
    small: tuple[Desk, Mailbox],
) -> None:
    desk, box = small
    intent = await paid(desk)
    await desk.house.mails.ask(intent.id, ADA)
    box.answers = ["451 later"] * ATTEMPTS_MAX
    rests = []
    for _ in range(ATTEMPTS_MAX):
        await desk.house.mails.step()
        (mail,) = await owed(desk, intent)
        if mail.due_at is not None:
            rests.append(mail.due_at - desk.world.now())
            desk.world.advance(rests[-1].total_seconds())
    assert rests == sorted(rests)
    assert rests[0] == timedelta(minutes=1)
    assert (mail.status, mail.error, mail.due_at) == (MailStatus.FAILED, "refused", None)
    await desk.house.mails.step()
    assert box.got == []


async def test_what_is_refused_for_good_is_tried_once(small: tuple[Desk, Mailbox]) -> None:
    desk, box = small
    intent = await paid(desk)
    await desk.house.mails.ask(intent.id, ADA)
    box.answers = ["550 no such mailbox"]
    with structlog.testing.capture_logs() as logs:
        await desk.house.mails.step()
    (mail,) = await owed(desk, intent)
    assert (mail.status, mail.attempts) == (MailStatus.FAILED, 1)
    assert "ada" not in str(logs)
    assert "mail.tried" in str(logs)


async def test_mails_are_bounded_an_intent_and_sent_once_for_a_double_click(
    small: tuple[Desk, Mailbox],
) -> None:
    desk, box = small
    mail = desk.house.mails
    waiting, intent = await desk.intent(), await paid(desk)
    with pytest.raises(Conflict):
        await mail.ask(waiting.id, ADA)
    for wrong in ("", "ada", "a@b", f"{'x' * 250}@example.org", "a,b@example.org", "a@b.cd\nx"):
        with pytest.raises(Invalid) as refused:
            await mail.ask(intent.id, wrong)
        assert refused.value.faults[0].field == "email"
    await mail.ask(intent.id, ADA)
    await mail.ask(intent.id, ADA)
    assert len(await owed(desk, intent)) == 1
    await mail.ask(intent.id, "bob@example.org")
    assert ADDRESSES_MAX == 2
    with pytest.raises(TooMany):
        await mail.ask(intent.id, "eve@example.org")
    await mail.step()
    await mail.ask(intent.id, ADA)
    await mail.step()
    with pytest.raises(TooMany) as often:
        await mail.ask(intent.id, ADA)
    assert often.value.retry_after_seconds == KEPT.total_seconds()
    assert sorted(box.to) == [ADA, ADA, "bob@example.org"]


async def test_an_account_that_wants_it_mails_each_customer_once(
    small: tuple[Desk, Mailbox],
) -> None:
    desk, box = small
    await paid(desk, customer_email=ADA)
    await desk.house.mails.step()
    assert box.got == [], "off until it is asked for"
    await desk.policy(mail_receipts=True)
    intent = await paid(desk, customer_email=ADA)
    await paid(desk)
    await desk.record(desk.transfer(intent, tx="late"))
    await desk.house.mails.step()
    assert box.to == [ADA]


async def test_a_house_without_a_server_sends_none(tmp_path: Path) -> None:
    async with open_desk(new_database("sqlite", tmp_path), tmp_path) as desk:
        await desk.policy(mail_receipts=True)
        intent = await paid(desk, customer_email=ADA)
        assert await owed(desk, intent) == []
        with pytest.raises(Conflict):
            await desk.house.mails.ask(intent.id, ADA)
        assert await desk.house.mails.step() is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server shows for `127.0.0.2`, and what trusts it."""
    path, key = make_certificate(tmp_path_factory.mktemp("tls"))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path, key)
    trust = ssl.create_default_context(cafile=str(path))
    trust.check_hostname = False  # it is for another name; the chain of trust is what is tested
    return serving, trust


def postman(world: StillWorld, scheme: str, port: int, **more: Any) -> Postman:
    login = "shop%40example:s3cret%2F%3A%40@"
    url = f"{scheme}://{login}127.0.0.1:{port}"
    return Postman(world, url, "till@shop.example", HOST, **more)


@pytest.mark.parametrize(("scheme", "at_once"), [("smtps", True), ("smtp+starttls", False)])
async def test_tls_is_spoken_and_a_password_goes_through_it(
    world: StillWorld,
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
    scheme: str,
    at_once: bool,
) -> None:
    serving, trust = certificate
    async with open_mailbox(tls=serving, at_once=at_once, password=True) as box:
        assert PASSWORD == "s3cret/:@"
        where = await postman(world, scheme, box.port, trust=trust).check()
        assert where == f"127.0.0.1:{box.port}"
        assert box.signed_in == 1
        with pytest.raises(Undelivered) as refused:
            await postman(world, scheme, box.port).check()
        assert refused.value.word == "tls_failed", "nobody vouches for it"
    with pytest.raises(Undelivered) as gone:
        await postman(world, scheme, box.port, trust=trust).check()
    assert gone.value.word == "unreachable"


async def test_starttls_that_is_insisted_on_and_not_there_is_no_way(world: StillWorld) -> None:
    async with open_mailbox(password=True) as box:
        with pytest.raises(Undelivered) as refused:
            await postman(world, "smtp+starttls", box.port).check()
        assert refused.value.word == "not_supported"
        wrong = Postman(world, f"smtp://a:b@127.0.0.1:{box.port}", "till@shop.example", HOST)
        with pytest.raises(Undelivered) as refused:
            await wrong.check()
        assert refused.value.word == "login_failed"
