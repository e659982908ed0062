"""Connections of a network log: whom each TCP connection, QUIC session and UDP datagram went to.

A connection belongs to the job that made it, and the job to a host: by the group it was made for, by the
look-up that it asked for, by the session that runs on it. What WebRTC sends bears no host: its datagrams go
to an address, and its look-ups are the only ones that no job of the log asked for. Such a look-up and the
first datagram to a new address after it belong together; where no look-up is left, the address stands for
itself.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from crawler.derive.network import certificates
from crawler.derive.network.links import Datagrams, LookUp, Named, Naming, Session, Socket, Udp
from crawler.derive.network.netlog import Damaged
from crawler.lib.hosts import host_of, normalise
from crawler.model.evidence import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crawler.derive.network.netlog import Event, NetLog
    from crawler.derive.network.proxied import Proxied

RESOLVER = "DNS_TRANSACTION"  # what asks the machine's own name server, which is no contact of a page
_GROUP = re.compile(r"(?:^|/)((?:https?|wss?)://[^\s/]+)(?: <(\S+))?")
_OF_SERVICE = re.compile(r"^(?:_\d+\.)?_[a-z]+\.")  # a question for what is known of a service, RFC 9460
_CLIMB = 6


class Sockets:
    """Puts together what the log tells of connections."""

    def __init__(self, log: NetLog, proxied: Proxied | None = None) -> None:
        self._log, self._proxied = log, proxied
        self.tcp: dict[int, Socket] = {}
        self.udp: dict[int, Udp] = {}
        self.sessions: dict[int, Session] = {}
        self.certificates: dict[str, certificates.Certificate] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._socket_of: dict[int, int] = {}  # of a stream job, an HTTP/2 session or a connect job
        self._session_of: dict[int, int] = {}  # a stream job's HTTP/2 session, a request's QUIC session
        self._parent: dict[int, int] = {}  # who made a socket
        self._named: dict[int, Named] = {}  # whom a job works for
        self._peers = 0  # addresses that datagrams went to
        self._looked_up: dict[tuple[str, str], int] = {}
        self._hosts: set[str] = set()  # all that were looked up by a job
        self._job_host: dict[int, str] = {}
        self._answers_for: dict[int, Named] = {}  # for whom a look-up was
        self._alone: dict[int, LookUp] = {}  # look-ups on the wire, by their number
        self._answered: dict[int, int] = {}  # when they were
        self._asked_for: set[int] = set()  # those of them that a job of the log asked for
        self._resolving: set[int] = set()  # sockets that serve look-ups alone

    @property
    def size(self) -> int:
        """How much is held."""
        jobs = len(self._socket_of) + len(self._session_of) + len(self._parent) + len(self._named)
        names = len(self._looked_up) + len(self._alone) + len(self.aliases)
        return jobs + names + len(self.tcp) + len(self.udp) + self._peers

    # --- who belongs to whom ---------------------------------------------------------------------------

    def bound_to_socket(self, event: Event) -> None:
        """Note the connection that a job or a session has."""
        self._socket_of[event.source] = event.needed

    def bound_to_session(self, event: Event) -> None:
        """Note the session that a job or a request goes over."""
        self._session_of[event.source] = event.needed

    def alive(self, event: Event) -> None:
        """Note who made a socket."""
        if event.phase == "begin" and event.dependency is not None:
            self._parent[event.source] = event.needed
            if event.dependency_type == RESOLVER:
                self._resolving.add(event.source)

    def quic_created(self, event: Event) -> None:
        """Note the session that a job made: the job's socket is the session's."""
        self._parent.setdefault(event.needed, event.source)

    def grouped(self, event: Event) -> None:
        """Take from a pool's group, `https://host <site>` with flags before it, whom a job works for."""
        match = _GROUP.search(event.text("group_id"))
        if match is None:
            raise Damaged("group")
        origin = match.group(1)
        self._named[event.source] = Named(
            event.time_ms, origin, host_of(origin), _site(match.group(2) or ""), pooled=True
        )

    # --- TCP -------------------------------------------------------------------------------------------

    def connected(self, event: Event) -> None:
        """Take the address that a TCP connection came to stand with."""
        socket = self._tcp(event)
        if event.phase == "end" and event.params.get("remote_address") is not None:
            socket.address = self._server(event, _address(event.text("remote_address")))

    def _server(self, event: Event, remote: Address) -> Address | None:
        """Return the server of a connection: what it went to, or what the checking proxy led it to."""
        local = event.text("local_address")
        if self._proxied is None or not ipaddress.ip_address(remote.ip).is_loopback or not local:
            return remote
        return self._proxied.server(_address(local).port, event.time_ms)

    def secured(self, event: Event) -> None:
        """Take the version of TLS, or why there is none."""
        if event.phase != "end":
            return
        error, version = event.number("net_error"), event.text("version")
        if error:
            self._tcp(event).error = self.error(error)
        if version:
            parts = (version, event.text("next_proto"))
            self._tcp(event).protocol = ", ".join(part for part in parts if part)

    def certified(self, event: Event) -> None:
        """Take the server's own certificate."""
        chain = event.texts("certificates")
        found = certificates.read_certificate(chain[0]) if chain else None
        if found:
            self.certificates[found.sha256] = found
            self._tcp(event).certificate = found.sha256

    def _tcp(self, event: Event) -> Socket:
        return self.tcp.setdefault(event.source, Socket(event.time_ms))

    # --- UDP and QUIC ----------------------------------------------------------------------------------

    def udp_connected(self, event: Event) -> None:
        """Take the address that a UDP socket talks with from now on."""
        if event.phase == "begin":
            self._udp(event).peer = _address(event.text("address"))

    def udp_sent(self, event: Event) -> None:
        """Count what was sent."""
        self._count(event).sent += _bytes(event)

    def udp_received(self, event: Event) -> None:
        """Count what came back."""
        self._count(event).received += _bytes(event)

    def udp_failed(self, event: Event) -> None:
        """Note why a datagram could not be sent, or what the other machine said to it."""
        self._udp(event).error = self.error(event.number("net_error"))

    def _udp(self, event: Event) -> Udp:
        return self.udp.setdefault(event.source, Udp())

    def _count(self, event: Event) -> Datagrams:
        socket, named = self._udp(event), event.text("address")
        address = _address(named) if named else socket.peer
        if address is None:
            raise Damaged("no address")
        if address not in socket.to:
            socket.to[address] = Datagrams(event.time_ms, address)
            self._peers += 1
        found = socket.to[address]
        found.last_ms = event.time_ms
        return found

    def web_transport(self, event: Event) -> None:
        """Take the address of a WebTransport session, and how it ended."""
        if event.phase == "begin":
            url = event.text("url")
            if not host_of(url):
                raise Damaged("url")
            named = Named(event.time_ms, url, host_of(url), _site(event.text("network_anonymization_key")))
            self.sessions[event.source] = Session(named, url)
            self._named[event.source] = named
        elif event.phase == "end" and (session := self.sessions.get(event.source)):
            session.ended_ms = event.time_ms
            session.error = self.error(event.number("net_error")) or session.error

    def quic(self, event: Event) -> None:
        """Take the host of a QUIC session, or of the job that makes one."""
        if event.phase == "begin":
            host = normalise(event.text("host"))
            if not host:
                raise Damaged("host")
            site, port = _site(event.text("network_anonymization_key")), event.number("port")
            self._named[event.source] = Named(
                event.time_ms, f"https://{host}:{port}" if port not in (None, 443) else f"https://{host}",
                host, site, pooled=True,
            )  # fmt: skip

    # --- look-ups --------------------------------------------------------------------------------------

    def looking_up(self, event: Event) -> None:
        """Note a look-up, and for whom it was where that is a job without a group."""
        if event.phase != "begin":
            return
        named = event.text("host")
        host = host_of(named) or normalise(named)
        if not host:
            raise Damaged("host")
        site = _site(event.text("network_anonymization_key"))
        self._looked_up.setdefault((host, site), event.time_ms)
        self._hosts.add(host)
        self._job_host[event.source] = host
        origin = named if "://" in named else f"tcp://{named}"
        self._answers_for[event.source] = Named(event.time_ms, origin, host, site)
        if event.dependency is not None:
            self._named.setdefault(event.needed, self._answers_for[event.source])

    def attached(self, event: Event) -> None:
        """Take the name that a job asked for, where somebody else had asked for it just before."""
        if found := self._answers_for.get(event.needed):
            self._named.setdefault(event.source, found._replace(time_ms=event.time_ms))

    def found_in_cache(self, event: Event) -> None:
        """Take the name that a job asked for, where it was known already and no look-up tells of it."""
        results = event.params.get("results")
        listed = results.get("aliases") if isinstance(results, dict) else None
        known = [normalise(name) for name in listed or () if isinstance(name, str)]
        names = [name for name in known if name in self._hosts] if len(known) > 1 else known
        if names and names[0] and event.source not in self._named:
            self._named[event.source] = Named(event.time_ms, f"tcp://{names[0]}", names[0], "")

    def asking(self, event: Event) -> None:
        """Note a question on the wire, or that a job of the log asked for it."""
        if event.dependency is not None:
            self._asked_for.add(event.needed)
        elif event.phase == "begin":
            host = normalise(_OF_SERVICE.sub("", event.text("hostname")))
            if not host:
                raise Damaged("hostname")
            self._alone[event.source] = LookUp(host, "", event.time_ms)

    def answered(self, event: Event) -> None:
        """Note when a question was answered with something."""
        if event.number("answer_count"):
            self._answered.setdefault(event.source, event.time_ms)

    def looked_up(self, event: Event) -> None:
        """Take the chain of names that a look-up went through."""
        host = self._job_host.get(event.source)
        if event.phase != "end" or host is None:
            return
        found = [item.get("alias_target") for item in event.items("results") if isinstance(item, dict)]
        targets = [normalise(name) for name in found if isinstance(name, str)]
        self.aliases[host] = tuple(dict.fromkeys(filter(None, targets)))

    # --- what came of it -------------------------------------------------------------------------------

    def socket_number(self, job: int) -> int | None:
        """Return the TCP connection that a stream job went over."""
        session = self._session_of.get(job)
        return self._socket_of.get(session if session is not None else job, self._socket_of.get(job))

    def quic_of(self, request: int) -> tuple[int, Datagrams] | None:
        """Return the UDP socket that a request went over by QUIC, and what was sent on it."""
        session = self._session_of.get(request)
        if session is None:
            return None
        by_owner = self._udp_by_owner
        return by_owner.get(session) or by_owner.get(self._parent.get(session, session))

    def error(self, number: int | None) -> str:
        """Return the name of an error; empty where there is none."""
        return self._log.errors.get(number, "unknown error") if number else ""

    def look_ups(self) -> Iterator[LookUp]:
        """Yield each name and site once, in the order they were looked up first."""
        found = {key: LookUp(*key, time_ms) for key, time_ms in self._looked_up.items()}
        for each in self._alone.values():
            if each.host not in self._hosts:
                found.setdefault((each.host, ""), each)
        yield from found.values()

    def connections(self) -> Iterator[tuple[int, Socket, Named | None]]:
        """Yield the TCP connections that stood, with whom they were made for."""
        made_by = {socket: job for job, socket in self._socket_of.items() if job in self._named}
        for number, socket in self.tcp.items():
            if socket.address is not None and not self._resolves(number):
                job = made_by.get(number)
                yield number, socket, self._named[job] if job is not None else self._owner(number)

    def datagrams(
        self, addresses: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[int, Datagrams, int | None, Named | None]]:
        """Yield what was sent by UDP: the socket, the bytes, the session or job they belong to, and to whom.

        Args:
            addresses: What the machine's resolver said of a host, where it was asked.
        """
        naming = Naming(self._unasked(), addresses)
        sent = (
            (number, each)
            for number, socket in self.udp.items()
            if not self._resolves(number)
            for each in socket.to.values()
            if each.sent
        )
        for number, each in sorted(sent, key=lambda pair: pair[1].time_ms):
            owner = self._owner_number(number)
            named = self._named[owner] if owner is not None else naming.name_for(each)
            yield number, each, owner, named

    @cached_property
    def _udp_by_owner(self) -> dict[int, tuple[int, Datagrams]]:
        """The first socket of each job or session, once reading is over, and what was sent on it."""
        found: dict[int, tuple[int, Datagrams]] = {}
        for number, socket in self.udp.items():
            for owner in self._ancestors(number) if socket.to else ():
                found.setdefault(owner, (number, next(iter(socket.to.values()))))
        return found

    def _ancestors(self, number: int) -> Iterator[int]:
        for _ in range(_CLIMB):
            parent = self._parent.get(number)
            if parent is None:
                return
            yield parent
            number = parent

    def _owner_number(self, number: int) -> int | None:
        return next((each for each in self._ancestors(number) if each in self._named), None)

    def _owner(self, number: int) -> Named | None:
        owner = self._owner_number(number)
        return self._named[owner] if owner is not None else None

    def _resolves(self, number: int) -> bool:
        """Say whether a socket serves look-ups alone."""
        return number in self._resolving or any(each in self._resolving for each in self._ancestors(number))

    def _unasked(self) -> list[LookUp]:
        """Return the look-ups that no job asked for and that no TCP connection followed, each host once.

        Their time is when they were answered.
        """
        reached = {named.host for _, _, named in self.connections() if named and not named.pooled}
        hosts: dict[str, LookUp] = {}
        for number, each in self._alone.items():
            answered = self._answered.get(number)
            if number not in self._asked_for and answered is not None and each.host not in reached:
                hosts.setdefault(each.host, LookUp(each.host, "", answered))
        return list(hosts.values())


