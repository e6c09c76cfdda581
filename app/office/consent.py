"""Consent in its plain parts: what a program asks for, and what it is given in the end.

Source of the query's names: BTCPay Server's Greenfield API, "Authorization".
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.domain.grant import APPLICATION_MAX, LABEL_MAX, PERMISSIONS_MAX, REDIRECT_MAX
from app.domain.permission import OF_THE_HOUSE, Permission, Right, of_accounts
from app.errors import Fault, Invalid
from app.services.grants import NewGrant
from app.services.requests import refuse
from app.web.setting import ORIGIN

NAMELESS = "An application"
WORDS = {"true": True, "false": False, "": None}


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a program asks for."""

    label: str
    rights: tuple[Right, ...]
    strict: bool  # all of it or nothing
    selective: bool  # the user chooses the accounts
    redirect: str | None
    origin: str | None  # of the redirect: who is told
    application: str | None

    @classmethod
    def read(cls, query: Any) -> "Ask":
        """Read an address's query, or refuse it by the field at fault."""
        faults: list[Fault] = []
        redirect = query.get("redirect") or None
        origin = _origin(redirect, faults) if redirect is not None else None
        application = query.get("applicationIdentifier") or None
        label = " ".join(str(query.get("applicationName") or NAMELESS).split())
        for name, text, most in (
            ("applicationName", label, LABEL_MAX),
            ("applicationIdentifier", application or "", APPLICATION_MAX),
        ):
            if len(text) > most or not text.isprintable():
                faults.append(Fault(name, f"must be at most {most} printable characters"))
        ask = cls(
            label=label,
            rights=_rights(query.getall("permissions", []), faults),
            strict=_flag(query, "strict", faults, usual=True),
            selective=_flag(query, "selectiveStores", faults, usual=False),
            redirect=redirect,
            origin=origin,
            application=application,
        )
        refuse(faults)
        return ask

    @property
    def needs_accounts(self) -> bool:
        """Tell whether the user is to choose accounts."""
        return self.selective and any(of_accounts(one) for one in self.rights)

    @property
    def of_the_house(self) -> bool:
        """Tell whether something is asked for that only an operator may give."""
        return any(one.startswith(OF_THE_HOUSE) or one is Right.EVERYTHING for one in self.rights)

    def given(self, rights: list[str], accounts: list[str]) -> NewGrant:
        """Return what the user gives: of what was asked, what they ticked, where they said."""
        kept = self.rights if self.strict else tuple(one for one in self.rights if one in rights)
        if not kept:
            raise Invalid.field("permissions", "tick at least one, or cancel")
        where = tuple(dict.fromkeys(accounts)) if self.needs_accounts else ()
        if self.needs_accounts and not where:
            raise Invalid.field("accounts", "choose at least one account, or cancel")
        permissions: list[Permission] = []
        for right in kept:
            if where and of_accounts(right):
                permissions += [Permission(right, account) for account in where]
            else:
                permissions.append(Permission(right))
        return NewGrant(
            label=self.label,
            permissions=tuple(permissions),
            application=self.application,
            redirect=self.redirect,
        )


def _origin(redirect: str, faults: list[Fault]) -> str | None:
    """Return the origin of a redirect, which the page's policy will name."""
    try:
        parts = urlsplit(redirect)
        origin = f"{parts.scheme.lower()}://{parts.netloc.lower()}"
    except ValueError:
        origin = ""
    plain = redirect.isascii() and redirect.isprintable() and " " not in redirect
    if len(redirect) > REDIRECT_MAX or not plain or not ORIGIN.fullmatch(origin):
        faults.append(Fault("redirect", "must be an http or https URL without a user name"))
        return None
    return origin


def _rights(texts: list[str], faults: list[Fault]) -> tuple[Right, ...]:
    found: list[Right] = []
    for text in texts[: PERMISSIONS_MAX + 1]:
        permission = Permission.read(str(text))
        if permission is None or permission.account is not None:
            faults.append(Fault("permissions", f"{str(text)[:80]!r} is no permission known here"))
        else:
            found.append(permission.name)
    if not 0 < len(texts) <= PERMISSIONS_MAX:
        faults.append(Fault("permissions", f"must name 1 to {PERMISSIONS_MAX} permissions"))
    return tuple(dict.fromkeys(found))


def _flag(query: Any, name: str, faults: list[Fault], *, usual: bool) -> bool:
    text = str(query.get(name) or "").lower()
    if text not in WORDS:
        faults.append(Fault(name, "must be true or false"))
    found = WORDS.get(text)
    return usual if found is None else found
