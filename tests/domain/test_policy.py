"""A site's policy is read as a browser reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import policy
from app.domain.policy import Need, Verdict

HOME = "https://pay.example:8443"
PAGE = "https://shop.example"
ALL = tuple(Need)
A, N, B = Verdict.ALLOWED, Verdict.NONCE, Verdict.BLOCKED

SOURCES = st.sampled_from(
    [
        *("'none'", "'self'", "'strict-dynamic'", "'unsafe-inline'", "'nonce-abc'", "*", "https:"),
        *("http:", "data:", HOME, "*.example:8443", "pay.example", "pay.example:*", "'sha256-x='"),
        *("https://pay.example:8443/widget/", "https://cdn.example", "javascript:", "wss://x"),
    ]
)
NAMES = st.sampled_from(
    [
        *("default-src", "script-src", "script-src-elem", "frame-src", "child-src", "connect-src"),
        *("Script-Src", "img-src", "sandbox", "upgrade-insecure-requests"),
    ]
)
DIRECTIVES = st.lists(st.tuples(NAMES, st.lists(SOURCES, max_size=4)), max_size=6)
POLICIES = st.lists(DIRECTIVES, min_size=1, max_size=2).map(
    lambda many: ", ".join("; ".join(" ".join((n, *s)) for n, s in one) for one in many)
)


def verdicts(text: str, home: str = HOME, page: str = PAGE) -> list[Verdict]:
    read = policy.parse(text)
    return [policy.rule(read, need, home, page).verdict for need in ALL]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [A, A, A]),
        ("img-src 'none'", [A, A, A]),
        ("default-src 'none'", [B, B, B]),
        ("default-src 'self'", [B, B, B]),
        (f"default-src {HOME}", [A, A, A]),
        (f"default-src 'none'; script-src {HOME}; frame-src {HOME}", [A, A, B]),
        (f"default-src 'none'; script-src {HOME}; child-src {HOME}", [A, A, B]),
        (f"child-src {HOME}; frame-src 'self'", [A, B, A]),
        (f"script-src {HOME}; script-src-elem 'self'", [B, A, A]),
        (f"script-src 'self'; script-src {HOME}", [B, A, A]),  # the first counts
        (f"SCRIPT-SRC {HOME}", [A, A, A]),
        (f"Content-Security-Policy: script-src {HOME}", [A, A, A]),
        (f"frame-src 'none' {HOME}", [A, A, A]),  # beside another source it means nothing
        ("script-src 'nonce-abc'", [N, A, A]),
        (f"script-src 'nonce-abc' {HOME}", [A, A, A]),
        (f"script-src 'nonce-abc' 'strict-dynamic' {HOME}", [N, A, A]),
        (f"script-src 'strict-dynamic' {HOME}", [B, A, A]),
        ("frame-src 'nonce-abc'", [A, B, A]),
        ("frame-src https:", [A, A, A]),
        ("frame-src http:", [A, A, A]),
        ("frame-src data:", [A, B, A]),
        ("frame-src *", [A, A, A]),
        ("frame-src *.example:8443", [A, A, A]),
        ("frame-src *.pay.example:8443", [A, B, A]),
        ("frame-src pay.example", [A, B, A]),  # its port is not the usual one
        ("frame-src pay.example:*", [A, A, A]),
        ("frame-src PAY.example:8443", [A, A, A]),
        ("frame-src http://pay.example:8443", [A, A, A]),
        ("frame-src wss://pay.example:8443", [A, B, A]),
        (f"frame-src {HOME}/i/", [A, A, A]),
        (f"frame-src {HOME}/i", [A, B, A]),
        (f"script-src {HOME}/widget/v1/loader.js", [A, A, A]),
        (f"frame-src {HOME}, frame-src 'self'", [A, B, A]),  # both must agree
        (f"frame-src {HOME}, img-src 'self'", [A, A, A]),
        ("sandbox allow-forms", [B, A, A]),
        ("sandbox allow-scripts allow-same-origin", [A, A, A]),
    ],
)
def test_a_policy_lets_in_what_a_browser_would(text: str, expected: list[Verdict]) -> None:
    assert verdicts(text) == expected


def test_self_is_us_where_the_site_is_ours() -> None:
    assert verdicts("default-src 'self'", HOME, HOME) == [A, A, A]
    assert verdicts("frame-src 'self'", "https://a.example", "http://a.example")[1] is A
    assert verdicts("frame-src 'self'", "http://a.example", "https://a.example")[1] is B


def test_the_directive_that_stops_us_is_named() -> None:
    read = policy.parse("default-src 'self' cdn.example; script-src *")
    ruling = policy.rule(read, Need.FRAME, HOME, PAGE)
    assert (ruling.directive, ruling.sources) == ("default-src", ("'self'", "cdn.example"))
    mended = policy.repaired(read, ALL, HOME, PAGE)
    assert mended == (
        "default-src 'self' cdn.example; script-src *; "
        f"frame-src 'self' cdn.example {HOME}; connect-src 'self' cdn.example {HOME}"
    )


@given(st.sampled_from([HOME, "http://localhost:8000", "https://pay.example"]))
def test_the_lines_we_hand_out_let_us_in(home: str) -> None:
    lines = "; ".join(["default-src 'none'", *policy.lines(home, amounts=True)])
    assert verdicts(lines, home) == [A, A, A]
    fewer = "; ".join(["default-src 'none'", *policy.lines(home, amounts=False)])
    assert verdicts(fewer, home) == [A, A, B]


@given(POLICIES)
def test_a_mended_policy_stops_nothing_and_mending_it_again_changes_nothing(text: str) -> None:
    mended = policy.repaired(policy.parse(text), ALL, HOME, PAGE)
    assert B not in verdicts(mended)
    again = policy.repaired(policy.parse(mended), ALL, HOME, PAGE)
    assert again == mended


@given(POLICIES, POLICIES)
def test_one_policy_more_never_lets_more_in(one: str, other: str) -> None:
    rank = {A: 0, N: 1, B: 2}
    both = verdicts(f"{one}, {other}")
    for alone in (verdicts(one), verdicts(other)):
        assert all(rank[a] <= rank[b] for a, b in zip(alone, both, strict=True))


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = policy.parse(text)
    for need in ALL:
        policy.rule(read, need, HOME, PAGE)
    policy.repaired(read, ALL, HOME, PAGE)
