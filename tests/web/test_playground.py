"""The playground: off until asked for, honest about code and webhooks, whole in its address."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar

from app.asgi import create_app
from app.domain import component as components
from app.domain.component import COMPONENTS, OPTIONS, Option
from app.errors import Invalid
from app.services.playground import SECRET
from app.settings import SettingsError, load
from app.web import widget
from tests.sites import Site, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[2]
HOME = "http://127.0.0.1:8000"
PATH = os.environ["PATH"]
TIP = {"component": "tip-jar", "amounts": "2 4", "description": 'A "small" tip'}

SAMPLES: dict[str, st.SearchStrategy[str]] = {
    "text": st.text(max_size=30).filter(str.isprintable),
    "amount": st.from_regex(components.PATTERNS["amount"][0], fullmatch=True),
    "amounts": st.from_regex(components.PATTERNS["amounts"][0], fullmatch=True),
    "counts": st.from_regex(components.PATTERNS["counts"][0], fullmatch=True),
    "currency": st.from_regex(components.PATTERNS["currency"][0], fullmatch=True),
    "names": st.from_regex(components.PATTERNS["names"][0], fullmatch=True),
}


def values(option: Option) -> st.SearchStrategy[str]:
    if option.choices:
        return st.sampled_from([value for value, _ in option.choices])
    return SAMPLES[option.kind] | st.just("")


@st.composite
def said(draw: st.DrawFn) -> dict[str, str]:
    """What an address may say: a component, and any of its options set or blank."""
    component = draw(st.sampled_from(list(COMPONENTS.values())))
    options = {one.name: values(one) for one in component.options}
    chosen = draw(st.fixed_dictionaries({}, optional=options))
    return {"component": component.name, **chosen}


@settings(deadline=None)
@given(said())
async def test_an_address_reproduces_the_setup_exactly(asked: dict[str, str]) -> None:
    setup = components.read(asked)
    again = components.read(dict(parse_qsl(setup.query(), keep_blank_values=True)))
    assert again == setup
    assert again.query() == setup.query(), "and is in its shortest form"


async def test_what_is_no_option_is_named_with_those_that_are() -> None:
    for wrong, field in (
        ({"component": "nothing"}, "component"),
        ({"component": "tip-jar", "price": "1"}, "price"),
        ({"component": "tip-jar", "amounts": "1,5"}, "amounts"),
        ({"component": "coffee-shop", "counts": "0"}, "counts"),
        ({"label": "a\nb"}, "label"),
        ({"theme": "blue"}, "theme"),
    ):
        with pytest.raises(Invalid) as refusal:
            components.read(wrong)
        assert [one.field for one in refusal.value.faults] == [field]


async def test_the_table_names_what_the_widget_has() -> None:
    scripts = "".join(widget.text(name) for name in widget.RELEASED)
    kinds = set(re.findall(r'^"([a-z]+-[a-z]+)": [A-Z]', scripts, re.MULTILINE))
    assert set(COMPONENTS) == kinds
    for name in OPTIONS:
        assert re.search(rf"\b{name}\b", scripts), f"the widget knows no {name}"


class Yard:
    """A site whose house has the playground on, shown with its own key."""

    def __init__(self, site: Site, http: httpx.AsyncClient) -> None:
        self.site = site
        self.http = http

    async def code(self, **asked: str) -> dict[str, str]:
        answer = await self.http.get("/playground/code", params=asked)
        assert answer.status_code == 200, answer.text
        return {one["name"]: one["text"] for one in answer.json()["code"]}

    async def shortcode(self) -> str:
        found = re.search(r'payment-link="(\w+)"', (await self.code())["html"])
        assert found
        return found[1]


def asking(app: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=HOME)


@pytest_asyncio.fixture(loop_scope="module")
async def yard(site: Site) -> AsyncIterator[Yard]:
    async with asking(create_app(site.house, workers=False, playground_key=site.pk)) as http:
        yield Yard(site, http)


async def test_it_is_shut_until_the_operator_opens_it(site: Site) -> None:
    for path in ("", "/preview", "/code", "/webhooks?intent=pi_1"):
        problem = refused(await site.http.get(f"/playground{path}"), 404, "not_found")
        assert "OPENTILL_PLAYGROUND=1" in problem["detail"]
    assert load({}).playground is False
    assert load({"OPENTILL_PLAYGROUND": "1"}).playground is True
    with pytest.raises(SettingsError, match="sandbox"):
        load({"OPENTILL_PLAYGROUND": "1", "OPENTILL_SANDBOX": "false"})


async def test_opened_it_has_a_test_account_to_itself(site: Site) -> None:
    before = {one.id for one in await site.house.accounts.all()}
    own = site.house.settings
    site.house.settings = msgspec.structs.replace(own, playground=True)
    try:
        apps = [create_app(site.house, workers=False) for _ in range(2)]
    finally:
        site.house.settings = own
    keys = set()
    for app in apps:  # as two processes, or two starts
        async with asking(app) as http:
            keys |= set(
                re.findall("pk_test_[0-9a-f]{32}", (await http.get("/playground", params=TIP)).text)
            )
    (made,) = [one for one in await site.house.accounts.all() if one.id not in before]
    assert (made.name, made.livemode) == ("Playground", False)
    (key,) = keys
    assert (await site.house.accounts.identify(key))[0].id == made.id
    (kept,) = await site.house.accounts.keys(made.id)
    await site.house.accounts.revoke_key(made.id, kept.id)
    async with asking(apps[0]) as http:
        refused(await http.get("/playground"), 404, "not_found")


async def test_a_key_nobody_knows_closes_it(site: Site) -> None:
    async with asking(create_app(site.house, workers=False, playground_key="pk_test_x")) as http:
        refused(await http.get("/playground"), 404, "not_found")


async def test_the_pages_keep_the_strict_policy_and_no_secret(yard: Yard) -> None:
    for path in ("/playground", "/playground/preview"):
        answer = await yard.http.get(path, params=TIP)
        policy = answer.headers["content-security-policy"]
        assert "frame-src 'self'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "trusted-types 'none'" in policy
        assert "unsafe" not in policy
        assert yard.site.sk not in answer.text
        assert "sk_test_" not in answer.text
        assert not re.search(r"\sstyle=|\son[a-z]+=", answer.text)


async def test_the_preview_is_the_html_that_is_copied(yard: Yard) -> None:
    html = (await yard.code(**TIP))["html"]
    shown = (await yard.http.get("/playground/preview", params=TIP)).text
    pinned = (await yard.code(**TIP))["pinned"]
    tags, element = pinned.split("\n\n")
    assert element == html.partition("\n\n")[2]
    docs = (ROOT / "docs" / "widget.md").read_text()
    assert tags.replace(HOME, "https://pay.example.com") in docs, "with the docs' integrity"
    assert html.partition("\n\n")[2].strip() in shown
    assert f'href="{HOME}/pay/{await yard.shortcode()}"' in shown, "a link pays without scripts"


async def test_without_scripts_the_form_sets_options_and_the_code_is_there(yard: Yard) -> None:
    page = (await yard.http.get("/playground", params=TIP)).text
    assert 'value="2 4"' in page
    assert 'value="A &#34;small&#34; tip"' in page
    assert "amounts=&#34;2 4&#34;" in page
    assert 'aria-current="page">tip-jar<' in page


async def test_one_link_is_made_however_often_it_is_looked_at(yard: Yard) -> None:
    first = await yard.shortcode()
    assert await yard.shortcode() == first
    app = create_app(yard.site.house, workers=False, playground_key=yard.site.pk)
    async with asking(app) as http:
        assert await Yard(yard.site, http).shortcode() == first, "another process finds it"
    (link,) = (await yard.site.get("/v1/payment_links"))["data"]
    await yard.site.patch(f"/v1/payment_links/{link['id']}", {"active": False})
    assert await yard.shortcode() != first, "one that was closed is made again"


async def test_the_code_of_a_tip_jar(yard: Yard) -> None:
    code = await yard.code(**TIP)
    pk, shortcode = yard.site.pk, await yard.shortcode()
    assert (
        code["html"]
        == f"""\
