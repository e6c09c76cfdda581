"""Code to copy for one setup of a component: HTML, React, and what runs on a server.

Written from the table of components and from nowhere else. The preview is made of the same
HTML, so what is copied is what was seen.
"""

import html
import json
import re

import msgspec

from app.domain.component import Setup
from app.services.playground import Stage
from app.web import widget

NAME = "From the playground"  # of what the copied code makes on a server
PLAIN = re.compile(r"[^\"\\&<>{}]*")  # an attribute's value that JSX takes as it stands

PYTHON = '''\
import base64, hashlib, hmac, json, os, time, urllib.request


def ask(method, path, body):
    """Ask Opentill with the secret key, which never leaves your server."""
    headers = {"Authorization": "Bearer " + os.environ["SK"], "Content-Type": "application/json"}
    data = json.dumps(body).encode()
    asked = urllib.request.Request("%(home)s" + path, data, headers, method=method)
    with urllib.request.urlopen(asked, timeout=15) as answer:
        return json.load(answer)


def verified(headers, body):
    """Return a webhook's event; None: it was not signed with your endpoint's secret."""
    id, at = headers["webhook-id"], headers["webhook-timestamp"]
    key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
    mac = hmac.new(key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    good = "v1," + base64.b64encode(mac).decode()
    signed = headers["webhook-signature"].split()
    fresh = abs(time.time() - int(at)) < 300
    if not fresh or not any(hmac.compare_digest(good, one) for one in signed):
        return None
    return json.loads(body)  # the same webhook-id may come twice


if __name__ == "__main__":
    made = ask("POST", "%(path)s", %(body)s)
%(content)s    print('%(attribute)s="' + made["%(answer)s"] + '"')  # goes into the element
'''

NODE = """\
import { createHmac, timingSafeEqual } from "node:crypto";

/** Ask Opentill with the secret key, which never leaves your server. */
const ask = async (method, path, body) => {
  const headers = { Authorization: `Bearer ${process.env.SK}`, "Content-Type": "application/json" };
  const answer = await fetch(`%(home)s${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
};

/** Return a webhook's event; null: it was not signed with your endpoint's secret. */
export const verified = (headers, body) => {
  const id = headers["webhook-id"];
  const at = headers["webhook-timestamp"];
  const key = Buffer.from(process.env.SECRET.replace(/^whsec_/, ""), "base64");
  const good = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest();
  const same = (one) => one.length === good.length && timingSafeEqual(one, good);
  const signed = headers["webhook-signature"].split(" ").map((one) => one.replace("v1,", ""));
  const fresh = Math.abs(Date.now() / 1000 - at) < 300;
  if (!fresh || !signed.some((one) => same(Buffer.from(one, "base64")))) return null;
  return JSON.parse(body); // the same webhook-id may come twice
};

const made = await ask("POST", "%(path)s", %(body)s);
%(content)sconsole.log(`%(attribute)s="${made.%(answer)s}"`); // goes into the element
"""

