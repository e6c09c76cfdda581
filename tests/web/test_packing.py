"""A page packed in parts is the same page."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.packing import gzipped
from tests.sites import Site


@given(st.binary(max_size=400), st.binary(max_size=400), st.binary(max_size=400))
def test_whatever_lasts_the_body_comes_back(before: bytes, lasting: bytes, after: bytes) -> None:
    body = before + lasting + after
    assert gzip.decompress(gzipped(body, lasting)) == body
    assert gzip.decompress(gzipped(body, b"is not there" + body)) == body


@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_in_parts_is_hardly_longer_than_in_one(site: Site) -> None:
    made = await site.intent()
    answer = await site.http.get(f"/i/{made['id']}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    whole = gzip.compress(answer.content, 5)
    assert int(answer.headers["content-length"]) < 1.03 * len(whole)
