"""Recipients: who is paid in the account's stead, one address a family of chains.

Money goes straight there: this house never holds it and takes no part of it. An address is
shared by all that name it, so the exact amount tells intents apart.
"""

from collections.abc import Mapping

from app.errors import Fault, Invalid
from app.rails.base import Rail
from app.rails.invoicer import Invoicer

FIELD = "recipients"
FAMILIES_MAX = 20


class Recipients:
    """Reads addresses as their family of chains writes them."""

    def __init__(self, rails: Mapping[str, Rail]) -> None:
        self._families = {one.chain.family: one for one in rails.values()}

    def read(self, given: Mapping[str, str] | None) -> dict[str, str]:
        """Return recipients in canonical form, or refuse every wrong one at once."""
        faults: list[Fault] = []
        found: dict[str, str] = {}
        if given is not None and not 0 < len(given) <= FAMILIES_MAX:
            faults.append(Fault(FIELD, f"must name between 1 and {FAMILIES_MAX}, or be left out"))
            given = None
        for family, address in (given or {}).items():
            rail = self._families.get(family)
            if rail is None:
                known = ", ".join(sorted(self._families)) or "none"
                message = f"no chain of this family is configured; known: {known}"
                faults.append(Fault(f"{FIELD}.{family[:40]}", message))
                continue
            if isinstance(rail, Invoicer):
                message = "cannot be paid in the account's stead: its node writes the invoices"
                faults.append(Fault(f"{FIELD}.{family}", message))
                continue
            try:
                found[family] = rail.check_payee(address)
            except Invalid as error:
                faults += [Fault(f"{FIELD}.{family}", one.message) for one in error.faults]
        if faults:
            lines = "; ".join(f"{one.field}: {one.message}" for one in faults)
            raise Invalid(lines, faults=tuple(faults))
        return found
