"""The table in the docs says what is served, and every served thing answers."""

from pathlib import Path

from app.asgi import create_app
from app.compat.greenfield import operations
from scripts import greenfield
from tests.houses import new_database, open_house

# What a shop's back office uses.
NEEDED = ("Invoices", "Stores", "Health", "Payment requests", "Pull payments and payouts")


async def test_the_docs_say_what_is_served(tmp_path: Path) -> None:
    async with open_house(new_database("sqlite", tmp_path), tmp_path) as house:
        known = greenfield.served(create_app(house, workers=False))
    assert greenfield.PAGE.read_text() == greenfield.page(known), (
        "run: python -m scripts.greenfield"
    )
    needed = [one for one in operations.all() if one.group in NEEDED]
    refused = {str(one) for one in needed if not greenfield.is_served(one, known)}
    assert refused == {
        "POST /api/v1/pull-payments/{claim}/boltcards",
        "POST /api/v1/stores/{store}/logo",
        "DELETE /api/v1/stores/{store}/logo",
        "GET /api/v1/stores/{store}/roles",
    }
