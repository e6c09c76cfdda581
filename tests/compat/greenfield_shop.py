"""A merchant before Greenfield: asks with its key the way a plugin does, and knows the shapes.

A shape is written as the icpay shapes are: a field's name and a letter for its type, `?` where
null will do. What a typed client reads as a text may never be null.
"""

from typing import Any

from tests.compat.icpay_shapes import TYPES
from tests.sites import Site, told

ERROR = "code:s message:s"
FAULT = "path:s message:s"
STORE = "id:s name:s defaultCurrency:s speedPolicy:s archived:b"
KEY = "apiKey:s label:s permissions:a"
INFO = "version:s onion:s? supportedPaymentMethods:a fullySynched:b syncStatus:a"
METHOD = "paymentMethodId:s enabled:b"
INVOICE = (
    "id:s storeId:s amount:s paidAmount:s currency:s type:s checkoutLink:s createdTime:n "
    "expirationTime:n monitoringExpiration:n status:s additionalStatus:s "
    "availableStatusesForManualMarking:a archived:b metadata:o checkout:o receipt:o"
)
CHECKOUT = (
    "speedPolicy:s paymentMethods:a defaultPaymentMethod:s? lazyPaymentMethods:b? "
    "expirationMinutes:n monitoringMinutes:n paymentTolerance:n redirectURL:s? "
    "redirectAutomatically:b defaultLanguage:s?"
)
RECEIPT = "enabled:b? showQR:b? showPayments:b?"
WAY = (
    "paymentMethodId:s currency:s destination:s paymentLink:s rate:s paymentMethodPaid:s "
    "totalPaid:s due:s amount:s paymentMethodFee:s activated:b additionalData:o payments:a"
)
PAYMENT = "id:s receivedDate:n value:s fee:s status:s destination:s"
# What is in what, by the field that holds it.
WITHIN = {"checkout": CHECKOUT, "receipt": RECEIPT, "payments": PAYMENT}


def wrong(value: Any, shape: str, at: str = "") -> list[str]:
    """Return each field an answer lacks or has of another type; nothing is extra."""
    if isinstance(value, list):
        return [line for n, one in enumerate(value) for line in wrong(one, shape, f"{at}[{n}]")]
    if not isinstance(value, dict):
        return [f"{at} is no object"]
    found = []
    for field in shape.split():
        name, _, letter = field.partition(":")
        if name not in value:
            found.append(f"{at}.{name} is missing")
            continue
        inner = value[name]
        if inner is None:
            found += [] if letter.endswith("?") else [f"{at}.{name} is null"]
        elif type(inner) not in TYPES[letter[0]]:
            found.append(f"{at}.{name} is {type(inner).__name__}")
        elif name in WITHIN and inner:
            found += wrong(inner, WITHIN[name], f"{at}.{name}")
    return found


class Shop:
    """A store as its plugin sees it."""

    def __init__(self, site: Site, key: str = "") -> None:
        self.site = site
        self.key = key or site.sk
        self.root = f"/api/v1/stores/{site.account.id}"

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request below the store, or from the root where it begins with a slash."""
        headers = {"Authorization": f"token {self.key}", "Content-Type": "application/json"}
        at = path if path.startswith("/") else f"{self.root}/{path}".rstrip("/")
        return await self.site.ask(method, at, body, key=None, headers=headers, **more)

    async def get(self, path: str) -> Any:
        """Read what is there."""
        return told(await self.ask("GET", path), 200)

    async def post(self, path: str, body: Any) -> Any:
        """Send what will be taken: with 200 and nothing else."""
        return told(await self.ask("POST", path, body), 200)

    async def invoice(self, **more: Any) -> Any:
        """Make an invoice of ten dollars on the sandbox's dollar, or of what is said."""
        checkout = {"paymentMethods": ["USDC_SANDBOX"]} | more.pop("checkout", {})
        asked = {"amount": "10.00", "currency": "USD", "checkout": checkout} | more
        return await self.post("invoices", asked)

    async def faults(self, path: str, body: Any, method: str = "POST") -> dict[str, str]:
        """Return what is wrong with a request, by its path."""
        answer = await self.ask(method, path, body)
        assert answer.status_code == 422, answer.text
        read = answer.json()
        assert not wrong(read, FAULT), read
        return {one["path"]: one["message"] for one in read}
