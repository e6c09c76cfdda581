"""Receipts by mail, over HTTP: whoever holds an intent's id may ask."""

from typing import Annotated, Literal

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.services.mails import Mails
from app.words import languages


class NewMail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to send the receipt, and in which language."""

    email: Annotated[str, msgspec.Meta(max_length=255)]
    locale: str | None = None


class MailOwed(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that is on its way."""

    object: Literal["receipt_mail"] = "receipt_mail"
    status: Literal["pending"] = "pending"


class MailController(Controller):
    """`/v1/payment_intents/{id}/receipt_mail`."""

    path = "/v1/payment_intents"
    tags = ("Payment intents",)

    @post("/{id:str}/receipt_mail", status_code=200)
    async def mail_receipt(
        self, id: FromPath[str], data: JSONBody[NewMail], mails: NamedDependency[Mails]
    ) -> MailOwed:
        """Mail the receipt of a payment that is over. Needs the id alone."""
        language = languages.match(data.locale)
        await mails.ask(id, data.email, language.code if language else None)
        return MailOwed()
