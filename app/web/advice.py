"""What a shopper is told when a page cannot be shown: what it is, and what to do.

A problem's own hint speaks to the programmer who sent the request. Of its detail only
that is shown which was written for people too.
"""

import msgspec

from app.phrase import Phrase, phrase
from app.web.problems import Problem


class Advice(msgspec.Struct, frozen=True):
    """A heading, and a way on."""

    title: Phrase
    way: Phrase


LATER = phrase("Please try again in a minute.")
AWAY = Advice(phrase("Not available right now"), LATER)
BY_CODE = {
    "not_found": Advice(
        phrase("There is nothing here"),
        phrase("Check the address, or ask the seller for a new link."),
    ),
    "link_closed": Advice(
        phrase("This payment link is closed"), phrase("Ask the seller for a new link.")
    ),
    "unavailable": AWAY,
    "price_unavailable": AWAY,
    "chain_unavailable": AWAY,
    "too_many_requests": Advice(
        phrase("Too many requests"), phrase("Please wait a little, then try again.")
    ),
    "internal": Advice(phrase("Something broke on our side"), LATER),
}
OTHERWISE = Advice(
    phrase("That did not work"), phrase("Please go back and try again, or ask the seller.")
)


def of(problem: Problem) -> Advice:
    """Return what to say of a problem."""
    return BY_CODE.get(problem.code, OTHERWISE)


def detail(problem: Problem) -> Phrase | None:
    """Return a problem's detail where a person can read it."""
    return problem.detail if isinstance(problem.detail, Phrase) else None
