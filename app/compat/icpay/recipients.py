"""ICPay's relay payments: whom a request wants paid, read into recipients by family.

The money goes straight to them. A fee on top would have to pass through somebody's hands on
its way, so it is refused by name and never taken in silence.
"""

import re

from app.compat.icpay import translate
from app.compat.icpay.requests import NewPayment
from app.compat.icpay.wire import TEXT_MAX
from app.domain.ledger import Catalogue
from app.errors import Conflict, Invalid
from app.services.views import IntentView

EVM = re.compile("0[xX][0-9a-fA-F]{40}")
NOBODY = frozenset({"", translate.NATIVE_ASSET})  # its client sends zeros when nobody is meant
FEE = (
    "is not taken here: money goes straight to its recipient, and nothing can be added on its "
    "way. Leave it out, and charge for the relay in the price."
)


def read(asked: NewPayment, catalogue: Catalogue) -> dict[str, str] | None:
    """Return whom a request wants paid, by our families; None: the account itself.

    Families this house has no chain of are left out where another is named: nothing can be
    paid on them. Where none is left the request is refused, for its money must not go
    elsewhere. Raises `Invalid` naming the field.
    """
    if asked.external_cost_amount:
        raise Invalid.field("externalCostAmount", FEE)
    here = {chain.family for chain in catalogue.chains.values()}
    named = {
        kind: address.strip()
        for kind, address in (asked.recipient_addresses or {}).items()
        if address is not None and address.strip() not in NOBODY
    }
    found = {family: named[kind] for kind, family in translate.FAMILIES.items() if kind in named}
    ours = {family: address for family, address in found.items() if family in here}
    if ours:
        return ours
    if named:
        kinds = ", ".join(sorted(named))[:TEXT_MAX]
        message = f"names nobody on a chain of this house ({kinds})"
        raise Invalid.field("recipientAddresses", message)
    alone = (asked.recipient_address or "").strip()
    if alone in NOBODY:
        return None
    if not EVM.fullmatch(alone) or "evm" not in here:
        raise Invalid.field("recipientAddress", "is no address on a chain of this house")
    return {"evm": alone}


def refuse_another(view: IntentView, wanted: dict[str, str] | None) -> None:
    """Refuse to go on with an intent whose money goes to somebody else than is wanted."""
    for family, address in (wanted or {}).items():
        if view.recipients.get(family, "").lower() != address.lower():
            raise Conflict(
                f"{view.id} pays other recipients than this request names: make a new intent."
            )