CONTENT = {"title": "What is sold", "text": "What is read by those who have paid."}


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of code, and what its pane is called."""

    name: str
    title: str
    text: str


def snippets(setup: Setup, stage: Stage, home: str) -> list[Snippet]:
    """Return every piece of code for a setup."""
    server = _server(setup, home)
    return [
        Snippet(name="html", title="HTML", text=_page(setup, stage, home)),
        Snippet(name="pinned", title="HTML, pinned", text=_pinned(setup, stage, home)),
        Snippet(name="react", title="React", text=_react(setup, stage, home)),
        Snippet(name="curl", title="Server: curl", text=_curl(server)),
        Snippet(name="python", title="Server: Python", text=_code(PYTHON, server, 4, "")),
        Snippet(name="node", title="Server: Node", text=_code(NODE, server, 0, "await ")),
    ]


def element(setup: Setup, stage: Stage, home: str) -> str:
    """Return a component as HTML; without scripts the link in it leads to the checkout."""
    tag = f"opentill-{setup.component.name}"
    named = [f'{name}="{html.escape(value)}"' for name, value in _attributes(setup, stage).items()]
    inside = [f"<p>{html.escape(setup.component.inside)}</p>"] if setup.component.inside else []
    inside.append(f'<a href="{html.escape(home)}/pay/{stage.shortcode}">Continue to checkout</a>')
    attributes = "".join(f"\n  {one}" for one in named)
    return "\n".join([f"<{tag}{attributes}>", *(f"  {one}" for one in inside), f"</{tag}>"])


def _attributes(setup: Setup, stage: Stage) -> dict[str, str]:
    """Return what is sold, then the options that are set."""
    if setup.keyed:
        return {"publishable-key": stage.publishable_key, **setup.given}
    return {"payment-link": stage.shortcode, **setup.given}


def _page(setup: Setup, stage: Stage, home: str) -> str:
    script = f'<script async src="{html.escape(home)}/widget/v1/loader.js"></script>'
    return f"{script}\n\n{element(setup, stage, home)}\n"


def _pinned(setup: Setup, stage: Stage, home: str) -> str:
    return f"{widget.pinned(html.escape(home))}\n\n{element(setup, stage, home)}\n"


def _react(setup: Setup, stage: Stage, home: str) -> str:
    options = {"src": home, "component": setup.component.name, **_attributes(setup, stage)}
    lines = [f"      {_camel(name)}={_jsx(value)}" for name, value in options.items()]
    inside = json.dumps(setup.component.inside)
    ends = [f"    >\n      {{{inside}}}\n    </Opentill>"] if setup.component.inside else ["    />"]
    return "\n".join(
        [
            "// Copy static/widget/react.js and react.d.ts of Opentill beside it.",
            'import { Opentill } from "./react.js";',
            "",
            "export default function Checkout() {",
            "  return (",
            "    <Opentill",
            *lines,
            "      onSuccess={({ paymentIntentId }) => console.log(paymentIntentId)}",
            "      onError={({ code }) => console.warn(code)}",
            *ends,
            "  );",
            "}",
            "",
        ]
    )


class _Server(msgspec.Struct, frozen=True, kw_only=True):
    """What a server asks for a setup: one thing made, perhaps content put into it."""

    home: str
    path: str
    body: dict[str, str]
    attribute: str  # of the element, which takes the answer's
    answer: str
    content: bool


def _server(setup: Setup, home: str) -> _Server:
    """A priced button opens an intent; all else a link, which browsers may name amounts for."""
    given = setup.given
    narrowed = {"ledgers": ",".join(given["ledgers"].split())} if "ledgers" in given else {}
    if "amount" in given:
        names = ("amount", "currency", "description")
        body = {name: given[name] for name in names if name in given} | narrowed
        path, attribute, answer = "/v1/payment_intents", "payment-intent", "id"
    else:
        own = {name: given[name] for name in ("currency", "min", "max") if name in given}
        name = given.get("description", NAME)
        body = {"name": name} | setup.component.link | own | narrowed
        path, attribute, answer = "/v1/payment_links", "payment-link", "shortcode"
    return _Server(
        home=home,
        path=path,
        body=body,
        attribute=attribute,
        answer=answer,
        content=setup.component.content and "amount" not in given,
    )


def _curl(server: _Server) -> str:
    lines = [
        "# On your server: SK is the secret key, which never goes into a page.",
        _call("POST", f"{server.home}{server.path}", server.body),
        f"# The answer's {server.answer} goes into the element: {server.attribute}",
    ]
    if server.content:
        url = f"{server.home}/v1/payment_links/$ID/content"
        lines += ["# What is read by those who have paid; ID is the answer's id:"]
        lines += [_call("PUT", url, CONTENT)]
    return "\n".join(lines) + "\n"


def _call(method: str, url: str, body: dict[str, str]) -> str:
    text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    start = "curl" if method == "POST" else f"curl -X {method}"
    return f"{start} {url} \\\n  -H \"Authorization: Bearer $SK\" \\\n  --json '{text}'"


def _code(frame: str, server: _Server, indent: int, waits: str) -> str:
    """Fill a program in. JSON's texts are written alike in Python and in JavaScript."""
    margin = " " * indent
    content = ""
    if server.content:
        put = '"/v1/payment_links/" + made["id"] + "/content"'
        ends = ";" if waits else ""
        content = f'{margin}{waits}ask("PUT", {put}, {_literal(CONTENT, margin)}){ends}\n'
    return frame % {
        "home": server.home,
        "path": server.path,
        "body": _literal(server.body, margin),
        "content": content,
        "attribute": server.attribute,
        "answer": server.answer,
    }


def _literal(body: dict[str, str], margin: str) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False).replace("\n", f"\n{margin}")


def _jsx(value: str) -> str:
    return (
        f'"{value}"' if PLAIN.fullmatch(value) else f"{{{json.dumps(value, ensure_ascii=False)}}}"
    )


def _camel(name: str) -> str:
    return re.sub("-(.)", lambda found: found[1].upper(), name)
