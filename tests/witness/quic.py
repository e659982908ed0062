"""A QUIC server that accepts WebTransport sessions and logs for which host."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from tests.witness.server import Log

DAYS = 10  # a certificate that a page names by its hash may live for two weeks


class Quic:
    """Answers WebTransport on one UDP port; `fingerprint` is that of its certificate."""

    def __init__(self, log: Log, port: int) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key)
        self.fingerprint = list(hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest())
        settings = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False, max_datagram_frame_size=65536)
        settings.certificate, settings.private_key = certificate, key
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def start() -> None:
            await serve("0.0.0.0", port, configuration=settings, create_protocol=_protocol(log))
            ready.set()

        def run() -> None:
            self._loop.create_task(start())
            self._loop.run_forever()

        threading.Thread(target=run, daemon=True).start()
        if not ready.wait(20):
            raise RuntimeError("the QUIC server did not start")

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)


def _protocol(log: Log) -> type[QuicConnectionProtocol]:
    class Protocol(QuicConnectionProtocol):
        _http: H3Connection | None = None

        def quic_event_received(self, event: Any) -> None:
            if isinstance(event, ProtocolNegotiated):
                self._http = H3Connection(self._quic, enable_webtransport=True)
            for each in self._http.handle_event(event) if self._http else ():
                if isinstance(each, HeadersReceived):
                    asked = dict(each.headers)
                    log.note("quic", asked[b":authority"].decode().partition(":")[0])
                    self._http.send_headers(
                        each.stream_id, [(b":status", b"200"), (b"sec-webtransport-http3-draft", b"draft02")]
                    )
                    self.transmit()

    return Protocol


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "quic.test")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("quic.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