def is_group_address(ip: str) -> bool:
    """Say whether an address is one for all machines around, such as those that find local names."""
    try:
        return ipaddress.ip_address(ip).is_multicast
    except ValueError:
        return False


def _bytes(event: Event) -> int:
    count = event.number("byte_count")
    if count is None or count < 0:
        raise Damaged("byte_count")
    return count


def _site(key: str) -> str:
    """Return the site of a page from a key such as `https://shop.test same_site`."""
    site = key.strip().split(" ", 1)[0].strip("<>")
    return site if "://" in site else ""


@lru_cache(maxsize=4096)
def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    ip = normalise(host)
    if not ip or not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65_536):
        raise Damaged("address")
    return Address(ip=ip, port=int(port))


HANDLERS: dict[str, Callable[[Sockets, Event], None]] = {
    "SOCKET_ALIVE": Sockets.alive,
    "SOCKET_POOL_BOUND_TO_SOCKET": Sockets.bound_to_socket,
    "HTTP2_SESSION_INITIALIZED": Sockets.bound_to_socket,
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION": Sockets.bound_to_session,
    "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION_FROM_IP_POOL": Sockets.bound_to_session,
    "HTTP2_SESSION_POOL_IMPORTED_SESSION_FROM_SOCKET": Sockets.bound_to_session,
    "HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION": Sockets.bound_to_session,
    "SOCKET_POOL_CONNECT_JOB_CREATED": Sockets.grouped,
    "CONNECT_JOB_SET_SOCKET": Sockets.bound_to_socket,
    "TCP_CONNECT": Sockets.connected,
    "SSL_CONNECT": Sockets.secured,
    "SSL_CERTIFICATES_RECEIVED": Sockets.certified,
    "UDP_CONNECT": Sockets.udp_connected,
    "UDP_BYTES_SENT": Sockets.udp_sent,
    "UDP_BYTES_RECEIVED": Sockets.udp_received,
    "UDP_RECEIVE_ERROR": Sockets.udp_failed,
    "UDP_SEND_ERROR": Sockets.udp_failed,
    "QUIC_SESSION_WEBTRANSPORT_CLIENT_ALIVE": Sockets.web_transport,
    "QUIC_SESSION": Sockets.quic,
    "QUIC_SESSION_POOL_JOB": Sockets.quic,
    "QUIC_SESSION_CREATED": Sockets.quic_created,
    "HOST_RESOLVER_MANAGER_JOB": Sockets.looking_up,
    "HOST_RESOLVER_MANAGER_JOB_ATTACH": Sockets.attached,
    "HOST_RESOLVER_MANAGER_CACHE_HIT": Sockets.found_in_cache,
    "HOST_RESOLVER_DNS_TASK": Sockets.looked_up,
    "DNS_TRANSACTION": Sockets.asking,
    "DNS_TRANSACTION_RESPONSE": Sockets.answered,
}