<script async src="{HOME}/widget/v1/loader.js"></script>

<opentill-tip-jar
  publishable-key="{pk}"
  amounts="2 4"
  currency="USD"
  description="A &quot;small&quot; tip">
  <a href="{HOME}/pay/{shortcode}">Continue to checkout</a>
</opentill-tip-jar>
"""
    )
    assert (
        code["react"]
        == f"""\
// Copy static/widget/react.js and react.d.ts of Opentill beside it.
import {{ Opentill }} from "./react.js";

export default function Checkout() {{
  return (
    <Opentill
      src="{HOME}"
      component="tip-jar"
      publishableKey="{pk}"
      amounts="2 4"
      currency="USD"
      description={{"A \\"small\\" tip"}}
      onSuccess={{({{ paymentIntentId }}) => console.log(paymentIntentId)}}
      onError={{({{ code }}) => console.warn(code)}}
    />
  );
}}
"""
    )
    assert (
        code["curl"]
        == f"""\
# On your server: SK is the secret key, which never goes into a page.
curl {HOME}/v1/payment_links \\
  -H "Authorization: Bearer $SK" \\
  --json '{{"name": "A \\"small\\" tip", "currency": "USD"}}'
# The answer's shortcode goes into the element: payment-link
"""
    )
    body = '{\n  "name": "A \\"small\\" tip",\n  "currency": "USD"\n}'
    assert f'await ask("POST", "/v1/payment_links", {body});' in code["node"]
    assert f'ask("POST", "/v1/payment_links", {body})' in code["python"].replace("\n    ", "\n")


async def test_a_priced_button_asks_for_an_intent_and_a_paywall_for_content(yard: Yard) -> None:
    priced = await yard.code(amount="7.50", currency="EUR", description="It's tea")
    assert "publishable-key=" in priced["html"]
    assert (
        """'{"amount": "7.50", "currency": "EUR", "description": "It'\\''s tea"}'"""
        in priced["curl"]
    )
    assert 'ask("POST", "/v1/payment_intents", {' in priced["python"]
    walled = await yard.code(component="article-paywall", text="</opentill-x><script>")
    assert "&lt;/opentill-x&gt;&lt;script&gt;" in walled["html"]
    assert 'ask("PUT", "/v1/payment_links/" + made["id"] + "/content", {' in walled["python"]
    assert "/v1/payment_links/$ID/content" in walled["curl"]
    assert "payment-link=" in walled["html"]


