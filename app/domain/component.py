"""The widget's components as facts: what each is for, and the options it takes.

This is the one table of them. The playground draws its form from it, reads its addresses
by it and writes code from it; a test holds it against the widget itself.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from app.errors import Fault, Invalid

TEXT_MAX = 200
CHOSEN = "component"  # how an address names the component

# What an element tells, each as `opentill-…`.
EVENTS = (
    *("open", "ready", "status", "processing", "succeeded", "mismatched", "expired", "failed"),
    *("canceled", "requires_payment", "unlocked", "error", "leave", "close"),
)

_AMOUNT = r"[0-9]{1,12}(?:\.[0-9]{1,18})?"
# Kinds of values: what one must look like, and how that is said.
PATTERNS: dict[str, tuple[re.Pattern[str], str]] = {
    "text": (re.compile(f".{{1,{TEXT_MAX}}}"), f"at most {TEXT_MAX} characters on one line"),
    "amount": (re.compile(_AMOUNT), "an amount such as 4.50"),
    "amounts": (re.compile(f"{_AMOUNT}(?: {_AMOUNT}){{0,5}}"), "one to six amounts: 3 5 10"),
    "counts": (re.compile(r"[1-9][0-9]{0,3}(?: [1-9][0-9]{0,3}){0,5}"), "whole numbers: 1 3 5"),
    "currency": (re.compile(r"[A-Z]{3,5}"), "a currency's code such as USD"),
    "names": (
        re.compile(r"[a-z0-9_]{1,40}(?: [a-z0-9_]{1,40}){0,9}"),
        "names such as sandbox_usdc",
    ),
}


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One option: an attribute of an element. With `choices` it is one of them, by its label."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()

    def fault(self, value: str) -> str | None:
        """Return what is wrong with a value."""
        if self.choices:
            known = [one for one, _ in self.choices]
            return None if value in known else f"must be one of {', '.join(filter(None, known))}"
        pattern, looks = PATTERNS[self.kind]
        fine = not value or (value.isprintable() and pattern.fullmatch(value))
        return None if fine else f"must be {looks}"


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One component. `samples` is what it is shown with until somebody changes it."""

    name: str
    what: str
    samples: dict[str, str]
    inside: str = ""  # what stands in the element for everybody
    keyed: bool = False  # the page names the amount, with a publishable key
    link: dict[str, str] = {}  # what a link made for it is given beside a name
    content: bool = False  # it sells something to read

    @property
    def options(self) -> tuple[Option, ...]:
        """Its own options, then those that all have."""
        own = [OPTIONS[name] for name in self.samples]
        return (*own, *(one for one in OPTIONS.values() if one.name in COMMON))


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """A component with its options set: all that an address of the playground says."""

    component: Component
    values: dict[str, str]  # by option, in the table's order; "" is not set

    @property
    def given(self) -> dict[str, str]:
        """The options that are set."""
        return {name: value for name, value in self.values.items() if value}

    @property
    def given_in_common(self) -> bool:
        """Tell whether an option is set that all have."""
        return any(self.values.get(name) for name in COMMON)

    @property
    def keyed(self) -> bool:
        """Tell whether the page itself names the amount."""
        return self.component.keyed or bool(self.values.get("amount"))

    def query(self, component: Component | None = None) -> str:
        """Return it as an address says it: what differs from the sample, and no more.

        For another component: with the options that all have.
        """
        other = component or self.component
        said = {CHOSEN: other.name}
        for option in other.options:
            value, sample = self.values.get(option.name), other.samples.get(option.name, "")
            shared = component is None or option.name in COMMON
            if shared and value is not None and value != sample:
                said[option.name] = value
        return urlencode(said)


