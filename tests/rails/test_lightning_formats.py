"""What Lightning's own formats say, by the examples of their standards."""

import pytest

from app.domain import bech32, lnurl
from app.domain.invoice import beside
from app.errors import Invalid
from app.rails.lightning import bolt11, connection, nostr
from app.rails.lightning.nostr import Event, Identity

# BOLT #11, Examples: "Please send $3 for a cup of coffee to the same peer, within one minute".
COFFEE = (
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqf"
    "qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx8"
    "5fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh"
)
# There: "…a list of items, hashed".
HASHED = (
    "lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqq"
    "syqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrs"
    "gq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnj"
    "q7x39ymw6j38gp7ynn44"
)
HASH = "0001020304050607080900010203040506070809000102030405060708090102"
HOST = "server=https://node.example"


def test_an_invoice_says_what_it_asks() -> None:
    said = bolt11.read(COFFEE)
    assert (said.network, said.amount, said.hash) == ("bc", 250_000_000, HASH)
    assert (said.memo, said.expires_in_seconds) == ("1 cup coffee", 60)
    assert said.written_at.timestamp() == 1_496_314_658
    assert bolt11.read(COFFEE.upper()) == said
    hashed = bolt11.read(HASHED)
    assert (hashed.amount, hashed.memo, hashed.expires_in_seconds) == (2_000_000_000, None, 3600)
    assert hashed.memo_hash == "3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lnbc1",
        COFFEE[:-1],
        COFFEE.replace("2500u", "2500m"),
        COFFEE.replace("lnbc", "LNBC"),
        bech32.encode("lnbc", b"too short"),
        bech32.encode("bc", bytes(100)),
        bech32.encode("lnbc2500u", bytes(100)),
        "lnbc" + "q" * 3000,
    ],
)
def test_what_is_no_whole_invoice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is|has|names|ends"):
        bolt11.read(text)


@pytest.mark.parametrize(
    ("digits", "unit", "millisatoshi"),
    [("1", "", 10**11), ("1", "m", 10**8), ("20", "u", 2_000_000), ("10", "p", 1)],
)
def test_amounts_have_units(digits: str, unit: str, millisatoshi: int) -> None:
    assert bolt11._amount(digits, unit) == millisatoshi


def test_a_part_of_a_millisatoshi_cannot_be_paid() -> None:
    with pytest.raises(ValueError, match="part of a millisatoshi"):
        bolt11._amount("11", "p")


def test_a_code_of_lnurl_leads_to_its_address() -> None:
    # LUD-01's own example.
    url = (
        "https://service.com/api?q=3fc3645b439ce8e7f2553a69e5267081d96dcd340693afabe04be7b0ccd178df"
    )
    code = (
        "LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5MKVV34X5EKZD3EV56NYD"
        "3HXQURZEPEXEJXXEPNXSCRVWFNV9NXZCN9XQ6XYEFHVGCXXCMYXYMNSERXFQ5FNS"
    )
    assert lnurl.code(url) == code
    assert bech32.whole_bytes(bech32.decode(code)[1]).decode() == url


def test_one_code_carries_both() -> None:
    assert beside("bitcoin:bc1q?amount=0.1", "lnbc1x") == "bitcoin:bc1q?amount=0.1&lightning=lnbc1x"
    assert beside("bitcoin:bc1q", "lnbc1x") == "bitcoin:bc1q?lightning=lnbc1x"


@pytest.mark.parametrize(
    ("line", "label"),
    [
        (
            f"type=lnd-rest;{HOST}:8080/;macaroon=0201;allowinsecure=true",
            "https://node.example:8080",
        ),
        (f"type=LND-REST; {HOST} ;macaroon=0201;certthumbprint={'AB:' * 31}AB", "node.example"),
        (f"type=core-lightning;{HOST};rune=abc==", "core-lightning https://node.example"),
        (f"type=phoenixd;{HOST};password=x=y", "phoenixd https://node.example"),
        (f"type=lnbits;{HOST};api-key=sesame", "lnbits https://node.example"),
        (f"type=electrum;{HOST};user=u;password=sesame", "electrum https://node.example"),
        ("nostr+walletconnect://ab12?relay=wss://r.example&secret=cd", "nwc ab12"),
    ],
)
def test_a_connection_is_a_line_and_its_label_holds_no_secret(line: str, label: str) -> None:
    read = connection.read(line)
    assert label in read.label
    for name in ("macaroon", "rune", "password", "api-key", "key"):
        assert read.fields.get(name, "?") not in read.label
    assert connection.read(read.text()) == read


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("", "must be one line"),
        ("type=eclair;server=https://x", "must begin with type="),
        ("lnd-rest", "must begin with type="),
        ("type=lnd-rest;macaroon=02", "server= is missing"),
        (f"type=lnd-rest;{HOST}", "macaroon= is missing"),
        (f"type=lnd-rest;{HOST};macaroon=sesame", "macaroon= must be hexadecimal"),
        (f"type=lnd-rest;{HOST};macaroon=02;wallet=x", "wallet= is not known here"),
        ("type=lnd-rest;server=ftp://x;macaroon=02", "server= must be an http"),
        ("type=lnd-rest;server=https://u:sesame@x;macaroon=02", "server= must not carry"),
        (f"type=lnd-rest;{HOST};macaroon=02;certthumbprint=ab", "certthumbprint= must be"),
        ("type=nwc;key=https://x", "key= must begin with"),
    ],
)
def test_a_wrong_line_is_refused_by_its_field_and_not_repeated(line: str, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        connection.read(line)
    assert fault in refused.value.detail
    assert {one.field for one in refused.value.faults} == {"value"}
    assert "sesame" not in refused.value.detail


def test_nip44_seals_as_its_own_example_does() -> None:
    one, two = (bytes(31) + bytes([number]) for number in (1, 2))
    shared = Identity(one).shared(Identity(two).pubkey)
    key = nostr._conversation(shared)
    assert key.hex() == "c41c775356fd92eadc63ff5a0dc1da211b268cbea22316767095b2871ea1412d"
    sealed = f"Ag{'A' * 41}B" + (  # the version, and a nonce that is the number one
        "ee0G5VSK0/9YypIObAtDKfYEAjD35uVkHyB0F4DwrcNaCXlCWZKaArsGrY6M9wnuTMxWfp1RTN9Xga8no+kF5Vsb"
    )
    assert nostr.seal_44(key, "a", one) == sealed
    assert nostr.unseal_44(key, sealed) == "a"
    with pytest.raises(ValueError, match="changed on its way"):
        nostr.unseal_44(key, sealed.replace("Vsb", "Vsc"))


@pytest.mark.parametrize("scheme", ["nip44_v2", "nip04"])
def test_either_seal_is_opened_by_the_other_side(scheme: str) -> None:
    ours, theirs = Identity(b"\x01" * 32), Identity(b"\x02" * 32)
    text = "Tee für zwei " * 50
    sealed = nostr.seal(scheme, ours.shared(theirs.pubkey), text, bytes)
    assert nostr.unseal(scheme, theirs.shared(ours.pubkey), sealed) == text


def test_an_event_is_genuine_as_its_author_signed_it() -> None:
    author = Identity(b"\x01" * 32)
    event = author.sign(23194, [["p", "x"]], "words", 1)
    assert event.genuine
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    assert not Event(**fields | {"content": "other"}).genuine
    other = Identity(b"\x02" * 32).sign(23194, [["p", "x"]], "words", 1)
    assert not Event(**fields | {"sig": other.sig}).genuine
    assert not Event(**fields | {"sig": "00"}).genuine
