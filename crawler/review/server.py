"""Serves the desk with uvicorn, until it is told to stop."""

from __future__ import annotations

import secrets
import socket
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import uvicorn

from crawler.errors import ConfigError
from crawler.fleet.runner import Runner
from crawler.review.app import create_app
from crawler.review.desk import Entrance
from crawler.review.patience import PatientProtocol

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network
    from pathlib import Path
    from types import FrameType

    from crawler.review.desk import Desk, OidcProvider
    from crawler.store.accounts import Accounts

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_KEEP_ALIVE_S = 30
_CONNECTIONS = 200
_BACKLOG = 128
_LAST_ANSWERS_S = 5
_MAX_HEAD_BYTES = 2**16


@dataclass(frozen=True)
class Listening:
    """Where the desk listens, and what stands before it.

    `names` are the host names by which browsers reach it, beside the address it listens on. `proxies` are
    addresses or networks from which a proxy is believed, `user_header` is where it names an account.
    """

    host: str = "127.0.0.1"
    port: int = 8731
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    user_header: str | None = None
    oidc: OidcProvider | None = None

    @property
    def is_local(self) -> bool:
        """Whether nobody but this machine reaches the desk."""
        return self.host in LOOPBACK and not self.behind_proxy


def entrance_of(listening: Listening, accounts: Accounts) -> Entrance:
    """Return how people come in at an address.

    Raises:
        ConfigError: others would reach the desk, and there are no accounts or there is no TLS.
    """
    has_tls = listening.tls_cert is not None and listening.tls_key is not None
    if (listening.tls_cert is None) != (listening.tls_key is None):
        raise ConfigError("--tls-cert and --tls-key belong together.", hint="Name the files of both.")
    hosts = frozenset(name.lower() for name in (listening.host, *listening.names))
    secure = has_tls or listening.behind_proxy
    if listening.user_header and not listening.proxies:
        raise ConfigError(
            "--user-header names an account, and no --proxy is named from which it is believed.",
            hint="Name the address of the proxy, such as --proxy 10.0.0.5.",
        )
    entrance = Entrance(
        hosts=hosts,
        secure=secure,
        port=listening.port,
        proxies=tuple(map(_network, listening.proxies)),
        user_header=listening.user_header,
        oidc=listening.oidc,
    )
    if listening.is_local:
        return replace(entrance, hosts=hosts | LOOPBACK, token=secrets.token_urlsafe(32))
    if not any(account.disabled is None for account in accounts.all()):
        raise ConfigError(
            f"Others would reach the desk at {listening.host}, and nobody has an account.",
            hint="Add one first: pantau user add NAME --role administrator. Or leave --host away: then only "
            "this machine reaches it.",
        )
    if not secure:
        raise ConfigError(
            f"Others would reach the desk at {listening.host} without TLS: passwords can be read.",
            hint="Name a certificate with --tls-cert and --tls-key; or put a proxy with TLS before the desk "
            "and say --behind-proxy; or leave --host away.",
        )
    return entrance


def _network(given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given)
    except ValueError as error:
        hint = "Name an address or a network, such as 10.0.0.5 or 10.0.0.0/29."
        raise ConfigError(f"--proxy {given}: {error}.", hint=hint) from error


def address_of(listening: Listening, entrance: Entrance) -> str:
    """Return the address to open; with the start-up token, where there is one."""
    name = f"[{listening.host}]" if ":" in listening.host else listening.host
    scheme = "https" if listening.tls_cert else "http"
    place = f"{scheme}://{name}:{listening.port}"
    return f"{place}/enter?token={entrance.token}" if entrance.token else f"{place}/"


def bind(listening: Listening) -> tuple[socket.socket, Listening]:
    """Take the address to listen on, and return it with the port that it came to where 0 was asked for.

    Raises:
        ConfigError: the address is not this machine's, or somebody else listens there.
    """
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    try:
        taken = socket.create_server((listening.host, listening.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"The desk cannot listen at {listening.host}, port {listening.port}: {error.strerror or error}.",
            hint="Name an address of this machine with --host, and a free port with --port; 0 takes one.",
        ) from error
    return taken, replace(listening, port=taken.getsockname()[1])


class DeskServer(uvicorn.Server):
    """uvicorn's server, which a signal ends; uvicorn's own sends itself the signal again, and dies of it."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End when what is being answered is answered; a second Ctrl-C ends at once."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def server_of(desk: Desk, listening: Listening) -> uvicorn.Server:
    """Return what serves a desk.

    Raises:
        ConfigError: certificate or key cannot be used.
    """
    config = uvicorn.Config(
        create_app(desk),
        http=PatientProtocol,
        ws="none",
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
        proxy_headers=False,  # who asks and by which address is for the desk to judge
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
        limit_concurrency=_CONNECTIONS,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
    )
    try:
        config.load()
    except OSError as error:  # an SSLError is one
        raise ConfigError(
            f"--tls-cert {listening.tls_cert}: the certificate or its key cannot be used: {error}.",
            hint="Name a PEM file with the chain, and one with its key, without a passphrase.",
        ) from error
    return DeskServer(config)


def serve(desk: Desk, listening: Listening, place: socket.socket) -> None:
    """Serve at a place until SIGINT or SIGTERM; requests that are being answered then are answered first.

    A started run that is under way ends then too, sealed as it is; those that wait stay for the next time.
    """
    server = server_of(desk, listening)
    with Runner(desk.started):
        server.run(sockets=[place])
