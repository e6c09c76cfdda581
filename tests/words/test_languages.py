"""Which language a shopper is shown: the address's, the merchant's, the browser's, English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.words import languages
from app.words.languages import ENGLISH, LANGUAGES, choose, match, negotiate, offered


@pytest.fixture(autouse=True)
def _all_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negotiate among all fifty, whichever catalogues there are."""
    monkeypatch.setattr(languages, "offered", lambda: LANGUAGES)
    negotiate.cache_clear()


def test_there_are_fifty_and_five_run_from_right_to_left() -> None:
    assert len(LANGUAGES) == 50
    right = {one.code for one in LANGUAGES.values() if one.direction == "rtl"}
    assert right == {"ar", "fa", "he", "ps", "ur"}
    assert len({one.name for one in LANGUAGES.values()}) == 50


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        *[(code, code) for code in LANGUAGES],
        ("DE", "de"),
        ("de-AT", "de"),
        ("en-US", "en"),
        ("pt", "pt-BR"),
        ("pt_PT", "pt-PT"),
        ("pt-AO", "pt-PT"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("in", "id"),
        ("tl", "fil"),
        ("sr-Latn-RS", "sr"),
    ],
)
def test_a_tag_is_the_nearest_language(tag: str, code: str) -> None:
    found = match(tag)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "tag", [None, "", "-", "xx", "tlh", "e", "de" * 40, "<b>", "*", "de\n-x" * 9]
)
def test_what_is_no_language_is_none(tag: str | None) -> None:
    assert match(tag) is None


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("de", "de"),
        ("de-CH, de;q=0.9, en;q=0.8", "de"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("fr, de", "fr"),
        ("xx, yy;q=0.9, ja;q=0.1", "ja"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=1.000,fr;q=0.999", "de"),
        ("de; q=0.7, fr ; q=0.8", "fr"),
        ("*", "en"),
        ("xx, *;q=0.5", "en"),
        ("de;q=2, fr;q=x, it", "it"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("iw-IL", "he"),
    ],
)
def test_the_browser_is_heard_by_its_weights(header: str, code: str) -> None:
    found = negotiate(header)
    assert found is not None
    assert found.code == code


@given(st.text(max_size=600))
def test_no_header_breaks_the_choice(header: str) -> None:
    assert choose(header, header, header) in LANGUAGES.values()


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(LANGUAGES)), st.integers(1, 1000)),
        min_size=1,
        max_size=10,
        unique_by=(lambda one: one[0], lambda one: one[1]),
    )
)
def test_the_heaviest_wish_wins(wishes: list[tuple[str, int]]) -> None:
    header = ", ".join(f"{code};q={weight / 1000:.3f}" for code, weight in wishes)
    found = negotiate(header)
    assert found is not None
    assert found.code == max(wishes, key=lambda one: one[1])[0]


def test_the_address_comes_first_and_english_last() -> None:
    assert choose("ar", "de", "fr").code == "ar"
    assert choose("xx", "de", "fr").code == "de"
    assert choose(None, None, "fr").code == "fr"
    assert choose(None, None, "xx") is ENGLISH


def test_a_language_is_offered_with_its_catalogue() -> None:
    assert ENGLISH.code in offered()
    for code in offered():
        assert code == "en" or languages.catalogue_path(code).is_file()
