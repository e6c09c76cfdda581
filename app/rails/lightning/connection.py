"""Connections: how a payee's node is reached, as one line of text.

The form is the one BTCPay Server's own settings use: `type=lnd-rest;server=https://…;macaroon=…`.
Whoever moves here pastes the line that is there; Electrum and Core Lightning's REST, which that
form does not know, follow it. A line holds secrets: it is sealed where it is kept, and only its
label is ever shown.
"""

import re
from urllib.parse import urlsplit

import msgspec

from app.errors import Fault, Invalid
from app.rails.rpc import check_url

LENGTH_MAX = 4096
HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
THUMBPRINT = re.compile(r"[0-9a-f]{64}")
NWC = "nostr+walletconnect:"
FIELD = "value"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of node needs in its line, and what may stand there besides."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


# `allowinsecure` is BTCPay's word for plain HTTP: who may be reached so is the operator's to say.
_HTTP = ("certthumbprint", "allowinsecure")
FORMS: dict[str, Form] = {
    "electrum": Form(needs=("server", "user", "password"), may=("wallet", *_HTTP)),
    "lnd-rest": Form(needs=("server", "macaroon"), may=_HTTP),
    "core-lightning": Form(needs=("server", "rune"), may=_HTTP),
    "phoenixd": Form(needs=("server", "password"), may=_HTTP),
    "lnbits": Form(needs=("server", "api-key"), may=_HTTP),
    "nwc": Form(needs=("key",)),
}


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One node: what it is, and its line's fields by name."""

    type: str
    fields: dict[str, str]

    def text(self) -> str:
        """Return the line in its canonical form."""
        return ";".join([f"type={self.type}", *(f"{n}={v}" for n, v in self.fields.items())])

    @property
    def server(self) -> str:
        return self.fields["server"]

    @property
    def label(self) -> str:
        """What may be shown: the kind of node and its host, without a word of its secrets."""
        if self.type == "nwc":
            return f"nwc {urlsplit(self.fields['key']).netloc[:8]}…"
        parts = urlsplit(self.server)
        port = f":{parts.port}" if parts.port else ""
        return f"{self.type} {parts.scheme}://{parts.hostname}{port}"


def read(text: str) -> Connection:
    """Read a line, or refuse every wrong field of it at once, repeating none of its secrets."""
    text = text.strip()
    if not 0 < len(text) <= LENGTH_MAX or not text.isascii() or not text.isprintable():
        raise Invalid.field(FIELD, f"must be one line of at most {LENGTH_MAX} characters")
    if text.startswith(NWC):
        text = f"type=nwc;key={text}"
    given: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and value:
            given[name.strip().lower()] = value.strip()
    form = FORMS.get(given.pop("type", "").lower())
    if form is None:
        raise Invalid.field(FIELD, f"must begin with type=, one of {', '.join(FORMS)}")
    type = next(name for name, one in FORMS.items() if one is form)
    faults = [Fault(FIELD, f"{one}= is missing") for one in form.needs if one not in given]
    known = (*form.needs, *form.may)
    faults += [Fault(FIELD, f"{one[:40]}= is not known here") for one in given if one not in known]
    faults += _wrong(given)
    if faults:
        lines = "; ".join(f"{one.field}: {one.message}" for one in faults)
        raise Invalid(lines, faults=tuple(faults))
    if "certthumbprint" in given:
        given["certthumbprint"] = _plain(given["certthumbprint"])
    fields = {name: given[name] for name in known if name in given and name != "allowinsecure"}
    return Connection(type=type, fields=fields)


def _wrong(given: dict[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    if "server" in given:
        if wrong := check_url(given["server"]):
            faults.append(Fault(FIELD, f"server= {wrong}"))
        elif urlsplit(given["server"]).username is not None:
            faults.append(Fault(FIELD, "server= must not carry a user name or password"))
    if "macaroon" in given and not HEXADECIMAL.fullmatch(given["macaroon"]):
        faults.append(Fault(FIELD, "macaroon= must be hexadecimal digits"))
    if "certthumbprint" in given and not THUMBPRINT.fullmatch(_plain(given["certthumbprint"])):
        faults.append(Fault(FIELD, "certthumbprint= must be a SHA-256 in hexadecimal digits"))
    if "key" in given and not given["key"].startswith(NWC):
        faults.append(Fault(FIELD, f"key= must begin with {NWC}"))
    return faults


def _plain(thumbprint: str) -> str:
    return thumbprint.replace(":", "").lower()