def read(said: Mapping[str, str]) -> Setup:
    """Read a component and its options, or refuse every wrong one at once."""
    name = said.get(CHOSEN, FIRST)
    component = COMPONENTS.get(name)
    if component is None:
        raise Invalid.field(CHOSEN, f"must be one of {', '.join(COMPONENTS)}")
    options = {one.name: one for one in component.options}
    faults = [
        Fault(one[:40], f"is no option of {name}: it has {', '.join(options)}")
        for one in said
        if one != CHOSEN and one not in options
    ]
    values = {}
    for option in options.values():
        value = said.get(option.name, component.samples.get(option.name, "")).strip()
        values[option.name] = value
        if fault := option.fault(value):
            faults.append(Fault(option.name, fault))
    if faults:
        detail = "; ".join(f"{one.field}: {one.message}" for one in faults)
        raise Invalid(detail, faults=tuple(faults))
    return Setup(component=component, values=values)


OPTIONS = {
    one.name: one
    for one in (
        Option(name="label", label="Words on the button"),
        Option(name="text", label="Words above"),
        Option(name="amount", label="Amount; none: the link's price", kind="amount"),
        Option(name="amounts", label="Amounts to choose from", kind="amounts"),
        Option(
            name="other",
            label="An amount of one's own",
            choices=(("", "offered"), ("false", "not offered")),
        ),
        Option(name="value", label="Amount to begin with", kind="amount"),
        Option(name="min", label="Least amount", kind="amount"),
        Option(name="max", label="Greatest amount", kind="amount"),
        Option(name="price", label="Price of one", kind="amount"),
        Option(name="counts", label="How many to choose from", kind="counts"),
        Option(name="currency", label="Currency", kind="currency"),
        Option(name="description", label="What the payer is told it is for"),
        Option(name="ledgers", label="Ledgers to pay with", kind="names"),
        Option(name="title", label="Name of the dialog"),
        Option(
            name="theme",
            label="Look of the checkout",
            choices=(("", "the account's"), ("auto", "auto"), ("light", "light"), ("dark", "dark")),
        ),
        Option(
            name="redirect",
            label="If the dialog cannot open",
            choices=(("", "offer a link"), ("true", "go to the checkout")),
        ),
    )
}
COMMON = ("ledgers", "title", "theme", "redirect")

_OPEN = {"currency": "USD"}
_PRICED = {"amount": "3.00", "currency": "USD"}
_GOAL = _PRICED | {"goal": "100.00"}
_TEASER = "The lighthouse had been dark for eleven years when the letter came."
COMPONENTS = {
    one.name: one
    for one in (
        Component(
            name="pay-button",
            what="A button that opens the checkout.",
            samples={"label": "", "amount": "", "currency": "", "description": ""},
            link=_PRICED,
        ),
        Component(
            name="amount-input",
            what="A field for the amount, and a button.",
            samples={
                **{"label": "", "text": "", "value": "10.00", "min": "1.00", "max": "500.00"},
                **{"currency": "USD", "description": "A gift"},
            },
            keyed=True,
            link=_OPEN,
        ),
        Component(
            name="tip-jar",
            what="A few amounts, and one's own.",
            samples={
                **{"label": "", "text": "", "amounts": "3 5 10", "value": "", "other": ""},
                **{"currency": "USD", "description": "A tip"},
            },
            keyed=True,
            link=_OPEN,
        ),
        Component(
            name="premium-content",
            what="Something to read that is sold. What is sold is not in the page.",
            samples={"label": "", "text": ""},
            inside=_TEASER,
            link=_PRICED,
            content=True,
        ),
        Component(
            name="article-paywall",
            what="An article that fades out where its price begins.",
            samples={"label": "", "text": ""},
            inside=_TEASER,
            link=_PRICED,
            content=True,
        ),
        Component(
            name="coffee-shop",
            what="So many coffees at one price.",
            samples={
                **{"label": "", "text": "", "price": "4.50", "counts": "1 3 5"},
                **{"currency": "USD", "description": "Coffee"},
            },
            keyed=True,
            link=_OPEN,
        ),
        Component(
            name="donation-thermometer",
            what="What a link has really raised, upright, and a button to give.",
            samples={"label": "", "text": "A new roof"},
            link=_GOAL,
        ),
        Component(
            name="progress-bar",
            what="What a link has really raised, along the line, and a button to give.",
            samples={"label": "", "text": "A new roof"},
            link=_GOAL,
        ),
    )
}
FIRST = next(iter(COMPONENTS))
