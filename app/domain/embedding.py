"""Embedding: everything that can keep a site from showing the checkout, looked at in turn.

It judges what it is told and fetches nothing. The words are for the site's owner.
"""

from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from app.domain import origin as origins
from app.domain import policy as policies
from app.domain.account import Account
from app.domain.origin import OriginError
from app.domain.policy import Need, Ruling, Verdict


class State(StrEnum):
    """What a finding means for the modal."""

    FINE = "fine"
    LOOK = "look"  # cannot be seen from here: look for yourself
    STOPS = "stops"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    about: str  # the header, directive or setting
    state: State
    text: str
    hint: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a site's owner tells of the site, and how the question reached us."""

    home: str  # our own origin, as our settings have it
    reached: str  # our own origin, as this request has it
    origin: str | None = None
    account: Account | None = None
    path: str | None = None  # of the page that would be framed
    amounts: bool = False  # the page itself names amounts
    policy: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a site's owner is told."""

    embeddable: bool  # nothing that was found stops it
    home: str
    origin: str | None
    frame_ancestors: str | None
    policy_lines: list[str]
    mended_policy: str | None
    probe: str
    findings: list[Finding]


def examine(asked: Asked) -> Report:
    """Look at all that may stop the modal."""
    findings: list[Finding] = []
    origin = _origin(asked, findings)
    _address(asked, origin, findings)
    framing = _framing(asked, origin, findings)
    path = asked.path or "/pay/…"
    probe = f"curl -sI '{asked.home}{path}?view=modal' | grep -iE 'x-frame|security-policy'"
    findings.append(
        Finding(
            about="X-Frame-Options",
            state=State.LOOK,
            text="We send none. A proxy before us may add one; then no browser shows the modal.",
            hint="Run the command below: it must show no X-Frame-Options and one policy only.",
        )
    )
    needs = (Need.SCRIPT, Need.FRAME, *((Need.CONNECT,) if asked.amounts else ()))
    read = policies.parse(asked.policy or "")
    page = origin or "https://site.invalid"
    rulings = [policies.rule(read, need, asked.home, page) for need in needs]
    findings += [_ruled(one, asked.home) for one in rulings] if read else []
    blocked = any(one.verdict is Verdict.BLOCKED for one in rulings)
    return Report(
        embeddable=not any(one.state is State.STOPS for one in findings),
        home=asked.home,
        origin=origin,
        frame_ancestors=framing,
        policy_lines=policies.lines(asked.home, amounts=asked.amounts),
        mended_policy=policies.repaired(read, needs, asked.home, page) if blocked else None,
        probe=probe,
        findings=findings,
    )


def _origin(asked: Asked, findings: list[Finding]) -> str | None:
    if asked.origin is None:
        text = "No origin was given, so the list of allowed origins was not compared."
        hint = f"Add the origin of your site, {origins.EXAMPLE}."
        findings.append(Finding(about="origin", state=State.LOOK, text=text, hint=hint))
        return None
    try:
        origin = origins.canonical(asked.origin)
    except OriginError as error:
        text = f"This {error}."
        hint = "It is what location.origin says in the console of your page."
        findings.append(Finding(about="origin", state=State.STOPS, text=text, hint=hint))
        return None
    text = f"{origin} is an origin as browsers write it."
    findings.append(Finding(about="origin", state=State.FINE, text=text))
    return origin


def _address(asked: Asked, origin: str | None, findings: list[Finding]) -> None:
    """Look at our own address: a proxy that hides it makes every link lead elsewhere."""
    if asked.home != asked.reached:
        text = f"You asked at {asked.reached}, but links and the modal say {asked.home}."
        hint = "Set public_url to the address people use, and name the proxy in trusted_proxies."
        findings.append(Finding(about="public_url", state=State.STOPS, text=text, hint=hint))
        return
    home = urlsplit(asked.home)
    overheard = home.scheme == "http" and home.hostname not in origins.PLAIN_HOSTS
    if overheard and (origin or "").startswith("https:"):
        text = f"A page with https may not show {asked.home}, which has none."
        hint = "Put the checkout behind https and set public_url to that address."
        findings.append(Finding(about="public_url", state=State.STOPS, text=text, hint=hint))
        return
    text = f"The checkout is reached at the address it names, {asked.home}."
    findings.append(Finding(about="public_url", state=State.FINE, text=text))


def _framing(asked: Asked, origin: str | None, findings: list[Finding]) -> str | None:
    if asked.account is None:
        text = "No payment link or publishable key was given, so no account's list was read."
        hint = "Add payment_link= with a shortcode, or key= with a pk_ key."
        findings.append(Finding(about="frame-ancestors", state=State.LOOK, text=text, hint=hint))
        return None
    allowed = asked.account.allowed_origins
    sent = " ".join(allowed) or "*"
    text = f"We send frame-ancestors {sent}."
    if not allowed:
        finding = Finding(
            about="frame-ancestors",
            state=State.FINE,
            text=f"{text} Any site may show the modal.",
            hint="Name your sites: PATCH /v1/account with allowed_origins.",
        )
    elif origin is None:
        finding = Finding(about="frame-ancestors", state=State.LOOK, text=text)
    elif origin in allowed:
        finding = Finding(about="frame-ancestors", state=State.FINE, text=f"{text} Yours is there.")
    else:
        finding = Finding(
            about="frame-ancestors",
            state=State.STOPS,
            text=f"{text} {origin} is not there, so no browser shows the modal on it.",
            hint="Add it to allowed_origins: PATCH /v1/account with the whole list.",
        )
    findings.append(finding)
    return sent


def _ruled(ruling: Ruling, home: str) -> Finding:
    """Say what a site's own policy does."""
    need, name = ruling.need.value, ruling.directive
    if name is None:
        text = f"Nothing in your policy speaks of {need}, so it lets us in."
        return Finding(about=need, state=State.FINE, text=text)
    line = " ".join((name, *ruling.sources))
    if ruling.verdict is Verdict.ALLOWED:
        return Finding(about=need, state=State.FINE, text=f"“{line}” lets us in.")
    if ruling.verdict is Verdict.NONCE:
        text = f"“{line}” lets our script in if its tag carries your nonce."
        hint = 'Write <script nonce="…" async src="…/widget/v1/loader.js"> with the page’s nonce.'
        return Finding(about=need, state=State.LOOK, text=text, hint=hint)
    if name == "sandbox":
        text = f"“{line}” keeps scripts or origins out of your whole page."
        hint = f"Add {' and '.join(policies.SANDBOX_NEEDS)} to sandbox."
        return Finding(about=need, state=State.STOPS, text=text, hint=hint)
    wider = "" if name == need else f" It decides, for there is no {need}."
    text = f"“{line}” keeps {home} out.{wider}"
    return Finding(about=need, state=State.STOPS, text=text, hint=f"Write: {need} {home}")
