"""The postman: carries one letter to a mail server, and says in one word why not.

`smtps://` speaks TLS from the start, `smtp+starttls://` insists on it, `smtp://` takes it
where it is offered. A password never travels in the clear, but to this machine itself.
"""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import msgspec

from app.services.letters import Letter
from app.world import World

SECONDS_MAX = 20.0  # for each answer of the server
PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 587}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REFUSED_FOR_GOOD = 500


class Undelivered(Exception):
    """A letter the server did not take. `for_good`: no other try will do better."""

    def __init__(self, word: str, *, for_good: bool = False) -> None:
        super().__init__(word)
        self.word = word
        self.for_good = for_good


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a letter is for, who says it is theirs, and its name."""

    id: str
    to: str
    seller: str
    letter: Letter


class Postman:
    """Sends through one server."""

    def __init__(
        self, world: World, url: str, sender: str, host: str, *, trust: ssl.SSLContext | None = None
    ) -> None:
        self._world = world
        self._sender = parseaddr(sender)[1]
        self._host = host
        self._trust = trust
        self._url = urlsplit(url)

    async def send(self, envelope: Envelope) -> None:
        """Hand one letter over, or raise `Undelivered`."""
        message = self._message(envelope)
        await asyncio.to_thread(self._carry, message, envelope.to)

    async def check(self) -> str:
        """Greet the server and sign in; return where, or raise `Undelivered`."""
        await asyncio.to_thread(self._carry, None, "")
        return f"{self._url.hostname}:{self._port}"

    @property
    def _port(self) -> int:
        return self._url.port or PORTS[self._url.scheme]

    def _message(self, envelope: Envelope) -> EmailMessage:
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=envelope.to)
            message["From"] = Address(_line(envelope.seller), addr_spec=self._sender)
        except (ValueError, IndexError) as error:
            raise Undelivered("bad_address", for_good=True) from error
        message["Subject"] = _line(envelope.letter.subject)
        message["Date"] = format_datetime(self._world.now())
        message["Message-ID"] = f"<{envelope.id}@{self._host}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody need answer
        message.set_content(envelope.letter.text)
        message.add_alternative(envelope.letter.html, subtype="html")
        return message

    def _carry(self, message: EmailMessage | None, to: str) -> None:
        """Talk to the server. Runs in a thread: the library waits."""
        try:
            server = self._connect()
        except ssl.SSLError as error:
            raise Undelivered("tls_failed") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered("unreachable") from error
        try:
            self._sign_in(server)
            if message is not None:
                server.send_message(message, self._sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise Undelivered("refused", for_good=min(codes) >= REFUSED_FOR_GOOD) from None
        except smtplib.SMTPAuthenticationError:
            raise Undelivered("login_failed") from None
        except smtplib.SMTPResponseException as error:
            raise Undelivered("refused", for_good=error.smtp_code >= REFUSED_FOR_GOOD) from None
        except ssl.SSLError as error:
            raise Undelivered("tls_failed") from error
        except smtplib.SMTPNotSupportedError as error:
            raise Undelivered("not_supported", for_good=message is not None) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Undelivered("unreachable") from error
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(
                host, self._port, self._host, timeout=SECONDS_MAX, context=self._context()
            )
        return smtplib.SMTP(host, self._port, self._host, timeout=SECONDS_MAX)

    def _context(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def _sign_in(self, server: smtplib.SMTP) -> None:
        secure = self._url.scheme == "smtps"
        server.ehlo_or_helo_if_needed()
        if not secure and (self._url.scheme == "smtp+starttls" or server.has_extn("starttls")):
            server.starttls(context=self._context())
            server.ehlo()
            secure = True
        if self._url.username:
            if not secure and self._url.hostname not in LOOPBACK:
                raise smtplib.SMTPNotSupportedError("no password goes out in the clear")
            server.login(unquote(self._url.username), unquote(self._url.password or ""))


def _line(text: str) -> str:
    """Return a text that fits one line of a header."""
    return " ".join(text.split())[:200]
