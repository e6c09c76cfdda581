"""A certificate must be the host's own, although an address is dialed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.services.courier import Courier
from tests.still import StillWorld

HOST = "hooks.example"


class Secure(NamedTuple):
    """A server with a certificate for `HOST` and 127.0.0.2, and what it was asked for."""

    port: int
    trust: ssl.SSLContext
    asked: list[str | None]


@pytest_asyncio.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Secure]:
    certificate, key = make_certificate(tmp_path)
    asked: list[str | None] = []
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(host), host))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    port = server.sockets[0].getsockname()[1]
    yield Secure(port, ssl.create_default_context(cafile=str(certificate)), asked)
    server.close()
    await server.wait_closed()


async def test_the_hosts_own_certificate_is_taken(secure: Secure, world: StillWorld) -> None:
    world.names[HOST] = ["127.0.0.1"]
    courier = Courier(world, allow_loopback=True, trust=secure.trust)
    for name in (HOST, f"{HOST}."):
        world.names[name] = ["127.0.0.1"]
        answer = await courier.post(f"https://{name}:{secure.port}/hook", b"{}", {})
        assert (answer.status_code, answer.error) == (200, None)
    assert answer.body.lower() == f"host: {HOST}.:{secure.port}"
    assert secure.asked == [HOST, HOST]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
async def test_another_hosts_certificate_is_not(
    secure: Secure, world: StillWorld, host: str
) -> None:
    world.names[host] = ["127.0.0.1"]
    courier = Courier(world, allow_loopback=True, trust=secure.trust)
    answer = await courier.post(f"https://{host}:{secure.port}/hook", b"{}", {})
    assert (answer.status_code, answer.error) == (None, "tls_failed")


async def test_a_certificate_nobody_vouches_for_is_not(secure: Secure, world: StillWorld) -> None:
    world.names[HOST] = ["127.0.0.1"]
    courier = Courier(world, allow_loopback=True)
    answer = await courier.post(f"https://{HOST}:{secure.port}/hook", b"{}", {})
    assert (answer.status_code, answer.error) == (None, "tls_failed")


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    names = [x509.DNSName(HOST), x509.IPAddress(ip_address("127.0.0.2"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
