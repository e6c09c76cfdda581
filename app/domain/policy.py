"""A site's own Content-Security-Policy: does it let the checkout in, and if not, what stops it.

It reads a policy as a browser does (CSP Level 3): the first of two directives of one
name counts, a directive that is missing falls back to a wider one, `'none'` means
nothing, and with `'strict-dynamic'` only a nonce opens the door for scripts. Of two
policies in one header both must agree.
"""

import re
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

import msgspec

from app.domain.origin import PORT_DEFAULT

POLICY_LENGTH_MAX = 8192

Directives = dict[str, tuple[str, ...]]


class Need(StrEnum):
    """What the checkout needs of the page around it."""

    SCRIPT = "script-src"
    FRAME = "frame-src"
    CONNECT = "connect-src"


# The directive that decides, before those it falls back to.
FALLBACKS: dict[Need, tuple[str, ...]] = {
    Need.SCRIPT: ("script-src-elem", "script-src", "default-src"),
    Need.FRAME: ("frame-src", "child-src", "default-src"),
    Need.CONNECT: ("connect-src", "default-src"),
}
# What each is asked for: a script's path, a frame's, an answer's.
PATHS = {
    Need.SCRIPT: "/widget/v1/loader.js",
    Need.FRAME: "/i/pi_0",
    Need.CONNECT: "/v1/payment_intents",
}
SANDBOX_NEEDS = ("allow-scripts", "allow-same-origin")

_HEADER_NAME = re.compile(r"\s*content-security-policy(?:-report-only)?\s*:", re.IGNORECASE)
_HOST_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)"
    r"(?::(?P<port>[0-9]{1,5}|\*))?(?P<path>/[^?#]*)?",
    re.IGNORECASE,
)


class Verdict(StrEnum):
    """What a policy says of one need."""

    ALLOWED = "allowed"
    NONCE = "nonce"  # allowed when the script tag carries the policy's nonce
    BLOCKED = "blocked"


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy says of one need, and by which directive. None: nothing speaks of it."""

    need: Need
    verdict: Verdict
    directive: str | None
    sources: tuple[str, ...] = ()


def parse(text: str) -> list[Directives]:
    """Read a header's value, pasted with or without its name, into its policies."""
    value = _HEADER_NAME.sub("", text[:POLICY_LENGTH_MAX], count=1)
    found: list[Directives] = []
    for policy in value.split(","):
        directives: Directives = {}
        for part in policy.split(";"):
            name, *sources = part.split() or [""]
            if name:
                directives.setdefault(name.lower(), tuple(sources))
        if directives:
            found.append(directives)
    return found


def rule(policies: list[Directives], need: Need, home: str, page: str) -> Ruling:
    """Tell whether a page of the origin `page` may use what it needs of our origin `home`."""
    rulings = [_rule(one, need, home, page) for one in policies]
    for verdict in (Verdict.BLOCKED, Verdict.NONCE):
        for one in rulings:
            if one.verdict is verdict:
                return one
    return rulings[0] if rulings else Ruling(need=need, verdict=Verdict.ALLOWED, directive=None)


def _rule(policy: Directives, need: Need, home: str, page: str) -> Ruling:
    if need is Need.SCRIPT and "sandbox" in policy:
        given = {one.lower() for one in policy["sandbox"]}
        if not given.issuperset(SANDBOX_NEEDS):
            return _ruling(need, Verdict.BLOCKED, "sandbox", policy)
    name = next((one for one in FALLBACKS[need] if one in policy), None)
    if name is None:
        return Ruling(need=need, verdict=Verdict.ALLOWED, directive=None)
    words = {one.lower() for one in policy[name]}
    nonce = need is Need.SCRIPT and any(one.startswith("'nonce-") for one in words)
    dynamic = need is Need.SCRIPT and "'strict-dynamic'" in words
    if not dynamic and any(matches(one, home + PATHS[need], page) for one in policy[name]):
        return _ruling(need, Verdict.ALLOWED, name, policy)
    return _ruling(need, Verdict.NONCE if nonce else Verdict.BLOCKED, name, policy)


def _ruling(need: Need, verdict: Verdict, name: str, policy: Directives) -> Ruling:
    return Ruling(need=need, verdict=verdict, directive=name, sources=policy[name])


def matches(source: str, url: str, page: str) -> bool:
    """Tell whether a source lets a URL in, for a page of the origin `page`."""
    wanted = urlsplit(url)
    own = urlsplit(page)
    lower = source.lower()
    if lower == "*":
        return True  # ours is http or https, which a lone star stands for
    if lower == "'self'":
        return _same_scheme(own.scheme, wanted.scheme) and _same_place(own, wanted)
    if lower.endswith(":") and lower[:-1].isalpha():
        return _same_scheme(lower[:-1], wanted.scheme)
    found = _HOST_SOURCE.fullmatch(source)
    if found is None:
        return False
    return (
        _same_scheme((found["scheme"] or own.scheme or "https").lower(), wanted.scheme)
        and _host_fits(found["host"].lower(), wanted.hostname or "")
        and _port_fits(found["port"], wanted.scheme, wanted.port)
        and _path_fits(found["path"] or "", wanted.path)
    )


def _same_scheme(given: str, wanted: str) -> bool:
    return given == wanted or (given == "http" and wanted == "https")


def _same_place(own: SplitResult, wanted: SplitResult) -> bool:
    """Tell whether two URLs name one place; from http to https, the default ports go along."""
    if own.hostname != wanted.hostname:
        return False
    here, there = (one.port or PORT_DEFAULT.get(one.scheme) for one in (own, wanted))
    return here == there or (here, there) == (80, 443)


def _host_fits(pattern: str, host: str) -> bool:
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _port_fits(given: str | None, scheme: str, port: int | None) -> bool:
    if given == "*":
        return True
    shown = port or PORT_DEFAULT[scheme]
    if given is None:
        return shown == PORT_DEFAULT[scheme]
    return int(given) == shown or (int(given) == 80 and shown == 443)


def _path_fits(given: str, path: str) -> bool:
    if given in ("", "/"):
        return True
    return path.startswith(given) if given.endswith("/") else path == given


def repaired(policies: list[Directives], needs: tuple[Need, ...], home: str, page: str) -> str:
    """Return the policies with what is blocked let in, and nothing else changed."""
    return ", ".join(_repaired(one, needs, home, page) for one in policies)


def _repaired(policy: Directives, needs: tuple[Need, ...], home: str, page: str) -> str:
    mended = dict(policy)
    for need in needs:
        ruling = _rule(mended, need, home, page)
        if ruling.verdict is Verdict.BLOCKED and ruling.directive == "sandbox":
            missing = [one for one in SANDBOX_NEEDS if one not in mended["sandbox"]]
            mended["sandbox"] = (*mended["sandbox"], *missing)
            ruling = _rule(mended, need, home, page)
        if ruling.verdict is not Verdict.BLOCKED or ruling.directive is None:
            continue
        # A new directive stands in for what it fell back to, so it takes over what that allowed.
        name = need.value if ruling.directive == "default-src" else ruling.directive
        kept = [one for one in ruling.sources if one.lower() != "'none'"]
        if need is Need.SCRIPT:
            kept = [one for one in kept if one.lower() != "'strict-dynamic'"]
        mended[name] = (*kept, home)
    return "; ".join(" ".join((name, *sources)) for name, sources in mended.items())


def lines(home: str, *, amounts: bool) -> list[str]:
    """Return what a site's policy must say, ready to copy."""
    needs = (Need.SCRIPT, Need.FRAME, *((Need.CONNECT,) if amounts else ()))
    return [f"{need.value} {home}" for need in needs]
