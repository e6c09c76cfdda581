"""Every screen a shopper can meet, by name, and the dresses each is shown in.

What is measured, photographed or judged takes its list from here: a screen that is new in
`app/web/screens.py` and reached by nothing here fails a test that says so.
"""

from itertools import product
from typing import Literal
from urllib.parse import urlencode

import msgspec

from e2e.till import Till

SHOP = "https://shop.example"
FROM_LEFT, FROM_RIGHT = "en", "ar"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


class Dress(msgspec.Struct, frozen=True):
    """How a screen is shown, as far as it takes another page to show it so."""

    language: str = FROM_LEFT
    modal: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.language == FROM_RIGHT else "ltr"

    def path(self, path: str) -> str:
        """Return a page's path in this dress."""
        query = {"lang": self.language} if self.language != FROM_LEFT else {}
        query |= {"view": "modal", "origin": SHOP} if self.modal else {}
        joint = "&" if "?" in path else "?"
        return f"{path}{joint}{urlencode(query)}" if query else path

    def __str__(self) -> str:
        return f"{self.language} {'modal' if self.modal else 'page'}"


DRESSES = tuple(
    Dress(language, modal) for language, modal in product((FROM_LEFT, FROM_RIGHT), (False, True))
)


def scenes(till: Till) -> dict[str, str]:
    """Bring every screen about and return each one's path by its name."""
    standings = till.standings()
    closed = till.ask("POST", "/v1/payment_links", LINK)
    till.ask("PATCH", f"/v1/payment_links/{closed['id']}", {"active": False})
    link = till.link_to(amount=None, min="1", quantity={"allow": True}, collect=EVERYTHING)
    short = till.link.rpartition("/")[2]
    return {
        **{name: f"/i/{intent}" for name, intent in standings.items()},
        "receipt": f"/i/{standings['settled']}/receipt",
        "form": link.removeprefix(till.url),
        "finished": f"/pay/{short}?paymentIntentId={standings['settled']}",
        "closed link": closed["url"].removeprefix(till.url),
        "unknown": "/i/pi_0000000000000000000000",
    }


LINK = {"name": "Tea", "currency": "USD", "amount": "3.00"}
EVERYTHING = dict.fromkeys(
    ("email", "name", "phone", "business", "address", "shipping"), "required"
)
