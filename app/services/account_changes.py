"""What a merchant may change of an account, and what a change must keep."""

import re
from typing import Any

import msgspec

from app.domain import origin as origins
from app.domain.branding import BrandingChanges
from app.domain.conditions import TOLERANCE_BPS_MAX, Speed
from app.domain.intent import Overpayment, Underpayment
from app.errors import Fault
from app.services import requests
from app.words.languages import LANGUAGES

NAME_MAX = 200
CONTACT_MAX = 300
PROJECT = re.compile("[0-9a-f]{32}")  # as WalletConnect hands them out


class AccountChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a merchant may change of an account; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    browser_amounts: bool | msgspec.UnsetType = msgspec.UNSET
    browser_recipients: bool | msgspec.UnsetType = msgspec.UNSET
    anonymous_intents: bool | msgspec.UnsetType = msgspec.UNSET
    unique_orders: bool | msgspec.UnsetType = msgspec.UNSET
    underpayment: Underpayment | msgspec.UnsetType = msgspec.UNSET
    overpayment: Overpayment | msgspec.UnsetType = msgspec.UNSET
    tolerance_bps: int | msgspec.UnsetType = msgspec.UNSET
    contact: str | msgspec.UnsetType | None = msgspec.UNSET
    locale: str | msgspec.UnsetType | None = msgspec.UNSET
    branding: BrandingChanges | msgspec.UnsetType = msgspec.UNSET
    allowed_origins: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    walletconnect_project_id: str | msgspec.UnsetType | None = msgspec.UNSET
    mail_receipts: bool | msgspec.UnsetType = msgspec.UNSET
    currency: str | msgspec.UnsetType = msgspec.UNSET
    expires_in_seconds: int | msgspec.UnsetType = msgspec.UNSET
    confirm_seconds: int | msgspec.UnsetType = msgspec.UNSET
    speed: Speed | msgspec.UnsetType | None = msgspec.UNSET
    returns: bool | msgspec.UnsetType = msgspec.UNSET
    website: str | msgspec.UnsetType | None = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


def checked(changes: AccountChanges, faults: list[Fault]) -> tuple[dict[str, Any], BrandingChanges]:
    """Return what is to change, and how its look does; name every fault."""
    given = {
        name: value
        for name, value in msgspec.structs.asdict(changes).items()
        if value is not msgspec.UNSET
    }
    look = given.pop("branding", BrandingChanges())
    if not 0 <= given.get("tolerance_bps", 0) <= TOLERANCE_BPS_MAX:
        faults.append(Fault("tolerance_bps", f"must be between 0 and {TOLERANCE_BPS_MAX}"))
    check_name(faults, given.get("name", "unchanged"))
    requests.check_text(faults, "contact", given.get("contact"), CONTACT_MAX)
    if given.get("locale") is not None and given["locale"] not in LANGUAGES:
        faults.append(Fault("locale", f"must be null or one of {', '.join(LANGUAGES)}"))
    project = given.get("walletconnect_project_id")
    if project is not None and not PROJECT.fullmatch(project):
        faults.append(Fault("walletconnect_project_id", "must be 32 hexadecimal digits"))
    requests.check_seconds(faults, given)
    requests.check_url(faults, "website", given.get("website"))
    if "currency" in given:
        given["currency"] = requests.checked_currency(faults, given["currency"])
    if "allowed_origins" in given:
        given["allowed_origins"] = origins.checked(given["allowed_origins"], faults)
    return given, look


def check_name(faults: list[Fault], name: str) -> None:
    if not name.strip():
        faults.append(Fault("name", "is required"))
    requests.check_text(faults, "name", name, NAME_MAX)
