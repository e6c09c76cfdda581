"""A link's form: what an address fills in, what it comes to, and where a fault is shown."""

import re

import pytest

from tests.sites import Site
from tests.web.test_pages import checked, moved, page, send

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = {"email": "required", "phone": "optional"}


def form(html: str) -> str:
    """Return the form alone: the choice of a language keeps the whole address."""
    return html.partition('class="fields"')[2].partition("</form>")[0]


def value(html: str, field: str) -> str:
    found = re.search(rf'<input id="{field}"[^>]* value="([^"]*)"', html)
    assert found, field
    return found[1]


async def test_an_address_fills_in_what_the_form_asks_for_and_nothing_else(site: Site) -> None:
    link = await site.link(amount=None, quantity={"allow": True, "max": 9}, collect=PEOPLE)
    path = f"/pay/{link['shortcode']}"
    html = await page(site, f"{path}?amount=4.50&quantity=3&email=a%40b.example&name=Zoe&once=x")
    assert (value(html, "amount"), value(html, "quantity")) == ("4.50", "3")
    assert value(html, "email") == "a@b.example"
    assert "Zoe" not in form(html)
    assert 'value="x"' not in form(html), "the word that is used once comes from us alone"
    assert "Total: 13.50 USD" in html
    fixed = await site.link(amount="3.00")
    html = await page(site, f"/pay/{fixed['shortcode']}?amount=1&quantity=9&email=a%40b.example")
    assert "<input id=" not in form(html)
    assert "3.00 USD" in html
    long = await page(site, f"{path}?email={'x' * 2000}&quantity=%22%3E%3Cscript%3E")
    assert len(value(long, "email")) == 500
    assert "<script>" not in form(long)


async def test_a_total_follows_the_price_of_one_and_how_many(site: Site) -> None:
    link = await site.link(amount="3.00", quantity={"allow": True, "default": 2, "max": 9})
    path = f"/pay/{link['shortcode']}"
    html = await page(site, path)
    assert "Total: 6.00 USD" in html
    assert 'data-each="3.00" data-text="Total: {n} USD"' in html.replace(' data-digits="2"', "")
    wrong = checked(await send(site, path, quantity="10"))
    assert re.search(r"<output[^>]* hidden></output>", wrong), "ten cannot be bought"
    assert 'id="quantity"' in wrong
    alone = await site.link(amount="3.00")
    assert "<output" not in await page(site, f"/pay/{alone['shortcode']}")


async def test_the_first_field_at_fault_has_the_focus(site: Site) -> None:
    link = await site.link(amount=None, collect={"email": "required", "shipping": "required"})
    path = f"/pay/{link['shortcode']}"
    assert "autofocus" not in await page(site, path)
    html = checked(await send(site, path, amount="5", email="me", shipping=""))
    assert html.count("autofocus") == 1
    assert re.search(r'<input id="email"[^>]* autofocus', html)
    html = checked(await send(site, path, amount="5", email="me@x.example", shipping=""))
    assert re.search(r'<textarea id="shipping"[^>]* autofocus', html)


@pytest.mark.parametrize(
    ("typed", "price"), [("4,5", "4.50"), ("12,50", "12.50"), (" 7 ", "7.00"), ("0,500", "0.50")]
)
async def test_a_comma_is_a_point_where_it_can_be_nothing_else(
    site: Site, typed: str, price: str
) -> None:
    link = await site.link(amount=None)
    there = moved(await send(site, f"/pay/{link['shortcode']}", amount=typed))
    assert f"{price} USD" in await page(site, there)
