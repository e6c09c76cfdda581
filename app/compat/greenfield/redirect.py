"""Where a shopper goes on to, with what shops of Greenfield's put into the address.

`{InvoiceId}`, `{OrderId}` and `{Status}`, in any case, are filled in when the page shows it.
"""

import re
from urllib.parse import quote

from app.compat.greenfield.translate import STATUS
from app.domain.intent import Intent

_GAP = re.compile(r"\{(invoiceid|orderid|status)\}", re.IGNORECASE)


def onward(intent: Intent) -> str | None:
    """Return an intent's address with its gaps filled; one without is returned as it is."""
    url = intent.success_url
    if url is None or "{" not in url:
        return url
    facts = {
        "invoiceid": intent.id,
        "orderid": intent.order_id or "",
        "status": STATUS[intent.status, intent.exception][0],
    }
    return _GAP.sub(lambda gap: quote(facts[gap[1].lower()], safe=""), url)