async def heard(yard: Yard, intent: str, after: int = 0) -> list[Any]:
    """Return what is streamed of an intent that is over."""
    headers = {"last-event-id": str(after)}
    path = f"/playground/webhooks?intent={intent}"
    answer = await yard.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(one) for one in re.findall(r"^data: (.*)$", answer.text, re.MULTILINE)]


async def test_the_webhooks_are_what_is_delivered_and_the_copied_code_verifies_them(
    yard: Yard,
) -> None:
    made = await yard.site.intent()
    await yard.site.pay(made["id"], confirmations=2)
    assert (await yard.site.look(made["id"]))["status"] == "succeeded"
    sent = await heard(yard, made["id"])
    history = (await yard.site.get("/v1/events"))["data"]
    assert [json.loads(one["body"]) for one in sent] == history[::-1], "each event, as it is"
    assert sent[-1]["type"] == "payment_intent.succeeded"
    assert [one["version"] for one in await heard(yard, made["id"], 1)] == [
        one["version"] for one in sent[1:]
    ]
    over = await yard.http.get(
        f"/playground/webhooks?intent={made['id']}",
        headers={"last-event-id": str(sent[-1]["version"])},
    )
    assert over.status_code == 204, "a browser that comes back is told that this is all"
    check(await yard.code(), sent[-1])


def check(code: dict[str, str], sent: Any) -> None:
    """Run the copied programs' own check on a webhook, and on one that was changed."""
    at = int(sent["headers"]["webhook-timestamp"])
    forged = sent["body"].replace("succeeded", "failed")
    program = code["python"].partition("if __name__")[0] + (
        f"time.time = lambda: {at}\n"
        f"for body in ({sent['body']!r}, {forged!r}):\n"
        f"    print((verified({sent['headers']!r}, body.encode()) or {{}}).get('type'))\n"
    )
    head, _, _ = code["node"].partition("const made")
    script = head.replace("export ", "") + (
        f"Date.now = () => {at}000;\n"
        f"for (const body of {json.dumps([sent['body'], forged])})\n"
        f"  console.log(verified({json.dumps(sent['headers'])}, body)?.type ?? 'None');\n"
    )
    node = ["node", "--input-type=module", "-e", script]
    for command in ([sys.executable, "-c", program], node):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=30,
            env={"SECRET": SECRET, "PATH": PATH},
        )
        assert done.stdout.split() == ["payment_intent.succeeded", "None"], done.stderr


async def test_only_the_playgrounds_own_intents_are_followed(yard: Yard) -> None:
    stranger = await (await yard.site.newcomer()).intent()
    for id in (stranger["id"], "pi_nobodys"):
        refused(await yard.http.get(f"/playground/webhooks?intent={id}"), 404, "not_found")
