"""A real SMTP server that keeps what it is given: the far end of a mail."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

PASSWORD = "s3cret/:@"


class Mailbox:
    """What arrived, and what to answer. `answers` are given one after the other, then 250."""

    def __init__(self) -> None:
        self.port = 0
        self.got: list[EmailMessage] = []
        self.to: list[str] = []
        self.secured: list[bool] = []
        self.signed_in = 0
        self.answers: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            read = message_from_bytes(content, policy=policy.default)
            assert isinstance(read, EmailMessage)
            self.got.append(read)
            self.to += envelope.rcpt_tos
            self.secured.append(session.ssl is not None)
        return answer

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        right = data.password == PASSWORD.encode()
        self.signed_in += right
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def open_mailbox(
    *, tls: ssl.SSLContext | None = None, at_once: bool = False, password: bool = False
) -> AsyncIterator[Mailbox]:
    """Listen on a free port: in the clear, with STARTTLS, or with TLS from the start."""
    box = Mailbox()

    def serve() -> SMTP:
        return SMTP(
            box,
            hostname="mail.example",
            tls_context=None if at_once else tls,
            authenticator=box.sign_in if password else None,
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=tls if at_once else None)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
