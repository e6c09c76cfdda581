"""The receipt is mailed on a form's word, where mail is set up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.settings import SettingsError
from tests.components.mailbox import Mailbox, open_mailbox
from tests.houses import new_database, settings_for
from tests.sites import Site, open_site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
Shop = tuple[Site, Mailbox]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("house")
    async with open_mailbox() as box:
        given = {"smtp_url": f"smtp://127.0.0.1:{box.port}", "mail_from": "till@shop.example"}
        async with open_site(new_database("sqlite", folder), folder, **given) as site:
            yield site, box


async def test_the_form_mails_the_receipt_in_the_readers_language(shop: Shop) -> None:
    site, box = shop
    made = await site.intent()
    path = f"/i/{made['id']}/mail"
    assert (await site.http.get(path)).status_code == 303, "there is no receipt yet"
    assert (await site.http.post(path, data={"email": "a@b.example"})).status_code == 303
    await site.pay(made["id"], confirmations=2)
    await site.look(made["id"])
    for page in (f"/i/{made['id']}", f"/i/{made['id']}/receipt"):
        assert f'href="{path}"' in (await site.http.get(page)).text
    wrong = await site.http.post(path, data={"email": "nobody"})
    assert wrong.status_code == 400
    assert 'value="nobody"' in wrong.text
    assert "must be an e-mail address" in wrong.text
    sent = await site.http.post(f"{path}?lang=de", data={"email": "ada@example.org"})
    assert sent.status_code == 200
    assert "ada@example.org" not in sent.text
    await site.house.mails.step()
    (letter,) = box.got
    body = letter.get_body(("html",))
    assert body is not None
    assert '<html lang="de" dir="ltr">' in body.get_content()
    await site.http.post(path, data={"email": "bob@example.org"})
    assert (await site.http.post(path, data={"email": "eve@example.org"})).status_code == 429


async def test_the_api_mails_the_receipt_too(shop: Shop) -> None:
    site, box = shop
    made = await site.intent()
    path = f"/v1/payment_intents/{made['id']}/receipt_mail"
    refused(await site.ask("POST", path, {"email": "a@b.example"}, key=None), 409)
    await site.pay(made["id"], confirmations=2)
    await site.look(made["id"])
    refused(await site.ask("POST", path, {"email": "nobody"}, key=None), 400)
    told = await site.post(path, {"email": "cleo@example.org"}, key=None)
    assert told == {"object": "receipt_mail", "status": "pending"}
    await site.house.mails.step()
    assert "cleo@example.org" in box.to


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_url": "http://mail.example", "mail_from": "a@b.example"},
        {"smtp_url": "smtp://", "mail_from": "a@b.example"},
        {"smtp_url": "smtp://mail.example:x", "mail_from": "a@b.example"},
        {"smtp_url": "smtp://mail.example"},
        {"smtp_url": "smtp://mail.example", "mail_from": "nobody"},
    ],
)
async def test_wrong_settings_are_named_without_their_password(
    tmp_path: Path, given: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as wrong:
        settings_for(f"sqlite:///{tmp_path}/x.db", tmp_path, **given)
    assert {one.field for one in wrong.value.faults} <= {"smtp_url", "mail_from"}
